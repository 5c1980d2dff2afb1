"""
Load places that people go to: shops, shopping centres, licensed premises and transport hubs, for the visibility layer.

Revision ID: 0021
Revises: 0020

Going back is refused by the older check while such places are loaded: withdraw and prune their loads first.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_CHECK = "sensitive_place_category_check"
_BEFORE = (
    "refuge", "childrens_home", "hostel", "traveller_site", "custody", "prison", "hospital", "police_station",
    "railway_station", "school",
)  # fmt: skip
_ADDED = ("transport_hub", "shopping_centre", "shop", "licensed_premises")

_COMMENT_BEFORE = "A place near which a zone needs a second thought, or where incidents are recorded by default."
_COMMENT = "A place near which a zone needs a second thought, a default address, or a place that people go to."


def _check(categories: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(_CHECK), "sensitive_place", type_="check")
    listed = ", ".join(f"'{category}'" for category in categories)
    op.create_check_constraint(op.f(_CHECK), "sensitive_place", f"category IN ({listed})")


def upgrade() -> None:
    """Allow the new categories, and say in the comment that not every place is sensitive."""
    _check((*_BEFORE, *_ADDED))
    op.create_table_comment("sensitive_place", _COMMENT)


def downgrade() -> None:
    """Allow the older categories alone."""
    _check(_BEFORE)
    op.create_table_comment("sensitive_place", _COMMENT_BEFORE)
