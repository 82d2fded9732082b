"""What makes a key quick: a queue as numbers, cards read ahead, and that neither ever shows what is no longer so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.review_workspace import enrich, lines, press, review, told
from tests.review_workspace import fill as fill_shop
from tuneproof.datasets.workspace.journal import Journal
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.bench_review import fill
from tuneproof.tui.queries import pairs as queries
from tuneproof.tui.queries.filters import Filter, queue_statement
from tuneproof.tui.queries.ids import Ids, places
from tuneproof.tui.screens.cards import AHEAD, KEPT, Cards

COUNT = 300


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    workspace = Workspace.init(tmp_path_factory.mktemp("queue") / "ws")
    fill(workspace, COUNT)
    with workspace.write() as connection:
        yield connection


@pytest.mark.parametrize("order", ["document", "longest", "topic"])
def test_a_queue_of_numbers_reads_as_the_ids_that_the_statement_gives(
    con: duckdb.DuckDBPyConnection, order: str
) -> None:
    ids = queries.queue(con, Filter(order=order))
    assert isinstance(ids, Ids)
    statement, values = queue_statement(Filter(order=order))
    expected = [row[0] for row in con.execute(statement, values).fetchall()]
    assert list(ids) == expected
    assert len(ids) == COUNT
    assert ids[7:9] == expected[7:9]
    assert (ids[0], ids[-1]) == (expected[0], expected[-1])
    assert all(ids.index(name) == place for place, name in enumerate(expected))
    assert expected[3] in ids
    for other in ("p01", "f" * 16, expected[3].upper() + "A", "0x00000000000000", 3, None):
        assert other not in ids
    with pytest.raises(ValueError, match="not in the queue"):
        ids.index("p01")


def test_hits_are_found_by_number_and_by_text_alike(con: duckdb.DuckDBPyConnection) -> None:
    ids = queries.queue(con, Filter(order="longest"))
    hits = queries.find(con, "part 3")
    assert len(hits) > 3
    assert places(ids, hits) == places(list(ids), list(hits)) == [ids.index(name) for name in ids if name in set(hits)]


@pytest.mark.parametrize(
    ("text", "answer", "there"),
    [
        ("a\\b", "So A\\B it is.", True),
        ("a\\b", "So AB it is.", False),
        ("5_", "Take 5_ of them.", True),
        ("5_", "Take 57 of them.", False),
        ("\\_", "Write \\_ here.", True),
        ("\\_", "Write _ here.", False),
        ("ÉTÉ", "C'est l'été.", True),
    ],
)
def test_a_text_is_found_by_the_letter_in_any_case_also_where_it_was_edited(
    con: duckdb.DuckDBPyConnection, text: str, answer: str, there: bool
) -> None:
    pair_id = queries.queue(con, Filter())[7]
    journal = Journal("ana")
    journal.judge(con, "edit", [pair_id], question="What is it?", answer=answer)
    try:
        assert (list(queries.find(con, text)) == [pair_id]) == there
        assert (list(queries.queue(con, Filter(text=text))) == [pair_id]) == there
    finally:
        journal.undo(con)


def test_ids_of_another_form_are_kept_as_they_are(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "shop")
    fill_shop(workspace)
    with workspace.read() as shop:
        ids = queries.queue(shop, Filter())
        assert ids[0] == "p01"
        assert places(ids, queries.find(shop, "receipt")) == [1]


def test_cards_read_together_are_those_read_one_by_one(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "shop")
    fill_shop(workspace)
    enrich(workspace)
    with workspace.write() as shop:
        Journal("ada").judge(shop, "flag", ["p02"], reason="why")
        names = [row[0] for row in shop.execute("SELECT pair_id FROM pairs ORDER BY 1").fetchall()]
        together = queries.cards(shop, [*names, "gone"])
        assert together == {name: queries.card(shop, name) for name in names}
        assert together["p01"].twins and together["p02"].flag == "why" and together["p06"].reasons


def test_what_is_read_ahead_lies_the_way_that_the_cursor_goes() -> None:
    ids = [f"{number}" for number in range(100)]
    held = Cards()
    assert held.ahead(ids, 0) == [f"{number}" for number in range(1, AHEAD + 1)]
    held.moved(50)
    assert held.ahead(ids, 50) == ["51", "49"]
    held.moved(49)
    assert held.ahead(ids, 49)[:3] == ["48", "47", "46"]
    held.moved(99)
    held.moved(98)
    assert "99" in held.ahead(ids, 98)
    assert held.ahead([], 0) == []


def test_late_cards_are_dropped_and_few_are_kept(con: duckdb.DuckDBPyConnection) -> None:
    ids = queries.queue(con, Filter())
    read = queries.cards(con, ids[:100])
    held = Cards()
    held.keep(read, held.version)
    assert sum(held.get(name) is not None for name in ids) == KEPT
    version = held.version
    held.forget()
    held.keep(read, version)
    assert all(held.get(name) is None for name in ids)


async def test_a_pair_that_was_judged_or_taken_back_shows_its_present_card(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "shop")
    fill_shop(workspace)
    async with review(workspace) as (app, pilot):
        await press(pilot, "j", "k", "a", "k")
        assert "A accepted · pair 1 of 10" in app.pairs.card.text
        await press(pilot, "x", "k")
        assert "X rejected · pair 1 of 10" in app.pairs.card.text
        assert "1/10 judged" in told(app) and lines(app)[-2].endswith("journal 2")
        await press(pilot, "u", "j", "k")
        assert "A accepted · pair 1 of 10" in app.pairs.card.text
        await press(pilot, "j", "j", "k", "space", "k")
        assert "L later · pair 2 of 10" in app.pairs.card.text
        assert "1/10 judged" in told(app) and lines(app)[-2].endswith("journal 4")
