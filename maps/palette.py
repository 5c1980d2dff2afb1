"""
Colours and hatches of maps and tables.

Chosen to stay apart for people with red, green or blue colour blindness, and never the only carrier of a meaning: every
class has words in a legend, a tooltip and a table. Red belongs to Red Zones alone.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BOUNDARY_ONLY",
    "NO_DATA",
    "SEQUENTIAL",
    "SUPPRESSED",
    "Swatch",
    "group_swatch",
    "sequential_swatch",
]


@dataclass(frozen=True, slots=True)
class Swatch:
    """
    How an area of one class is drawn, on the map and in its legend.

    Parameters
    ----------
    fill
        Colour `#rrggbb`.
    pattern
        `solid`, `hatch` (lines on white: no data), `dots` (suppressed), or `none` (outline only).
    """

    fill: str
    pattern: str = "solid"


#: No figure: hatched, never the lightest colour of a scale.
NO_DATA = Swatch("#6b6b6b", "hatch")

#: A figure that may not be shown.
SUPPRESSED = Swatch("#4a4a4a", "dots")

#: An area whose boundary alone is drawn.
BOUNDARY_ONLY = Swatch("#ffffff", "none")

#: From least to most, even steps of lightness, yellow to dark blue.
SEQUENTIAL = ("#f8f0c4", "#aed29a", "#63ae9f", "#35789a", "#223f68")

# Hues of the community groups; environments of a group are lighter and darker steps of it.
_GROUPS = (
    "#3f7fc1", "#e3a021", "#1f8a70", "#d79fc4", "#54307d",
    "#ece27a", "#a6def2", "#85694a", "#b4cf7c", "#5d6470",
)  # fmt: skip
_LIGHTNESS_STEPS = (0.0, 0.38, -0.28)


def sequential_swatch(position: int, n_classes: int) -> Swatch:
    """
    Return the swatch of one class of a scale.

    Parameters
    ----------
    position
        From 0, the least.
    n_classes
        Number of classes, at most the length of `SEQUENTIAL`.
    """
    if n_classes == 1:
        return Swatch(SEQUENTIAL[len(SEQUENTIAL) // 2])
    step = (len(SEQUENTIAL) - 1) / (n_classes - 1)
    return Swatch(SEQUENTIAL[round(position * step)])


def group_swatch(group: int, environment: int | None = None) -> Swatch:
    """
    Return the swatch of a community group, or of an environment within it.

    Parameters
    ----------
    group
        Position of the group, from 0.
    environment
        Position of the environment in its group, from 0; None for the group itself.
    """
    base = _GROUPS[group % len(_GROUPS)]
    if environment is None:
        return Swatch(base)
    return Swatch(_lighter(base, _LIGHTNESS_STEPS[environment % len(_LIGHTNESS_STEPS)]))


def _lighter(colour: str, amount: float) -> str:
    """Mix a colour with white (amount above 0) or black (below 0)."""
    towards = 255 if amount > 0 else 0
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (towards - c) * abs(amount)):02x}" for c in channels)
