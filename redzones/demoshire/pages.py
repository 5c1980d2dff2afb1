"""The settings of the county and the page that explains its folder."""

from __future__ import annotations

from pathlib import Path

from domain.months import LocalMonth

__all__ = ["write_readme", "write_settings"]

_SETTINGS = """# Settings of the demo county. Another force needs other settings only.

[force]
name = "Demoshire"
owner = "Neighbourhood policing analysis, Demoshire Constabulary (invented)"
time_zone = "Europe/London"

[geography]
small_area = "lsoa:2021"
patrol = "ward:2025"
policing_unit = "district:2025"
force = "force:2025"

# The open data are counted and scored; the log is the same incidents with their times, so it is never added to them.
[incidents]
counted_sources = ["police.uk street"]
timed_sources = ["demoshire log"]

# Forty visits a day, two to each zone: twenty zones.
[patrol]
visits_per_day = 40
visits_per_zone = 2

[site]
marking = "OFFICIAL - DEMONSTRATION, INVENTED DATA"
attributions = ["Invented data: Demoshire, its people and its incidents do not exist."]
"""

_README = """# Demoshire: an invented county

Everything here is made by `redzones demo` from the seed {seed}; the same seed writes the same bytes. No person, place
or incident is real. The files have the very formats of the real sources, so that a force's own files can take their
place one by one.

**Where it lies.** In the open water of the Irish Sea, between Anglesey, the Isle of Man and Lancashire (British
National Grid, squares SC and SD), so that it cannot be mistaken for ground that a force polices. Codes are well-formed
and synthetic: small areas `E019.....`, wards `E059.....`, districts `E069.....`.

What is here, and its real counterpart:

- `boundaries/lsoa`, `boundaries/ward`: {n_areas} small areas and {n_wards} wards, a GeoJSON file for each of the four
  districts (ONS Open Geography);
- `boundaries/demoshire_force.kml`: the outline of the force (data.police.uk);
- `lookups/lsoa11_lsoa21_lad22.csv`: codes of 2011 to 2021, with four splits and a merger (ONS);
- `lookups/lsoa21_pwc.geojson`: population-weighted centroids (ONS);
- `people/census2021-ts*-lsoa.csv`: ethnic group, cars, tenure, NS-SEC and qualifications (Census 2021, Nomis bulk
  layout); `people/census21_pop_agegroup_lsoa21.csv`: residents by age group (a long table);
- `people/imd2025_england_lsoa21.csv`: scores, ranks and deciles (Indices of Deprivation 2025);
- `police_uk/<month>/`: {n_incidents:,} incidents, {first} to {last}, snapped to map points (data.police.uk);
- `force/demoshire-log.csv` and `.toml`: the last twelve months with times and exact places, and its column mapping
  (a force's incident log);
- `survey/demoshire-survey-*.csv` and `.toml`: three yearly waves of a survey of confidence, eighty interviews in each
  sampled ward (some wards are not sampled), each with its mapping; the first was taken by telephone and asked in other
  words, so the series is broken after it (a force's own survey);
- `people/workday.csv`: who is there on a working day (Census 2021 workday population, Nomis bulk layout);
- `partners/demoshire-council.csv` and `.toml`: cases of the council and of a landlord, some of which the police logged
  too, with their column mapping;
- `known/`: what people know beside incidents: `visits`, `priorities`, `overrides`, `calendar`, `nominations`, `places`
  (simple CSVs) and `roads.geojson`;
- `redzones.toml`: the settings for this county;
- `truth/`: what was planted, hot spots, hot hours, kinds of community and opinions. Look last.

**Open data and log are two copies of the same incidents.** The log adds road-related rows, which open data do not have,
and knows the hour.

**Planted on purpose, as in real files:** anti-social behaviour has no Crime ID, and identical rows of it are separate
incidents; some rows lie in a neighbouring force's area, one point far away; some have no place; census totals differ
a little from table to table; the look-up has a byte-order mark and CRLF line ends; in the log, some ends are missing,
some stand before the begin, and some local times fall into the hours when clocks change.
"""


def write_settings(path: Path) -> Path:
    """Write the settings file of the county."""
    path.write_text(_SETTINGS, encoding="utf-8", newline="\n")
    return path


def write_readme(
    path: Path,
    *,
    seed: int,
    n_areas: int,
    n_wards: int,
    n_incidents: int,
    first: LocalMonth,
    last: LocalMonth,
) -> Path:
    """Write the page that explains the folder."""
    text = _README.format(seed=seed, n_areas=n_areas, n_wards=n_wards, n_incidents=n_incidents, first=first, last=last)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
