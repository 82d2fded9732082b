"""Editing a pair: in place in two text areas, or in the person's own editor. Nothing typed is dropped unasked.

Knows texts and where they are kept until the journal has them. It must not know how a decision is stored.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from tuneproof.datasets.workspace.errors import TuneproofError, UsageError
from tuneproof.tui.card import Bar
from tuneproof.tui.keys import bindings
from tuneproof.tui.screens.keysbar import KeysBar

QUESTION_LINE, ANSWER_LINE = "--- question ---", "--- answer ---"


@dataclass(frozen=True, slots=True)
class Texts:
    """What an edit is about."""

    question: str
    answer: str


Save = Callable[[Texts], Awaitable[None]]
"""Journals the texts; raises TuneproofError if it can't."""


class SafeArea(TextArea):
    """A text area that draws no control or direction-changing character: each shows as one cell of its own."""

    def get_line(self, line_index: int) -> Text:
        """Return a line as it may be drawn, character for character."""
        line = super().get_line(line_index)
        if line.plain.isprintable():
            return line
        return Text("".join(map(_drawn, line.plain)), style=line.style, end="", no_wrap=True)


class EditScreen(ModalScreen[bool]):
    """Two text areas. ctrl+s journals and closes; escape asks once if something was changed, and keeps the draft."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("edit")

    def __init__(self, heading: str, texts: Texts, drafts: MutableMapping[str, Texts], name: str, save: Save) -> None:
        super().__init__()
        self._heading = heading
        self._texts = texts
        self._drafts = drafts
        self._draft_of = name
        self._save = save
        self._asked = False

    def compose(self) -> ComposeResult:
        """Lay out both texts."""
        draft = self._drafts.get(self._draft_of, self._texts)
        with Vertical():
            yield Bar(id="edit-title")
            yield SafeArea(draft.question, id="question", soft_wrap=True, tab_behavior="focus")
            yield SafeArea(draft.answer, id="answer", soft_wrap=True, tab_behavior="focus")
            yield Bar(id="edit-state")
            yield KeysBar()

    def on_mount(self) -> None:
        """Start in the answer: it is what is mended most."""
        self.query_one("#edit-title", Bar).show(
            [(f" {self._heading} ", "title"), ("question above, answer below", "dim")]
        )
        self.query_one("#answer", TextArea).focus()
        kept = self._draft_of in self._drafts
        self._tell("This is the draft that you left." if kept else "ctrl+s saves, escape leaves, tab changes sides.")

    @property
    def texts(self) -> Texts:
        """What the areas hold now."""
        return Texts(self.query_one("#question", TextArea).text, self.query_one("#answer", TextArea).text)

    async def action_save(self) -> None:
        """Journal the edit; what can't be journalled stays here."""
        if self.texts == self._texts:
            self._drafts.pop(self._draft_of, None)
            self.dismiss(False)
            return
        try:
            await self._save(self.texts)
        except TuneproofError as error:
            self._tell(f"{error.message} {error.hint}", "bad")
            return
        self._drafts.pop(self._draft_of, None)
        self.dismiss(True)

    def action_back(self) -> None:
        """Leave; a changed text is asked about once and kept as a draft."""
        if self.texts == self._texts:
            self._drafts.pop(self._draft_of, None)
            self.dismiss(False)
        elif self._asked:
            self._drafts[self._draft_of] = self.texts
            self.dismiss(False)
        else:
            self._asked = True
            self._tell("Not saved. ctrl+s saves; escape again leaves, and e brings this draft back.", "warn")

    def on_text_area_changed(self) -> None:
        """Ask anew after more was typed."""
        if self._asked:
            self._asked = False
            self._tell("ctrl+s saves, escape leaves, tab changes sides.")

    def _tell(self, text: str, paint: str = "dim") -> None:
        self.query_one("#edit-state", Bar).show([(f" {text}", paint)])


def editor_of(environment: Mapping[str, str]) -> list[str]:
    """Return the command of the person's editor: $VISUAL, $EDITOR, or vi where there is one.

    Raises:
        UsageError: there is none.
    """
    command = shlex.split(environment.get("VISUAL") or environment.get("EDITOR") or "vi")
    if not command or shutil.which(command[0]) is None:
        raise UsageError(f"There is no editor {' '.join(command)!r}.", "Set EDITOR, or press e to edit here.")
    return command


def written_in_editor(texts: Texts) -> tuple[Texts, Path]:
    """Return what a person made of ``texts`` in their editor, and the file that holds it, which the caller removes.

    Raises:
        UsageError: no editor, one that failed, or a file without the line that parts the two; the file is kept.
    """
    command = editor_of(os.environ)
    handle, name = tempfile.mkstemp(prefix="tuneproof-", suffix=".md")
    path = Path(name)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(f"{QUESTION_LINE}\n{texts.question}\n{ANSWER_LINE}\n{texts.answer}\n")
    try:
        code = subprocess.run([*command, name], check=False).returncode
    except OSError as error:
        raise UsageError(f"{command[0]} did not start: {error.strerror}.", f"The text is in {path}.") from error
    if code:
        raise UsageError(f"{command[0]} ended with code {code}, so the pair is as it was.", f"The text is in {path}.")
    try:
        return _parsed(path.read_bytes().decode("utf-8")), path
    except (UnicodeDecodeError, ValueError) as error:
        raise UsageError(
            f"The file has no line {ANSWER_LINE!r}, or is not UTF-8, so the pair is as it was.", f"It is kept: {path}."
        ) from error


def _parsed(text: str) -> Texts:
    question, separator, answer = text.partition(f"\n{ANSWER_LINE}\n")
    if not separator:
        raise ValueError
    return Texts(question.removeprefix(f"{QUESTION_LINE}\n"), answer.removesuffix("\n"))


def _drawn(char: str) -> str:
    if char.isprintable() or char == "\t":
        return char
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\N{REPLACEMENT CHARACTER}"
