"""The last line: the keys of what is on screen, as they are now. What does not fit is left out whole, help never.

Knows bindings and the width. It must not know what a verb does. The mouse presses what it points at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events

from tuneproof.tui.card import Bar
from tuneproof.tui.keys import KEYS, short_label

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.screen import Screen

ALWAYS = "help"
_PLACES = {key.id: place for place, key in enumerate(KEYS)}
_GROUPS = {key.id: key.group for key in KEYS}


@dataclass(frozen=True, slots=True)
class Entry:
    """Keys that belong together under one label; ``keys`` are as shown, ``names`` as pressed."""

    id: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    label: str
    enabled: bool

    @property
    def pieces(self) -> list[tuple[str, str, str]]:
        """Return (text, paint, key to press) of each piece."""
        paint = "title" if self.enabled else "dim"
        marks = [(f"{key} ", paint, name) for key, name in zip(self.keys, self.names, strict=True)]
        return [*marks, (self.label, "" if self.enabled else "dim", self.names[0])]

    @property
    def cells(self) -> int:
        """How wide it is."""
        return sum(cell_len(text) for text, _, _ in self.pieces)


class KeysBar(Bar):
    """The keys of the screen that the bar is on, told anew whenever they change."""

    def on_mount(self) -> None:
        """Follow the bindings of this screen."""
        self._pressed_by: list[tuple[int, str]] = []
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Follow no more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self) -> None:
        """Fit the keys to the width."""
        self._fill()

    def on_click(self, event: events.Click) -> None:
        """Press the key that the mouse points at."""
        event.stop()
        name = next((name for right, name in self._pressed_by if event.x < right), None)
        if name:
            self.app.simulate_key(name)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        if not self.is_attached:  # asked for before the application ended
            return
        shown, self._pressed_by = [], []
        right = 0
        for text, paint, name in fitting(self._entries(), self.size.width):
            right += cell_len(text)
            shown.append((text, paint))
            self._pressed_by.append((right, name))
        self.show(shown)

    def _entries(self) -> list[Entry]:
        found: dict[str, tuple[Binding, bool]] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show:
                found.setdefault(active.binding.action, (active.binding, active.enabled))
        entries: list[Entry] = []
        # A verb with other keys comes last among the bindings; here it keeps its place and its group.
        ordered = sorted(found.values(), key=lambda one: _PLACES.get(one[0].id or "", len(_PLACES)))
        for group, members in groupby(ordered, lambda one: _GROUPS.get(one[0].id or "", "")):
            named = list(members)
            parts = [named] if group and len(named) > 1 else [[one] for one in named]
            entries += [self._entry(part, group if len(part) > 1 else "") for part in parts]
        return entries

    def _entry(self, part: Sequence[tuple[Binding, bool]], group: str) -> Entry:
        bindings = [binding for binding, _ in part]
        first = bindings[0]
        return Entry(
            first.id or first.action,
            tuple(self.app.get_key_display(binding) for binding in bindings),
            tuple(binding.key for binding in bindings),
            group or short_label(first.id, first.description),
            any(enabled for _, enabled in part),
        )


def fitting(entries: Sequence[Entry], width: int) -> list[tuple[str, str, str]]:
    """Return the pieces of as many entries as ``width`` cells hold, the last ones left out first, help kept."""
    kept = list(entries)
    for gap in (2, 1):
        if _cells(kept, gap) <= width:
            return _spaced(kept, gap)
    while _cells(kept, 1) > width:
        spare = [entry for entry in kept if entry.id != ALWAYS]
        if not spare:
            break
        kept.remove(spare[-1])
    return _spaced(kept, 2 if _cells(kept, 2) <= width else 1)


def _cells(entries: Sequence[Entry], gap: int) -> int:
    return 1 + sum(entry.cells for entry in entries) + gap * max(0, len(entries) - 1)


def _spaced(entries: Sequence[Entry], gap: int) -> list[tuple[str, str, str]]:
    pieces: list[tuple[str, str, str]] = []
    for entry in entries:
        pieces.append((" " * (gap if pieces else 1), "", entry.names[0]))
        pieces += entry.pieces
    return pieces
