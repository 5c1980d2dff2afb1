"""Column names of the Office for National Statistics: `LSOA21CD`, `WD25NM`, `LADCD_ACTIVE`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from domain.areas import GeographyKey

__all__ = ["code_candidates", "is_british_code", "name_candidates", "parent_candidates"]

#: How the Office for National Statistics abbreviates a geography in column names.
_ABBREVIATIONS = {
    "oa": "OA",
    "lsoa": "LSOA",
    "msoa": "MSOA",
    "ward": "WD",
    "district": "LAD",
    "county": "CTY",
    "region": "RGN",
    "force": "PFA",
    "csp": "CSP",
    "parish": "PAR",
}
_BRITISH_CODE = re.compile(r"[EWSNK]\d{8}")


def _abbreviation(key: GeographyKey) -> str:
    return _ABBREVIATIONS.get(key.name, key.name.upper())


def code_candidates(key: GeographyKey) -> list[str]:
    """
    Return the names that the code column of a geography may have, best first.

    Examples
    --------
    >>> code_candidates(GeographyKey("lsoa", 2021))
    ['LSOA21CD', 'lsoa21_code', 'lsoa_code', 'LSOA', 'area_code', 'geography_code', 'geography code', 'code']
    """
    short, year = _abbreviation(key), f"{key.vintage % 100:02d}"
    own = [f"{short}{year}CD", f"{short.lower()}{year}_code", f"{key.name}_code", short]
    return [*own, "area_code", "geography_code", "geography code", "code"]


def name_candidates(key: GeographyKey) -> list[str]:
    """Return the names that the name column of a geography may have, best first."""
    short, year = _abbreviation(key), f"{key.vintage % 100:02d}"
    return [f"{short}{year}NM", f"{short.lower()}{year}_name", f"{key.name}_name", "area_name", "geography", "name"]


def parent_candidates(key: GeographyKey) -> list[str]:
    """Return the names that the column of a parent's code may have, best first; boundaries name no vintage of it."""
    short, year = _abbreviation(key), f"{key.vintage % 100:02d}"
    return [f"{short}{year}CD", f"{short}CD_ACTIVE", f"{key.name}_code", "parent_code"]


def is_british_code(codes: Iterable[str] | Sequence[str]) -> bool:
    """Return whether most codes are nine-character codes of the United Kingdom's statistical offices."""
    seen = [_BRITISH_CODE.fullmatch(code) is not None for code in codes]
    return bool(seen) and 2 * sum(seen) > len(seen)
