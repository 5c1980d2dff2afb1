"""Words for what people think: figures with their intervals, verdicts, gaps, changes and targets, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from domain.months import LocalMonth
from maps import format as fmt
from profiles.results import PerceptionResult

__all__ = [
    "Row",
    "basis",
    "between",
    "change_words",
    "figure_words",
    "force_sentences",
    "gap_sentences",
    "is_above",
    "is_low",
    "points",
    "reading",
    "target_sentences",
    "text_or_none",
    "verdict_sentences",
]

#: A row of a table of `profiles.results.PerceptionResult`.
Row: TypeAlias = Mapping[Any, Any]

_NO_CHANGE = "no earlier wave to compare"
_VERDICTS = {"rose": "rose", "fell": "fell"}
_SURE = 0.9
_OLD_MONTHS = 24


def is_low(row: Row, found: PerceptionResult) -> bool:
    """Tell whether a shown figure lies below the force's with the probability that the settings ask for."""
    return bool(row["state"] == "ok" and row["probability_below_force"] > found.low_confidence_probability)


def is_above(row: Row, found: PerceptionResult) -> bool:
    """Tell whether a shown figure lies above the force's as clearly."""
    surely = max(found.low_confidence_probability, _SURE)
    return bool(row["state"] == "ok" and row["probability_below_force"] < 1 - surely)


def points(share: float) -> str:
    """Return a share in whole per cent."""
    return fmt.per_cent(share, 0)


def between(row: Row) -> str:
    """Return the interval of a row in whole per cent, or nothing where it has none."""
    if not (fmt.is_known(row["lower"]) and fmt.is_known(row["upper"])):
        return ""
    return f"{points(row['lower'])} to {points(row['upper'])}"


def figure_words(row: Row | None) -> str:
    """Return a figure in words: its share, or its state with the reason."""
    if row is None:
        return fmt.MISSING
    return points(row["estimate"]) if row["state"] == "ok" else fmt.state_words(row["state"], text_or_none(row["note"]))


def text_or_none(value: object) -> str | None:
    """Return a note, or None where a table has none."""
    return value if isinstance(value, str) and value else None


def change_words(row: Row | None) -> str:
    """Return a change in points with its interval and verdict, or why there is none."""
    if row is None:
        return _NO_CHANGE
    if not fmt.is_known(row["change"]):
        return fmt.state_words(row["state"], text_or_none(row["note"]))
    lower, upper, change = (_signed(100 * float(row[name])) for name in ("lower", "upper", "change"))
    verdict = _VERDICTS.get(row["verdict"], "cannot tell whether it changed")
    return f"{verdict} since {row['from_wave']}: {change} points ({lower} to {upper})"


def _signed(points: float) -> str:
    text = fmt.decimal(points, 0)
    return f"+{text}" if points > 0 and text != "0" else text


def verdict_sentences(row: Row | None, found: PerceptionResult) -> tuple[str, ...]:
    """Return where confidence stands against the force, in one sentence."""
    if row is None:
        return ()
    if row["state"] != "ok":
        why = text_or_none(row["note"]) or "the survey is too thin here"
        return (f"It cannot be told how confident people are here: {why}.",)
    figure = f"{points(row['estimate'])} ({between(row)})"
    if is_low(row, found):
        chance = fmt.per_cent(row["probability_below_force"], 0)
        return (f"An area of low confidence: {figure}, below the force's figure with a probability of {chance}.",)
    if is_above(row, found):
        return (f"Confidence is above the force's figure: {figure}.",)
    return (f"Confidence is {figure}; one cannot tell whether that is below or above the force's figure.",)


def gap_sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return whether worry and what is recorded go together in an area."""
    if not rows:
        return ()
    row = rows[0]
    if row["state"] != "ok":
        return (f"Perception gap: {fmt.state_words(row['state'], text_or_none(row['note']))}.",)
    figure = f"{_decimal(row['gap'])} ({_decimal(row['lower'])} to {_decimal(row['upper'])}) standard deviations"
    if row["lower"] > 0:
        return (f"People worry more about antisocial behaviour than what is recorded would explain: gap {figure}.",)
    if row["upper"] < 0:
        return (f"People worry less about antisocial behaviour than what is recorded would explain: gap {figure}.",)
    return (f"Perception gap: one cannot tell whether worry differs from what is recorded; {figure}.",)


def _decimal(value: float) -> str:
    text = fmt.decimal(value, 1)
    return f"+{text}" if value > 0 and text != "0.0" else text


def reading() -> str:
    """Return how reports and confidence are read together (paragraph 20 of the strategy)."""
    return (
        "Read reports and confidence together: people who trust that something is done report more, so a rise in "
        "reports while confidence holds or rises can be a success."
    )


def force_sentences(row: Row | None) -> tuple[str, ...]:
    """Return the force's own figure of confidence, and how far areas differ from it."""
    if row is None or row["state"] != "ok":
        why = text_or_none(row["note"]) if row else None
        return (f"There is no figure of confidence: {why or 'the wave does not ask'}.",)
    sentences = [f"{points(row['estimate'])} of people ({between(row)}) are confident."]
    if fmt.is_known(row["between_area_sd"]):
        spread = fmt.decimal(100 * float(row["between_area_sd"]), 0)
        sentences.append(f"Areas differ from that by about {spread} points (standard deviation).")
    return tuple(sentences)


def target_sentences(found: PerceptionResult) -> tuple[str, ...]:
    """Return progress to the target, where one is set."""
    sentences = []
    for row in found.targets.to_dict("records"):
        unit = "points" if row["unit"] == "points" else "per cent"
        goal = (
            f"Target of {row['owner']}: {fmt.per_cent(row['goal'], 1)} by {fmt.day(date.fromisoformat(row['end_day']))}"
        )
        rise = f"from {fmt.per_cent(row['baseline'], 1)}, in {unit}"
        words = {"on_course": "on course", "behind": "behind"}.get(row["verdict"], "cannot tell")
        if fmt.is_known(row["probability"]):
            chance = fmt.per_cent(row["probability"], 0)
            words += (
                f": the straight line stands at {fmt.per_cent(row['due'], 1)}, reached with a probability of {chance}"
            )
        note = text_or_none(row["note"])
        sentences.append(f"{goal} ({rise}): {words}{f'; {note}' if note else ''}.")
    return tuple(sentences)


def basis(found: PerceptionResult, month: LocalMonth) -> str:
    """Return what was asked, of whom, how and when, and whether that is long before the month of the data."""
    current = found.waves[found.waves["is_current"].astype(bool)].iloc[0]
    first, last = (fmt.day(date.fromisoformat(current[name])) for name in ("first_day", "last_day"))
    rate = current["response_rate"]
    answered = f", of those asked {fmt.per_cent(rate, 0)} answered" if fmt.is_known(rate) else ""
    age = month.index - LocalMonth.of(date.fromisoformat(current["last_day"])).index
    old = f" The wave is {fmt.plural(age // 12, 'year')} older than the incidents here." if age >= _OLD_MONTHS else ""
    people = fmt.plural(current["n_respondents"], "person", "people")
    return (
        f"{current['survey']}, wave {current['wave']}: {people}, {current['mode']}, {first} to {last}{answered}; "
        "weighted to the census as far as its tables are loaded. Figures of single areas are modelled from their own "
        f"answers and what is known of their people, never from recorded crime; intervals are 95 %.{old}"
    )
