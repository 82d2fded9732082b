"""Commands as sources: their help is run for, bounded, and read with that of their subcommands."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tuneproof.curate.reading import commands
from tuneproof.curate.reading.commands import command_files, command_name, plain, resolve_command
from tuneproof.curate.reading.help_chunks import program_of, subcommands_of
from tuneproof.curate.registry import add_sources, files_of
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.datasets.workspace.workspace import Workspace

SETTINGS = config.Sources()
PROGRAM = """
import argparse, sys
parser = argparse.ArgumentParser(prog="depot", description="Keep boxes in a depot and find them again.")
parser.add_argument("--verbose", action="store_true", help="say what is done, step by step")
parts = parser.add_subparsers()
for name, said in (("store", "put a box into the depot"), ("fetch", "take a box out of the depot")):
    part = parts.add_parser(name, help=said, description=f"Use this to {said}.")
    part.add_argument("--count", type=int, default=3, help="how many boxes (default: 3)")
broken = parts.add_parser("broken", help="has no help of its own", add_help=False)
parser.parse_args()
"""


def program(folder: Path, body: str, name: str = "depot") -> str:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}", "utf-8")
    path.chmod(0o755)
    return f"command:{path}"


def test_a_command_is_read_with_the_subcommands_that_its_help_lists(tmp_path: Path) -> None:
    location = program(tmp_path, PROGRAM)
    files = {file.path: file for file in command_files(location, SETTINGS)}
    assert set(files) == {"depot.help", "depot-store.help", "depot-fetch.help", "depot-broken.help"}
    assert "how many boxes" in files["depot-store.help"].absolute.read_text("utf-8")
    assert program_of(files["depot-fetch.help"].absolute.read_text("utf-8")) == "depot fetch"
    assert files["depot-broken.help"].skipped == "printed no help (exit code 2)"
    alone = command_files(location, config.Sources(subcommands=0))
    assert [file.path for file in alone] == ["depot.help"]
    (named,) = command_files(f"{location} store", SETTINGS)
    assert named.path == "depot-store.help"


def test_a_command_is_added_under_its_name_and_read_the_same_every_time(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    workspace = Workspace.init(tmp_path / "w")
    (added,) = add_sources(workspace, [program(tmp_path, PROGRAM)])
    assert (added.source.name, added.files) == ("depot", 3)
    first, again = (
        [file.absolute.read_bytes() for file in files_of(workspace, added.source, SETTINGS).files if not file.skipped]
        for _ in range(2)
    )
    assert first == again
    assert command_name("command:git remote") == "git-remote"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import time\ntime.sleep(60)", "gave no whole answer within"),
        ("import subprocess\nsubprocess.run(['sleep', '60'])", "gave no whole answer within"),
        ("while True:\n    print('x' * 1000)", "printed more than"),
        ("import sys\nsys.exit(3)", "printed no help (exit code 3)"),
        ("print(input())", "printed no help (exit code 1)"),
    ],
)
def test_a_command_that_does_not_answer_is_stopped_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    monkeypatch.setattr(commands, "SECONDS", 2.0)
    location = program(tmp_path, body)
    begun = time.monotonic()
    with pytest.raises(SourceError, match="depot --help") as failure:
        command_files(location, config.Sources(max_bytes=50_000))
    assert reason in failure.value.message
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("location", ["command:", "command:no-such-program-here", "command:'", "command:ls -l"])
def test_what_names_no_command_is_refused_with_a_way_out(location: str) -> None:
    with pytest.raises(SourceError) as failure:
        resolve_command(location)
    assert failure.value.hint


def test_nothing_goes_through_a_shell(tmp_path: Path) -> None:
    location = program(tmp_path, PROGRAM)
    with pytest.raises(SourceError):
        command_files(f"{location} ; touch {tmp_path}/made", SETTINGS)
    assert not (tmp_path / "made").exists()


def test_boxes_colours_and_overstrikes_become_plain_help() -> None:
    drawn = (
        "\x1b[1mUsage: depot [OPTIONS] COMMAND\x1b[0m\n\n╭─ Commands ─────────╮\n│ store   Put it in. │\n"
        "│ fetch   Take it.   │\n╰────────────────────╯\nN\x08NA\x08AM\x08ME\x08E\n"
    )
    text = plain(drawn)
    assert text == "Usage: depot [OPTIONS] COMMAND\n\n\nCommands:\n  store   Put it in.\n  fetch   Take it.\nNAME\n"
    assert subcommands_of(text) == ["store", "fetch"]


def test_choices_of_an_argument_are_no_subcommands() -> None:
    text = "usage: paint [-h] {red,blue}\n\npositional arguments:\n  {red,blue}  which colour to paint with\n"
    assert subcommands_of(text) == []
