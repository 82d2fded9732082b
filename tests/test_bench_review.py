"""The review's bench on a small workspace: what a key sends to the terminal is bounded, whatever the machine."""

from __future__ import annotations

import asyncio

import pytest

from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.bench_review import Timed, fill, measure


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Timed]:
    workspace = Workspace.init(tmp_path_factory.mktemp("bench") / "ws")
    fill(workspace, 3_000)
    return {one.name: one for one in asyncio.run(measure(workspace, keys=12))}


def test_every_kind_of_key_is_timed_and_drawn(timed: dict[str, Timed]) -> None:
    assert len(timed) == 7
    assert all(took > 0 for one in timed.values() for took in one.times)
    assert all(size > 0 for one in timed.values() for size in one.sizes)


@pytest.mark.parametrize(
    ("name", "usual", "most"),
    [("cursor j", 2_000, 4_000), ("verdict a", 2_500, 5_000), ("page", 11_000, 13_000), ("undo u", 2_500, 5_000)],
)
def test_a_key_sends_no_more_than_its_bytes(timed: dict[str, Timed], name: str, usual: int, most: int) -> None:
    sizes = sorted(timed[name].sizes)
    assert sizes[len(sizes) // 2] <= usual
    # Row and card together; the row alone keeps under a kilobyte.
    # All but one key: the list turns its page once in thirty rows, and then it is drawn whole.
    assert sizes[-2] <= most
