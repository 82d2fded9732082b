"""The review's frame: tabs above, the screens, a line to ask and tell, the keys below.

Knows which screen is shown, what the lines around it say and who holds the workspace. It must not know what a
screen lists nor how a decision is stored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import App, ComposeResult
from textual.widgets import ContentSwitcher, Footer, Input

from tuneproof.datasets.workspace.journal import Journal
from tuneproof.tui.card import Bar
from tuneproof.tui.desk import IDLE_SECONDS, Desk
from tuneproof.tui.keys import KEYS, keymap
from tuneproof.tui.queries import Filter
from tuneproof.tui.screens.faces import OUTCOMES
from tuneproof.tui.screens.gate import GatePane
from tuneproof.tui.screens.help import HelpScreen
from tuneproof.tui.screens.pairs import NARROW, PairsPane
from tuneproof.tui.screens.pane import Pane

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.errors import TuneproofError
    from tuneproof.datasets.workspace.workspace import Workspace

FLOOR = (60, 16)
PANES = ("pairs", "gate")


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
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (NARROW, "-wide"), (160, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, workspace: Workspace, who: str, idle_seconds: float = IDLE_SECONDS) -> None:
        super().__init__()
        self.desk = Desk(workspace, idle_seconds)
        self.journal = Journal(who)
        self.animation_level = "none"
        self.set_keymap(keymap(workspace.config.keys))
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = fitting_theme(os.environ)
        self._message: tuple[str, str] | None = None
        self._seen = self.desk.generation
        self._ask: Callable[[str], None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the frame."""
        yield Bar(id="tabs")
        with ContentSwitcher(initial="pairs", id="panes"):
            yield PairsPane(id="pairs")
            yield GatePane(id="gate")
        yield Input(placeholder="text in question or answer", id="ask", select_on_focus=False)
        yield Bar(id="state")
        yield Footer(compact=True, show_command_palette=False)
        yield Bar(id="small")

    def on_mount(self) -> None:
        """Put the keys where the verdicts are."""
        self.pairs.focus()
        self.gate.reload()
        self.refresh_bars()
        self.set_interval(1.0, self.desk.release_if_idle)

    def on_unmount(self) -> None:
        """Let go of the workspace."""
        self.desk.close()

    @property
    def pairs(self) -> PairsPane:
        """The Pairs screen."""
        return self.screen_stack[0].query_one(PairsPane)

    @property
    def gate(self) -> GatePane:
        """The Gate screen."""
        return self.screen_stack[0].query_one(GatePane)

    @property
    def pane(self) -> Pane:
        """The screen that is shown."""
        return self.pairs if self._switcher.current == "pairs" else self.gate

    @property
    def too_small(self) -> bool:
        """Whether the terminal is under the size that a pair can be judged in."""
        return self.size.width < FLOOR[0] or self.size.height < FLOOR[1]

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the terminal is too small."""
        width, height = event.size
        small = width < FLOOR[0] or height < FLOOR[1]
        self.screen_stack[0].set_class(small, "-too-small")
        self.screen_stack[0].query_one("#small", Bar).show(
            [(f"Too small: {width}x{height}, the review needs {FLOOR[0]}x{FLOOR[1]}.", "")]
        )

    def action_screen(self, number: int) -> None:
        """Show a screen by its number."""
        self.quiet()
        self._switcher.current = PANES[number - 1]
        self.pane.focus()
        if self.pane is self.gate:
            self.gate.reload()
        self.refresh_bars()

    def action_turn(self, by: int) -> None:
        """Show the next screen or the one before."""
        self.action_screen((PANES.index(self._switcher.current or PANES[0]) + by) % len(PANES) + 1)

    def action_help(self) -> None:
        """Show the keys of what is on screen."""
        labels = {key.id: key.label for key in KEYS}
        shown: dict[str, list[str]] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.id in labels:
                shown.setdefault(active.binding.id, []).append(self.get_key_display(active.binding))
        keys = [(" ".join(dict.fromkeys(shown[key.id])), key.label) for key in KEYS if key.id in shown]
        self.push_screen(HelpScreen(f"{self.pane.id or ''}".capitalize(), self.pane.HELP, keys))

    def show_pairs(self, wanted: Filter) -> None:
        """Show the Pairs screen with that filter."""
        self.action_screen(1)
        self.pairs.reload(wanted)

    def ask_for_text(self, then: Callable[[str], None]) -> None:
        """Open the line that asks for a text; ``then`` gets it, or an empty one if the person leaves."""
        self._ask = then
        self.screen.add_class("-asking")
        ask = self.query_one("#ask", Input)
        ask.value = self.pairs.sought
        ask.focus()
        ask.action_select_all()

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        self._close_ask(event.value)

    def on_key(self, event: events.Key) -> None:
        """Leave the asking line on escape."""
        if event.key == "escape" and self.screen.has_class("-asking"):
            event.stop()
            self._close_ask("")

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
            self.pairs.reload(stay_on=self.pairs.table.current)
            self.gate.reload()

    def caught_up(self) -> None:
        """Note that the queue was read after the last change by another program."""
        self._seen = self.desk.generation

    def refresh_bars(self) -> None:
        """Write the tabs and the state line anew."""
        base = self.screen_stack[0]
        base.query_one("#tabs", Bar).show(self._tabs())
        base.query_one("#state", Bar).show([(" ", ""), self._message] if self._message else self._state())

    def _tabs(self) -> list[tuple[str, str]]:
        now = self._switcher.current
        verdict = self.gate.verdict
        counts = (
            ("pairs", f"1 Pairs {len(self.pairs.table.ids):,}", "dim"),
            (
                "gate",
                f"2 Gate {verdict.verdict if verdict else 'no verdict'}",
                OUTCOMES[verdict.verdict] if verdict else "dim",
            ),
        )
        return [(f"[{text}]", "title") if name == now else (f" {text} ", paint) for name, text, paint in counts]

    def _state(self) -> list[tuple[str, str]]:
        parts = [self.desk.workspace.root.name, self.pairs.filter.describe()]
        progress, rate = self.pairs.progress, self.pairs.rate
        if progress:
            judged = f"{progress.judged:,}/{progress.total:,} judged"
            if rate:
                judged += f", {rate:.1f}/min, {max(0, progress.total - progress.judged) / rate:,.0f} min left"
            parts += [judged, f"journal {progress.journal:,}"]
        if self.pairs.sought:
            parts.append(f"/{self.pairs.sought}")
        return [(" " + " · ".join(parts), "")]

    def _close_ask(self, text: str) -> None:
        self.screen.remove_class("-asking")
        self.pane.focus()
        then, self._ask = self._ask, None
        if then:
            then(text)

    @property
    def _switcher(self) -> ContentSwitcher:
        return self.screen_stack[0].query_one(ContentSwitcher)


def fitting_theme(environment: Mapping[str, str]) -> str:
    """Return the theme for the terminal's background as COLORFGBG tells it (``fore;back``), dark where it does not."""
    back = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "textual-light" if back in {"7", "15"} else "textual-dark"
