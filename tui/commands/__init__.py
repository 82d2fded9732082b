"""One module a command. All are imported at start, so each imports what it needs inside its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tuneproof.tui.commands.add import add
from tuneproof.tui.commands.ask import ask
from tuneproof.tui.commands.backup import backup
from tuneproof.tui.commands.build import build
from tuneproof.tui.commands.calibrate import calibrate
from tuneproof.tui.commands.compare import compare
from tuneproof.tui.commands.decisions import decisions
from tuneproof.tui.commands.demo import demo
from tuneproof.tui.commands.doctor import doctor
from tuneproof.tui.commands.evaluate import evaluate
from tuneproof.tui.commands.export import export
from tuneproof.tui.commands.gate import gate
from tuneproof.tui.commands.init import init
from tuneproof.tui.commands.pairs import pairs
from tuneproof.tui.commands.plan import plan
from tuneproof.tui.commands.preferences import prefer, preferences
from tuneproof.tui.commands.probe import probe
from tuneproof.tui.commands.proposals import fix, merge_proposed, take
from tuneproof.tui.commands.remove import remove
from tuneproof.tui.commands.report import report
from tuneproof.tui.commands.restore import restore
from tuneproof.tui.commands.review import review
from tuneproof.tui.commands.runs import runs
from tuneproof.tui.commands.select import select
from tuneproof.tui.commands.selftest import selftest
from tuneproof.tui.commands.show import show
from tuneproof.tui.commands.sql import sql
from tuneproof.tui.commands.status import status
from tuneproof.tui.commands.sweep import sweep
from tuneproof.tui.commands.train import train

if TYPE_CHECKING:
    import typer

COMMANDS: Mapping[str, Callable[..., Any]] = {
    "init": init,
    "add": add,
    "remove": remove,
    "build": build,
    "select": select,
    "review": review,
    "gate": gate,
    "plan": plan,
    "train": train,
    "sweep": sweep,
    "evaluate": evaluate,
    "ask": ask,
    "probe": probe,
    "prefer": prefer,
    "report": report,
    "compare": compare,
    "runs": runs,
    "export": export,
    "status": status,
    "sql": sql,
    "doctor": doctor,
    "backup": backup,
    "restore": restore,
    "demo": demo,
    "calibrate": calibrate,
    "selftest": selftest,
}
for verb in (fix, merge_proposed, take):
    pairs.command(verb.__name__.replace("_", "-"))(verb)
# Commands with verbs of their own.
GROUPS: Mapping[str, typer.Typer] = {"show": show, "pairs": pairs, "decisions": decisions, "preferences": preferences}
