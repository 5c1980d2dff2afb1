"""The survey of Demoshire: a layout that the reader takes, planted differences, and a sample that is not simple."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redzones.demoshire import CountyFiles, write_county
from redzones.demoshire.county import make_county
from redzones.demoshire.opinion import BETWEEN_WARD_SD, EXPLAINED, WAVE_MEANS, interview, plant_opinion
from redzones.demoshire.people import make_people
from sources.surveys import read_survey, read_survey_mapping


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> CountyFiles:
    return write_county(tmp_path_factory.mktemp("county"), n_small_areas=80, n_months=2, n_incidents=900)


@pytest.fixture(scope="module")
def world():
    county = make_county(n_small_areas=300, rng=np.random.default_rng([3, 0]))
    people = make_people(county, rng=np.random.default_rng([3, 1]))
    return county, people, plant_opinion(county, people, rng=np.random.default_rng([3, 8]))


def test_every_wave_is_read_without_a_rejected_row(files) -> None:
    tables = [read_survey(path, mapping=read_survey_mapping(mapping)) for path, mapping in files.surveys]
    assert [t.wave.wave for t in tables] == ["2023", "2024", "2025"]
    assert all(t.rejected.empty and len(t.frame) == t.rows_read > 0 for t in tables)
    assert [t.wave.mode for t in tables] == ["telephone", "face to face", "face to face"]
    wordings = [t.wave.questions[0].wording for t in tables]
    assert wordings[0] != wordings[1] == wordings[2]
    assert tables[2].frame["age_band"].isin(["16-24", "25-34", "35-49", "50-64", "65+"]).all()


def test_the_truth_is_beside_the_files(files) -> None:
    truth = pd.read_csv(files.truth / "planted_confidence.csv")
    assert truth.groupby("wave")["confidence"].mean().round(3).tolist() == pytest.approx(WAVE_MEANS, abs=0.002)
    assert truth["is_sampled"].mean() < 1


def test_planted_confidence_differs_by_six_points_half_of_it_explained(world) -> None:
    county, people, opinion = world
    confidence = opinion.agree["confidence"][2]
    assert confidence.std() == pytest.approx(BETWEEN_WARD_SD, rel=0.02)
    of_ward = county.wards.of_area
    residents = np.bincount(of_ward, weights=people.residents)
    known = np.column_stack(
        [
            np.ones(len(residents)),
            np.bincount(of_ward, weights=people.residents * people.level) / residents,
            np.bincount(of_ward, weights=people.ages[:, 5]) / residents,
        ]
    )
    left = confidence - known @ np.linalg.lstsq(known, confidence, rcond=None)[0]
    assert 1 - left.var() / confidence.var() == pytest.approx(EXPLAINED, abs=0.06)


def test_the_sample_has_a_design_effect_of_about_a_third_more_than_a_simple_one(world) -> None:
    county, people, opinion = world
    spread, simple = [], []
    for seed in range(60):
        drawn = interview(opinion, county, people, wave=2, per_ward=50, rng=np.random.default_rng(seed))
        of_ward = drawn.assign(hit=drawn["adults"] * drawn["confidence"]).groupby("ward")
        spread.append(of_ward["hit"].sum() / of_ward["adults"].sum())
        simple.append(opinion.agree["confidence"][2][opinion.is_sampled])
    p = np.mean(simple, axis=0)
    effect = np.var(spread, axis=0, ddof=1).mean() / (p * (1 - p) / 50).mean()
    assert effect == pytest.approx(1.3, abs=0.12)


def test_young_people_answer_less_often_than_they_live_there(world) -> None:
    county, people, opinion = world
    drawn = interview(opinion, county, people, wave=0, per_ward=50, rng=np.random.default_rng(1))
    young = people.ages[:, 1].sum() / people.ages[:, 1:].sum()
    assert (drawn["age"] == 0).mean() < 0.75 * young
    assert set(drawn["ward"]) == set(np.flatnonzero(opinion.is_sampled))
