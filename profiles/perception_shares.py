"""Questions of choice, such as the preferred channel or the priority: shares, shrunk to the force in patrol areas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta

from domain.areas import FigureState
from domain.surveys import SurveyQuestion
from profiles.survey_groups import FORCE, Groups
from profiles.survey_variance import wilson_interval
from profiles.survey_weights import WeightedWave

__all__ = ["SHARE_COLUMNS", "answer_shares", "no_shares"]

#: Columns of the tables of channels and priorities.
SHARE_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "code", "answer", "share", "lower", "upper", "force_share", "n_respondents", "state",
    "note",
)  # fmt: skip
_WEAKEST, _STRONGEST = 10.0, 1000.0


def no_shares() -> pd.DataFrame:
    """Return the table where a wave does not ask."""
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in SHARE_COLUMNS})


def answer_shares(
    weighted: WeightedWave,
    groups: Groups,
    question: SurveyQuestion,
    *,
    patrol_key: str,
    design_effect: float,
    least_effective_n: float,
    most_half_width: float,
) -> pd.DataFrame:
    """
    Return the share of each answer in each group; in patrol areas shrunk to the force's (Dirichlet-multinomial).

    With n effective answers and the force's shares F, an area has `(n p + M F) / (n + M)` and the interval of a beta
    distribution of that mean and precision n + M. M follows from how far areas differ beyond chance (method of moments
    over all answers), between 10 and 1000. Elsewhere shares are the group's own, with Wilson's interval, from
    `least_effective_n` on. "Don't know" and missing answers are left out.

    Parameters
    ----------
    weighted
        The wave.
    groups
        Groups of its respondents.
    question
        The question of choice.
    patrol_key
        Geography of the groups that are shrunk.
    design_effect
        By which effective numbers are divided.
    least_effective_n
        Effective answers from which an own share is shown.
    most_half_width
        Half width of an interval up to which a shrunk share is shown.
    """
    codes = weighted.responses[f"answer_{question.name}"].to_numpy(dtype=np.float64)
    outside = {*question.dont_know_codes, *question.missing_codes}
    scale = [(code, label) for code, label in question.scale if code not in outside]
    base = np.isin(codes, [code for code, _ in scale])
    if not base.any():
        return no_shares()
    w = np.where(base, weighted.weights, 0.0)
    inside = groups.members & base[:, None]
    weight = w @ inside
    counts = np.stack([(w * (codes == code)) @ inside for code, _ in scale])
    shares = np.divide(counts, weight, out=np.zeros_like(counts), where=weight > 0)
    kish = np.divide(weight**2, w**2 @ inside, out=np.zeros(len(weight)), where=weight > 0) / design_effect
    force = shares[:, groups.of(FORCE)[0]]
    n = inside.sum(axis=0)
    is_patrol = groups.geography == patrol_key
    precision = _precision(shares[:, is_patrol], kish[is_patrol], force)
    blocks = []
    for row, (code, answer) in enumerate(scale):
        share, lower, upper = _figures(shares[row], kish, float(force[row]), precision, is_patrol)
        half = (upper - lower) / 2
        state = np.where(is_patrol, half <= most_half_width, kish >= least_effective_n)
        block = pd.DataFrame(
            {
                "geography": groups.geography, "area_code": groups.code, "code": code, "answer": answer,
                "share": np.where(state, share, np.nan), "lower": np.where(state, lower, np.nan),
                "upper": np.where(state, upper, np.nan), "force_share": float(force[row]),
                "n_respondents": n.astype(np.int64), "state": _states(state, is_patrol),
                "note": [_note(ok, patrol, int(k)) for ok, patrol, k in zip(state, is_patrol, n, strict=True)],
            }
        )  # fmt: skip
        blocks.append(block)
    table = pd.concat(blocks, ignore_index=True)
    order = {key: i for i, key in enumerate(zip(groups.geography, groups.code, strict=True))}
    place = [order[key] for key in zip(table["geography"], table["area_code"], strict=True)]
    table = table.assign(place=place).sort_values(["place", "code"], kind="stable")
    return table.drop(columns="place").reset_index(drop=True)


def _precision(shares: NDArray[np.float64], n: NDArray[np.float64], force: NDArray[np.float64]) -> float:
    """Return how many answers the force's shares are worth as a prior, from how far areas differ beyond chance."""
    some = n > 1
    if not some.any():
        return _STRONGEST
    chance = (force * (1 - force)).sum()
    beyond = ((shares[:, some] - force[:, None]) ** 2).sum(axis=0) - chance / n[some]
    between = float(np.average(beyond, weights=n[some]))
    if between <= 0 or chance <= 0:
        return _STRONGEST
    return float(np.clip(chance / between - 1, _WEAKEST, _STRONGEST))


def _figures(
    share: NDArray[np.float64], n: NDArray[np.float64], force: float, precision: float, is_patrol: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    shrunk = (n * share + precision * force) / (n + precision)
    agree = np.clip((n + precision) * shrunk, 1e-9, None)
    rest = np.clip((n + precision) * (1 - shrunk), 1e-9, None)
    lower, upper = wilson_interval(share, n)
    return (
        np.where(is_patrol, shrunk, share),
        np.where(is_patrol, beta.ppf(0.025, agree, rest), lower),
        np.where(is_patrol, beta.ppf(0.975, agree, rest), upper),
    )


def _states(ok: NDArray[np.bool_], is_patrol: NDArray[np.bool_]) -> NDArray[np.object_]:
    refused = np.where(is_patrol, FigureState.CANNOT_TELL.value, FigureState.SUPPRESSED.value)
    return np.where(ok, FigureState.OK.value, refused).astype(object)


def _note(ok: bool, is_patrol: bool, n: int) -> str | None:  # noqa: FBT001
    if ok:
        return "nobody asked here: the force's share" if is_patrol and n == 0 else None
    return "the interval is too wide to be of use" if is_patrol else "too few answers"
