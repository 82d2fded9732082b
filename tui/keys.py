"""Every key of the review: one table of verbs, from which bindings, footer, help and remapping are made.

Knows ids, keys and where they hold. It must not know what a verb does. ``[keys]`` in tuneproof.toml maps an id to
other keys (``accept = "y"``, several with commas). A key means one thing on every screen, so two verbs on it are
refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tuneproof.datasets.workspace.errors import ConfigError

if TYPE_CHECKING:
    from textual.binding import BindingType

Place = Literal[
    "everywhere", "move", "open", "journal", "verdict", "pairs", "duplicates", "clusters", "style", "coverage",
    "evaluate", "edit", "quit",
]  # fmt: skip
SCREENS = ("Sources", "Pairs", "Duplicates", "Clusters", "Style", "Coverage", "Gate", "Train", "Evaluate")
# Keys that the terminal or Textual needs; the verb that holds them is named in the refusal.
RESERVED: Mapping[str, str] = {"ctrl+q": "quit without question", "ctrl+c": "copy", "ctrl+z": "suspend"}


@dataclass(frozen=True, slots=True)
class Key:
    """A verb: its id in ``[keys]``, its default keys, the action, where it holds and how it is shown.

    ``label`` says it in the help and among the commands, ``short`` in the line of keys if that needs another.
    """

    id: str
    keys: str
    action: str
    label: str
    places: tuple[Place, ...]
    group: str = ""
    shown: bool = True
    display: str | None = None
    short: str = ""


# In the footer's order: what is left of the right edge on a narrow screen is what a reviewer presses most.
KEYS: tuple[Key, ...] = (
    Key("accept", "a", "accept", "accept", ("verdict",), display="a"),
    Key("reject", "x", "reject", "reject", ("verdict",), display="x"),
    Key("later", "space", "later", "later", ("verdict",), display="␣"),
    Key("merge", "M", "merge", "merge the group into this", ("duplicates",), display="M", short="merge"),
    Key("separate", "S", "separate", "tell apart", ("duplicates",), display="S", short="apart"),
    Key("take", "T", "take", "take the proposal", ("duplicates", "style"), display="T", short="take"),
    Key("fix", "p", "fix", "send to Pairs as a fix", ("evaluate",), display="p", short="to Pairs"),
    Key("prefer_a", "<,comma", "prefer_a", "A is better", ("evaluate",), "prefer", display="<"),
    Key("prefer_b", ">,.", "prefer_b", "B is better", ("evaluate",), "prefer", display=">"),
    Key("prefer_tie", "=", "prefer_tie", "tie", ("evaluate",), "prefer", display="="),
    Key("prefer_skip", "s", "prefer_skip", "skip", ("evaluate",), "prefer", display="s"),
    Key("undo", "u,backspace", "undo", "undo", ("journal",), "undo", display="u"),
    Key("redo", "U,ctrl+r", "redo", "redo", ("journal",), "undo", display="U"),
    Key("help", "?", "app.help", "help", ("everywhere",), display="?"),
    Key("edit", "e", "edit", "edit", ("verdict", "style"), "edit", display="e"),
    Key("editor", "E", "editor", "edit in $EDITOR", ("verdict", "style"), "edit", display="E"),
    Key("flag", "f", "flag", "flag", ("verdict",), display="f"),
    Key("find", "/", "find", "find", ("pairs",), "find", display="/"),
    Key("next_hit", "n", "next_hit", "next hit", ("pairs",), "find", display="n"),
    Key("previous_hit", "N", "previous_hit", "previous hit", ("pairs",), "find", display="N"),
    Key("filter", "F", "filter", "filter", ("pairs", "evaluate"), "filter", display="F"),
    Key("typed", "t", "typed", "typed filter", ("pairs",), "filter", display="t"),
    Key("sort", "o", "sort", "sort", ("pairs", "evaluate"), "filter", display="o"),
    Key("blind", "b", "blind", "compare blind", ("evaluate",), display="b", short="blind"),
    Key(
        "wrong",
        "w",
        "wrong",
        "list what is wrong or missing",
        ("evaluate", "coverage"),
        display="w",
        short="what is wrong",
    ),
    Key("clear", "\\", "clear", "clear filter, find and marks", ("pairs", "evaluate"), shown=False),
    Key("mark", "m", "mark", "mark", ("pairs",), "mark", display="m"),
    Key("mark_range", "v", "mark_range", "mark from the last mark to here", ("pairs",), "mark", display="v"),
    Key("mark_all", "*", "mark_all", "mark all, or none", ("pairs",), "mark", display="*"),
    Key("accept_marked", "A", "accept_marked", "accept the marked", ("pairs",), "marked", display="A"),
    Key("reject_marked", "X", "reject_marked", "reject the marked", ("pairs",), "marked", display="X"),
    Key("later_marked", "L", "later_marked", "set the marked aside", ("pairs",), "marked", shown=False),
    Key("flag_marked", "!", "flag_marked", "flag the marked", ("pairs",), "marked", shown=False),
    Key("stricter", "+", "stricter", "higher threshold", ("duplicates",), "threshold", display="+"),
    Key("looser", "-", "looser", "lower threshold", ("duplicates",), "threshold", display="-"),
    Key("zoom", "z", "zoom", "zoom", ("clusters",), display="z"),
    Key("left", "h,left", "left", "left", ("coverage",), "column", display="h"),
    Key("right", "l,right", "right", "right", ("coverage",), "column", display="l"),
    Key("save", "ctrl+s", "save", "save", ("edit",)),
    Key("open", "enter", "open", "open", ("open",)),
    Key("back", "escape", "back", "back", ("open", "edit"), shown=False),
    Key("quit", "q", "app.quit", "quit", ("everywhere", "quit"), display="q"),
    Key("side", "tab", "side", "list/card", ("move",)),
    Key("palette", ":,ctrl+p", "app.command_palette", "all commands", ("everywhere",), display=":"),
    Key("reread", "r", "reread", "read again", ("everywhere",), shown=False),
    Key("copy", "y", "copy", "copy the card", ("everywhere",), shown=False),
    Key("next", "j", "next", "next", ("move",), "move", display="j"),
    Key("previous", "k", "previous", "previous", ("move",), "move", display="k"),
    Key("top", "g", "top", "first", ("move",), "move", display="g"),
    Key("bottom", "G", "bottom", "last", ("move",), "move", display="G"),
    Key("down", "down", "down", "down, in the active side", ("move",), shown=False),
    Key("up", "up", "up", "up, in the active side", ("move",), shown=False),
    Key("half_down", "ctrl+d", "half_down", "half a page down", ("move",), shown=False),
    Key("half_up", "ctrl+u", "half_up", "half a page up", ("move",), shown=False),
    Key("page_down", "pagedown", "page_down", "a page down", ("move",), shown=False),
    Key("page_up", "pageup", "page_up", "a page up", ("move",), shown=False),
    *(
        Key(f"screen_{number}", str(number), f"app.screen({number})", name, ("everywhere",), shown=False)
        for number, name in enumerate(SCREENS, 1)
    ),
    Key("previous_screen", "[", "app.turn(-1)", "screen before", ("everywhere",), shown=False),
    Key("next_screen", "]", "app.turn(1)", "screen after", ("everywhere",), shown=False),
)


def bindings(*places: Place) -> list[BindingType]:
    """Return Textual's bindings of ``places``, in the order of the table."""
    from textual.binding import Binding

    return [
        Binding(key.keys, key.action, key.label, key.shown, key.display, id=key.id)
        for key in KEYS
        if set(key.places) & set(places)
    ]


