"""
Segments of all small areas of England and Wales: every number of groups with every diagnosis, beside scikit-learn.

35,672 areas (Census 2021, all of England and Wales) and 60 variables: real ones where the tables in the data folder
reach (ethnic group, cars, NS-SEC, qualifications, age), then declared derived ones, each the product of two real
shares, until there are 60.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from domain.areas import GeographyKey
from segmentation.assignment import transform_people
from segmentation.clustering import diagnose, fit_partitions, silhouettes
from segmentation.features import Scaling, people_table
from sources.people import read_people

_TABLES = (
    "census2021-ts021-lsoa", "census2021-ts045-lsoa", "census2021-ts062-lsoa", "census2021-ts067-lsoa",
    "census21_pop_agegroup_lsoa21",
)  # fmt: skip
_VARIABLES = 60
_NUMBERS = range(2, 13)
_SEED = 20090604


def national_points(folder: Path, *, n_most: int | None) -> tuple[np.ndarray, int, int]:
    """Return all areas on the scale of the groups, the number of real variables, and that of derived ones."""
    key = GeographyKey("lsoa", 2021)
    tables = [read_people(folder / f"{name}.csv.gz", key=key) for name in _TABLES]
    variables = [variable for table in tables for variable in table.variables if variable.unit == "share"]
    table = people_table(pd.concat([t.frame for t in tables], ignore_index=True), variables).dropna()
    real = transform_people(table, variables)
    real = real.loc[:, real.std() > 0]
    if n_most is not None:
        real = real.sample(n_most, random_state=_SEED).sort_index()
    names = itertools.combinations(real.columns, 2)
    derived = {f"{a} x {b}": real[a] * real[b] for a, b in itertools.islice(names, _VARIABLES - real.shape[1])}
    whole = pd.concat([real, pd.DataFrame(derived, index=real.index)], axis=1)
    return Scaling.fit(whole).apply(whole), real.shape[1], len(derived)


class Clock:
    """Wall and processor seconds of a piece of work."""

    def __enter__(self) -> Self:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self._began[0]
        self.processor_s = time.process_time() - self._began[1]

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s ({self.processor_s:.1f} s of processor)"


def main() -> None:
    """Print what our way takes, and what the peers take and find in the same run."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("REDZONES_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="Folder of the real data.")
    parser.add_argument("--areas", type=int, help="Only so many areas, drawn at random.")
    parser.add_argument("--peers", type=int, nargs="*", default=[4, 8, 12], help="k of the 100 starts of the peer.")
    parser.add_argument("--widths", type=int, nargs="*", default=[7], help="k of the peer's silhouette.")
    parser.add_argument("--peer-starts", type=int, default=100, help="Starts of the peer.")
    parser.add_argument("--resamples", type=int, default=50, help="Bootstrap resamples.")
    options = parser.parse_args()
    points, n_real, n_derived = national_points(options.data / "cheshire" / "people", n_most=options.areas)
    print(f"{len(points):,} areas, {n_real} real and {n_derived} derived variables; load {os.getloadavg()[0]:.1f}")
    rng = np.random.default_rng(_SEED)
    with Clock() as whole:
        with Clock() as fitting:
            partitions = fit_partitions(points, _NUMBERS, starts=50, rng=rng)
        with Clock() as diagnosing:
            tried = diagnose(points, partitions, resamples=options.resamples, rng=rng)
    for d in tried:
        p = d.partition
        print(
            f"  k {p.k:>2}: inertia {p.inertia:.1f}, silhouette {d.silhouette:.4f}, Calinski-Harabasz "
            f"{d.calinski_harabasz:.0f}, stability {d.stability:.3f}, smallest {p.smallest_share:.3f}",
            flush=True,
        )
    print(f"ours, k = 2 to 12 with all diagnoses: {whole}; fits {fitting}, diagnoses {diagnosing}", flush=True)
    _silhouettes(points, [p.labels for p in partitions], options.widths)
    _inertia(points, {p.k: p.inertia for p in partitions}, options.peers, options.peer_starts)


def _silhouettes(points: np.ndarray, labelings: list[np.ndarray], numbers: list[int]) -> None:
    with Clock() as ours:
        widths = dict(zip(_NUMBERS, silhouettes(points, labelings), strict=True))
    print(f"ours, silhouettes of all {len(labelings)}: {ours}", flush=True)
    for k in numbers:
        labels = labelings[k - _NUMBERS[0]]
        with Clock() as peer:
            width = silhouette_score(points, labels)
        ratio = peer.processor_s * len(labelings) / ours.processor_s
        index = calinski_harabasz_score(points, labels)
        print(
            f"  silhouette_score at k {k}: {peer}; differs by {abs(width - widths[k]):.1e}; once for each k it would "
            f"take {ratio:.1f} times ours (Calinski-Harabasz {index:.0f})",
            flush=True,
        )


def _inertia(points: np.ndarray, ours: dict[int, float], numbers: list[int], starts: int) -> None:
    for k in numbers:
        with Clock() as peer:
            best = KMeans(k, n_init=starts, random_state=1).fit(points)
        more = 100.0 * (ours[k] / best.inertia_ - 1.0)
        print(f"  KMeans, {starts} starts at k {k}: {peer}; our inertia is {more:+.3f} per cent of its", flush=True)


if __name__ == "__main__":
    main()
