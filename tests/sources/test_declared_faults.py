"""Mappings and declarations with faults: each is named in plain words, and the hint says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingsError, SourceError
from sources.extract_mapping import read_mapping
from sources.people_variables import read_declarations
from sources.surveys import read_survey_mapping
from tests.sources.test_surveys import MAPPING as SURVEY

GOOD = """
dataset = "log"
epsg = 27700
place_precision = "exact"
[columns]
begins = "Date"
x = "E"
y = "N"
category = "Class"
[formats]
time = "%d/%m/%Y %H:%M"
[kinds]
"ASB" = { kind = "asb" }
"""


def refused(folder: Path, text: str) -> SettingsError:
    path = folder / "m.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_mapping(path)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ("epsg = 27700\n", "", '"epsg": it is missing', "Write epsg = 27700 for eastings and northings"),
        ("epsg = 27700", 'epsg = "abc"', "it is not a whole number", "epsg = 4326 for longitude and latitude"),
        ('begins = "Date"', 'begin = "Date"', '"columns.begins": it is missing', 'Write "begins" instead of "begin".'),
        (
            'category = "Class"',
            'zzz = "Class"',
            '"columns.zzz": there is no such entry',
            'Take "columns.zzz" out; known',
        ),
        ('kind = "asb"', 'kind = "crime"', "kinds.ASB.kind", "Write for kinds.ASB.kind 'asb', 'minor_crime'"),
        ('kind = "asb"', 'kind = "asb", stret = true', "there is no such entry", 'Write "street" instead of "stret".'),
        ('time = "%d/%m/%Y %H:%M"', 'time = "%d %H"', "does not give a whole date", 'Write time = "%d/%m/%Y %H:%M" in'),
        ('"exact"', '"rough"', "place_precision", 'Write place_precision = "exact", or "snapped" where'),
        ('dataset = "log"', "dataset = log", "is not TOML", "Write texts between quotation marks"),
    ],
)
def test_a_mapping_with_a_fault_says_what_to_write(tmp_path, old, new, said, hint):
    assert old in GOOD
    error = refused(tmp_path, GOOD.replace(old, new))
    assert said in error.message
    assert hint in str(error.hint)
    assert "Mend" not in str(error.hint)


def test_many_faults_are_all_named_and_the_hint_stays_short(tmp_path):
    error = refused(tmp_path, "a = 1\n")
    assert error.message.count("it is missing") == 6
    assert str(error.hint).endswith("(3 more to correct)")


def test_declarations_of_variables_and_surveys_say_it_too(tmp_path):
    path = tmp_path / "v.toml"
    path.write_text('variables = []\n[tables.A]\nsource = "A"\nperiod = "2021"\ndenominator = "all"\n')
    with pytest.raises(SettingsError, match=r"tables\.A\.denominator") as caught:
        read_declarations(path)
    assert str(caught.value.hint).startswith("Write for tables.A.denominator 'total', 'sum' or 'none'")
    path.write_text(SURVEY.replace("first_day = 2025-10-01", 'first_day = "October"'))
    with pytest.raises(SourceError, match="first_day") as refused_survey:
        read_survey_mapping(path)
    assert "first_day = 2025-10-01, a date without quotation marks" in str(refused_survey.value.hint)
