"""The scopes of Red Times: the force, its patrol areas, zones and segments, and which incidents are theirs."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hotspots.timed_history import TimedHistory

__all__ = ["FORCE", "PATROL", "SEGMENT", "ZONE", "Scopes", "find_scopes"]

#: Names of the scopes.
FORCE, PATROL, ZONE, SEGMENT = "force", "patrol", "zone", "segment"


@dataclass(frozen=True, slots=True)
class Scopes:
    """
    Every scope that holds a timed incident, the force first.

    Parameters
    ----------
    names
        Scope and code of each.
    members
        1 where an incident belongs to a scope, shape (n_scopes, n_incidents).
    """

    names: tuple[tuple[str, str], ...]
    members: csr_array

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of incidents of each scope."""
        return np.diff(self.members.indptr).astype(np.int64)

    def are(self, *scopes: str) -> NDArray[np.bool_]:
        """Return which scopes are of these names."""
        return np.array([scope in scopes for scope, _ in self.names], dtype=np.bool_)

    def of(self, position: int) -> NDArray[np.int64]:
        """Return the incidents of one scope."""
        begin, end = self.members.indptr[position : position + 2]
        return np.asarray(self.members.indices[begin:end], dtype=np.int64)


def find_scopes(history: TimedHistory, zones: gpd.GeoDataFrame) -> Scopes:
    """
    Return the force and every patrol area, zone, community group and environment that holds a timed incident.

    Parameters
    ----------
    history
        At least one incident.
    zones
        `zone_id`, `centre_x`, `centre_y`, `radius_m`; an incident belongs to every zone within whose radius it lies.
    """
    rows = history.rows
    x, y = rows["x"].to_numpy(np.float64), rows["y"].to_numpy(np.float64)
    found = [((FORCE, FORCE), np.arange(len(rows)))]
    patrol = rows["patrol_code"].to_numpy()
    found += [
        ((PATROL, str(code)), np.flatnonzero(patrol == code)) for code in sorted(set(rows["patrol_code"].dropna()))
    ]
    for zone in zones.itertuples():
        near = np.flatnonzero(np.hypot(x - zone.centre_x, y - zone.centre_y) <= zone.radius_m)
        found.append(((ZONE, str(zone.zone_id)), near))
    for codes in (history.group, history.environment):
        found += [((SEGMENT, code), np.flatnonzero(codes == code)) for code in sorted(set(codes) - {""})]
    names, members = zip(*(scope for scope in found if len(scope[1])), strict=True)
    indices = np.concatenate(members)
    begin = np.concatenate([[0], np.cumsum([len(m) for m in members])])
    return Scopes(names, csr_array((np.ones(len(indices)), indices, begin), shape=(len(members), len(rows))))
