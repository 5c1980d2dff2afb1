"""Red Times as windows: neighbouring red blocks of one duty, with how much more they hold and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from hotspots.aoristic import HOURS_PER_WEEK
from hotspots.shifts import BlockLayout

__all__ = ["WINDOW_COLUMNS", "BlockFigures", "red_windows"]

Floats = NDArray[np.float64]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

WINDOW_COLUMNS = (
    "scope", "code", "rank", "weekday", "begin_hour", "end_hour", "weight", "share", "ratio", "p_value", "q_value",
    "label", "ratio_lower", "ratio_upper", "n_hours", "shift",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlockFigures:
    """
    The blocks of one scope, each array of shape (n_blocks,).

    Parameters
    ----------
    weight
        Aoristic incidents.
    share, usual
        Share of the week here, and what it is compared with.
    p_value
        From the resampling test.
    """

    weight: Floats
    share: Floats
    usual: Floats
    p_value: Floats


def red_windows(
    layout: BlockLayout, blocks: BlockFigures, *, false_discovery_rate: float, most_windows: int
) -> list[tuple[NDArray[np.int64], dict[str, object]]]:
    """
    Join neighbouring red blocks of a duty, and return the windows of greatest excess.

    Parameters
    ----------
    layout
        How the week is cut.
    blocks
        The figures of the blocks.
    false_discovery_rate
        Level of the Benjamini-Hochberg rule over all blocks of the week.
    most_windows
        Windows kept.

    Returns
    -------
    list of (hours of the week, row)
        Rows have the columns of `WINDOW_COLUMNS` but scope, code, rank and the interval. A window is worked by one
        shift, and may run over midnight: its weekday is that of its begin, and its end then is not after its begin.
        Its p-value is the largest of its blocks'.
    """
    q_value = false_discovery_control(blocks.p_value, method="bh")
    is_red = (q_value <= false_discovery_rate) & (blocks.share > blocks.usual)
    runs = _runs(layout, is_red)
    excess = [float(blocks.share[run].sum() - blocks.usual[run].sum()) for run in runs]
    order = sorted(range(len(runs)), key=lambda i: (-excess[i], int(layout.begin[runs[i][0]])))
    best = [runs[i] for i in order[:most_windows]]
    return [(_hours(layout, run), _row(layout, blocks, q_value, run)) for run in best]


def _runs(layout: BlockLayout, is_red: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the positions of neighbouring red blocks of each duty; a duty over the end of the week stays one."""
    runs: list[NDArray[np.int64]] = []
    for duty in np.unique(layout.duty[is_red]):
        own = np.flatnonzero(layout.duty == duty)
        order = own[np.argsort((layout.begin[own] - _duty_begin(layout, own)) % HOURS_PER_WEEK)]
        cuts = np.flatnonzero(np.diff(is_red[order].astype(np.int64))) + 1
        runs += [piece for piece in np.split(order, cuts) if is_red[piece[0]]]
    return runs


def _duty_begin(layout: BlockLayout, own: NDArray[np.int64]) -> int:
    """Return the hour of the week at which a duty begins: the begin that no block of it ends at."""
    begins, ends = layout.begin[own], (layout.begin[own] + layout.n_hours[own]) % HOURS_PER_WEEK
    apart = np.setdiff1d(begins, ends)
    return int(apart[0] if len(apart) else begins[0])


def _hours(layout: BlockLayout, run: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([(layout.begin[block] + np.arange(layout.n_hours[block])) % HOURS_PER_WEEK for block in run])


def _row(layout: BlockLayout, blocks: BlockFigures, q_value: Floats, run: NDArray[np.int64]) -> dict[str, object]:
    begin, n_hours = int(layout.begin[run[0]]), int(layout.n_hours[run].sum())
    weekday, begin_hour = divmod(begin, 24)
    end_hour = (begin_hour + n_hours - 1) % 24 + 1
    share, usual = float(blocks.share[run].sum()), float(blocks.usual[run].sum())
    return {
        "weekday": weekday,
        "begin_hour": begin_hour,
        "end_hour": end_hour,
        "weight": float(blocks.weight[run].sum()),
        "share": share,
        "ratio": share / usual if usual > 0 else np.inf,
        "p_value": float(blocks.p_value[run].max()),
        "q_value": float(q_value[run].max()),
        "label": f"{_WEEKDAYS[weekday]} {begin_hour:02d}:00-{end_hour:02d}:00",
        "n_hours": n_hours,
        "shift": layout.shift[run[0]],
    }
