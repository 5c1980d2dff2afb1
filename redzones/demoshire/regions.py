"""Connected groups on a graph of neighbours: cells into small areas, small areas into wards and districts."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["components", "flood", "grow", "spread_out"]


def flood(
    neighbours: Sequence[Sequence[int]],
    xy: NDArray[np.float64],
    starts: NDArray[np.int64],
    reach_m: NDArray[np.float64],
    *,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """
    Give every node to the start from which it is soonest reached; each group is connected.

    Parameters
    ----------
    neighbours
        Neighbours of each node.
    xy
        Coordinates of shape (n, 2), metres.
    starts
        First node of each group.
    reach_m
        Pace of each group: a group of twice the reach grows twice as far in the same time.
    rng
        Source of rough ground, which makes outlines irregular.

    Returns
    -------
    array
        Group of each node, shape (n,).
    """
    labels = np.full(len(xy), -1, dtype=np.int64)
    rough = rng.uniform(0.7, 1.3, size=len(xy))
    heap = [(0.0, int(start), group) for group, start in enumerate(starts)]
    while heap:
        time, node, group = heapq.heappop(heap)
        if labels[node] >= 0:
            continue
        labels[node] = group
        for other in neighbours[node]:
            if labels[other] < 0:
                metres = float(np.hypot(*(xy[node] - xy[other]))) * rough[other]
                heapq.heappush(heap, (time + metres / float(reach_m[group]), other, group))
    return labels


def components(neighbours: Sequence[Sequence[int]], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Return the connected component of each node among nodes of the same label; a node of label -1 stands alone.

    Parameters
    ----------
    neighbours
        Neighbours of each node.
    labels
        Label of each node, shape (n,).

    Returns
    -------
    array
        Components numbered by their first node, shape (n,).
    """
    found = np.full(len(labels), -1, dtype=np.int64)
    n_found = 0
    for first in range(len(labels)):
        if found[first] >= 0:
            continue
        found[first], stack = n_found, [first]
        while stack and labels[first] >= 0:
            for other in neighbours[stack.pop()]:
                if found[other] < 0 and labels[other] == labels[first]:
                    found[other] = n_found
                    stack.append(other)
        n_found += 1
    return found


def spread_out(neighbours: Sequence[Sequence[int]], nodes: Sequence[int], n: int) -> list[int]:
    """
    Return `n` of the given nodes far from each other in steps on the graph, the first node being the first of them.

    Parameters
    ----------
    neighbours
        Neighbours of each node of the whole graph.
    nodes
        Nodes to choose from; steps outside them do not count.
    n
        How many to choose.
    """
    allowed = set(nodes)
    chosen = [nodes[0]]
    steps = _steps_from(neighbours, chosen[0], allowed)
    while len(chosen) < min(n, len(allowed)):
        chosen.append(max(nodes, key=lambda node: (steps[node], -node)))
        nearer = _steps_from(neighbours, chosen[-1], allowed)
        steps = {node: min(steps[node], nearer[node]) for node in allowed}
    return chosen


def _steps_from(neighbours: Sequence[Sequence[int]], start: int, allowed: set[int]) -> dict[int, int]:
    steps = dict.fromkeys(allowed, len(allowed))
    steps[start], frontier = 0, [start]
    while frontier:
        reached = []
        for node in frontier:
            for other in neighbours[node]:
                if other in allowed and steps[other] > steps[node] + 1:
                    steps[other] = steps[node] + 1
                    reached.append(other)
        frontier = reached
    return steps


def grow(
    neighbours: Sequence[Sequence[int]],
    nodes: Sequence[int],
    starts: Sequence[int],
    targets: Sequence[float],
    *,
    weights: Sequence[float] | None = None,
) -> dict[int, int]:
    """
    Grow connected groups of about the wanted sizes: the group furthest behind its target takes the nearest free node.

    Parameters
    ----------
    neighbours
        Neighbours of each node of the whole graph.
    nodes
        Nodes to share out; they must be connected.
    starts
        First node of each group.
    targets
        Wanted size of each group, in any unit.
    weights
        Size of each node of the whole graph; 1 by default.

    Returns
    -------
    dict
        Group of each node.
    """
    allowed = set(nodes)
    steps = [_steps_from(neighbours, start, allowed) for start in starts]
    labels = {start: group for group, start in enumerate(starts)}
    edges: list[list[tuple[int, int]]] = [[] for _ in starts]
    sizes = [0.0] * len(starts)

    def take(node: int, group: int) -> None:
        labels[node] = group
        sizes[group] += 1.0 if weights is None else weights[node]
        for other in neighbours[node]:
            if other in allowed and other not in labels:
                heapq.heappush(edges[group], (steps[group][other], other))

    for group, start in enumerate(starts):
        take(start, group)
    while len(labels) < len(allowed):
        for group in sorted(range(len(starts)), key=lambda g: (sizes[g] / targets[g], g)):
            while edges[group] and edges[group][0][1] in labels:
                heapq.heappop(edges[group])
            if edges[group]:
                take(heapq.heappop(edges[group])[1], group)
                break
        else:
            break
    return labels
