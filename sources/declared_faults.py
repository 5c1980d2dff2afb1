"""What is wrong in a TOML file that a person wrote, in plain words, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.errors import Fault

__all__ = ["declared_faults", "what_to_write"]

_MOST_REMEDIES = 4
_PLAIN = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such entry",
    "string_type": "it is not a text: write it between quotation marks",
    "string_too_short": "it is empty",
    "int_type": "it is not a whole number",
    "int_parsing": "it is not a whole number",
    "float_type": "it is not a number",
    "float_parsing": "it is not a number",
    "bool_type": "it is neither true nor false",
    "bool_parsing": "it is neither true nor false",
    "model_type": "it is not a table",
    "dict_type": "it is not a table",
    "tuple_type": "it is not a list",
    "too_short": "it is empty",
}


def declared_faults(error: ValidationError, *, file: str) -> list[Fault]:
    """
    Return the faults that pydantic found, each at its entry.

    Parameters
    ----------
    error
        What pydantic raised.
    file
        Name of the file.
    """
    return [
        Fault(
            _PLAIN.get(found["type"], found["msg"].removeprefix("Value error, ")),
            file=file,
            column=_name(found["loc"]) or None,
        )
        for found in error.errors()
    ]


def what_to_write(error: ValidationError, *, model: type[BaseModel], examples: Mapping[str, str]) -> str:
    """
    Return what to write in place of what is wrong, for the first few faults.

    Parameters
    ----------
    error
        What pydantic raised.
    model
        The model of the whole file.
    examples
        What a right entry looks like, by its name with dots; numbers of lists are left out.
    """
    remedies = dict.fromkeys(_remedy(found, model, examples) for found in error.errors())
    told = list(remedies)[:_MOST_REMEDIES]
    more = len(remedies) - len(told)
    return " ".join(told) + (f" ({more} more to correct)" if more else "")


def _name(loc: Sequence[int | str]) -> str:
    return ".".join(map(str, loc))


def _remedy(found: ErrorDetails, model: type[BaseModel], examples: Mapping[str, str]) -> str:
    names = [part for part in found["loc"] if isinstance(part, str)]
    where = ".".join(names)
    if found["type"] == "extra_forbidden":
        known = sorted(_level(model, names[:-1]).model_fields)
        alike = difflib.get_close_matches(names[-1], known, n=1, cutoff=0.6)
        if alike:
            return f'Write "{alike[0]}" instead of "{names[-1]}".'
        return f'Take "{where}" out; known here are {", ".join(known)}.'
    if (example := examples.get(where)) is not None:
        return f"Write {example}."
    if found["type"] in {"enum", "literal_error"}:
        return f"Write for {where} {found['ctx']['expected']}."
    if found["type"] == "missing":
        return f'Add "{names[-1]}" to {f"[{_name(names[:-1])}]" if names[:-1] else "the file"}.'
    return f"Correct {where}." if where else "Correct what is named."


def _level(model: type[BaseModel], names: Sequence[str]) -> type[BaseModel]:
    """Return the model at the end of a path; keys of tables whose keys are free are passed over."""
    for name in names:
        field = model.model_fields.get(name)
        if field is not None:
            model = next(_models(field.annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - whatever an annotation is
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
