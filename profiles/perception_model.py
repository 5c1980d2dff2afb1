"""Small-area model of one question: smoothed sampling variances, Fay-Herriot, and agreement with the force's figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from domain.errors import AnalysisError
from profiles.small_area import fay_herriot
from profiles.survey_variance import DirectEstimates

__all__ = ["AreaModel", "design_effect", "model_areas"]

#: A design effect is learned from areas with at least so many answers.
_LEAST_ANSWERS = 10
#: Sampled areas for each covariate beside the intercept: fewer, and a covariate would follow chance.
_AREAS_PER_COVARIATE = 8
_LEAST_AREAS = 5
_LARGEST_CORRELATION = 0.95
_LEAST_SHARE = 0.02
_Z = float(norm.isf(0.025))


@dataclass(frozen=True, slots=True)
class AreaModel:
    """
    Modelled shares of n areas.

    Parameters
    ----------
    estimate, standard_error, lower, upper
        Shape (n,), NaN where an area has no covariates.
    probability_below
        Probability that the true share lies below the force's, shape (n,).
    between_area_sd
        Standard deviation of true shares between areas: what covariates explain and what they leave.
    model_variance
        Variance between areas that covariates leave.
    sampling_variance
        Smoothed sampling variance of each direct estimate, shape (n,), NaN where nobody answered.
    design_effect
        Factor by which the design (beyond unequal weights) enlarges sampling variances.
    covariates
        Names of those used.
    notes
        What a reader should know.
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    probability_below: NDArray[np.float64]
    between_area_sd: float
    model_variance: float
    sampling_variance: NDArray[np.float64]
    design_effect: float
    covariates: tuple[str, ...]
    notes: tuple[str, ...]


def design_effect(direct: DirectEstimates, expected_share: NDArray[np.float64] | float) -> float:
    """
    Return by how much the design enlarges the variances of areas, over what their effective n alone would give.

    `sum v / sum (p (1 - p) / n_kish)` over areas with ten answers or more: the variances of single areas, each from a
    few sampling units, are too uncertain to be used one by one (a generalised variance function). It is never below 1:
    a gain from raking is not relied upon in an area of few answers.

    Parameters
    ----------
    direct
        Direct estimates of the areas.
    expected_share
        Share from which the plain variance is computed, shape (n,) or one number; not the area's own estimate, which
        its variance would follow.

    References
    ----------
    Wolter K. M. (2007) Introduction to Variance Estimation, 2nd edition, chapter 7, doi 10.1007/978-0-387-35099-8.
    """
    p = np.clip(np.broadcast_to(expected_share, direct.share.shape), _LEAST_SHARE, 1 - _LEAST_SHARE)
    used = np.isfinite(direct.variance) & (direct.n_respondents >= _LEAST_ANSWERS)
    if not used.any():
        return 1.0
    plain = float(np.sum(p[used] * (1 - p[used]) / direct.kish_n[used]))
    return max(float(np.sum(direct.variance[used])) / plain, 1.0)


