"""The rule for the number of segments, on figures made up for the purpose."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.choice import choose_groups, choose_parts
from segmentation.clustering import Diagnosis, Partition


def tried(*rows: tuple[float, float, float]) -> list[Diagnosis]:
    """Return diagnoses of 2, 3, ... clusters from (stability, silhouette, share of the smallest)."""
    made = []
    for k, (stability, silhouette, smallest) in enumerate(rows, start=2):
        small = round(1000 * smallest)
        labels = np.concatenate([np.full(small, k - 1), np.arange(1000 - small) % (k - 1)])
        made.append(Diagnosis(Partition(labels, np.zeros((k, 1)), 0.0), silhouette, 1.0, stability))
    return made


def test_a_split_of_a_real_group_is_stable_enough_but_loses_to_the_group_itself() -> None:
    assert choose_groups(tried((1.0, 0.5, 0.3), (1.0, 0.6, 0.3), (0.9, 0.5, 0.1)), least_share=0.02).position == 1


def test_where_stability_only_falls_the_finest_stable_partition_is_taken() -> None:
    falling = tried((0.95, 0.3, 0.4), (0.9, 0.3, 0.2), (0.85, 0.2, 0.1), (0.7, 0.2, 0.1))
    choice = choose_groups(falling, least_share=0.02)
    assert choice.position == 2
    assert "The largest number of them is taken" in choice.reason


def test_the_finest_stable_peak_wins_over_the_steadiest() -> None:
    choice = choose_groups(
        tried((0.95, 0.3, 0.4), (0.7, 0.25, 0.2), (0.82, 0.2, 0.1), (0.6, 0.2, 0.1)), least_share=0.02
    )
    assert choice.position == 2
    assert "4, with an index of 0.82" in choice.reason


def test_a_stable_partition_with_a_tiny_segment_is_not_admissible() -> None:
    choice = choose_groups(tried((0.95, 0.3, 0.4), (0.97, 0.3, 0.01)), least_share=0.02)
    assert choice.position == 0


def test_a_stable_partition_whose_silhouette_falls_apart_is_passed_over() -> None:
    assert choose_groups(tried((0.95, 0.4, 0.4), (0.97, 0.1, 0.1)), least_share=0.02).position == 0


def test_without_a_stable_partition_the_steadiest_is_taken_with_a_warning() -> None:
    choice = choose_groups(tried((0.5, 0.3, 0.4), (0.7, 0.2, 0.1), (0.7, 0.2, 0.1)), least_share=0.02)
    assert choice.position == 1
    assert "Read the borders between groups with care" in choice.reason


def test_without_an_admissible_partition_the_nearest_to_it_is_taken() -> None:
    choice = choose_groups(tried((0.9, 0.3, 0.05), (0.9, 0.3, 0.08)), least_share=0.2)
    assert choice.position == 1
    assert "None keeps its smallest group at 20 per cent" in choice.reason


def test_a_group_is_divided_where_its_parts_are_clear_and_stable() -> None:
    assert choose_parts(tried((0.8, 0.4, 0.3), (0.8, 0.5, 0.2)), n_least=20).position == 1


@pytest.mark.parametrize("row", [(0.6, 0.5, 0.3), (0.9, 0.2, 0.3), (0.9, 0.5, 0.01)])
def test_a_group_stays_whole_where_parts_are_unstable_unclear_or_too_small(row) -> None:
    assert choose_parts(tried(row), n_least=20).position is None


def test_a_group_too_small_to_be_divided_stays_whole() -> None:
    assert choose_parts([], n_least=20).position is None


def test_a_clear_peak_need_not_beat_the_fewest_clusters_which_are_nearly_always_steady() -> None:
    clear = tried((1.0, 0.3, 0.55), (0.99, 0.3, 0.7), (0.92, 0.2, 0.6), (0.84, 0.2, 0.45))
    assert choose_groups(clear, least_share=0.02).position == 1
