"""Reading ahead keeps the order, hands on what goes wrong, holds few items, and ends with its user."""

from __future__ import annotations

import threading
import time

import pytest

from db.read_ahead import read_ahead, read_files_ahead


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


def batches_of(gridham, name, *, until=3):
    for i in range(until):
        yield gridham.batch([gridham.incident(location=f"{name} {i}")])


def words(file):
    return [word for batch in file.batches for word in batch.rows["location"]]


def test_each_file_keeps_its_own_batches(gridham):
    def opened(name):
        return gridham.incident_file(batches_of(gridham, name), file_name=name)

    with read_files_ahead("abc", opened) as files:
        read = {file.file_name: words(file) for file in files}
    assert read == {name: [f"{name} {i}" for i in range(3)] for name in "abc"}


def test_a_file_that_nobody_reads_is_left_and_the_next_one_is_whole(gridham):
    read = []

    def opened(name):
        def noted():
            for batch in batches_of(gridham, name, until=100 if name == "a" else 2):
                read.append(name)
                yield batch

        return gridham.incident_file(noted(), file_name=name)

    with read_files_ahead("ab", opened) as files:
        next(files)
        assert words(next(files)) == ["b 0", "b 1"]
    assert read.count("a") < 10, "a file that was loaded before is not read to its end"


def test_a_file_that_cannot_be_opened_stops_after_the_ones_before_it(gridham):
    def opened(name):
        if name == "b":
            raise KeyError("no such file: b")
        return gridham.incident_file(batches_of(gridham, name), file_name=name)

    done = []
    with read_files_ahead("abc", opened) as files:
        done.append(words(next(files)))
        with pytest.raises(KeyError, match="no such file"):
            next(files)
    assert done == [["a 0", "a 1", "a 2"]]