def model_areas(
    direct: DirectEstimates, covariates: pd.DataFrame, *, force_share: float, force_standard_error: float
) -> AreaModel:
    """
    Model the shares of areas from their direct estimates and what is known of them.

    Sampling variances are smoothed: `D_i = deff p_i (1 - p_i) / n_i` with Kish's effective n of the area, one design
    effect for all areas, and p first the force's share, then what the covariates predict. Then Fay-Herriot
    (`profiles.small_area`), and the estimates of sampled areas are moved so that, weighted by the people for whom they
    stand, they agree with the force's own figure: each by its share of `W_i mse_i`, and the square of the move is added
    to its mean squared error (difference benchmarking; Wang, Fuller, Qu 2008).

    Parameters
    ----------
    direct
        Direct estimates of the areas, shape (n,).
    covariates
        A row per area in the same order; NaN where an area has none. A column that is constant or repeats an earlier
        one is left out, and so are the last ones where there are fewer than eight sampled areas for each.
    force_share, force_standard_error
        The force's own figure and its standard error.

    Raises
    ------
    AnalysisError
        If fewer than five areas are sampled.

    References
    ----------
    Wang J., Fuller W. A., Qu Y. (2008) Small area estimation under a restriction. Survey Methodology 34, 29-36.
    You Y., Rao J. N. K., Hidiroglou M. (2013) On the performance of self benchmarked small area estimators under the
    Fay-Herriot area level model. Survey Methodology 39, 217-229.
    """
    known = covariates.notna().all(axis=1).to_numpy()
    sampled = known & np.isfinite(direct.share) & (direct.kish_n > 0)
    if sampled.sum() < _LEAST_AREAS:
        raise AnalysisError(f"{sampled.sum()} sampled areas are too few for a small-area model")
    names = _usable(covariates[sampled])
    design = _standardised(covariates[names], known)
    expected: NDArray[np.float64] | float = force_share
    for _ in range(2):
        deff = design_effect(direct, expected)
        p = np.clip(np.broadcast_to(expected, direct.share.shape), _LEAST_SHARE, 1 - _LEAST_SHARE)
        variance = np.where(sampled, deff * p * (1 - p) / np.where(sampled, direct.kish_n, 1.0), np.nan)
        fitted = fay_herriot(np.where(sampled, direct.share, np.nan)[known], variance[known], design[known])
        expected = design @ fitted.coefficients
    move = _benchmark(
        fitted.estimate, fitted.mse, np.where(sampled, direct.population, 0.0)[known], direct, sampled, known
    )
    mse = fitted.mse + move**2
    half = (fitted.upper - fitted.estimate) * np.sqrt(mse / fitted.mse)
    estimate = fitted.estimate + move
    spread = np.sqrt((half / _Z) ** 2 + force_standard_error**2)
    explained = np.asarray(expected)[known]
    notes: tuple[str, ...] = ()
    if fitted.is_adjusted:
        notes = ("the areas differ no more than chance would make them, so they are drawn close to what is expected",)

    def spread_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
        full = np.full(len(known), np.nan)
        full[known] = values
        return full

    return AreaModel(
        estimate=spread_out(np.clip(estimate, 0, 1)),
        standard_error=spread_out(np.sqrt(mse)),
        lower=spread_out(np.clip(estimate - half, 0, 1)),
        upper=spread_out(np.clip(estimate + half, 0, 1)),
        probability_below=spread_out(norm.cdf((force_share - estimate) / spread)),
        between_area_sd=float(np.sqrt(fitted.between_variance + np.var(explained))),
        model_variance=fitted.between_variance,
        sampling_variance=variance,
        design_effect=deff,
        covariates=tuple(names),
        notes=notes,
    )


def _benchmark(
    estimate: NDArray[np.float64],
    mse: NDArray[np.float64],
    weight: NDArray[np.float64],
    direct: DirectEstimates,
    sampled: NDArray[np.bool_],
    known: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return by how much each estimate moves so that the sampled areas together have the figure of their answers."""
    share = weight / weight.sum()
    own = float(direct.population[sampled] @ direct.share[sampled] / direct.population[sampled].sum())
    gap = own - float(share @ estimate)
    pull = share * mse
    moved = np.where(sampled[known], gap * mse * share / float(share @ pull), 0.0)
    return np.asarray(moved, dtype=np.float64)


def _usable(covariates: pd.DataFrame) -> list[str]:
    """Return the covariates that vary and do not repeat an earlier one, as many as the areas can bear."""
    names: list[str] = []
    for name in covariates.columns:
        values = covariates[name].to_numpy(dtype=np.float64)
        if np.std(values) <= 1e-12 * max(1.0, float(np.abs(values).max())):
            continue
        if all(abs(np.corrcoef(values, covariates[other])[0, 1]) < _LARGEST_CORRELATION for other in names):
            names.append(str(name))
    return names[: len(covariates) // _AREAS_PER_COVARIATE]


def _standardised(covariates: pd.DataFrame, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    values = covariates.to_numpy(dtype=np.float64)
    values = np.where(known[:, None], values, 0.0)
    inside = values[known]
    scaled = (values - inside.mean(axis=0)) / np.where(inside.std(axis=0) > 0, inside.std(axis=0), 1.0)
    return np.column_stack([np.ones(len(values)), np.where(known[:, None], scaled, 0.0)])
