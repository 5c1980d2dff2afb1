"""Cases of the council and of a landlord in Demoshire: their own, and some that the police logged as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from domain.crs import BRITISH_NATIONAL_GRID
from redzones.demoshire.streets import Streets
from redzones.demoshire.writers import write_table

__all__ = ["write_council", "write_council_mapping"]

_TIME = "%d/%m/%Y %H:%M"
_SHARED_SHARE = 0.12
_OWN_PER_SHARED = 3
_NEAR_M, _LATEST_MINUTES = 30.0, 40
_ASB = "Anti-social behaviour"
_AGENCIES, _AGENCY_SHARES = ("Demoshire Council", "Weaver Homes"), (0.75, 0.25)
_SERVICES = {"Noise nuisance": "asb", "ASB case": "asb", "Graffiti": "minor_crime", "Fly-tipping": "other"}
_SOURCES, _SOURCE_SHARES = ("Phone", "Online form", "Warden patrol"), (0.45, 0.4, 0.15)


def write_council(
    path: Path, truth: Path, incidents: pd.DataFrame, streets: Streets, *, rng: np.random.Generator
) -> Path:
    """
    Write the cases of the last twelve months, and which of them the police logged too.

    Parameters
    ----------
    path, truth
        File of cases; file that names those that are copies.
    incidents
        The incidents, with exact points and true times.
    streets
        The ground.
    rng
        Source of randomness.
    """
    recent = incidents[incidents["month"] > incidents["month"].max() - 12]
    asb = recent[(recent["category"] == _ASB) & ~recent["no_place"]]
    shared = asb.iloc[np.sort(rng.choice(len(asb), size=round(_SHARED_SHARE * len(asb)), replace=False))]
    n_own = _OWN_PER_SHARED * len(shared)
    inside = np.flatnonzero(streets.area >= 0)
    own_xy = streets.xy[rng.choice(inside, size=n_own)] + rng.normal(0, 20, (n_own, 2))
    days = pd.Timestamp(recent["happened"].min()).normalize()
    span = (pd.Timestamp(recent["happened"].max()).normalize() - days).days
    own_time = days + pd.to_timedelta(
        rng.integers(max(span, 1), size=n_own) * 24 * 60 + rng.integers(480, 1380, size=n_own), unit="min"
    )
    near = shared[["x", "y"]].to_numpy() + rng.normal(0, _NEAR_M, (len(shared), 2))
    later = shared["happened"].to_numpy() + rng.integers(0, _LATEST_MINUTES, size=len(shared)).astype("timedelta64[m]")
    services = list(_SERVICES)
    frame = pd.DataFrame(
        {
            "is_shared": [True] * len(shared) + [False] * n_own,
            "reported_at": np.concatenate([later, own_time.to_numpy()]).astype("datetime64[m]"),
            "easting": np.round(np.concatenate([near[:, 0], own_xy[:, 0]]), 0).astype(int),
            "northing": np.round(np.concatenate([near[:, 1], own_xy[:, 1]]), 0).astype(int),
            "service": [*rng.choice(services[:2], size=len(shared)), *rng.choice(services, size=n_own)],
            "agency": rng.choice(_AGENCIES, p=_AGENCY_SHARES, size=len(shared) + n_own),
            "source": rng.choice(_SOURCES, p=_SOURCE_SHARES, size=len(shared) + n_own),
        }
    ).sort_values(["reported_at", "easting", "northing"], kind="stable", ignore_index=True)
    frame.insert(0, "case_no", [f"C{i:05d}" for i in range(1, len(frame) + 1)])
    frame["reported_at"] = frame["reported_at"].dt.strftime(_TIME)
    write_table(truth, frame.loc[frame["is_shared"], ["case_no"]])
    return write_table(path, frame.drop(columns="is_shared"))


def write_council_mapping(path: Path) -> Path:
    """Write the column mapping of the cases."""
    kinds = "\n".join(f'"{service}" = {{ kind = "{kind}" }}' for service, kind in _SERVICES.items())
    text = f"""# How to read demoshire-council.csv: cases of the council and of a landlord.
dataset = "demoshire council"
time_zone = "Europe/London"
epsg = {BRITISH_NATIONAL_GRID}
place_precision = "exact"

[columns]
reference = "case_no"
begins = "reported_at"
x = "easting"
y = "northing"
category = "service"
reported_by = "source"
source_agency = "agency"

[formats]
time = "{_TIME}"

# What wardens saw themselves is shown and never scores.
[officer_generated]
reported_by = ["Warden patrol"]

[kinds]
{kinds}
"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
