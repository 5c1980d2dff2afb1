"""Invented names: districts, towns, wards and streets. None is meant to be a real place."""

from __future__ import annotations

import numpy as np

__all__ = [
    "COUNTY_NAME",
    "DISTRICT_DIRECTIONS",
    "FORCE_NAME",
    "GENERIC_LOCATIONS",
    "street_names",
    "town_names",
    "ward_names",
]

COUNTY_NAME = "Demoshire"
FORCE_NAME = "Demoshire Constabulary"

#: Name of a district by the direction in which its capital lies from the middle of the county: x, y.
DISTRICT_DIRECTIONS: dict[str, tuple[float, float]] = {
    "Demo North": (0.0, 1.0),
    "Demo East": (1.0, 0.0),
    "Demo South": (0.0, -1.0),
    "Demo West": (-1.0, 0.0),
}

_TOWNS = (
    "Brackenholt", "Ravensmere", "Castle Averby", "Oxenmouth", "Thornlow", "Wexcombe", "Marlhithe", "Nethercross",
    "Hollinstead", "Great Puddlow", "Saltersgill", "Fennimarsh", "Ellerbeck Bridge", "Quarrington Moor", "Lowmantle",
    "Upper Tansley Cross", "Birchmarket", "Pennyholme", "Staddlethorpe End", "Kingsfallow",
)  # fmt: skip

_WARD_FIRST = (
    "Amber", "Ash", "Beacon", "Bell", "Birk", "Bramble", "Canal", "Chantry", "Coney", "Crab", "Dove", "Elm", "Fallow",
    "Fox", "Gorse", "Hallow", "Hazel", "Heron", "Kestrel", "Kiln", "Lark", "Lime", "Mallow", "Meadow", "Otter",
    "Priory", "Quarry", "Rush", "Sand", "Tithe", "Weaver", "Willow", "Withy", "Wren",
)  # fmt: skip
_WARD_LAST = (
    "bank",
    "brook",
    "bury",
    "croft",
    "dale",
    "field",
    "gate",
    "heath",
    "hill",
    "mere",
    "moor",
    "well",
    "wood",
)

#: The names that recur in every town, so that a street name alone does not say where one is.
_COMMON_STREETS = (
    "High Street", "Church Street", "Station Road", "Mill Lane", "Bridge Street", "Market Street", "Park Road",
    "Victoria Road", "Green Lane", "London Road", "Chapel Lane", "School Lane", "King Street", "Queen Street",
    "Albert Road", "New Road", "Church Lane", "Manor Road", "Grange Road", "Mill Street",
)  # fmt: skip
_STREET_FIRST = (
    "Acacia", "Alder", "Almond", "Ashby", "Aspen", "Barley", "Beech", "Birch", "Bluebell", "Bracken", "Briar", "Carver",
    "Cedar", "Chaffinch", "Chestnut", "Clover", "Coniston", "Coppice", "Cornmill", "Cowslip", "Curlew", "Daisy",
    "Damson", "Eskdale", "Fairfield", "Farrier", "Fern", "Field", "Finch", "Forge", "Foundry", "Garden", "Goldfinch",
    "Granary", "Hawthorn", "Heather", "Highfield", "Holly", "Ivy", "Juniper", "Kingfisher", "Laburnum", "Larch",
    "Laurel", "Linden", "Linnet", "Lodge", "Maple", "Meadow", "Mulberry", "Nelson", "Oak", "Orchard", "Paddock",
    "Pear Tree", "Plover", "Poplar", "Primrose", "Rectory", "Rosemary", "Rowan", "Russet", "Saddler", "Skylark",
    "Spinney", "Spruce", "Sycamore", "Tanner", "Thistle", "Vicarage", "Walnut", "Wheelwright", "Windmill", "Yew Tree",
)  # fmt: skip
_STREET_LAST = (
    "Avenue", "Close", "Court", "Crescent", "Drive", "Gardens", "Grove", "Lane", "Place", "Road", "Street", "Terrace",
    "View", "Walk", "Way",
)  # fmt: skip

#: Map points that are not streets, as police.uk labels them, with the share of town points that they are.
GENERIC_LOCATIONS: dict[str, float] = {
    "Parking Area": 0.012,
    "Supermarket": 0.008,
    "Shopping Area": 0.006,
    "Petrol Station": 0.006,
    "Sports/Recreation Area": 0.006,
    "Park/Open Space": 0.006,
    "Nightclub": 0.003,
    "Hospital": 0.001,
    "Police Station": 0.001,
    "Bus/Coach Station": 0.001,
}


def town_names(n: int) -> list[str]:
    """Return `n` town names in order of size; beyond the list they are numbered."""
    return [_TOWNS[i] if i < len(_TOWNS) else f"{_TOWNS[i % len(_TOWNS)]} {i // len(_TOWNS) + 1}" for i in range(n)]


def ward_names(n: int, *, rng: np.random.Generator) -> list[str]:
    """
    Return `n` distinct ward names.

    Parameters
    ----------
    n
        Number of names; at most 442.
    rng
        Source of randomness.
    """
    pairs = [f"{first}{last}" for first in _WARD_FIRST for last in _WARD_LAST if first[-1] != last[0]]
    return [pairs[i] for i in rng.permutation(len(pairs))[:n]]


def street_names(n: int, *, rng: np.random.Generator) -> list[str]:
    """
    Return `n` street names, of which about one in eight is a common one that recurs.

    Parameters
    ----------
    n
        Number of names; names may repeat, as they do between real towns.
    rng
        Source of randomness.
    """
    first = rng.integers(len(_STREET_FIRST), size=n)
    last = rng.integers(len(_STREET_LAST), size=n)
    common = rng.integers(len(_COMMON_STREETS), size=n)
    is_common = rng.random(n) < 0.12
    return [
        _COMMON_STREETS[common[i]] if is_common[i] else f"{_STREET_FIRST[first[i]]} {_STREET_LAST[last[i]]}"
        for i in range(n)
    ]
