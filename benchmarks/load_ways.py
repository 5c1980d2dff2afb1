"""One way of loading, in a process of its own: prints what it took as JSON. Called by `bench_load.py`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from load_inputs import FIRST_MONTH, GEOGRAPHY, N_MONTHS
from load_peers import load_by_geopandas, load_by_hand
from sqlalchemy import Engine, event

from db.engine import open_engine
from db.incident_records import PreparedFile, prepare_incidents
from db.read_ahead import read_files_ahead
from db.schema import stored_analysis_epsg
from db.stage_ahead import stage_ahead
from db.write_assignments import assign_incident_areas
from domain.areas import GeographyKey
from sources.force_extract import open_extract, read_mapping
from sources.police_uk import open_street

TIME_ZONE = "Europe/London"


def load_by_redzones(engine: Engine, shape: str, files: list[Path]) -> None:
    """Load each file in a transaction of its own, then find the areas, as `load` and `refresh` do."""
    mapping = read_mapping(files[0].with_suffix(".toml")) if shape == "log" else None

    with engine.connect() as connection:
        analysis_epsg = stored_analysis_epsg(connection)

    def opened(file: Path) -> PreparedFile:
        incidents = open_extract(file, mapping=mapping) if mapping else open_street(file, time_zone=TIME_ZONE)
        return prepare_incidents(incidents, analysis_epsg=analysis_epsg, time_zone=TIME_ZONE)

    with read_files_ahead(files, opened) as incident_files, stage_ahead(engine, incident_files) as staged:
        for file in staged:
            file.store()
    with engine.begin() as connection:
        assign_incident_areas(connection, small_area=GeographyKey.parse(GEOGRAPHY))


def watch_backend(engine: Engine) -> dict[int, float]:
    """Note the processor time of the server's process whenever a transaction ends (on the same machine, Linux)."""
    spent: dict[int, float] = {}

    @event.listens_for(engine, "commit")
    def _note(connection) -> None:
        pid = connection.connection.driver_connection.info.backend_pid
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        spent[pid] = (int(fields[11]) + int(fields[12])) / 100

    return spent


def peak_mb() -> float:
    """Return the most memory that this process has held (its `ru_maxrss` would be that of the one which began it)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def main() -> None:
    way, shape, url, *names = sys.argv[1:]
    files = [Path(name) for name in names]
    engine = open_engine(url=url, data_dir=None, time_zone=TIME_ZONE)
    spent = watch_backend(engine)
    began, own = time.perf_counter(), time.process_time()
    if way == "redzones":
        load_by_redzones(engine, shape, files)
    elif way == "geopandas":
        load_by_geopandas(engine, shape, files)
    else:
        load_by_hand(engine, shape, files, (FIRST_MONTH, FIRST_MONTH.shift(N_MONTHS - 1)))
    took = {
        "seconds": time.perf_counter() - began,
        "own_cpu_s": time.process_time() - own,
        "server_cpu_s": sum(spent.values()),
        "peak_mb": peak_mb(),
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main()
