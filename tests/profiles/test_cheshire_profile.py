"""Profiles on the real Cheshire data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from profiles.counts import read_place_counts
from profiles.figures import Geography
from profiles.place import place_figures

pytestmark = pytest.mark.real_data

DISTRICTS = ("Halton ", "Warrington ", "Cheshire East ", "Cheshire West and Chester ")


def test_our_asb_rate_agrees_with_the_official_one_as_two_police_sources(cheshire: Path) -> None:
    residents = pd.read_csv(cheshire / "people" / "census21_pop_agegroup_lsoa21.csv.gz")
    residents = (
        residents[residents["lsoa21_name"].str.startswith(DISTRICTS)].groupby("lsoa21_code")["usual_residents"].sum()
    )
    files = sorted((cheshire / "crime").glob("2025-*-cheshire-street.csv.gz"))
    rows = pd.concat([pd.read_csv(file, usecols=["Month", "LSOA code", "Crime type"]) for file in files])
    asb = rows[rows["Crime type"] == "Anti-social behaviour"]
    official = pd.read_csv(cheshire / "people" / "imd2025_england_lsoa21_indicators.csv.gz", index_col="lsoa21_code")
    official = official["anti_social_behaviour_rate_per_1_000_at_risk_population"]
    stated = residents.index
    assert len(stated) == 678
    year = asb["Month"].str.split("-", expand=True).astype(int)
    frame = pd.DataFrame({"area_code": asb["LSOA code"], "month_index": year[0] * 12 + year[1] - 1})
    frame = frame.value_counts().rename("n").reset_index().assign(kind_id=1, is_officer_generated=False)
    kinds = pd.DataFrame(
        {"kind_id": [1], "kind": "asb", "category": "Anti-social behaviour", "source": "police.uk street"}
    )
    codes = np.array(stated, dtype=object)
    last = 2025 * 12 + 11
    counts = read_place_counts(frame, kinds, codes, last_month_index=last, months_available=range(last - 11, last + 1))
    small, force = Geography.of_small_areas("lsoa:2021", codes), Geography.of_everything(len(codes))
    figures = dict(place_figures(small, force, counts, residents.reindex(stated).to_numpy(dtype=float)))
    official = official.reindex(stated)
    for metric in ("asb_rate", "asb_rate_eb"):
        agreement = pd.Series(figures[metric].estimate, index=stated).corr(official, method="spearman")
        assert agreement >= 0.55
