"""What a person is told where something is wrong that no command foresees."""

from __future__ import annotations

import pytest

from redzones import cli


def test_a_package_that_is_missing_is_named_with_the_remedy(monkeypatch, capsys):
    def missing() -> None:
        raise ModuleNotFoundError("No module named 'duckdb'", name="duckdb")

    monkeypatch.setattr(cli, "app", missing)
    monkeypatch.setattr("sys.argv", ["redzones", "doctor"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    told = capsys.readouterr().err
    assert left.value.code == 70
    assert "duckdb is not installed" in told
    assert "make setup" in told
