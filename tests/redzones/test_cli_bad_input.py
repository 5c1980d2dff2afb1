"""Bad input through the command line: one clear error with a remedy, or a row refused or kept with its reason."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from domain.errors import RedzonesError
from redzones.cli import app

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
MAPPING = """
dataset = "log"
time_zone = "Europe/London"
epsg = 27700
place_precision = "exact"
[columns]
reference = "log"
begins = "from"
ends = "to"
x = "x"
y = "y"
category = "class"
[formats]
time = "%d/%m/%Y %H:%M"
[kinds]
"ASB" = { kind = "asb", street = true }
"""
SQUARE = [[-2.6, 53.3], [-2.5, 53.3], [-2.5, 53.4], [-2.6, 53.4], [-2.6, 53.3]]
ADDRESSES = ("https://data.example/a.csv", "/vsicurl/https://data.example/a.csv", "/vsizip/a.zip/a.csv", "s3://b/a.csv")
COMMANDS: dict[str, tuple[str, ...]] = {
    "boundaries": ("--geography", "lsoa:2021"),
    "lookup": ("--source", "lsoa:2011", "--target", "lsoa:2021"),
    "people": ("--geography", "lsoa:2021"),
    "incidents": (),
    "outcomes": (),
    "visits": (),
    "priorities": (),
    "overrides": (),
    "calendar": (),
    "nominations": (),
    "places": (),
    "layer": ("--kind", "roads"),
}

Load = Callable[..., dict[str, Any]]
Refused = Callable[..., RedzonesError]


def street(**change: str) -> str:
    row = {
        "id": "a1", "month": "2025-12", "longitude": "-2.55", "latitude": "53.35", "lsoa": "E01012345",
        "crime_type": "Burglary",
    } | change  # fmt: skip
    return (
        f"{row['id']},{row['month']},Cheshire Constabulary,Cheshire Constabulary,{row['longitude']},{row['latitude']},"
        f"On or near Mill Lane,{row['lsoa']},Halton 001A,{row['crime_type']},,"
    )


def street_file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def log_file(*rows: str) -> bytes:
    return "\n".join(["log,from,to,x,y,class", *rows, ""]).encode()


def geojson(coordinates: object = SQUARE, **properties: str) -> bytes:
    feature = {
        "type": "Feature",
        "properties": properties or {"LSOA21CD": "E01012345"},
        "geometry": {"type": "Polygon", "coordinates": [coordinates]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def two_of_another_vintage() -> bytes:
    collection = json.loads(geojson(LSOA11CD="E01012345"))
    collection["features"] *= 2
    return json.dumps(collection).encode()


@pytest.fixture
def load(fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads a file by the command line, and returns the report of the only load."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")

    def call(command: str, name: str, content: bytes | None, *options: str) -> dict[str, Any]:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        result = CliRunner().invoke(app, ["--json", "load", command, name, *options])
        if result.exception is not None:
            raise result.exception
        [report] = json.loads(result.stdout)
        assert report["rows_in"] == report["kept"] + report["rejected"]
        return dict(report)

    return call


@pytest.fixture
def refused(load: Load, fresh_engine: Engine) -> Refused:
    """Return a function that sees a load refused with a remedy, the database left as it was."""

    def call(command: str, name: str, content: bytes | None, *options: str) -> RedzonesError:
        with pytest.raises(RedzonesError) as caught:
            load(command, name, content, *options)
        assert caught.value.hint
        assert caught.value.exit_code
        with fresh_engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM load")) == 0
        return caught.value

    return call


STREET = "2025-12-cheshire-street.csv"
PACKED = gzip.compress(street_file(*[street(id=f"{i:064d}") for i in range(400)]), mtime=0)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("street.csv", b"", "the file is empty"),
        ("street.csv", b"colour,shape\nred,round\n", "does not have the columns"),
        ("street.csv", street_file(street()).replace(b"Crime type", b"Type"), "the column is missing"),
        (STREET, street_file(street(), street())[:-40], "ends in the middle of this row"),
        (f"{STREET}.gz", PACKED[:-400], "the gzip breaks off before its end"),
        (f"{STREET}.gz", street_file(street()), "the name ends in .gz but the file is not gzip"),
        (STREET, street_file(street(), street(month="2025-11")), "the row says 2025-11 but the file is of 2025-12"),
        (STREET, street_file(*[street(longitude="53.35", latitude="-2.55")] * 3), "look exchanged"),
        (STREET, street_file(street(), street(), street(crime_type="Witchcraft")), '"Witchcraft" 1 (1 of 3 rows)'),
        ("2031-01-cheshire-street.csv", street_file(street(month="2031-01")), "2031-01 lies in the future"),
        (STREET, street_file(street()).replace(b"Mill", b"Mi\0l"), "NUL"),
        (STREET, street_file(street()).replace(b"Mill", b"M\xfchl"), "the text is not UTF-8"),
        (STREET, street_file(street()).decode().encode("utf-16"), "UTF-16"),
        (STREET, street_file(street(), street().replace("On or", '"On or')), "quotation mark"),
        (STREET, street_file("x" * (1 << 20) + street()), "a line is longer than 1 MiB"),
        (STREET, b"PAR1" + b"\0" * 40, "Parquet"),
    ],
)
def test_a_street_file_that_cannot_be_is_refused(refused: Refused, name: str, content: bytes, words: str) -> None:
    assert words in refused("incidents", name, content).message


def test_a_sparse_file_of_ten_gigabytes_is_refused_at_once(refused: Refused, tmp_path: Path) -> None:
    with (tmp_path / "huge.csv").open("wb") as stream:
        stream.truncate(10 << 30)
    assert "NUL" in refused("incidents", "huge.csv", None).message


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_refused_by_every_command_and_nothing_is_fetched(
    refused: Refused, command: str, address: str
) -> None:
    assert "this is an address, not a file, and nothing is fetched" in refused(
        command, address, None, *COMMANDS[command]
    ).message.replace("s3:/b", "s3://b")


def zipped(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        (f"../../{STREET}", street_file(street()), "leads out of the archive"),
        (f"/etc/{STREET}", street_file(street()), "leads out of the archive"),
        (STREET, b"0" * (8 << 20), "unpacks to more than 200 times its size"),
        ("inner.zip", b"PK", "an archive inside the archive"),
    ],
)
def test_an_unsafe_archive_is_refused_whole(
    refused: Refused, tmp_path: Path, member: str, content: bytes, words: str
) -> None:
    zipped(tmp_path / "a.zip", member, content)
    assert words in refused("incidents", "a.zip", None).message


KML = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>&x;</name></Placemark></Document></kml>'
)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.kml", KML.encode(), "declares a document type or an entity"),
        ("a.geojson", geojson()[:-30], "broken or cut off"),
        ("a.geojson", two_of_another_vintage(), "no column of area codes of lsoa:2021"),
        ("a.geojson", geojson([[y, x] for x, y in SQUARE]), "look exchanged"),
        ("a.geojson", geojson([[x * 1e5, y * 1e4] for x, y in SQUARE]), "not degrees"),
        ("a.geojson", b'{"type": "Topology"}', "not a GeoJSON FeatureCollection"),
        (
            "a.vrt",
            b"<OGRVRTDataSource><SrcDataSource>/vsicurl/http://x</SrcDataSource></OGRVRTDataSource>",
            "other files",
        ),
    ],
)
def test_boundaries_that_cannot_be_are_refused(refused: Refused, name: str, content: bytes, words: str) -> None:
    assert words in refused("boundaries", name, content, "--geography", "lsoa:2021").message


def test_mixed_vintages_and_blank_places_are_kept(load: Load) -> None:
    rows = [street(lsoa="E01012345"), street(lsoa="E01033333"), street(lsoa="", longitude="", latitude="")]
    assert load("incidents", STREET, street_file(*rows))["kept"] == 3


def test_impossible_times_are_kept_and_reported_or_refused(load: Load) -> None:
    rows = [
        "L1,01/07/2025 21:00,01/07/2025 20:00,360500,388100,ASB",
        "L2,30/03/2025 01:30,,360500,388100,ASB",
        "L3,26/10/2025 01:30,,360500,388100,ASB",
        "L4,01/07/2131 21:00,,360500,388100,ASB",
        "L5,01/07/2075 21:00,,360500,388100,ASB",
        "L6,31/02/2025 21:00,,360500,388100,ASB",
        *[f"L{i},01/07/2025 21:00,,360500,388100,ASB" for i in range(7, 15)],
    ]
    report = load("incidents", "log.csv", log_file(*rows), "--mapping", "m.toml")
    assert (report["kept"], report["rejected"]) == (11, 3)
    assert report["reasons"]["the time lies in the future"] == 1
    for words in ("the end lies before the begin", "does not exist", "exists twice"):
        assert any(note.startswith("1 row: ") and words in note for note in report["notes"]), words


def test_ids_that_stand_twice_are_kept_and_told(load: Load) -> None:
    rows = ["L1,01/07/2025 21:00,,360500,388100,ASB", "L1,02/07/2025 21:00,,360500,388100,ASB"]
    report = load("incidents", "log.csv", log_file(*rows, rows[0]), "--mapping", "m.toml")
    assert report["kept"] == 3
    shown = CliRunner().invoke(app, ["--json", "loads", "show", str(report["load_id"])])
    assert json.loads(shown.stdout)["quality"]["references"] == {"n_repeated": 1, "n_with_other_content": 1}


def test_categories_without_a_kind_are_listed_and_refused_unless_told(load: Load, refused: Refused) -> None:
    rows = [f"L{i},01/07/2025 21:00,,360500,388100,{kind}" for i, kind in enumerate(("ASB", "ASB", "Noise", "Litter"))]
    error = refused("incidents", "log.csv", log_file(*rows), "--mapping", "m.toml")
    assert '"Litter" 1, "Noise" 1 (2 of 4 rows)' in error.message
    assert "--unknown-kinds other" in str(error.hint)
    report = load("incidents", "log.csv", None, "--mapping", "m.toml", "--unknown-kinds", "reject")
    assert (report["kept"], report["reasons"]) == (2, {"the category is not in the mapping": 2})
    other = load("incidents", "other.csv", log_file(*rows), "--mapping", "m.toml", "--unknown-kinds", "other")
    assert (other["kept"], other["rejected"]) == (4, 0)


@pytest.mark.parametrize(
    ("content", "words", "remedy"),
    [
        (b"log,when\n1,2\n", "does not have the columns", "redzones load propose FILE"),
        (street_file(street()).replace(b",", b";"), "separated by semicolons, not by commas", "Save the file as CSV"),
        (street_file(street()).replace(b",", b"\t"), "separated by tabs, not by commas", 'delimiter = "\\t"'),
    ],
)
def test_what_is_no_street_file_says_what_to_do_with_it(
    refused: Refused, content: bytes, words: str, remedy: str
) -> None:
    error = refused("incidents", STREET, content)
    assert words in error.message
    assert remedy in str(error.hint)


def test_rows_of_another_force_are_told(load: Load) -> None:
    report = load("incidents", "2025-12-gwent-street.csv", street_file(street()))
    assert report["notes"] == [
        'the rows are of "Cheshire Constabulary", and the file name says gwent: see that it is the right file'
    ]


def test_x_and_y_that_were_exchanged_are_warned_of_when_loaded(load: Load, tmp_path: Path) -> None:
    load("boundaries", "a.geojson", geojson(), "--geography", "lsoa:2021")
    rows = [f"L{i},01/07/2025 21:00,,{{}},{{}},ASB" for i in range(4)]
    right = (363_400, 384_000)  # in the square, in metres
    content = log_file(*[row.format(*reversed(right)) for row in rows])
    (tmp_path / "log.csv").write_bytes(content)
    shown = CliRunner().invoke(app, ["load", "incidents", "log.csv", "--mapping", "m.toml"]).stdout
    assert "warning: x and y look exchanged: 100 per cent of the points outside the force" in shown.replace("\n", " ")
    (tmp_path / "log.csv").write_bytes(log_file(*[row.format(*right) for row in rows]))
    shown = CliRunner().invoke(app, ["load", "incidents", "log.csv", "--mapping", "m.toml"]).stdout
    assert "warning" not in shown


def test_a_street_file_among_outcomes_and_a_look_up_without_keys_say_what_to_name(refused: Refused) -> None:
    error = refused("outcomes", STREET, street_file(street()))
    assert '"Outcome type": the column is missing' in error.message
    assert error.hint == "This is a street file: name the outcomes file of the month."
    error = refused("lookup", "look.csv", b"a,b\n1,2\n")
    assert "--centroids lsoa:2021" in str(error.hint)
