"""
Perception surveys, one row a respondent: CSV, SPSS or Stata with a TOML mapping that states the facts of the wave.

Only mapped columns are read. A file that holds names, addresses, free text or exact birth dates is refused at the door,
and what a row of a survey says is never written into a reason or a message.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyreadstat
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.areas import GeographyKey
from domain.errors import Fault, SourceError
from domain.surveys import CHOICE_QUESTIONS, SURVEY_COLUMNS, SurveyQuestion, SurveyTable, SurveyWave
from sources.declared_faults import declared_faults, what_to_write
from sources.files import read_whole, scan_text
from sources.tables import join_faults, read_table
from sources.verdicts import Rejection, RejectionTally, Verdicts, rejected_frame

__all__ = ["SurveyMapping", "read_survey", "read_survey_mapping"]

_REQUIRED = ("respondent", "area_code")
#: What right entries look like.
_EXAMPLES = {
    "survey": 'survey = "Neighbourhood confidence survey"',
    "wave": 'wave = "2025 Q4"',
    "first_day": "first_day = 2025-10-01, a date without quotation marks",
    "last_day": "last_day = 2025-12-20, a date without quotation marks",
    "mode": 'mode = "telephone", or however people were asked',
    "frame": 'frame = "random digit dialling", or wherever they were drawn from',
    "geography": 'geography = "ward:2025", that of the area codes in the file',
    "columns": '[columns] with respondent = "...", area_code = "..." and weight = "...", names of columns of the file',
    "questions": "[questions.confidence] with column, wording, scale and agree",
    "questions.column": 'column = "q1", the column of the answers',
    "questions.wording": 'wording = "...", the question exactly as it was asked',
    "questions.scale": 'scale = { "1" = "Strongly agree", "2" = "Agree" } with every code of the answers',
    "response_rate": "response_rate = 0.31, between 0 and 1",
    "margins": 'margins = ["age_sex", "ethnicity", "tenure"], or [] for the weights of the file alone',
}
_PERSONAL = re.compile(
    r"(^|_)(name|names|surname|forename|firstname|lastname|address|addr|street|house|postcode|post_code|zip|phone|mobile|"
    r"telephone|email|e_mail|dob|birth|birthdate|birthday|verbatim|comment|comments|free_?text|open_?end(ed)?|other_specify|"
    r"nhs|nino|ip)($|_|\d)"
)
_LONGEST_ANSWER = 60
_LEAST_WEIGHT, _MOST_WEIGHT = 0.0, 1e6


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Question(_Strict):
    column: str
    wording: str = Field(min_length=5)
    scale: dict[str, str]
    agree: tuple[int, ...] = ()
    dont_know: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()

    def as_question(self, name: str) -> SurveyQuestion:
        scale = tuple(sorted((int(code), label) for code, label in self.scale.items()))
        return SurveyQuestion(name, self.wording, scale, self.agree, self.dont_know, self.missing)


class SurveyMapping(_Strict):
    """
    The facts of a wave and where the file keeps each of our columns.

    `columns` maps ours to theirs; `recodes` turns their values of a column into ours; `questions` names each question's
    column, exact wording, scale (`code = "label"`) and which codes count as agreement (none for `priority` and
    `preferred_channel`, which are questions of choice), don't know and missing.
    """

    survey: str
    wave: str
    first_day: date
    last_day: date
    mode: str
    frame: str
    geography: str
    columns: dict[str, str]
    questions: dict[str, _Question] = Field(min_length=1)
    recodes: dict[str, dict[str, str]] = Field(default_factory=dict)
    response_rate: float | None = Field(default=None, ge=0, le=1)
    dont_know_in_base: bool = True
    margins: tuple[Literal["age_sex", "ethnicity", "tenure"], ...] = ("age_sex",)

    def as_wave(self) -> SurveyWave:
        """Return the facts of the wave."""
        return SurveyWave(
            survey=self.survey,
            wave=self.wave,
            first_day=self.first_day,
            last_day=self.last_day,
            mode=self.mode,
            frame=self.frame,
            response_rate=self.response_rate,
            questions=tuple(question.as_question(name) for name, question in self.questions.items()),
            dont_know_in_base=self.dont_know_in_base,
            margins=self.margins,
        )


def read_survey_mapping(path: Path) -> SurveyMapping:
    """
    Read the TOML mapping of a survey file.

    Raises
    ------
    SourceError
        If the file does not parse or a fact is missing; all faults are named together.
    """
    data, _ = read_whole(path)
    try:
        mapping = SurveyMapping.model_validate(tomllib.loads(data.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError.at(
            f"the mapping is not TOML ({error})", file=path.name, remedy="Write texts between quotation marks."
        ) from error
    except ValidationError as error:
        raise join_faults(
            declared_faults(error, file=path.name),
            what=f"{path.name} does not describe a survey",
            hint=what_to_write(error, model=SurveyMapping, examples=_EXAMPLES),
        ) from error
    faults = _mapping_faults(mapping, path.name)
    if faults:
        hint = "Correct these entries of the mapping; the guide of surveys shows a whole one."
        raise join_faults(faults, what=f"{path.name} does not describe a survey", hint=hint)
    return mapping


def _mapping_faults(mapping: SurveyMapping, file: str) -> list[Fault]:
    known = set(SURVEY_COLUMNS)
    faults = [
        Fault(f"{name} is not a column of ours ({', '.join(SURVEY_COLUMNS)})", file=file, column=f"columns.{name}")
        for name in mapping.columns
        if name not in known
    ]
    faults += [
        Fault("this column must be mapped", file=file, column=f"columns.{name}")
        for name in _REQUIRED
        if name not in mapping.columns
    ]
    if mapping.last_day < mapping.first_day:
        faults.append(Fault("fieldwork ends before it begins", file=file, column="last_day"))
    for name, question in mapping.questions.items():
        codes = {int(code) for code in question.scale if re.fullmatch(r"-?\d+", code)}
        if len(codes) != len(question.scale):
            faults.append(Fault("codes of a scale are whole numbers", file=file, column=f"questions.{name}.scale"))
        elif not question.agree and name not in CHOICE_QUESTIONS:
            faults.append(
                Fault("no code of the scale counts as agreement", file=file, column=f"questions.{name}.agree")
            )
        elif not set(question.agree) <= codes:
            faults.append(Fault("agree names a code outside the scale", file=file, column=f"questions.{name}.agree"))
    return faults


def read_survey(path: Path, *, mapping: SurveyMapping) -> SurveyTable:
    """
    Read the respondents of one wave.

    Parameters
    ----------
    path
        CSV (plain or gzipped), SPSS (`.sav`) or Stata (`.dta`), a row a respondent.
    mapping
        The facts of the wave and its columns.

    Raises
    ------
    SourceError
        If the file is damaged, lacks a mapped column, or holds names, addresses, free text or birth dates.
    """
    texts, sha256 = _read_file(path)
    _refuse_personal(list(texts.columns), path.name)
    wanted = {**mapping.columns, **{f"answer_{name}": q.column for name, q in mapping.questions.items()}}
    missing = [
        Fault("the column is missing", file=path.name, row=1, column=theirs)
        for theirs in wanted.values()
        if theirs not in texts.columns
    ]
    if missing:
        has = ", ".join(map(str, texts.columns[:30]))
        raise join_faults(
            missing, what=f"{path.name} lacks mapped columns", hint=f"Name columns of the file in the mapping: {has}."
        )
    ours = pd.DataFrame({name: texts[theirs] for name, theirs in wanted.items()})
    _refuse_free_text(ours, wanted, path.name)
    frame, rejections = _checked(ours, mapping)
    tally = RejectionTally(path.name)
    tally.add(len(ours), rejections)
    tally.check(remedy="Check the mapping.")
    return SurveyTable(
        wave=mapping.as_wave(),
        key=GeographyKey.parse(mapping.geography),
        file_name=path.name,
        sha256=sha256,
        frame=frame,
        rejected=rejected_frame(rejections),
        rows_read=len(ours),
    )


def _read_file(path: Path) -> tuple[pd.DataFrame, str]:
    """Return every column as text, and the fingerprint."""
    name = path.name.lower()
    if name.endswith((".sav", ".dta", ".zsav")):
        return _read_statistical(path)
    scanned = scan_text(path)
    header, blocks = read_table(scanned)
    records = [record for block in blocks for record in block.records]
    if any(len(record) != len(header) for record in records):
        row = next(i for i, record in enumerate(records, 2) if len(record) != len(header))
        raise SourceError.at(
            "the row has another number of fields than the header", file=path.name, row=row, remedy="Export it again."
        )
    return pd.DataFrame(records, columns=header, dtype=object), scanned.sha256


def _read_statistical(path: Path) -> tuple[pd.DataFrame, str]:
    data, sha256 = read_whole(path)
    # a row takes a byte at least, which packing makes at most 1,100 times smaller
    most_rows = len(data) * (1_100 if data.startswith(b"$FL3") else 1)
    read = pyreadstat.read_dta if path.name.lower().endswith(".dta") else pyreadstat.read_sav
    try:
        _, facts = read(str(path), metadataonly=True)
        # room is made for the rows that the head promises, so a false promise is not believed
        frame = None if (facts.number_rows or 0) > most_rows else read(str(path), apply_value_formats=False)[0]
    except Exception as error:
        # every kind: besides its own errors pyreadstat lets out others, such as an IndexError for missing rows
        raise SourceError.at(
            "the file is not SPSS or Stata, or it is damaged", file=path.name, remedy="Export it again, or as CSV."
        ) from error
    if frame is None:
        message = f"the file promises {facts.number_rows:,} rows and is far too short for them"
        raise SourceError.at(message, file=path.name, remedy="Export it again, or as CSV.")
    # names that a damaged dictionary gives come back as numbers, or one of them twice
    if not all(isinstance(name, str) for name in frame.columns) or not frame.columns.is_unique:
        raise SourceError.at(
            "the names of the columns are damaged", file=path.name, remedy="Export it again, or as CSV."
        )
    return frame.apply(lambda column: column.map(_plain_text)), sha256


def _plain_text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _refuse_personal(columns: Sequence[str], file: str) -> None:
    faults = [
        Fault("the column could identify a person, which is not stored", file=file, row=1, column=name)
        for name in columns
        if _PERSONAL.search(re.sub(r"[^a-z0-9]+", "_", name.strip().lower()))
    ]
    if faults:
        raise join_faults(
            faults,
            what=f"{file} holds columns that could identify a person",
            hint="Take names, addresses, postcodes, free text and birth dates out of the file before it is loaded.",
        )


def _refuse_free_text(ours: pd.DataFrame, wanted: Mapping[str, str], file: str) -> None:
    faults = [
        Fault("the column holds free text, which is not stored", file=file, column=theirs)
        for name, theirs in wanted.items()
        if ours[name].str.len().max() > _LONGEST_ANSWER
    ]
    if faults:
        raise join_faults(faults, what=f"{file} holds free text", hint="Map coded columns only.")


def _checked(ours: pd.DataFrame, mapping: SurveyMapping) -> tuple[pd.DataFrame, list[Rejection]]:
    verdicts = Verdicts(len(ours))
    columns: dict[str, pd.Series] = {"row_number": pd.Series(np.arange(2, len(ours) + 2), dtype="int64")}
    for name in SURVEY_COLUMNS:
        columns[name] = _weights(ours, verdicts) if name == "weight" else _category(ours, name, mapping)
    for name in _REQUIRED:
        verdicts.refuse(columns[name].isna().to_numpy(), column=mapping.columns[name], reason="the value is missing")
    repeated = columns["respondent"].duplicated().to_numpy()
    verdicts.refuse(repeated, column=mapping.columns["respondent"], reason="the respondent stands in the file twice")
    for name, question in mapping.questions.items():
        columns[f"answer_{name}"] = _answers(ours[f"answer_{name}"], question, verdicts)
    frame = pd.DataFrame(columns)[verdicts.kept].reset_index(drop=True)
    rejections = verdicts.rejections(columns["row_number"].tolist(), [()] * len(ours))
    return frame, [r._replace(raw="") for r in rejections]


def _category(ours: pd.DataFrame, name: str, mapping: SurveyMapping) -> pd.Series:
    if name not in ours:
        return pd.Series([None] * len(ours), dtype=object)
    recode = mapping.recodes.get(name, {})
    return pd.Series([recode.get(t.strip(), t.strip()) or None for t in ours[name]], dtype=object)


def _weights(ours: pd.DataFrame, verdicts: Verdicts) -> pd.Series:
    if "weight" not in ours:
        return pd.Series(1.0, index=range(len(ours)))
    weight = pd.to_numeric(ours["weight"], errors="coerce").astype("float64").reset_index(drop=True)
    wrong = ~((weight > _LEAST_WEIGHT) & (weight < _MOST_WEIGHT)).to_numpy(dtype=np.bool_)
    verdicts.refuse(wrong, column="weight", reason="the weight is not a positive number")
    return weight


def _answers(texts: pd.Series, question: _Question, verdicts: Verdicts) -> pd.Series:
    """Return codes; blanks and missing codes become NaN, and codes outside the scale are refused."""
    given = texts.str.strip()
    codes = pd.to_numeric(given.where(given != ""), errors="coerce").astype("float64").reset_index(drop=True)
    known = {int(code) for code in question.scale} | set(question.dont_know)
    is_missing = codes.isin(question.missing).to_numpy(dtype=np.bool_) | (given == "").to_numpy(dtype=np.bool_)
    wrong = ~is_missing & ~codes.isin(known).to_numpy(dtype=np.bool_)
    verdicts.refuse(wrong, column=question.column, reason="the answer is not a code of the question's scale")
    return codes.where(~is_missing)
