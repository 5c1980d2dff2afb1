"""The audit of a load: where its points lie, whether its source recorded as before, and what is said of it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.audits import audit_loads, audit_sentences, recording_levels
from db.read import live_load_ids, load_detail
from db.write import refresh_assignments
from domain.areas import GeographyKey
from domain.months import LocalMonth, month_range

LSOA, WARD = GeographyKey("lsoa", 2021), GeographyKey("ward", 2025)
SEASON = (6, 7, 9, 10, 12, 13, 15, 14, 12, 10, 8, 6)
MONTHS = month_range(LocalMonth(2021, 1), LocalMonth(2023, 12))


def rows_of(gridham, level):
    return [
        gridham.incident(month=str(month))
        for i, month in enumerate(MONTHS)
        for _ in range(round(level(i) * SEASON[month.month - 1]))
    ]


def test_an_audit_is_stored_with_its_load_and_shown_with_it(town, gridham, load_rows):
    report = load_rows(
        *[gridham.incident(code="E01000001")] * 6, gridham.incident(0, 0), *[gridham.incident(None, None)] * 3
    )
    before = audit_loads(town, [report.load_id], seed=1)[report.load_id]["location"]
    assert (before["share_with_coordinates"], before["share_outside"], before["n_outside"]) == (0.7, None, None)
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    audit = audit_loads(town, [report.load_id], seed=1)[report.load_id]
    assert audit["location"] == {
        "n_rows": 10,
        "share_with_coordinates": 0.7,
        "n_outside": 1,
        "share_outside": 0.1,
        "share_on_ten_busiest": 1.0,
        "share_point_disagrees": 0.0,
    }
    assert load_detail(town, report.load_id)["quality"] == audit
    assert audit["levels"] == [
        {
            "kind": "asb",
            "n_months": 1,
            "state": "cannot_tell",
            "reason": "needs 24 months, and 1 are known",
            "shifts": [],
        }
    ]
    assert audit_loads(town, [report.load_id], seed=1) == {}
    assert audit_sentences(audit) == [
        "only 70.0 per cent of the rows have coordinates: under 85 per cent a map of hot spots misleads"
    ]


@pytest.mark.parametrize(("level", "found"), [(lambda _: 2, []), (lambda i: 2 if i < 20 else 0.5, ["2022-09"])])
def test_a_change_of_recording_is_found_and_a_season_is_not(town, gridham, load_rows, level, found):
    report = load_rows(*rows_of(gridham, level))
    [asb] = recording_levels(town, live_load_ids(town), seed=7)["police.uk street"]
    assert (asb["kind"], asb["n_months"], asb["state"]) == ("asb", 36, "ok")
    assert [shift["first_after"] for shift in asb["shifts"]] == found
    sentences = audit_sentences(audit_loads(town, [report.load_id], seed=7)[report.load_id])
    assert [("from 2022-09 on" in sentence) for sentence in sentences] == [True] * len(found)


def test_a_month_without_any_of_a_kind_counts_as_zero_and_one_without_a_file_is_left_out(town, gridham, load_rows):
    load_rows(*[gridham.incident(month="2025-07")] * 2, scope="a")
    months = (LocalMonth(2025, 9),)
    load_rows(gridham.incident(month="2025-09", category="Drugs"), scope="b", sha256="b", months=months)
    counts = {
        level["kind"]: level["n_months"]
        for level in recording_levels(town, live_load_ids(town), seed=1)["police.uk street"]
    }
    assert counts == {"asb": 2, "other": 2}
    assert recording_levels(town, live_load_ids(town), sources=["another"], seed=1) == {}
    assert town.scalar(text("SELECT count(*) FROM load WHERE quality IS NOT NULL")) == 0


def test_points_with_x_and_y_exchanged_are_told_from_points_that_lie_elsewhere(town, gridham, load_rows):
    right, far = gridham.incident(), gridham.incident(5_000, 900_000)
    turned = gridham.incident(right["y"], right["x"])
    exchanged = load_rows(right, *[turned] * 3, far, scope="a", sha256="a")
    elsewhere = load_rows(right, *[far] * 4, scope="b", sha256="b")
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    audits = audit_loads(town, [exchanged.load_id, elsewhere.load_id], seed=1)
    assert audits[exchanged.load_id]["location"]["share_exchanged"] == 0.75
    assert audits[elsewhere.load_id]["location"].get("share_exchanged") is None
    (said,) = audit_sentences(audits[exchanged.load_id])
    assert said.startswith("x and y look exchanged: 75 per cent of the points outside the force would lie inside")
    (said,) = audit_sentences(audits[elsewhere.load_id])
    assert said.startswith("80 per cent of the rows lie outside the force: see that the file is of this force")


def test_one_id_on_several_rows_reads_well():
    audit = {"location": {}, "levels": [], "references": {"n_with_other_content": 1}}
    assert audit_sentences(audit) == ["1 id stands on several rows with different content: every row is kept"]
