"""The paged table, the card's wrapping and the safety of displayed text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tuneproof.datasets.workspace.errors import TuneproofError, WorkspaceLocked
from tuneproof.tui.display import DISPLAY_LIMIT, crop, one_line, visible, wrap
from tuneproof.tui.table import PAGE, PAGES_KEPT, PagedTable, Row

COUNT = 100_000


class Rows:
    """A source of rows that counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: TuneproofError | None = None
        self.held: list[tuple[Future[Mapping[str, Row]], list[str]]] = []
        self.slow = False

    def fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        self.asked += ids
        answer: Future[Mapping[str, Row]] = Future()
        if self.slow:
            self.held.append((answer, list(ids)))
        elif self.error:
            answer.set_exception(self.error)
        else:
            answer.set_result(self.rows(ids))
        return answer

    def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        return {name: (("A", "good"), (f"question {name}", "")) for name in ids}


class TableApp(App[None]):
    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.animation_level = "none"
        self.rows = rows
        self.failures: list[TuneproofError] = []

    def compose(self) -> ComposeResult:
        yield PagedTable((1, 0), self.rows.fetch)

    def on_paged_table_failed(self, event: PagedTable.Failed) -> None:
        self.failures.append(event.error)

    @property
    def table(self) -> PagedTable:
        return self.query_one(PagedTable)

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]


async def test_a_hundred_thousand_rows_are_shown_from_a_handful_of_pages() -> None:
    app = TableApp(Rows())
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show([f"{number:06}" for number in range(COUNT)])
        await pilot.pause()
        assert app.lines()[0].startswith("›A question 000000")
        assert len(app.rows.asked) == PAGE
        app.table.move_to(COUNT)
        await pilot.pause()
        assert app.table.current == f"{COUNT - 1:06}"
        assert app.lines()[19].startswith(f"›A question {COUNT - 1:06}")
        app.table.move_to(50_000)
        await pilot.pause()
        assert any(line.startswith("›A question 050000") for line in app.lines())
        assert len(app.rows.asked) <= 5 * PAGE


async def test_scrolling_through_everything_keeps_a_bounded_number_of_rows() -> None:
    app = TableApp(Rows())
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show([f"{number:06}" for number in range(20_000)])
        for row in range(0, 20_000, PAGE):
            app.table.move_to(row)
            await pilot.pause(0)
        assert 0 < app.table.rows_loaded <= PAGES_KEPT * PAGE


async def test_moving_the_cursor_within_the_view_draws_two_lines() -> None:
    app = TableApp(Rows())
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show([f"{number:06}" for number in range(1000)])
        await pilot.pause()
        drawn: list[int] = []
        table = app.table
        original = table.render_line
        table.render_line = lambda y: (drawn.append(y), original(y))[1]  # type: ignore[method-assign,func-returns-value]
        table.move(1)
        await pilot.pause()
        assert drawn == [0, 1]


async def test_a_page_that_is_late_is_drawn_as_dots_and_then_as_itself() -> None:
    rows = Rows()
    rows.slow = True
    app = TableApp(rows)
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(["one", "two"])
        await pilot.pause()
        assert app.lines()[:2] == ["›…", " …"]
        answer, ids = rows.held[0]
        answer.set_result(rows.rows(ids))
        await pilot.pause()
        assert app.lines()[:2] == ["›A question one", " A question two"]


async def test_a_late_page_of_a_former_list_is_not_drawn_into_the_next() -> None:
    rows = Rows()
    rows.slow = True
    app = TableApp(rows)
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(["one"])
        await pilot.pause()
        rows.slow = False
        app.table.show(["two"])
        await pilot.pause()
        answer, ids = rows.held[0]
        answer.set_result(rows.rows(ids))
        await pilot.pause()
        assert app.lines()[0] == "›A question two"


async def test_a_page_that_fails_is_told_once_and_asked_for_again_on_retry() -> None:
    rows = Rows()
    rows.error = WorkspaceLocked("held by process 1", "Wait.")
    app = TableApp(rows)
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(["one"])
        await pilot.pause()
        app.table.refresh()
        await pilot.pause()
        assert [error.message for error in app.failures] == ["held by process 1"]
        assert app.lines()[0] == "›…"
        rows.error = None
        app.table.retry()
        await pilot.pause()
        assert app.lines()[0] == "›A question one"


async def test_an_empty_table_has_no_current_row_and_no_key_breaks_it() -> None:
    app = TableApp(Rows())
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show([])
        assert app.table.current is None
        assert not app.table.move(1)
        assert not app.table.move_to(7)
        await pilot.pause()
        assert set(app.lines()) == {""}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("a\x00b\x7fc\x9bd", "a␀b␡c‹U+009B›d"),
        ("safe\u202egnp.exe", "safe‹U+202E›gnp.exe"),
        ("\u2066x\u2069\u200f\u061c", "‹U+2066›x‹U+2069›‹U+200F›‹U+061C›"),
        ("zero\u200bwidth\ufeff\u00ad", "zero‹U+200B›width‹U+FEFF›‹U+00AD›"),
        ("tag\U000e0041", "tag‹U+E0041›"),
        ("line\u2028break\rback", "line‹U+2028›break␍back"),
        ("lone \ud800 half", "lone ‹U+D800› half"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("क\u094d\u200dष é 日本 👩\u200d🚀", "क\u094d\u200dष é 日本 👩\u200d🚀"),
    ],
)
def test_what_could_steer_a_terminal_becomes_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_text_of_several_lines_fits_one() -> None:
    assert one_line("a\r\n\tb\nc") == "a ⏎  b ⏎ c"


texts = st.text(st.characters(codec="utf-8") | st.sampled_from("  \n\t日本é\u0301👩\u200d🚀\u202e\x1b"), max_size=200)


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(0, 90))
def test_a_cropped_text_has_exactly_the_cells_it_was_given(text: str, width: int) -> None:
    assert cell_len(crop(one_line(text), width)) == width


@settings(max_examples=300, deadline=None)
@given(texts, st.integers(4, 60))
def test_wrapping_loses_no_character_but_spaces_and_overflows_no_line(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    whole = visible(text.replace("\r\n", "\n"))
    assert "".join("".join(lines).split()) == "".join(whole.split())


def test_wrapping_breaks_at_spaces_and_keeps_indentation_and_blank_lines() -> None:
    assert wrap("one two three\n\n    four five\n\tx", 9) == ["one two", "three", "", "    four", "five", "    x"]


def test_a_word_wider_than_the_card_is_folded_without_splitting_a_wide_character() -> None:
    assert wrap("日本語日本", 5) == ["日本", "語日", "本"]


def test_a_huge_text_is_cut_for_display_and_says_by_how_much() -> None:
    lines = wrap("x" * 100_000, 60)
    assert lines[-1] == f"[cut for display: {100_000 - DISPLAY_LIMIT:,} more characters]"
    assert sum(line.count("x") for line in lines) == DISPLAY_LIMIT
    assert cell_len(crop("日" * 100_000, 40)) == 40
