"""Dated targets: a rise of a survey figure by a date, owned by somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.errors import AnalysisError

__all__ = ["NATIONAL_TARGET_2009", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """
    A target that somebody owns.

    Parameters
    ----------
    owner
        Who answers for it.
    question
        Question of the survey.
    baseline
        Share at the start, 0 to 1.
    baseline_day, end_day
        Its first and last day.
    rise
        By how much the share is to rise, in the unit.
    unit
        `points` (percentage points: 43.5 to 53.5 is ten) or `per_cent` (of the baseline: 43.5 to 47.85 is ten).
    abolished
        When it was given up, in words; such a target is history and judges nothing.
    """

    owner: str
    question: str
    baseline: float
    baseline_day: date
    end_day: date
    rise: float
    unit: Literal["points", "per_cent"] = "points"
    abolished: str = ""

    def __post_init__(self) -> None:
        """Refuse a target that ends before it begins or leaves the range of a share."""
        if self.end_day <= self.baseline_day:
            raise AnalysisError("a target ends after it begins", hint="Mend perception.target in redzones.toml.")
        if not (0 <= self.baseline <= 1 and 0 <= self.goal <= 1):
            raise AnalysisError(
                f"a target from {100 * self.baseline:.1f} to {100 * self.goal:.1f} per cent cannot be",
                hint="The baseline is a share from 0 to 1; the rise is in points or per cent, as its unit says.",
            )

    @property
    def goal(self) -> float:
        """The share to be reached."""
        return self.baseline + (self.rise / 100 if self.unit == "points" else self.baseline * self.rise / 100)

    def due(self, day: date) -> float:
        """
        Return where the straight line from baseline to goal stands on a day; before and after it, its ends.

        Examples
        --------
        >>> round(NATIONAL_TARGET_2009.due(date(2010, 9, 29)), 3)
        0.51
        """
        passed = (day - self.baseline_day).days / (self.end_day - self.baseline_day).days
        return self.baseline + min(max(passed, 0.0), 1.0) * (self.goal - self.baseline)


#: The single national target of 2009, by which the 2009 strategy was written: 43.5 per cent to 58.5 in March 2012, by
#: way of 53.5 in 2011 (percentage points). It was abolished in June 2010 and is here as an example only.
NATIONAL_TARGET_2009 = Target(
    owner="Home Office",
    question="confidence",
    baseline=0.435,
    baseline_day=date(2009, 3, 31),
    end_day=date(2012, 3, 31),
    rise=15.0,
    unit="points",
    abolished="June 2010",
)
