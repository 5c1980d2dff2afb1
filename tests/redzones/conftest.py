"""A small county, loaded once, that the tests of the shell share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.areas import GeographyKey
from redzones.demoshire import write_county
from redzones.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from redzones.demoshire import CountyFiles

SMALL_AREAS, MONTHS, INCIDENTS = 60, 6, 6_000


@pytest.fixture(scope="session")
def small_county(tmp_path_factory: pytest.TempPathFactory) -> CountyFiles:
    """Return the files of a county of sixty small areas and six months."""
    folder = tmp_path_factory.mktemp("county")
    return write_county(folder, n_small_areas=SMALL_AREAS, n_months=MONTHS, n_incidents=INCIDENTS)


@pytest.fixture(scope="session")
def load_county() -> Callable[..., None]:
    """Return the function that loads a county into a database."""
    return _load_county


@pytest.fixture(scope="session")
def quick_settings(small_county: CountyFiles) -> Callable[..., Settings]:
    """Return a function that gives the county's settings with few resamples and a site folder."""

    def settings(site: Path, **changes: object) -> Settings:
        read = load_settings(small_county.settings)
        quick = {
            "site": read.site.model_copy(update={"folder": site}),
            "segments": read.segments.model_copy(update={"k_most": 4, "starts": 4, "resamples": 4}),
            "hotspots": read.hotspots.model_copy(update={"test_months": 2}),
        }
        return read.model_copy(update=quick | changes)

    return settings


def _load_county(engine: Engine, files: CountyFiles) -> None:
    """Load a county with the readers and writers that the commands use."""
    from db import write
    from sources.boundaries import read_boundaries
    from sources.force_extract import open_extract, read_mapping
    from sources.lookups import read_centroids
    from sources.people import read_people
    from sources.police_uk import open_street
    from sources.surveys import read_survey, read_survey_mapping

    lsoa, ward, district = (GeographyKey.parse(key) for key in ("lsoa:2021", "ward:2025", "district:2025"))
    mapping = read_mapping(files.force_mapping)
    steps = [
        lambda c: [write.store_boundaries(c, read_boundaries(p, key=lsoa)) for p in files.lsoa_boundaries],
        lambda c: [
            write.store_boundaries(c, read_boundaries(p, key=ward, parent_key=district)) for p in files.ward_boundaries
        ],
        lambda c: [write.store_links(c, read_centroids(files.centroids, key=lsoa))],
        lambda c: [write.store_people(c, read_people(p, key=lsoa)) for p in files.people],
        lambda c: [
            write.store_incidents(c, open_street(p, time_zone="Europe/London"), time_zone="Europe/London")
            for p in files.street
        ],
        lambda c: [write.store_incidents(c, open_extract(files.force_log, mapping=mapping), time_zone="Europe/London")],
        lambda c: [write.store_survey(c, read_survey(p, mapping=read_survey_mapping(m))) for p, m in files.surveys],
    ]
    for step in steps:
        with engine.begin() as connection:
            step(connection)
