"""
Demoshire: a synthetic county in the very file formats of the real sources, with its planted truth beside it.

The generator imports nothing but the words of `domain`, so that it cannot share an assumption with the engine that it
is there to test; and it plants what the models do not assume (see `planted`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from domain.errors import SettingsError
from domain.months import LocalMonth, month_range
from domain.progress import Progress, no_progress
from redzones.demoshire.council import write_council, write_council_mapping
from redzones.demoshire.county import County, make_county
from redzones.demoshire.incidents import make_incidents
from redzones.demoshire.knowledge import KnowledgeFiles, write_knowledge
from redzones.demoshire.opinion import plant_opinion
from redzones.demoshire.pages import write_readme, write_settings
from redzones.demoshire.people import People, deprivation, make_people
from redzones.demoshire.planted import HotSpot, plant_hot_spots
from redzones.demoshire.records import write_log, write_log_mapping, write_street_months
from redzones.demoshire.streets import Streets, make_streets
from redzones.demoshire.survey import write_opinion_truth, write_survey
from redzones.demoshire.truth import write_truth
from redzones.demoshire.writers import (
    write_boundaries,
    write_centroids,
    write_deprivation,
    write_force,
    write_lookup,
    write_people,
    write_workday,
)

__all__ = ["CountyFiles", "write_county"]

_LEAST_INCIDENTS_PER_AREA = 10
_STEPS = 5


@dataclass(frozen=True, slots=True)
class CountyFiles:
    """
    Where the county's files are, in the order in which they are loaded.

    Parameters
    ----------
    folder
        The county's folder.
    lsoa_boundaries, ward_boundaries
        GeoJSON files, one for each district.
    force_boundary
        KML outline of the force.
    lookup
        Look-up of 2011 to 2021 small-area codes.
    centroids
        Population-weighted centroids.
    people
        Census tables, residents by age group, Indices of Deprivation.
    street
        police.uk street files by month.
    force_log, force_mapping
        Time-stamped extract and its column mapping.
    settings
        `redzones.toml` for the county.
    readme
        The page that explains the folder.
    truth
        Folder of the planted truth.
    first_month, last_month
        Period of the street files.
    surveys
        File and mapping of each wave of the survey, the earliest first.
    known
        What people know beside incidents.
    workday
        Workday population of each small area.
    council, council_mapping
        Cases of the council and a landlord, and their column mapping.
    """

    folder: Path
    lsoa_boundaries: tuple[Path, ...]
    ward_boundaries: tuple[Path, ...]
    force_boundary: Path
    lookup: Path
    centroids: Path
    people: tuple[Path, ...]
    street: tuple[Path, ...]
    force_log: Path
    force_mapping: Path
    settings: Path
    readme: Path
    truth: Path
    first_month: LocalMonth
    last_month: LocalMonth
    surveys: tuple[tuple[Path, Path], ...] = ()
    known: KnowledgeFiles | None = None
    workday: Path | None = None
    council: Path | None = None
    council_mapping: Path | None = None


@dataclass(frozen=True, slots=True)
class _World:
    """Everything that is invented before a file is written."""

    county: County
    people: People
    streets: Streets
    hot_spots: tuple[HotSpot, ...]
    incidents: pd.DataFrame

    @property
    def called_from_often(self) -> tuple[int, ...]:
        """Return the positions of the hot spots of one address or corner, where the same people call again."""
        return tuple(i for i, spot in enumerate(self.hot_spots) if spot.shape in {"point", "corner"})


def write_county(
    folder: Path,
    *,
    seed: int = 2009,
    n_small_areas: int = 300,
    n_months: int = 24,
    n_incidents: int = 60_000,
    last_month: LocalMonth = LocalMonth(2025, 12),  # noqa: B008 - frozen
    progress: Progress = no_progress,
) -> CountyFiles:
    """
    Invent a county and write its files; the same arguments write the same bytes.

    Parameters
    ----------
    folder
        Folder to write to; it is made, and files of an earlier county in it are replaced.
    seed
        Seed of everything.
    n_small_areas
        Number of LSOAs, 40 to 600.
    n_months
        Number of months of open data, 1 or more; the force's log holds the last twelve.
    n_incidents
        Number of rows of all street files together, at least ten for each small area.
    last_month
        Last month.
    progress
        Hears how the work goes on.

    Returns
    -------
    CountyFiles
        The paths.

    Raises
    ------
    SettingsError
        If a number is out of range.
    """
    if n_months < 1 or n_incidents < _LEAST_INCIDENTS_PER_AREA * n_small_areas:
        raise SettingsError(
            f"a demo county cannot have {n_incidents} incidents in {n_months} months and {n_small_areas} areas",
            hint=f"Ask for a month or more and {_LEAST_INCIDENTS_PER_AREA} incidents or more for each small area.",
        )
    months = month_range(last_month.shift(1 - n_months), last_month)
    what = "Inventing Demoshire"
    progress(what, 0, _STEPS)
    world = _invent(seed=seed, n_small_areas=n_small_areas, n_incidents=n_incidents, months=months)
    progress(what, 1, _STEPS)
    small, wards = write_boundaries(folder / "boundaries", world.county)
    force = write_force(folder / "boundaries" / "demoshire_force.kml", world.county)
    progress(what, 2, _STEPS)
    people = _write_people(folder, world, seed)
    street = write_street_months(
        folder / "police_uk", world.incidents, world.county, world.streets, months=months, seed=seed, rng=_rng(seed, 6)
    )
    progress(what, 3, _STEPS)
    log = folder / "force" / "demoshire-log.csv"
    council = folder / "partners" / "demoshire-council.csv"
    opinion = plant_opinion(world.county, world.people, rng=_rng(seed, 8))
    files = CountyFiles(
        folder=folder,
        lsoa_boundaries=small,
        ward_boundaries=wards,
        force_boundary=force,
        lookup=write_lookup(folder / "lookups" / "lsoa11_lsoa21_lad22.csv", world.county),
        centroids=write_centroids(folder / "lookups" / "lsoa21_pwc.geojson", world.county, world.streets),
        people=people,
        street=street,
        force_log=write_log(
            log, world.incidents, world.county, world.streets, callers_at=world.called_from_often, rng=_rng(seed, 7)
        ),
        force_mapping=write_log_mapping(log.with_suffix(".toml")),
        settings=write_settings(folder / "redzones.toml"),
        readme=write_readme(
            folder / "README.md",
            seed=seed,
            n_areas=n_small_areas,
            n_wards=len(world.county.wards.codes),
            n_incidents=n_incidents,
            first=months[0],
            last=months[-1],
        ),
        truth=write_truth(
            folder / "truth", world.county, world.people, world.hot_spots, world.incidents, months=months
        ),
        first_month=months[0],
        last_month=months[-1],
        surveys=write_survey(
            folder / "survey", opinion, world.county, world.people, last_month=months[-1], rng=_rng(seed, 9)
        ),
        known=write_knowledge(folder, world.county, world.streets, world.hot_spots, months=months, rng=_rng(seed, 10)),
        workday=write_workday(folder / "people" / "workday.csv", world.county, world.people, world.streets),
        council=write_council(
            council, folder / "truth" / "council_cases.csv", world.incidents, world.streets, rng=_rng(seed, 11)
        ),
        council_mapping=write_council_mapping(council.with_suffix(".toml")),
    )
    write_opinion_truth(files.truth, opinion, world.county)
    progress(what, _STEPS, _STEPS)
    return files


def _rng(seed: int, topic: int) -> np.random.Generator:
    """Return the generator of one topic, so that a change to one does not move the others."""
    return np.random.default_rng([seed, topic])


def _invent(*, seed: int, n_small_areas: int, n_incidents: int, months: tuple[LocalMonth, ...]) -> _World:
    county = make_county(n_small_areas=n_small_areas, rng=_rng(seed, 0))
    people = make_people(county, rng=_rng(seed, 1))
    streets = make_streets(county, rng=_rng(seed, 2))
    hot_spots = plant_hot_spots(
        county, streets, people.group, first_month=months[0].month, n_months=len(months), rng=_rng(seed, 3)
    )
    incidents = make_incidents(people, streets, hot_spots, months=months, n_incidents=n_incidents, rng=_rng(seed, 4))
    return _World(county, people, streets, hot_spots, incidents)


def _write_people(folder: Path, world: _World, seed: int) -> tuple[Path, ...]:
    """Write the People tables; recorded crime enters the Crime domain of the deprivation indices, as in life."""
    area = world.streets.area[world.incidents["point"].to_numpy()]
    counts = np.bincount(area[area >= 0], minlength=len(world.county.area_codes))
    rate = np.log((counts + 5) / world.people.residents)
    figures = deprivation(world.people, (rate - rate.mean()) / rate.std(), rng=_rng(seed, 5))
    census = write_people(folder / "people", world.county, world.people)
    return (*census, write_deprivation(folder / "people" / "imd2025_england_lsoa21.csv", world.county, figures))
