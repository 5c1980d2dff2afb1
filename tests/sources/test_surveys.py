"""Surveys: coded answers read, people never identified, a wave's facts demanded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from domain.errors import SourceError
from sources.surveys import read_survey, read_survey_mapping

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
survey = "Neighbourhood confidence survey"
wave = "2025 Q4"
first_day = 2025-10-01
last_day = 2025-12-20
mode = "telephone"
frame = "random digit dialling"
response_rate = 0.31
geography = "ward:2025"
margins = ["age_sex", "ethnicity"]
[columns]
respondent = "serial"
area_code = "ward"
weight = "wt"
age_band = "ageb"
sex = "sex"
[recodes.sex]
"1" = "male"
"2" = "female"
[questions.confidence]
column = "q1"
wording = "Police and council deal with the issues that matter in this area"
scale = { "1" = "Strongly agree", "2" = "Agree", "3" = "Neither", "4" = "Disagree", "5" = "Strongly disagree" }
agree = [1, 2]
dont_know = [8]
missing = [9]
"""
ROWS = ["1,E05,1.2,16-24,1,2", "2,E05,0.8,25-34,2,8", "3,E06,1.0,25-34,2,9", "4,E06,1.0,35-49,1,"]
HEADER = "serial,ward,wt,ageb,sex,q1"


def _mapping(tmp_path: Path, text: str = MAPPING):
    file = tmp_path / "survey.toml"
    file.write_text(text)
    return read_survey_mapping(file)


def _survey(tmp_path: Path, *rows: str, header: str = HEADER):
    file = tmp_path / "wave.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    return read_survey(file, mapping=_mapping(tmp_path))


def test_answers_are_codes_and_missing_is_not_an_answer(tmp_path: Path) -> None:
    table = _survey(tmp_path, *ROWS)
    assert table.frame["answer_confidence"].tolist()[:2] == [2, 8]
    assert table.frame["answer_confidence"].isna().tolist() == [False, False, True, True]
    assert table.frame["sex"].tolist() == ["male", "female", "female", "male"]
    assert table.wave.questions[0].agree_codes == (1, 2)


@pytest.mark.parametrize("column", ["Name", "home address", "Postcode", "DOB", "q9_verbatim", "e-mail"])
def test_a_file_that_could_identify_a_person_is_refused(tmp_path: Path, column: str) -> None:
    with pytest.raises(SourceError, match="could identify a person"):
        _survey(tmp_path, *(row + ",x" for row in ROWS), header=f"{HEADER},{column}")


def test_free_text_in_a_mapped_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="free text"):
        _survey(
            tmp_path, *ROWS, "5,E05,1.0," + "they never come when I call them about the noise next door at night,1,2"
        )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("5,E05,0,16-24,1,2", "positive number"),
        ("5,E05,-1,16-24,1,2", "positive number"),
        ("5,,1,16-24,1,2", "missing"),
        ("1,E05,1,16-24,1,2", "twice"),
        ("5,E05,1,16-24,1,7", "not a code"),
    ],
)
def test_a_bad_row_is_refused_without_repeating_it(tmp_path: Path, row: str, reason: str) -> None:
    table = _survey(tmp_path, *ROWS, row)
    assert len(table.frame) == 4
    assert reason in table.rejected["reason"][0]
    assert table.rejected["raw"].tolist() == [""]
    assert table.rejected["row_number"].tolist() == [6]


def test_spss_and_stata_read_as_csv_does(tmp_path: Path) -> None:
    import pyreadstat

    frame = pd.DataFrame(
        {"serial": [1.0, 2.0], "ward": ["E05", "E06"], "wt": [1.2, 0.8], "ageb": ["16-24", "25-34"], "sex": [1.0, 2.0],
         "q1": [2.0, None]}
    )  # fmt: skip
    mapping = _mapping(tmp_path)
    pyreadstat.write_sav(frame, str(tmp_path / "wave.sav"))
    pyreadstat.write_dta(frame, str(tmp_path / "wave.dta"))
    for name in ("wave.sav", "wave.dta"):
        table = read_survey(tmp_path / name, mapping=mapping)
        assert table.frame["respondent"].tolist() == ["1", "2"]
        assert table.frame["sex"].tolist() == ["male", "female"]
        assert table.frame["answer_confidence"].isna().tolist() == [False, True]


def test_a_damaged_statistical_file_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "wave.sav"
    file.write_bytes(b"$FL2 nonsense" * 20)
    with pytest.raises(SourceError, match="not SPSS or Stata"):
        read_survey(file, mapping=_mapping(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('wave = "2025 Q4"', "", "wave"),
        ("last_day = 2025-12-20", "last_day = 2025-09-20", "ends before it begins"),
        ("agree = [1, 2]", "agree = [1, 6]", "outside the scale"),
        ('area_code = "ward"', "", "must be mapped"),
        ('sex = "sex"', 'gender = "sex"', "not a column of ours"),
        ("[columns]", "[columns", "is not TOML"),
    ],
)
def test_a_mapping_must_state_the_facts(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        _mapping(tmp_path, MAPPING.replace(old, new))


def test_a_wave_that_promises_rows_that_it_cannot_hold_is_refused_at_once(tmp_path: Path) -> None:
    import pyreadstat

    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(pd.DataFrame([row.split(",") for row in ROWS], columns=HEADER.split(",")), str(path))
    data = bytearray(path.read_bytes())
    data[80:84] = (900_000_000).to_bytes(4, "little")  # the number of cases
    path.write_bytes(data)
    with pytest.raises(SourceError, match="promises 900,000,000 rows"):
        read_survey(path, mapping=_mapping(tmp_path))
