"""Whether a community profile is a draft or agreed with partners (strategy 33), by whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.months import LocalMonth
from maps import format as fmt
from maps.content import SiteContent
from maps.lookup import optional_text

__all__ = ["AgreementView", "agreement_view"]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The state of a profile: a word for a table, and a sentence for its page."""

    state: str
    sentence: str
    is_agreed: bool


def agreement_view(content: SiteContent, code: str) -> AgreementView:
    """
    Return the state of the profile of an area; without a decision it is a draft.

    An agreement holds for the profile that was agreed: where the data have moved on, the page says so.

    Parameters
    ----------
    content
        Content of the site.
    code
        Code of the area.
    """
    found = content.agreements
    own = [] if found is None or found.empty else found[found["area_code"] == code].to_dict("records")
    if not own:
        return AgreementView("draft", "Draft: not agreed with partners yet.", is_agreed=False)
    row = own[0]
    who = f"by {row['decided_by']} on {fmt.day(date.fromisoformat(str(row['decided_on'])))}"
    note = optional_text(row["note"])
    if row["state"] != "agreed":
        return AgreementView("draft", f"Draft again, {who}" + (f": {note}." if note else "."), is_agreed=False)
    partners = optional_text(row["partners"])
    agreed = f"Agreed with {partners or 'partners'} {who}"
    month = optional_text(row["profile_month"])
    if month is None or LocalMonth.parse(month) >= content.identity.last_month:
        return AgreementView("agreed", f"{agreed}.", is_agreed=True)
    then = fmt.month_name(LocalMonth.parse(month))
    return AgreementView(
        f"agreed to {then}", f"{agreed}, as the profile to {then}; the figures since then are a draft.", is_agreed=True
    )
