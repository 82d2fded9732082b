"""The review in a real terminal: tmux sends keys, the journal tells what they did, and a killed window loses nothing.

With TUNEPROOF_TRANSCRIPT set to a path, the keys and the frames that followed are written there.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.bench_review import fill

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed here")

PAIRS, JUDGED, UNDONE = 120, 50, 10
PATIENCE_SECONDS = 60.0
PROGRAM = "from tuneproof.tui.cli import main; main()"
# Verdicts by turns, as a person mixes them.
KEYS = ("a", "a", "x", "a", "Space")
VERBS = {"a": "accept", "x": "reject", "Space": "later"}


@dataclass
class Terminal:
    """A window of a tmux server of its own, and a transcript of what was pressed and seen."""

    socket: Path
    root: Path
    transcript: list[str] = field(default_factory=list)

    def open(self, *, editor: str = "vi") -> None:
        command = shlex.join(
            ["env", "-u", "VISUAL", f"EDITOR={editor}", sys.executable, "-c", PROGRAM, "review", "--as", "ada"]
        )
        size = ("-x", "120", "-y", "30")
        self._tmux("new-session", "-d", "-s", "review", *size, "-c", str(self.root), command)
        self.note("$ tuneproof review --as ada")

    def send(self, *keys: str) -> None:
        self._tmux("send-keys", "-t", "review", *keys)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "review")

    def until(self, words: str) -> None:
        self._wait(lambda: words in self.screen(), words)

    def until_closed(self) -> None:
        self._wait(lambda: not self._running(), "the end of the program")

    def show(self, what: str) -> None:
        """Note what was pressed, and the frame as it is now."""
        self.note(what)
        self.transcript += [f"    {line}".rstrip() for line in self.screen().rstrip().splitlines()]

    def note(self, what: str) -> None:
        self.transcript += ["", what]

    def close(self) -> None:
        if self._running():
            self._tmux("kill-server")

    def _running(self) -> bool:
        command = ["tmux", "-S", str(self.socket), "has-session", "-t", "review"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments]
        # A program believes these before it asks the terminal.
        known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=known).stdout

    def _wait(self, holds: Callable[[], bool], words: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                seen = self.screen() if self._running() else "(closed)"
                pytest.fail(f"{words!r} never came:\n{seen}")
            time.sleep(0.05)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Workspace.init(tmp_path / "docs")
    fill(made, PAIRS)
    window = Terminal(tmp_path / "tmux", made.root)
    yield window
    window.close()


def journal(root: Path) -> list[tuple[int, str, str]]:
    with Workspace(root).read() as con:
        return con.execute("SELECT seq, verb, subject_id FROM decisions ORDER BY seq").fetchall()


def test_an_editor_that_fails_gives_the_terminal_back_and_verdicts_go_on(terminal: Terminal) -> None:
    terminal.open(editor="false")
    terminal.until("QUESTION")
    terminal.send("E")
    terminal.until("false ended with code 1, so the pair is as it was.")
    terminal.send("a")
    terminal.until("1/120 judged")
    terminal.send("q")
    terminal.until_closed()
    assert [(verb, seq) for seq, verb, _ in journal(terminal.root)] == [("accept", 1)]


def test_fifty_pairs_judged_by_real_keys_ten_undone_and_nothing_lost_between(terminal: Terminal) -> None:
    terminal.open()
    terminal.until("QUESTION")
    terminal.show("The first frame:")
    pressed = [KEYS[number % len(KEYS)] for number in range(JUDGED)]
    terminal.send(*pressed)
    terminal.until(f"journal {JUDGED}")
    terminal.show(f"{JUDGED} verdicts, sent as fast as tmux sends: {' '.join(pressed)}")
    terminal.send("q")
    terminal.until_closed()
    terminal.note("q closes it.")
    first = journal(terminal.root)
    assert [verb for _, verb, _ in first] == [VERBS[key] for key in pressed]
    assert len({subject for _, _, subject in first}) == JUDGED

    terminal.open()
    terminal.until(f"journal {JUDGED}")
    # What was done last is told in the line of the figures until the next key.
    terminal.send(*["u"] * UNDONE, "j")
    terminal.until(f"journal {JUDGED + UNDONE}")
    terminal.show(f"Reopened; {UNDONE} times u, then j:")
    terminal.send("q")
    terminal.until_closed()
    second = journal(terminal.root)
    assert second[:JUDGED] == first
    undone = [subject for _, _, subject in reversed(first[-UNDONE:])]
    assert [(verb, subject) for _, verb, subject in second[JUDGED:]] == [("undo", subject) for subject in undone]

    terminal.open()
    terminal.until(f"journal {JUDGED + UNDONE}")
    judged = sum(key != "Space" for key in pressed[:-UNDONE])
    terminal.until(f"{judged}/{PAIRS} judged")
    terminal.show("Reopened once more:")
    terminal.send("a")
    terminal.until(f"journal {JUDGED + UNDONE + 1}")
    terminal.close()
    terminal.note("One more verdict, and the terminal is killed.")
    third = journal(terminal.root)
    assert third[:-1] == second
    assert third[-1][1] == "accept"
    terminal.note('$ tuneproof sql "SELECT seq, verb, subject_id FROM decisions ORDER BY seq"')
    terminal.transcript += [f"    {seq:>3} {verb:<7} {subject}" for seq, verb, subject in third]
    if "TUNEPROOF_TRANSCRIPT" in os.environ:
        Path(os.environ["TUNEPROOF_TRANSCRIPT"]).write_text("\n".join(terminal.transcript).lstrip() + "\n", "utf-8")
