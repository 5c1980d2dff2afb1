"""Loading incidents into PostGIS, area and all: Redzones, geopandas and SQL by hand, on the same files in one run."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from load_inputs import GEOGRAPHY, MAPPING, make_areas, scattered, write_areas, write_extract, write_street
from sqlalchemy import Engine, text

from db.engine import create_database, drop_database, open_engine
from db.schema import upgrade
from db.server import PrivateServer
from db.write_assignments import assign_incident_areas
from db.write_boundaries import store_boundaries
from domain.areas import GeographyKey
from sources.boundaries import read_boundaries

HERE = Path(__file__).parent
README = HERE / "README.md"
BEGIN, END = "<!-- load: begin -->", "<!-- load: end -->"
SHAPES = {
    "street": "24 monthly files, points snapped to a tenth as many places",
    "log": "one extract, every point distinct",
}
WAYS = {"redzones": "Redzones", "geopandas": "geopandas", "hand": "by hand"}
_COUNTS = {
    "redzones": "SELECT a.area_code, count(*) FROM incident JOIN siting_area AS a USING (siting_id) GROUP BY 1",
    "geopandas": "SELECT area_code, count(*) FROM incident_by_geopandas GROUP BY 1",
    "hand": "SELECT area_code, count(*) FROM incident_by_hand GROUP BY 1",
}


@dataclass(frozen=True, slots=True)
class Took:
    """What one way took: wall clock, processor time of the process and of the server, peak memory, rows by area."""

    seconds: float
    own_cpu_s: float
    server_cpu_s: float
    peak_mb: float
    database_mb: float
    counts: dict[str, int]

    @property
    def cpu_s(self) -> float:
        return self.own_cpu_s + self.server_cpu_s


class Bench:
    """A private server in a folder, and a template database that holds the areas."""

    def __init__(self, work: Path) -> None:
        self.work = work
        work.chmod(0o755)  # as root the server's own account must pass through
        self.server = PrivateServer(work / "pg")
        self.engine = self._open(self.server.ensure_running())

    def _open(self, url: str) -> Engine:
        return open_engine(url=url, data_dir=None, time_zone="Europe/London")

    def prepare(self, file: Path) -> None:
        """Load the areas, and dissolve their outline: that is done once, before any incident comes."""
        drop_database(self.engine, "areas")
        url = create_database(self.engine, "areas").render_as_string(hide_password=False)
        engine = self._open(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION postgis")
        upgrade(engine, analysis_epsg=27700)
        key = GeographyKey.parse(GEOGRAPHY)
        with engine.begin() as connection:
            store_boundaries(connection, read_boundaries(file, key=key, code_column="code", name_column="name"))
            assign_incident_areas(connection, small_area=key)
        engine.dispose()

    def run(self, way: str, shape: str, files: list[Path]) -> Took:
        """Load the files in one way, in a process and a database of its own."""
        drop_database(self.engine, "loaded")
        url = create_database(self.engine, "loaded", template="areas").render_as_string(hide_password=False)
        command = [sys.executable, str(HERE / "load_ways.py"), way, shape, url, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{way}, {shape}: {done.stderr[-2_000:]}")
        engine = self._open(url)
        with engine.connect() as connection:
            counts = {code or "": n for code, n in connection.execute(text(_COUNTS[way]))}
            size = connection.scalar(text("SELECT pg_database_size(current_database())"))
        engine.dispose()
        return Took(**json.loads(done.stdout), database_mb=size / 2**20, counts=counts)


def compare(bench: Bench, rows: int, n_areas: int, shapes: list[str]) -> list[list[str]]:
    """Load each shape in every way, check that all count the same, and return the lines of the table."""
    areas = make_areas(scattered(n_areas))
    write_areas(areas, bench.work / "areas.gpkg")
    bench.prepare(bench.work / "areas.gpkg")
    lines = []
    for shape in shapes:
        if shape == "street":
            files = write_street(areas, bench.work, rows=rows, places=rows // 10)
        else:
            files = [bench.work / "log.csv"]
            write_extract(areas, files[0], rows=rows)
            files[0].with_suffix(".toml").write_text(MAPPING, encoding="utf-8")
        took = {way: bench.run(way, shape, files) for way in WAYS}
        ours = took["redzones"]
        for way, other in took.items():
            if other.counts != ours.counts:
                raise SystemExit(f"{shape}: {way} counts other areas than Redzones: no times are given")
        for way, each in took.items():
            lines.append([
                f"{rows:,} rows, {n_areas:,} areas: {SHAPES[shape]}", WAYS[way], f"{each.seconds:.1f} s",
                f"{each.own_cpu_s:.1f} + {each.server_cpu_s:.1f} s", f"{each.peak_mb:,.0f} MB",
                f"{each.database_mb:,.0f} MB", "" if each is ours else f"{each.seconds / ours.seconds:.2f}",
                "" if each is ours else f"{each.cpu_s / ours.cpu_s:.2f}",
            ])  # fmt: skip
            print(" | ".join(lines[-1]), flush=True)
    return lines


def national(bench: Bench, rows: int, centroids: Path) -> list[list[str]]:
    """Load rows into cells around the centroids of all small areas of England and Wales."""
    centres = gpd.read_file(centroids, columns=[]).to_crs(27700).geometry
    areas = make_areas(np.unique(shapely.get_coordinates(centres.array), axis=0))
    write_areas(areas, bench.work / "areas.gpkg")
    bench.prepare(bench.work / "areas.gpkg")
    files = write_street(areas, bench.work, rows=rows, places=min(rows // 10, 750_000))
    took = bench.run("redzones", "street", files)
    if sum(took.counts.values()) != rows or "" in took.counts:
        raise SystemExit("rows are lost or have no area: no times are given")
    line = [
        f"{rows:,} rows, {len(areas.codes):,} areas: {SHAPES['street']} (750,000 at most)", WAYS["redzones"],
        f"{took.seconds:.0f} s ({rows / took.seconds:,.0f} rows/s)",
        f"{took.own_cpu_s:.0f} + {took.server_cpu_s:.0f} s",
        f"{took.peak_mb:,.0f} MB", f"{took.database_mb:,.0f} MB", "", "",
    ]  # fmt: skip
    print(" | ".join(line), flush=True)
    return [line]


def table(lines: list[list[str]], *, load_before: float) -> str:
    """Lay the lines out as Markdown, with the day, the machine and how busy it was."""
    head = [
        "work",
        "way",
        "wall clock",
        "processor: own + server",
        "peak memory",
        "database",
        "wall ratio",
        "processor ratio",
    ]
    rows = [head, ["---", "---", *["---:"] * 6], *lines]
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("geopandas", "pandas", "numpy", "psycopg"))
    load = f"load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    when = datetime.now(tz=UTC).date().isoformat()
    said = f"`bench_load.py` on {when}: {os.cpu_count()} cores, {memory_gib:.0f} GiB; {packages}; {load}."
    return "\n".join([said, "", *("| " + " | ".join(row) + " |" for row in rows)])


def write(made: str) -> None:
    """Put the table between the marks of README.md."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main() -> None:
    data = os.environ.get("REDZONES_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help="incidents; 1,000,000 if not given, 20,000,000 with --national")
    parser.add_argument("--shape", choices=SHAPES, action="append", help="one shape only")
    parser.add_argument("--quick", action="store_true", help="small inputs: does everything run and agree?")
    parser.add_argument("--national", action="store_true", help="Redzones alone, on all small areas (real centroids)")
    parser.add_argument("--centroids", type=Path, default=Path(data) / "cheshire" / "lookups" / "lsoa21_pwc")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    asked = parser.parse_args()
    load_before = os.getloadavg()[0]
    work = Path(tempfile.mkdtemp(prefix="redzones-bench-"))
    bench = Bench(work)
    try:
        if asked.national:
            lines = national(bench, asked.rows or 20_000_000, asked.centroids)
        else:
            rows = asked.rows or (20_000 if asked.quick else 1_000_000)
            lines = compare(bench, rows, 300 if asked.quick else 7_000, asked.shape or list(SHAPES))
    finally:
        bench.engine.dispose()
        bench.server.stop()
        shutil.rmtree(work, ignore_errors=True)
    made = table(lines, load_before=load_before)
    print(f"\n{made}")
    if asked.write:
        write(made)


if __name__ == "__main__":
    main()
