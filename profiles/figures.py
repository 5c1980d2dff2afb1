"""How figures become rows of the profile table: one block for each metric and geography, with state and note."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from domain.areas import FigureState

__all__ = ["FIGURE_COLUMNS", "Figures", "Geography", "figure_rows", "index_of"]

#: Columns of the profile table, in order.
FIGURE_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "metric", "estimate", "lower", "upper", "numerator", "denominator", "force_estimate",
    "index", "nation_estimate", "nation_index", "q_value", "state", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Geography:
    """
    Areas for which profiles are made, as sums of small areas.

    Parameters
    ----------
    name
        `name:vintage`.
    codes
        Codes of the areas, shape (n_areas,).
    shares
        Share of each small area in each area, shape (n_areas, n_small): extensive figures of the areas are
        `shares @ figures`, so that numerator and denominator always pass through the same link.
    """

    name: str
    codes: NDArray[np.object_]
    shares: csr_array

    @classmethod
    def of_small_areas(cls, name: str, codes: NDArray[np.object_]) -> Geography:
        """Return the small areas themselves."""
        return cls(name, codes, csr_array(eye_array(len(codes))))

    @classmethod
    def of_everything(cls, n_small: int) -> Geography:
        """Return one area that holds every small area: the force."""
        return cls("force", np.array(["force"], dtype=object), csr_array(np.ones((1, n_small))))

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of known values over the small areas of each area, shape (n_areas,)."""
        return np.asarray(self.shares @ np.nan_to_num(values, nan=0.0), dtype=np.float64)

    def n_known(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many small areas of each area have a known value."""
        linked = (self.shares > 0).astype(np.float64)
        return np.asarray(linked @ np.isfinite(values).astype(np.float64), dtype=np.float64)

    def area_of_small(self) -> NDArray[np.int64]:
        """Return the position of the area that holds most of each small area, -1 where none does; shape (n_small,)."""
        links = self.shares.tocoo()
        held = links.data > 0
        row, column, share = links.row[held], links.col[held], links.data[held]
        order = np.lexsort((-row, share))  # the largest share is written last, of equal ones the first area
        area = np.full(self.shares.shape[1], -1, dtype=np.int64)
        area[column[order]] = row[order]
        return area

    def largest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the largest value among the small areas of each area, 0 where it has none; shape (n_areas,)."""
        links = self.shares.tocoo()
        most = np.zeros(self.shares.shape[0])
        held = links.data > 0
        np.maximum.at(most, links.row[held], values[links.col[held]])
        return most

    def n_small(self) -> NDArray[np.float64]:
        """Return how many small areas each area has."""
        return np.asarray((self.shares > 0).sum(axis=1), dtype=np.float64)


def _nothing(n: int) -> NDArray[np.float64]:
    return np.full(n, np.nan)


@dataclass(slots=True)
class Figures:
    """
    One metric of every area of one geography, while it is being made.

    Parameters
    ----------
    estimate
        Shape (n_areas,); NaN where there is none.
    lower, upper, numerator, denominator, index
        Shape (n_areas,) each; NaN where there is none.
    nation_index
        The figure against the nation's, which is 100.
    q_value
        Of a test, after Benjamini-Hochberg; NaN where nothing was tested.
    force_estimate, nation_estimate
        The figure of the force and of the nation; NaN where it is not known.
    state, note
        Shape (n_areas,): a `FigureState` value, and None or a sentence.
    """

    estimate: NDArray[np.float64]
    force_estimate: float = np.nan
    lower: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    upper: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    numerator: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    denominator: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    index: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    nation_estimate: float = np.nan
    nation_index: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    q_value: NDArray[np.float64] = field(default_factory=lambda: _nothing(0))
    state: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    note: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))

    def __post_init__(self) -> None:
        n = len(self.estimate)
        for name in ("lower", "upper", "numerator", "denominator", "index", "nation_index", "q_value"):
            if not len(getattr(self, name)):
                setattr(self, name, _nothing(n))
        if not len(self.state):
            self.state = np.full(n, FigureState.OK.value, dtype=object)
        if not len(self.note):
            self.note = np.full(n, None, dtype=object)

    def withhold(self, where: NDArray[np.bool_], state: FigureState, note: str) -> None:
        """Take the figure back where it does not exist, and say why; a reason given earlier stays."""
        rows = where & (self.state == FigureState.OK.value)
        for values in (self.estimate, self.lower, self.upper, self.index, self.nation_index):
            values[rows] = np.nan
        self.state[rows] = state.value
        self.note[rows] = note

    def remark(self, where: NDArray[np.bool_], notes: str | NDArray[np.object_]) -> None:
        """Add a sentence (or one for each row) to the figures that stand."""
        rows = np.flatnonzero(where & (self.state == FigureState.OK.value))
        for row in rows:
            note = notes if isinstance(notes, str) else str(notes[row])
            self.note[row] = note if self.note[row] is None else f"{self.note[row]}; {note}"


def index_of(estimate: NDArray[np.float64], force: float) -> NDArray[np.float64]:
    """
    Return figures as an index, 100 being the force's; NaN where a ratio has no meaning.

    Parameters
    ----------
    estimate
        Figures of the areas, shape (n_areas,).
    force
        The force's figure.

    Examples
    --------
    >>> index_of(np.array([5.0, 20.0]), 10.0).tolist()
    [50.0, 200.0]
    """
    known = estimate[np.isfinite(estimate)]
    if not np.isfinite(force) or force <= 0 or (known < 0).any():
        return _nothing(len(estimate))
    return 100.0 * estimate / force


def figure_rows(geography: Geography, metric: str, figures: Figures) -> pd.DataFrame:
    """Return the rows of one metric, with the columns of `FIGURE_COLUMNS`."""
    rows = {
        "geography": geography.name,
        "area_code": geography.codes,
        "metric": metric,
        "estimate": figures.estimate,
        "lower": figures.lower,
        "upper": figures.upper,
        "numerator": figures.numerator,
        "denominator": figures.denominator,
        "force_estimate": np.where(figures.state == FigureState.OK.value, figures.force_estimate, np.nan),
        "index": figures.index,
        "nation_estimate": np.where(figures.state == FigureState.OK.value, figures.nation_estimate, np.nan),
        "nation_index": figures.nation_index,
        "q_value": figures.q_value,
        "state": figures.state,
        "note": figures.note,
    }
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))
