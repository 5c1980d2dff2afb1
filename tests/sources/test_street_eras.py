"""Street files of all years: what came later may be missing, and nothing that is there is lost."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pandas as pd
import pytest

from sources.police_uk import LATER_COLUMNS, open_street

LONDON = "Europe/London"
EARLY = "Month,Reported by,Falls within,Longitude,Latitude,Location,Crime type,Context"
FORCE = "Cheshire Constabulary"


def read(path) -> tuple[pd.DataFrame, int, tuple[str, ...]]:
    file = open_street(path, time_zone=LONDON)
    batches = list(file.batches)
    return pd.concat([b.rows for b in batches]), sum(len(b.rejected) for b in batches), file.notes


def codes(path, column: str) -> set[str]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
        return {row[column] for row in csv.DictReader(stream)}


def test_files_without_the_later_columns_are_read_and_say_so(write):
    kinds = ["Anti-social behaviour", "Violent crime", "Other crime", "Burglary", "Public disorder and weapons"]
    lines = [f"2011-01,{FORCE},{FORCE},-2.5,53.3,On or near Mill Lane,{kind}," for kind in kinds]
    rows, n_rejected, notes = read(write("2011-01-cheshire-street.csv", "\n".join([EARLY, *lines]) + "\n"))
    assert (len(rows), n_rejected) == (5, 0)
    assert rows[["reference", "stated_area_code", "outcome"]].isna().all(axis=None)
    assert notes == tuple(f"the file has no column {name}" for name in LATER_COLUMNS)


def test_blank_codes_ids_and_coordinates_of_other_forces_are_kept(write, street_header, street_row):
    lines = [street_row(lsoa="", crime_id=""), street_row(lsoa="", longitude="", latitude="", location="No Location")]
    rows, n_rejected, notes = read(write("2025-12-cheshire-street.csv", "\r\n".join([street_header, *lines, ""])))
    assert (len(rows), n_rejected, notes) == (2, 0, ())
    assert rows["place_precision"].tolist() == ["snapped", "none"]
    assert rows["stated_area_code"].isna().all()


def test_line_ends_and_a_byte_order_mark_change_no_row(write, street_header, street_row):
    lines = [street_header, *[street_row(lsoa=f"E0101250{i}") for i in range(4)], ""]
    plain, _, _ = read(write("2025-12-a-street.csv", "\n".join(lines)))
    other, _, _ = read(write("2025-12-b-street.csv", "\ufeff" + "\r\n".join(lines)))
    pd.testing.assert_frame_equal(plain, other)


@pytest.mark.real_data
def test_the_month_of_mixed_vintages_keeps_both(cheshire):
    path = cheshire / "crime" / "2023-03-cheshire-street.csv.gz"
    rows, n_rejected, _ = read(path)
    assert n_rejected == 0
    with gzip.open(cheshire / "lookups" / "lsoa11_lsoa21_lad22.csv.gz", "rt", encoding="utf-8-sig") as stream:
        pairs = list(csv.DictReader(stream))
    old, new = ({row[name] for row in pairs} for name in ("LSOA11CD", "LSOA21CD"))
    stated = rows["stated_area_code"].dropna()
    assert int((stated.isin(old) & ~stated.isin(new)).sum()) == 558
    assert int((stated.isin(new) & ~stated.isin(old)).sum()) == 83
    assert set(stated) == codes(path, "LSOA code") - {""}


@pytest.mark.real_data
def test_a_month_of_2016_states_codes_of_2011_and_repeats_ids(cheshire):
    path = cheshire / "crime" / "2016-02-cheshire-street.csv.gz"
    rows, n_rejected, _ = read(path)
    assert n_rejected == 0
    assert rows["reference"].notna().any()
    asb = rows["category"] == "Anti-social behaviour"
    assert rows.loc[asb, "reference"].isna().all()
    assert np.isfinite(rows[["x", "y"]].to_numpy()).all()