def short_label(name: str | None, label: str) -> str:
    """Return how the line of keys says the verb ``name``, ``label`` where it has no shorter way."""
    return next((key.short for key in KEYS if key.id == name and key.short), label)


def keymap(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return ``wanted`` (id to keys, as in ``[keys]``) ready for Textual, checked against the whole table.

    Raises:
        ConfigError: an unknown id, no key or no such key, a reserved one, or two verbs on one key.
    """
    known = [key.id for key in KEYS]
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise ConfigError(
                f"[keys] {name!r} is no verb of the review.", f"Did you mean {near[0]!r}? Known: {', '.join(known)}."
            )
    chosen = {key.id: split_keys(key.id, wanted.get(key.id, key.keys)) for key in KEYS}
    _refuse_clashes(chosen)
    return {name: ",".join(chosen[name]) for name in wanted}


def split_keys(name: str, keys: str) -> list[str]:
    """Return the single keys of ``keys`` by Textual's long names.

    Raises:
        ConfigError: there is none, one does not exist, or one is reserved.
    """
    from textual.keys import Keys, _character_to_key

    found: list[str] = []
    for text in keys.split(",") if keys != "," else ["comma"]:
        part = text.strip()
        *modifiers, bare = part.split("+") if part != "+" else ["plus"]
        if len(part) != 1 and (
            set(modifiers) - {"ctrl", "alt", "shift"} or not (len(bare) == 1 or _is_name(bare, Keys))
        ):
            raise ConfigError(
                f"[keys] {name} = {keys!r}: {part!r} is no key.",
                "Use a character, or a name such as space, enter, f5, ctrl+r; several with commas.",
            )
        if part in RESERVED:
            raise ConfigError(
                f"[keys] {name} = {keys!r}: {part} is kept for {RESERVED[part]}.", "Choose another key for it."
            )
        found.append(_character_to_key(part) if len(part) == 1 else part)
    return found


def _is_name(name: str, names: type) -> bool:
    return name in {member.value for member in names} or name in {"comma", "plus", "space"}  # type: ignore[attr-defined]


def _refuse_clashes(chosen: Mapping[str, list[str]]) -> None:
    for number, first in enumerate(KEYS):
        for second in KEYS[number + 1 :]:
            shared = set(chosen[first.id]) & set(chosen[second.id])
            if shared:
                raise ConfigError(
                    f"[keys] {sorted(shared)[0]} would mean both {first.id!r} and {second.id!r}.",
                    "Give one of them another key.",
                )
