"""Maps: what a name says is shown, and never obeyed."""

from __future__ import annotations

from dataclasses import replace

import branca.element

from maps.folium_map import draw
from maps.lookup import index_site
from maps.map_views import force_map, prepare_maps


def test_braces_in_a_name_are_shown_as_they_are(content):
    view = force_map(prepare_maps(index_site(content), overprint=""))
    shape = replace(view.areas[0], lines=("{{ 6 * 7 }} {% raw %} {# lost #}",))
    drawing = draw(replace(view, areas=(shape, *view.areas[1:])))
    assert "{{ 6 * 7 }} {% raw %} {# lost #}" in drawing.script


def test_folium_is_left_as_it_was(content):
    template = branca.element.Template
    draw(force_map(prepare_maps(index_site(content), overprint="")))
    assert branca.element.Template is template
