"""Reading ahead keeps the order, hands on what goes wrong, holds few items, and ends with its user."""

from __future__ import annotations

import threading
import time

import pytest

from db.read_ahead import read_ahead


def test_items_come_in_order_and_end():
    with read_ahead(iter(range(50))) as items:
        assert list(items) == list(range(50))


def test_what_goes_wrong_is_raised_where_the_item_would_have_come():
    def broken():
        yield 1
        raise KeyError("row 2")

    with read_ahead(broken()) as items:
        assert next(items) == 1
        with pytest.raises(KeyError, match="row 2"):
            next(items)


def test_no_more_are_read_than_may_wait():
    read = []

    def noted():
        for i in range(100):
            read.append(i)
            yield i

    with read_ahead(noted(), most=2) as items:
        next(items)
        time.sleep(0.3)
        assert len(read) <= 5, "one taken, two waiting, one in the hand of the thread"


def test_leaving_early_stops_the_thread():
    before = threading.active_count()
    with read_ahead(iter(int, 1)) as items:
        next(items)
    assert threading.active_count() == before
