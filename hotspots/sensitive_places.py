"""Places near which a zone needs a second thought, and default addresses of incidents (METHODS 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hotspots.exclusions import Exclusion

__all__ = ["CATEGORY_WORDS", "DEFAULT_ADDRESS_RULE", "SensitivePlace", "default_addresses", "sensitive_near"]

Floats = NDArray[np.float64]

#: The named override that keeps default addresses from placing zones.
DEFAULT_ADDRESS_RULE = "default address"

#: Categories that flag a zone, in plain words. Railway stations and schools are loaded with them and flag nothing.
CATEGORY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "refuge": "a refuge",
        "childrens_home": "a children's home",
        "hostel": "a hostel",
        "traveller_site": "a Traveller site",
        "custody": "a custody suite",
        "prison": "a prison",
        "hospital": "a hospital",
        "police_station": "a police station",
    }
)

# Incidents are recorded here when the true place is not known, or come with the building and not with the street.
_DEFAULT_ADDRESSES = ("custody", "hospital", "police_station", "prison")

# How far a place reaches where the file does not say, metres.
_REACH_M = 100.0
_DEFAULT_ADDRESS_M = 50.0


@dataclass(frozen=True, slots=True)
class SensitivePlace:
    """
    A place of the table `sensitive_place`; its name is never read here, since it is never published.

    Parameters
    ----------
    category
        What it is.
    x, y
        Metres in the analysis CRS.
    radius_m
        How far it reaches, metres, where the file says.
    """

    category: str
    x: float
    y: float
    radius_m: float | None = None


def default_addresses(places: Sequence[SensitivePlace], *, owner: str) -> tuple[Exclusion, ...]:
    """
    Return the exclusions of the named rule "default address": one for each station, hospital, prison and custody suite.

    Parameters
    ----------
    places
        Sensitive places in order.
    owner
        Who answers for the rule.

    Examples
    --------
    >>> places = [SensitivePlace("hospital", 0.0, 0.0), SensitivePlace("refuge", 9.0, 9.0)]
    >>> [(rule.name, rule.radius_m) for rule in default_addresses(places, owner="analysis")]
    [('default address: hospital 1', 50.0)]
    """
    numbers: dict[str, int] = {}
    rules = []
    for place in places:
        if place.category in _DEFAULT_ADDRESSES:
            numbers[place.category] = numbers.get(place.category, 0) + 1
            words = place.category.replace("_", " ")
            rules.append(
                Exclusion(
                    name=f"{DEFAULT_ADDRESS_RULE}: {words} {numbers[place.category]}",
                    x=place.x,
                    y=place.y,
                    radius_m=place.radius_m or _DEFAULT_ADDRESS_M,
                    reason="incidents are recorded here by default, or belong to the building",
                    owner=owner,
                )
            )
    return tuple(rules)


def sensitive_near(places: Sequence[SensitivePlace], x: Floats, y: Floats, *, radius_m: float) -> list[list[str]]:
    """
    Return for each zone the categories of sensitive places that it lies over or near.

    Parameters
    ----------
    places
        Sensitive places.
    x, y
        Centres of the zones, metres, shape (n_zones,).
    radius_m
        Radius of a zone, metres.

    Returns
    -------
    list of lists of str
        Categories, each once, in order: of places whose own reach (100 m where the file does not say) touches the zone.
        Neither name nor number nor distance is told: that would point at the address.
    """
    flagging = [place for place in places if place.category in CATEGORY_WORDS]
    return [
        sorted(
            {
                place.category
                for place in flagging
                if np.hypot(place.x - cx, place.y - cy) <= radius_m + (place.radius_m or _REACH_M)
            }
        )
        for cx, cy in zip(x, y, strict=True)
    ]
