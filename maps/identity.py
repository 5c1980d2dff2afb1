"""What every page and export carries: marking, period, validity, run, owner, and the overprint of approximate zones."""

from __future__ import annotations

from dataclasses import dataclass

from maps import format as fmt
from maps.content import SiteIdentity

__all__ = ["OVERPRINT", "IdentityView", "identity_view"]

#: Words over every zone, map, card and export that rests on published, approximate points.
OVERPRINT = "Approximate open data: not for deployment"


@dataclass(frozen=True, slots=True)
class IdentityView:
    """What every page carries, as texts."""

    force_name: str
    owner: str
    contact: str
    marking: str
    edition: str
    period: str
    period_end: str
    valid_until: str
    valid_until_words: str
    fingerprint: str
    version: str
    attributions: tuple[str, ...]
    overprint: str
    small_area_label: str
    patrol_label: str
    unit_label: str
    patrol_note: str


def identity_view(identity: SiteIdentity) -> IdentityView:
    """Return what every page carries, as texts."""
    return IdentityView(
        force_name=identity.force_name,
        owner=identity.owner,
        contact=identity.contact,
        marking=identity.marking,
        edition=identity.edition,
        period=fmt.period(identity.first_month, identity.last_month),
        period_end=fmt.month_name(identity.last_month),
        valid_until=identity.valid_until.isoformat(),
        valid_until_words=fmt.day(identity.valid_until),
        fingerprint=identity.fingerprint,
        version=identity.version,
        attributions=identity.attributions,
        overprint=OVERPRINT if identity.is_approximate else "",
        small_area_label=identity.small_area_label,
        patrol_label=identity.patrol_label,
        unit_label=identity.unit_label,
        patrol_note=identity.patrol_note,
    )
