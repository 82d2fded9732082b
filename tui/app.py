"""The review's frame: tabs above, the screens, a line to ask and tell, the keys below.

Knows which screen is shown, what the lines around it say and who holds the workspace. It must not know what a
screen lists nor how a decision is stored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import App, ComposeResult, SystemCommand
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.journal import Journal
from tuneproof.tui.card import Bar
from tuneproof.tui.desk import IDLE_SECONDS, Desk
from tuneproof.tui.keys import KEYS, SCREENS, keymap
from tuneproof.tui.queries.counts import Counts, counts
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.catalogue import make_pane
from tuneproof.tui.screens.help import HelpCard
from tuneproof.tui.screens.keysbar import KeysBar
from tuneproof.tui.screens.pairs import PairsPane
from tuneproof.tui.screens.pane import NARROW, ListPane, Pane, start
from tuneproof.tui.screens.state import StateLine, standing
from tuneproof.tui.screens.tabs import tab_pieces
from tuneproof.tui.themes import fitting_theme

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.screens.edit import Texts

FLOOR = (60, 16)


def run_review(ws: Workspace, who: str) -> None:
    """Open the review on ``ws`` until the person quits; decisions are signed ``who``.

    Raises:
        ConfigError: ``[keys]`` in tuneproof.toml names an unknown verb or key, or two verbs on one key.
    """
    ReviewApp(ws, who).run()


class ReviewApp(App[None]):
    """The review of one workspace by one person."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "tuneproof"
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (NARROW, "-wide"), (160, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-low"), (20, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, workspace: Workspace, who: str, idle_seconds: float = IDLE_SECONDS) -> None:
        super().__init__()
        self.desk = Desk(workspace, idle_seconds)
        self.journal = Journal(who)
        # Edits that a person left without saving, by pair: kept until they quit.
        self.drafts: dict[str, Texts] = {}
        self.counts = Counts()
        self.animation_level = "none"
        self.set_keymap(keymap(workspace.config.keys))
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = fitting_theme(os.environ)
        self._message: tuple[str, str] | None = None
        self._seen = self.desk.generation
        self._ask: Callable[[str | None], None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the frame; the other screens are made when they are first shown."""
        yield Bar(id="tabs")
        with Container(id="body"):
            with ContentSwitcher(initial="Pairs", id="panes"):
                yield PairsPane(id="Pairs")
            yield HelpCard(id="help")
        yield Input(id="ask", select_on_focus=False)
        yield StateLine(id="state")
        yield KeysBar(id="keys")
        yield Bar(id="small")

    def on_mount(self) -> None:
        """Put the keys where the verdicts are."""
        self.pairs.focus()
        self.refresh_bars()
        self.set_interval(1.0, self.desk.release_if_idle)
        if "TEXTUAL_DRIVER" in os.environ:
            server = os.getppid()
            self.set_interval(1.0, lambda: self.exit() if os.getppid() != server else None)

    def on_unmount(self) -> None:
        """Let go of the workspace."""
        self.desk.close()

    @property
    def pairs(self) -> PairsPane:
        """The Pairs screen."""
        return self.screen_stack[0].query_one(PairsPane)

    @property
    def pane(self) -> Pane:
        """The screen that is shown."""
        return self._switcher.query_one(f"#{self._switcher.current}", Pane)

    @property
    def too_small(self) -> bool:
        """Whether the terminal is under the size that a pair can be judged in."""
        return self.size.width < FLOOR[0] or self.size.height < FLOOR[1]

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the terminal is too small, and fit the tabs."""
        width, height = event.size
        small = width < FLOOR[0] or height < FLOOR[1]
        for screen in self.screen_stack:
            screen.set_class(small, "-too-small")
        self.screen_stack[0].query_one("#small", Bar).show(
            [(f"Too small: {width}x{height}, the review needs {FLOOR[0]}x{FLOOR[1]}.", "")]
        )
        self.refresh_bars()

    async def action_screen(self, number: int) -> None:
        """Show a screen by its number."""
        self.quiet()
        name = SCREENS[number - 1]
        if not self._switcher.query(f"#{name}"):
            await self._switcher.add_content(make_pane(name), id=name)
        elif name != self._switcher.current and (name != "Pairs" or self.pairs.stale):
            self._switcher.query_one(f"#{name}", Pane).reload()
        self._switcher.current = name
        self.pane.focus()
        if self.screen_stack[0].has_class("-helping"):
            self.call_after_refresh(self._fill_help)
        self.count()
        self.refresh_bars()

    async def action_turn(self, by: int) -> None:
        """Show the next screen or the one before."""
        await self.action_screen((SCREENS.index(self._switcher.current or "Pairs") + by) % len(SCREENS) + 1)

    def action_help(self) -> None:
        """Show the keys of what is on screen beside it; again for the next page, and after the last one no more."""
        base = self.screen_stack[0]
        if not base.has_class("-helping"):
            base.add_class("-helping")
            self._fill_help()
        elif not self._help.turn_page():
            self.close_help()

    def close_help(self) -> bool:
        """Take the help away and tell whether it was there."""
        there = self.screen_stack[0].has_class("-helping")
        self.screen_stack[0].remove_class("-helping")
        return there

    def _fill_help(self) -> None:
        labels = {key.id: key.label for key in KEYS}
        shown: dict[str, list[str]] = {}
        for active in self.screen_stack[0].active_bindings.values():
            if active.binding.id in labels:
                shown.setdefault(active.binding.id, []).append(self.get_key_display(active.binding))
        keys = [(" ".join(dict.fromkeys(shown[key.id])), key.label) for key in KEYS if key.id in shown]
        turning = next((names for names, label in keys if label == labels["help"]), "?")
        self._help.tell(self.pane.id or "", self.pane.HELP, keys, turning)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every verb of the screen that is on by its name, and the colours."""
        known = {key.id: key.label for key in KEYS}
        for active in screen.active_bindings.values():
            label = known.get(active.binding.id or "")
            if label and active.binding.action != "app.command_palette":
                run = partial(self.run_action, active.binding.action, active.node)
                yield SystemCommand(label.capitalize(), f"key {self.get_key_display(active.binding)}", run)
        yield SystemCommand("Colours", "Choose a theme", self.action_change_theme)

    async def show_pairs(self, wanted: Filter) -> None:
        """Show the Pairs screen with that filter."""
        self.pairs.reload(wanted)
        await self.action_screen(SCREENS.index("Pairs") + 1)

    async def show_document(self, document_id: str) -> None:
        """Show the Sources screen with the cursor on that document."""
        await self.action_screen(SCREENS.index("Sources") + 1)
        if isinstance(self.pane, ListPane):
            self.pane.aim = document_id
            self.pane.reload()

    def ask_for_text(self, then: Callable[[str | None], None], placeholder: str, value: str = "") -> None:
        """Open the line that asks for a text; ``then`` gets it, or None if the person leaves."""
        self.quiet()
        self._ask = then
        self.screen.add_class("-asking")
        ask = self.query_one("#ask", Input)
        ask.placeholder = placeholder
        ask.value = value
        ask.focus()
        ask.action_select_all()

    @on(Input.Submitted, "#ask")
    def _answered(self, event: Input.Submitted) -> None:
        self._close_ask(event.value)

    def on_key(self, event: events.Key) -> None:
        """Leave the asking line on escape."""
        if event.key == "escape" and self.screen.has_class("-asking"):
            event.stop()
            self._close_ask(None)

    @on(Bar.Pressed, "#tabs")
    async def _tab_pressed(self, event: Bar.Pressed) -> None:
        await self.action_screen(event.number + 1)

    async def turn(self, verb: str) -> None:
        """Take back the latest decision, or put it back, and show what that made of the screen."""
        if not await self.pane.settled():
            return
        try:
            undone = await self.desk.run(self.journal.undo if verb == "undo" else self.journal.redo)
            if undone is None:
                self.tell(f"There is nothing to {verb}.")
                return
            if undone.subject == "pair":
                await self.pairs.follow(undone)
        except TuneproofError as error:
            self.tell_error(error)
            return
        if undone.subject != "pair":
            self.pane.follow_note(undone.pair_ids[0])
            self.tell(f"{'Undid' if verb == 'undo' else 'Redid'} one choice between two answers.")
            return
        if self.pane is not self.pairs:
            self.pane.reload()
        many = f"{len(undone.pair_ids):,} pairs" if len(undone.pair_ids) > 1 else "one pair"
        self.tell(f"{'Undid' if verb == 'undo' else 'Redid'} {undone.verb} of {many}.")

    def decided(self) -> None:
        """Note that a decision was journalled: a queue that is out of sight is read again before it is shown."""
        if self.pane is not self.pairs:
            self.pairs.stale = True

    def queue_read(self, *, waiting: bool) -> None:
        """Begin where something waits: Pairs if a pair does, else Sources."""
        if waiting or self._switcher.current != "Pairs" or self.screen.has_class("-asking"):
            self.count()
        else:
            start(self, partial(self.action_screen, 1), "screen")

    def count(self) -> None:
        """Read the figures of the tabs again."""
        start(self, self._count, "counts")

    async def _count(self) -> None:
        try:
            self.counts = await self.desk.run(counts)
        except TuneproofError as error:
            self.tell_error(error)
            return
        self.refresh_bars()

    def tell(self, text: str, paint: str = "message") -> None:
        """Say one sentence until the next key."""
        self._message = (text, paint)
        self.refresh_bars()

    def tell_error(self, error: TuneproofError) -> None:
        """Say what is wrong and what to do; nothing is lost and nothing was judged."""
        self.tell(f"{error.message} {error.hint}", "bad")

    def quiet(self) -> None:
        """Take back what was said, and read anew if another program changed the workspace meanwhile."""
        if self._message:
            self._message = None
            self.refresh_bars()
        if self._seen != self.desk.generation:
            self.caught_up()
            for pane in self._switcher.query(Pane):
                pane.reload()
            self.count()

    def caught_up(self) -> None:
        """Note that the queue was read after the last change by another program."""
        self._seen = self.desk.generation

    def refresh_bars(self) -> None:
        """Write the tabs and the state line anew."""
        base = self.screen_stack[0]
        width = self.size.width
        shown = self._switcher.current or "Pairs"
        base.query_one("#tabs", Bar).show(tab_pieces(shown, self.counts, len(self.pairs.table.ids), width))
        state = base.query_one(StateLine)
        if self._message:
            state.say(*self._message, whole=True)
            return
        filtered = self.pairs.filter.describe() if shown == "Pairs" else None
        name, marked = self.desk.workspace.root.name, len(self.pairs.table.marked)
        state.say(standing(name, filtered, self.pairs.progress, self.pairs.rate, marked, self.pairs.sought))

    def _close_ask(self, text: str | None) -> None:
        self.screen.remove_class("-asking")
        self.pane.focus()
        then, self._ask = self._ask, None
        if then:
            then(text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what belongs to the screens only while nothing lies over them."""
        return len(self.screen_stack) < 2 or action not in ("help", "screen", "turn", "command_palette")

    @property
    def _help(self) -> HelpCard:
        return self.screen_stack[0].query_one(HelpCard)

    @property
    def _switcher(self) -> ContentSwitcher:
        return self.screen_stack[0].query_one(ContentSwitcher)
