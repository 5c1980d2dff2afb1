"""Which part of a ranked list a budget covers, with ties in expectation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["covered_shares"]

Floats = NDArray[np.float64]

# Scores that agree to so many binary digits are equal: the same weights summed in another order must tie.
_DIGITS = 12


def covered_shares(score: ArrayLike, size: ArrayLike, budget: float) -> Floats:
    """
    Return the share of each item that a budget covers when items are taken by falling score per size.

    Parameters
    ----------
    score
        What each item promises, 0 or more, shape (n_items,).
    size
        What each item costs, such as its area or its hours, shape (n_items,); an item without size is never taken.
    budget
        How much may be taken, in the unit of `size`.

    Returns
    -------
    array of shape (n_items,)
        1 for items taken whole, 0 for those left; of items that tie where the budget ends, the same share of each,
        which is the expectation over every random order of equally large pieces of them.

    Examples
    --------
    >>> covered_shares([3, 1, 1], [1, 1, 1], 2).tolist()
    [1.0, 0.5, 0.5]
    """
    score, size = np.asarray(score, dtype=np.float64), np.asarray(size, dtype=np.float64)
    has_size = size > 0
    mantissa, exponent = np.frexp(-score[has_size] / size[has_size])
    _, tie = np.unique(np.ldexp(np.round(mantissa, _DIGITS), exponent), return_inverse=True)
    cost = np.bincount(tie, size[has_size])
    spent_before = np.cumsum(cost) - cost
    shares = np.zeros(len(score))
    shares[has_size] = np.clip((budget - spent_before) / cost, 0.0, 1.0)[tie]
    return shares
