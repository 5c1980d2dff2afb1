"""The templates: HTML is written there and nowhere else, escaped by default, and a name that is missing is an error."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from maps import format as fmt
from maps.palette import Swatch

__all__ = ["render"]

_BLANK_LINES = re.compile(r"\n\s*\n+")
# A long page marks where its list of sections stands; the list is made from the headings that the page came to have.
_CONTENTS = "<!-- contents -->"
_HEADING = re.compile(r'<h2 id="([\w-]+)"[^>]*>(.*?)</h2>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("maps", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(plural=fmt.plural, joined=fmt.joined, capitalised=fmt.capitalised, swatch=_swatch_style)
    return environment


def _swatch_style(swatch: Swatch) -> str:
    """Return the style of a legend's swatch: the same colour and hatch as on the map."""
    if swatch.pattern == "hatch":
        return f"background:repeating-linear-gradient(135deg,#fff 0 3px,{swatch.fill} 3px 4.5px)"
    if swatch.pattern == "dots":
        return f"background:radial-gradient({swatch.fill} 1.2px,#fff 1.6px) 0 0/6px 6px"
    return f"background:{swatch.fill}"


def render(template: str, page: object) -> str:
    """
    Return a page as HTML.

    Parameters
    ----------
    template
        Name of a file in `maps/templates/`.
    page
        The frozen value that the template reads as `page`.
    """
    text = _environment().get_template(template).render(page=page)
    before, marker, after = text.partition(_CONTENTS)
    if marker:
        text = before + _contents(after) + after
    return _BLANK_LINES.sub("\n", text)


def _contents(text: str) -> str:
    """Return the list of the sections that follow; headings are escaped already."""
    sections = [(anchor, Markup(_TAG.sub("", title))) for anchor, title in _HEADING.findall(text)]  # noqa: S704
    return _environment().get_template("_contents.html.j2").render(sections=sections)
