"""Points on their way into the store: transformed to the analysis CRS, or refused with their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from domain.crs import transform_points
from domain.errors import CrsError, Fault

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["points_as_ewkb"]

_MOST_FAULTS = 20


def points_as_ewkb(frame: pd.DataFrame, *, source_epsg: int, analysis_epsg: int, file_name: str) -> NDArray[np.object_]:
    """
    Return points as COPY takes them: hexadecimal EWKB in the analysis CRS.

    Parameters
    ----------
    frame
        `row_number`, and `x` and `y` in the source CRS.
    source_epsg, analysis_epsg
        EPSG codes.
    file_name
        Name of the file, for the message.

    Returns
    -------
    array of str, shape (n,)
        One point each.

    Raises
    ------
    CrsError
        If a point lies beyond what the analysis CRS can show; all rows are named together.
    """
    given = (frame[name].to_numpy(dtype=np.float64) for name in ("x", "y"))
    x, y = transform_points(*given, source_epsg=source_epsg, target_epsg=analysis_epsg)
    lost = frame.loc[np.isnan(x) | np.isnan(y), "row_number"].tolist()
    if lost:
        what = f"EPSG:{analysis_epsg} cannot show the point"
        raise CrsError(
            f"{file_name}: {len(lost):,} points cannot be shown in EPSG:{analysis_epsg}, first in row {lost[0]}",
            hint="Check the reference system that was stated for the file.",
            faults=[Fault(what, file=file_name, row=row) for row in lost[:_MOST_FAULTS]],
        )
    points = shapely.set_srid(shapely.points(x, y), analysis_epsg)
    return np.asarray(shapely.to_wkb(points, hex=True, include_srid=True), dtype=object)
