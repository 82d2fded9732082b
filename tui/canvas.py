"""Points and curves as braille: each cell of a terminal holds two by four dots.

Knows dots and cells. It must not know what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLANK = 0x2800
# Unicode's dot numbering: columns left and right, rows from the top.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def cells_of(points: NDArray[np.float64], width: int, height: int) -> NDArray[np.int64]:
    """Return the dot that each point of shape (n, 2) falls on, as (column, row).

    The grid is 2 x ``width`` by 4 x ``height``. x and y go from 0 to 1, y upwards; what lies outside sits on
    the edge.
    """
    import numpy as np

    columns = np.clip((points[:, 0] * 2 * width).astype(np.int64), 0, 2 * width - 1)
    rows = np.clip(((1 - points[:, 1]) * 4 * height).astype(np.int64), 0, 4 * height - 1)
    return np.stack([columns, rows], axis=1)


def draw(dots: NDArray[np.int64], width: int, height: int) -> NDArray[np.int64]:
    """Return the braille code point of every cell, shape (height, width), for dots as ``cells_of`` gives them."""
    import numpy as np

    canvas = np.zeros((height, width), dtype=np.int64)
    bits = np.array(_DOTS, dtype=np.int64)[dots[:, 1] % 4, dots[:, 0] % 2]
    np.bitwise_or.at(canvas, (dots[:, 1] // 4, dots[:, 0] // 2), bits)
    return canvas + BLANK


def curve(
    series: Sequence[tuple[float, float]], width: int, height: int, low: float, high: float, end: float
) -> list[str]:
    """Return the lines of a chart of (x, y) pairs with x from 0 to ``end`` and y from ``low`` to ``high``.

    Each column of dots is filled from the least to the greatest value there; between points the line is straight.
    """
    import numpy as np

    if not series or width < 1 or height < 1:
        return [""] * max(0, height)
    points = np.array(series, dtype=np.float64)
    points[:, 0] /= end or 1.0
    points[:, 1] = (points[:, 1] - low) / ((high - low) or 1.0)
    between = np.linspace(points[0, 0], points[-1, 0], 4 * width)
    joined = np.stack([between, np.interp(between, points[:, 0], points[:, 1])], axis=1)
    dots = cells_of(np.concatenate([points, joined]), width, height)
    filled: list[tuple[int, int]] = []
    last: int | None = None
    for column in np.unique(dots[:, 0]):
        rows = dots[dots[:, 0] == column, 1]
        top, bottom = int(rows.min()), int(rows.max())
        if last is not None:
            # From where the column before ended, so that a steep line does not fall apart.
            top, bottom = (min(top, last + 1), bottom) if last < top else (top, max(bottom, last - 1))
        filled += [(int(column), row) for row in range(top, bottom + 1)]
        last = int(rows[-1])
    lines = draw(np.array(filled, dtype=np.int64), width, height)
    return ["".join(" " if code == BLANK else chr(code) for code in line) for line in lines.tolist()]
