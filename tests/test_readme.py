"""The README can't drift: its commands exist, its tables name every command, its make targets are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tuneproof.tui.commands import COMMANDS, GROUPS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_command_is_in_the_table_of_commands() -> None:
    table = README.split("| command | what it does |")[1].split("\n\n")[0]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([a-z]+)`", row.split("|")[1] if "|" in row else "")
    }
    assert named == {*COMMANDS, *GROUPS}


def test_every_command_line_of_the_readme_starts_with_a_command_that_exists() -> None:
    blocks = re.findall(r"^```console\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    used = re.findall(r"^tuneproof ([a-z]+)", "".join(blocks), flags=re.MULTILINE)
    assert used
    assert set(used) <= {*COMMANDS, *GROUPS}


@pytest.mark.parametrize("target", re.findall(r"^make ([a-z]+)$", README, flags=re.MULTILINE))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_every_link_of_the_readme_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).is_file()


def test_every_command_has_help_of_a_sentence() -> None:
    for name, command in COMMANDS.items():
        assert (command.__doc__ or "").strip().endswith("."), name
    for name, group in GROUPS.items():
        for member in group.registered_commands:
            assert member.callback and (member.callback.__doc__ or "").strip().endswith("."), (name, member.name)
