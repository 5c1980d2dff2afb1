"""Profiles as files: every figure with its state, the same bytes twice, nothing missing turned into nought."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest

from domain.errors import CrsError, PublicationError
from maps.profile_exports import profile_layer, write_profiles
from profiles.results import ProfileResult


@pytest.fixture(scope="module")
def result(content) -> ProfileResult:
    """Return the profiles of the small county."""
    return ProfileResult(content.metrics, content.definitions)


@pytest.fixture(scope="module")
def areas(content):
    """Return the areas by geography."""
    return {"lsoa:2021": content.small_areas, "ward:2025": content.patrol_areas, "district:2025": content.units}


def test_every_figure_is_a_row_with_its_state_and_marking(tmp_path, result, areas, content):
    paths = write_profiles(tmp_path, result, areas, format="csv", identity=content.identity)
    assert [p.name for p in paths] == ["profiles.csv", "profile-metrics.csv"]
    table = pd.read_csv(tmp_path / "profiles.csv")
    assert len(table) == len(result.metrics)
    missing = table[table["state"] != "ok"]
    assert len(missing)
    assert missing["estimate"].isna().all()
    assert set(table["marking"]) == {content.identity.marking}
    metrics = pd.read_csv(tmp_path / "profile-metrics.csv")
    assert list(metrics["metric"]) == [d.metric for d in result.definitions]
    assert {"part", "limits", "nation"} <= set(metrics.columns)


def test_a_layer_has_a_column_for_each_metric_and_says_why_one_is_missing(result, areas, content):
    layer = profile_layer(areas["lsoa:2021"], result, content.identity)
    assert len(layer) == len(content.small_areas)
    assert layer["asb_rate_eb_state"].value_counts().to_dict() == {"ok": 10, "no_data": 1, "suppressed": 1}
    assert layer.loc[layer["asb_rate_eb_state"] != "ok", "asb_rate_eb"].isna().all()
    assert "asb_rate_eb_lower" in layer
    assert "residents_state" not in layer
    assert "residents_lower" not in layer


@pytest.mark.parametrize("form", ["geojson", "gpkg", "csv"])
def test_the_same_profiles_give_the_same_bytes(tmp_path, result, areas, content, form):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_profiles(tmp_path / folder, result, areas, format=form, identity=content.identity)
    names = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert len(names) == (2 if form == "csv" else 4)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_layers_open_in_gis_and_hold_no_nan(tmp_path, result, areas, content):
    write_profiles(tmp_path, result, areas, format="gpkg", identity=content.identity)
    read = gpd.read_file(tmp_path / "profiles-ward-2025.gpkg")
    assert len(read) == 3
    assert read.crs == content.patrol_areas.crs
    write_profiles(tmp_path, result, areas, format="geojson", identity=content.identity)
    document = json.loads((tmp_path / "profiles-lsoa-2021.geojson").read_text(encoding="utf-8"))
    assert len(document["features"]) == 12
    assert None in [feature["properties"]["asb_rate_eb"] for feature in document["features"]]


def test_another_reference_system_or_format_is_refused(tmp_path, result, areas, content):
    with pytest.raises(CrsError):
        profile_layer(areas["lsoa:2021"].to_crs(4326), result, content.identity)
    with pytest.raises(PublicationError, match="no format of profiles"):
        write_profiles(tmp_path, result, areas, format="shp", identity=content.identity)
