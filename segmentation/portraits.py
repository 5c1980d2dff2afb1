"""Portraits: what sets a segment apart from the force, in figures and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Contrast", "Describer", "PortraitEntry"]

#: One line of a portrait: `variable`, `label`, `value`, `force_value`, `index`, `text`.
PortraitEntry = dict[str, str | float | None]

_ENTRIES = 6
#: Variables within this share of the force's figure are not distinctive.
_NEAR = 0.05
#: ... and so are shares within so many percentage points.
_POINTS = 1.0


@dataclass(frozen=True, slots=True)
class Contrast:
    """
    One variable of a segment beside the force.

    Parameters
    ----------
    here, everywhere
        Mean in the segment and in the force.
    deviation
        Their difference in standard deviations between areas.
    index
        100 times their ratio; None where zero is not the least value of the variable.
    """

    here: float
    everywhere: float
    deviation: float
    index: float | None


@dataclass(frozen=True, slots=True)
class Describer:
    """
    Figures of all areas, from which any set of them is described.

    Parameters
    ----------
    values
        A row per area, a column per variable; shares in per cent. May be missing.
    weights
        Weight of each area in a mean, shape (n_areas,): its residents.
    labels, units, topics
        By variable; units are `share`, `score` or `rate`; a portrait has one entry of each topic.
    """

    values: pd.DataFrame
    weights: NDArray[np.float64]
    labels: Mapping[str, str]
    units: Mapping[str, str]
    topics: Mapping[str, str]

    def means(self, members: NDArray[np.bool_]) -> dict[str, float]:
        """Return the weighted mean of each variable over some areas; NaN where none is known."""
        table, weights = self.values[members], self.weights[members]
        means = {}
        for name in table.columns:
            column = table[name].to_numpy(dtype=np.float64)
            known = np.isfinite(column) & (weights > 0)
            means[str(name)] = float(np.average(column[known], weights=weights[known])) if known.any() else np.nan
        return means

    def contrasts(self, members: NDArray[np.bool_]) -> dict[str, Contrast]:
        """Return how some areas differ from all, the most distinctive variable first (ties by name)."""
        everywhere, here = self.means(np.ones(len(self.values), dtype=bool)), self.means(members)
        spread = {str(name): float(np.nanstd(column)) for name, column in self.values.items()}
        found = {
            name: Contrast(
                value, everywhere[name], (value - everywhere[name]) / spread[name], self._index(name, value, everywhere)
            )
            for name, value in here.items()
            if spread[name] > 0 and np.isfinite(value)
        }
        return dict(sorted(found.items(), key=lambda item: (-abs(item[1].deviation), item[0])))

    def portrait(self, members: NDArray[np.bool_], *, most: int = _ENTRIES) -> list[PortraitEntry]:
        """
        Return what sets some areas apart: the most distinctive variable of each topic, the most distinctive first.

        Parameters
        ----------
        members
            The areas, shape (n_areas,).
        most
            Largest number of entries.
        """
        entries: dict[str, PortraitEntry] = {}
        for name, contrast in self.contrasts(members).items():
            topic = self.topics.get(name, name)
            if topic not in entries and not self._is_near(name, contrast):
                entries[topic] = self._entry(name, contrast)
        return list(entries.values())[:most]

    def _is_near(self, name: str, contrast: Contrast) -> bool:
        """Return whether a difference is too small to tell, whatever the spread between areas."""
        if self.units.get(name) == "share" and abs(contrast.here - contrast.everywhere) < _POINTS:
            return True
        return contrast.index is not None and abs(contrast.index - 100) < 100 * _NEAR

    def _index(self, name: str, here: float, everywhere: Mapping[str, float]) -> float | None:
        if everywhere[name] <= 0 or float(np.nanmin(self.values[name].to_numpy(dtype=np.float64))) < 0:
            return None
        return 100.0 * here / everywhere[name]

    def _entry(self, name: str, contrast: Contrast) -> PortraitEntry:
        label, unit = self.labels.get(name, name), self.units.get(name, "score")
        text = f"{label}: {_figure(contrast.here, unit)} here, {_figure(contrast.everywhere, unit)} in the force"
        if contrast.index is not None:
            text += f" (index {contrast.index:.0f})"
        return {
            "variable": name,
            "label": label,
            "value": round(contrast.here, 6),
            "force_value": round(contrast.everywhere, 6),
            "index": None if contrast.index is None else round(contrast.index, 1),
            "text": text,
        }


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.1f} %"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"
