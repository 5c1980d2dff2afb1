"""Speed of the hot-spot methods, each beside its peer in the same run, on the same input."""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from hotspots_inputs import FULL, PIXEL_M, QUICK, SEED, Sizes, counts, days, intervals, points, score, tessellation
from scipy.sparse import csr_array

from hotspots.aoristic import aoristic_rows, aoristic_weights
from hotspots.gi_star import draw_without_replacement, gi_star
from hotspots.kernel_density import kernel_density
from hotspots.near_repeat import knox
from hotspots.replacing import PlacingRules, ReplacingGround, Weighed, likely_centres
from hotspots.results import ScoreSurface
from hotspots.zones import blurred_for_placing, place_discs
from spatialstats.contiguity import contiguity

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- hot spots: begin -->", "<!-- hot spots: end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was run, both times, what was asked for and what was checked."""

    work: str
    ours_s: float
    peer: str
    peer_s: float | None
    target: str
    checked: str

    def cells(self) -> list[str]:
        peer = f"{self.peer_s:,.3g} s ({self.peer})" if self.peer_s else self.peer
        ratio = f"{self.peer_s / self.ours_s:,.3g}" if self.peer_s else ""
        return [self.work, f"{self.ours_s:.3g} s", peer, ratio, self.target, self.checked]


def timed(run: Callable[[], Any], *, repeats: int = 1) -> tuple[float, Any]:
    """Return the median time of several runs, seconds, and the last result."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - began)
    return median(times), result


def ours(run: Callable[[], Any], *, repeats: int) -> tuple[float, Any]:
    """Time Redzones after one run that loads the compiled kernels from disk."""
    run()
    return timed(run, repeats=repeats)


def peer_name(package: str) -> str:
    return f"{package} {version(package)}" if find_spec(package) else f"{package} is not installed: `[bench]`"


def require(agree: object, what: str) -> None:
    """Stop where the two sides differ: a faster wrong answer is not printed."""
    if not agree:
        raise SystemExit(f"{what}: no times are given")


def queen_of_grid(side: int) -> csr_array:
    cell = np.arange(side * side).reshape(side, side)
    padded = np.pad(cell, 1, constant_values=-1)
    steps = [step for step in np.ndindex(3, 3) if step != (1, 1)]
    around = [padded[dy : dy + side, dx : dx + side].ravel() for dy, dx in steps]
    rows, columns = np.tile(cell.ravel(), 8), np.concatenate(around)
    kept = columns >= 0
    return csr_array((np.ones(kept.sum()), (rows[kept], columns[kept])), shape=(side * side, side * side))


def plain_p_values(values: np.ndarray, neighbours: csr_array, n_permutations: int) -> np.ndarray:
    """Count every cell's draws one cell after the other, over the draws that `gi_star` makes."""
    degree = np.diff(neighbours.indptr)
    rng = np.random.default_rng(SEED)
    drawn = draw_without_replacement(len(values), n_draws=n_permutations, size=degree.max() + 1, rng=rng)
    observed, p_value = neighbours @ values, np.empty(len(values))
    for cell, k in enumerate(degree):
        others = np.where(drawn[:, :k] == cell, drawn[:, k : k + 1], drawn[:, :k])
        p_value[cell] = ((values[others].sum(axis=1) >= observed[cell]).sum() + 1) / (n_permutations + 1)
    return p_value


def bench_gi_star(sizes: Sizes) -> Row:
    n = sizes.gi_side**2
    values, neighbours = counts(n), queen_of_grid(sizes.gi_side)

    def run():
        return gi_star(values, neighbours, n_permutations=sizes.permutations, rng=np.random.default_rng(SEED))

    ours_s, result = ours(run, repeats=21)
    plain = plain_p_values(values, neighbours, sizes.permutations)
    require(np.array_equal(plain, result.p_value), "Gi*: p-values differ from a plain count")
    checked = f"p equal to a plain count in all {n:,} cells"
    peer_s = None
    if find_spec("esda"):
        from esda import G_Local
        from libpysal.weights import WSP

        weights = WSP(neighbours.tocsr()).to_W(silence_warnings=True)
        options: dict[str, Any] = {"transform": "B", "star": True, "permutations": sizes.permutations}
        compile_s, theirs = timed(lambda: G_Local(values, weights, **options, keep_simulations=False, n_jobs=1, seed=1))
        peer_s, theirs = timed(lambda: G_Local(values, weights, **options, keep_simulations=False, n_jobs=1, seed=1))
        require(np.allclose(theirs.Zs, result.z, atol=1e-8), "Gi*: z differs from esda's")
        checked += f"; z equal to esda's; esda's first run, which compiles, took {compile_s:.3g} s"
    work = f"Gi*, {sizes.permutations} permutations, {n:,} cells"
    return Row(work, ours_s, peer_name("esda"), peer_s, "300 x", checked)


