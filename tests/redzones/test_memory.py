"""Memory is searched less often while long work is done, and as before when it has ended, well or badly."""

from __future__ import annotations

import gc

import pytest

from redzones.memory import rarely_collected


def test_memory_is_searched_rarely_and_then_as_before() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with rarely_collected():
        assert gc.get_threshold()[0] > 10 * before[0][0]
        assert gc.get_freeze_count() > before[1]
        assert gc.isenabled()
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def test_work_that_fails_leaves_it_as_before() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(ValueError, match="badly"), rarely_collected():
        raise ValueError("badly")
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