def bench_knox(sizes: Sizes) -> Row:
    n, within_m, within_days = sizes.knox_points, 200.0, 7.0
    xy, t = points(n, side_m=20_000), days(n)

    def run():
        return knox(
            xy,
            t,
            distance_edges_m=(0, within_m),
            delay_edges_days=(0, within_days + 0.5),  # theirs holds a delay of exactly 7 days
            metric="euclidean",
            n_permutations=sizes.permutations,
            rng=np.random.default_rng(SEED),
        )

    ours_s, result = ours(run, repeats=5)
    peer_s, checked = None, f"{result.observed[0, 0]:,} near pairs"
    if find_spec("pointpats"):
        from pointpats import Knox

        np.random.seed(SEED)  # noqa: NPY002 - theirs draws from the global state
        peer_s, theirs = timed(
            lambda: Knox(xy, t[:, None], delta=within_m, tau=within_days, permutations=sizes.permutations)
        )
        require(int(theirs.statistic_) == result.observed[0, 0], "Knox: the observed counts differ")
        checked += f", as theirs; p {result.p_value[0, 0]:.3f} and {float(theirs.p_sim):.3f}"
    work = f"Knox, {sizes.permutations} permutations, {n:,} points"
    return Row(work, ours_s, peer_name("pointpats"), peer_s, "200 x", checked)


def bench_knox_many(sizes: Sizes) -> Row:
    n, edges = sizes.knox_many_points, (0, 100, 200, 400)
    xy, t = points(n, side_m=45_000), days(n)

    def run():
        rng = np.random.default_rng(SEED)
        return knox(xy, t, distance_edges_m=edges, delay_edges_days=(0, 7, 14, 28), n_permutations=999, rng=rng)

    ours_s, result = ours(run, repeats=5)
    everything = knox(
        xy, t, distance_edges_m=edges, delay_edges_days=(0, np.inf), n_permutations=0, rng=np.random.default_rng(SEED)
    )
    checked = f"3 x 3 bands; {everything.observed.sum():,} pairs within 400 m, {result.observed.sum():,} within 28 days"
    return Row(f"Knox, 999 permutations, {n:,} points", ours_s, "", None, "under 2 s", checked)


def exact_density(xy: np.ndarray, places: np.ndarray, bandwidth_m: float) -> np.ndarray:
    """Sum the Gaussian over every event at some places, events per square kilometre."""
    scale = 1e6 / (2 * np.pi * bandwidth_m**2)
    return np.array([np.exp(-((xy - at) ** 2).sum(axis=1) / (2 * bandwidth_m**2)).sum() * scale for at in places])


def bench_density(sizes: Sizes) -> list[Row]:
    side, cell_m, bandwidth_m = sizes.density_side, 100.0, 300.0
    xy = points(sizes.density_points, side_m=side * cell_m)
    rng = np.random.default_rng(SEED)
    sampled = np.minimum((xy[rng.integers(len(xy), size=400)] // cell_m).astype(int), side - 1)
    exact = exact_density(xy, (sampled + 0.5) * cell_m, bandwidth_m)

    def error(values: np.ndarray) -> float:
        return float(np.abs(values[sampled[:, 0], sampled[:, 1]] / exact - 1).mean())

    def run():
        options: dict[str, Any] = {"west": 0, "south": 0, "shape": (side, side), "cell_m": cell_m}
        return kernel_density(xy, **options, bandwidth_m=bandwidth_m, kernel="gaussian")

    ours_s, result = ours(run, repeats=21)
    our_error = error(result.values.T)
    work = f"KDE, {len(xy):,} points, {side} x {side} cells of 100 m, Gaussian of 300 m"
    centre = (np.arange(side) + 0.5) * cell_m
    places = np.stack(np.meshgrid(centre, centre, indexing="ij"), axis=-1).reshape(-1, 2)
    rows = []
    peer_s, checked = None, f"mean error {our_error:.2%} on 400 cells against the exact sum"
    if find_spec("KDEpy"):
        from KDEpy import FFTKDE

        peer_s, theirs = timed(lambda: FFTKDE(bw=bandwidth_m, kernel="gaussian").fit(xy).evaluate(places), repeats=5)
        checked += f"; theirs {error(theirs.reshape(side, side) * len(xy) * 1e6):.2%}"
    rows.append(Row(work, ours_s, peer_name("KDEpy"), peer_s, "3 x, a tenth of the error", checked))
    return [*rows, bench_density_exactly(sizes, ours_s, xy, places, bandwidth_m)]


def bench_density_exactly(sizes: Sizes, ours_s: float, xy: np.ndarray, places: np.ndarray, bandwidth_m: float) -> Row:
    from sklearn.neighbors import KernelDensity

    rng = np.random.default_rng(SEED)
    some = places[rng.choice(len(places), size=sizes.density_sample, replace=False)]
    fit_s, model = timed(lambda: KernelDensity(bandwidth=bandwidth_m, rtol=1e-3).fit(xy))
    some_s, _ = timed(lambda: model.score_samples(some))
    checked = f"theirs to 0.1%, timed on {len(some):,} of {len(places):,} cells ({some_s:.3g} s) and scaled"
    peer_s = fit_s + some_s * len(places) / len(some)
    return Row("the same KDE", ours_s, f"scikit-learn {version('scikit-learn')}", peer_s, "100 x", checked)


def bench_contiguity(sizes: Sizes) -> Row:
    from libpysal.graph import Graph

    areas = tessellation(sizes.areas)
    ours_s, graph = ours(lambda: contiguity(areas), repeats=5)
    peer_s, theirs = timed(lambda: Graph.build_contiguity(areas, rook=False))
    differing = abs(graph.astype(int) - theirs.sparse.tocsr().astype(bool).astype(int)).sum()
    require(differing == 0, "contiguity: the graphs differ")
    vertices = round(areas.count_coordinates().mean())
    checked = f"the same {graph.nnz // 2:,} pairs; Voronoi cells, {vertices} vertices each on average"
    return Row(f"queen contiguity of {len(areas):,} polygons", ours_s, peer_name("libpysal"), peer_s, "15 x", checked)


def aoristic_with_pandas(begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Spread incidents as one does with pandas: a row for each hour touched, its overlap, a sum by hour of the week."""
    frame = pd.DataFrame({"begin": begins, "end": ends})
    frame["first"] = frame["begin"].dt.floor("h")
    frame["n_hours"] = ((frame["end"].dt.ceil("h") - frame["first"]) // pd.Timedelta(hours=1)).clip(lower=1)
    rows = frame.loc[frame.index.repeat(frame["n_hours"])]
    hour = rows["first"] + pd.to_timedelta(rows.groupby(level=0).cumcount(), unit="h")
    until = (hour + pd.Timedelta(hours=1)).where(lambda at: at < rows["end"], rows["end"])
    share = (until - hour.where(hour > rows["begin"], rows["begin"])) / (rows["end"] - rows["begin"])
    share = share.where(rows["end"] > rows["begin"], 1.0)
    return share.groupby([hour.dt.dayofweek, hour.dt.hour]).sum().unstack(fill_value=0.0).to_numpy()


def bench_aoristic(sizes: Sizes) -> list[Row]:
    begins, ends = intervals(sizes.intervals)
    ours_s, result = ours(lambda: aoristic_weights(begins, ends), repeats=21)
    rows_s, _ = ours(lambda: aoristic_rows(begins, ends), repeats=5)
    peer_s, theirs = timed(lambda: aoristic_with_pandas(begins, ends))
    require(np.allclose(theirs, result.weights, rtol=1e-9), "aoristic: the sums differ")
    peer = f"{peer_name('pandas')}, a row for each hour"
    return [
        Row(f"aoristic, {len(begins):,} intervals", ours_s, peer, peer_s, "100 x, under 1 s", "the same 168 sums"),
        Row("the same, weights of every incident", rows_s, "", None, "", "one sparse row for each"),
    ]


def bench_zones(sizes: Sizes) -> list[Row]:
    made = []
    for side, occupied, zones, target in (
        (sizes.force_side, sizes.force_side**2 // 50, sizes.force_zones, "under 2 s"),
        (sizes.large_side, sizes.large_occupied, sizes.large_zones, "under 2 min"),
    ):
        surface = score(side, occupied=occupied)

        def run(surface=surface, zones=zones):
            return place_discs(blurred_for_placing(surface, sigma_m=60), radius_m=141, capacity=zones)

        ours_s, placed = ours(run, repeats=5)
        n_occupied = int((surface.values > 0).sum())
        work = f"{len(placed.x):,} zones, {n_occupied:,} occupied of {side**2:,} cells of 25 m"
        made.append(Row(work, ours_s, "", None, target, "blurring included"))
    return made


def bench_firmness(sizes: Sizes) -> Row:
    """Place zones anew on 100 resamples, on the ground that could make the list and on the whole raster."""
    side, zones = sizes.force_side, sizes.force_zones
    places = points(sizes.force_side * 4, side_m=side * PIXEL_M)
    xy = np.repeat(places, counts(len(places)).astype(np.int64), axis=0)
    n = len(xy)
    weight = np.random.default_rng(SEED).uniform(0.3, 1.0, n)  # by age; equal weights would tie
    seen = Weighed(xy[:, 0], xy[:, 1], weight, weight)
    rules = PlacingRules(radius_m=141, capacity=zones, least_new_share=0.6, blur_m=60)

    def surface(weights):
        pixel = (xy[:, 1] // PIXEL_M).astype(np.int64) * side + (xy[:, 0] // PIXEL_M).astype(np.int64)
        values = np.bincount(pixel, weights, minlength=side**2).reshape(side, side)
        raw = ScoreSurface(values.astype(np.float64), 0.0, 0.0, PIXEL_M, np.ones((side, side), dtype=bool))
        return blurred_for_placing(raw, sigma_m=60)

    whole = surface(weight)
    placed = place_discs(whole, radius_m=141, capacity=zones)
    draws = [np.random.default_rng(SEED + i).poisson(np.ones(n)) for i in range(100)]
    end = {"least_density": float(placed.score[-1]) / 97, "n_effective": float(placed.score[-1]) / weight.mean()}

    def run():
        centres = likely_centres(whole, rules, seen, jitter_m=0, **end)
        ground = ReplacingGround(whole, seen, centres, rules)
        return [ground.place(seen.take(np.repeat(np.arange(n), draw))) for draw in draws]

    def plain(weights):
        return place_discs(surface(weights), radius_m=141, capacity=zones)

    ours_s, found = ours(run, repeats=1)
    plain_s, first = timed(lambda: [plain(draw * weight) for draw in draws[:5]])
    for (x, y), theirs in zip(found, first, strict=False):
        same = {*zip(x, y, strict=True)} == {*zip(theirs.x, theirs.y, strict=True)}
        require(same, "firmness: a resample is placed differently on the whole raster")
    work = f"{zones} zones placed anew in 100 resamples of {n:,} incidents, {side**2:,} cells of 25 m"
    peer = "the whole raster each time; 5 resamples, scaled"
    return Row(work, ours_s, peer, plain_s * 20, "a few seconds", "the same discs in the 5 resamples of both")


def machine() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = ("numba", "numpy", "scipy", "shapely", "geopandas")
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB; " + ", ".join(f"{name} {version(name)}" for name in names)


def table(rows: list[Row], *, load_before: float) -> str:
    """Lay the rows out as Markdown, with the day, the machine and how busy it was."""
    head = ["work", "Redzones", "peer", "ratio", "to reach", "checked"]
    lines = [head, ["---", "---:", "---:", "---:", "---", "---"], *(row.cells() for row in rows)]
    when = datetime.now(tz=UTC).date().isoformat()
    load = f"load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    said = f"`bench_hotspots.py` on {when}: {machine()}; {load} (1 busy core is 1)."
    return "\n".join([said, "", *("| " + " | ".join(line) + " |" for line in lines)])


def write(text: str) -> None:
    """Put the table between the marks of README.md."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small inputs: does everything run and agree?")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else FULL
    warnings.simplefilter("ignore")  # of the peers
    load_before = os.getloadavg()[0]
    rows: list[Row] = []
    for bench in (
        bench_gi_star,
        bench_knox,
        bench_knox_many,
        bench_density,
        bench_contiguity,
        bench_aoristic,
        bench_zones,
        bench_firmness,
    ):
        made = bench(sizes)
        for row in made if isinstance(made, list) else [made]:
            print(" | ".join(row.cells()), flush=True)
            rows.append(row)
    text = table(rows, load_before=load_before)
    print(f"\n{text}")
    if asked.write:
        write(text)


if __name__ == "__main__":
    main()
