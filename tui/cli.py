"""The command ``tuneproof``: its verbs, its exit codes, and how an error reaches a person.

Exit codes: 0 pass, 1 usage or internal error, 2 fail, 3 inconclusive. Nothing heavy is imported here; each
command imports what it needs when it runs.
"""

from __future__ import annotations

import logging
import os
import sys

import typer
from typer.exceptions import TyperException

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui import console
from tuneproof.tui.commands import COMMANDS, GROUPS

app = typer.Typer(
    name="tuneproof",
    help="Turn documentation into a fine-tune that can be proved.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, command in COMMANDS.items():
    app.command(name)(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from importlib.metadata import version as installed

        console.data(f"tuneproof {installed('tuneproof')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        console.say(context.get_help())
        raise typer.Exit(1)


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Threads that spin while they wait for one another cost a factor of four as soon as a core is shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # It gives notice of kernels that tuneproof does not use, whenever a model library is imported.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with ``arguments`` and return its exit code; a usage error is 1, never click's 2."""
    try:
        code = app(arguments, prog_name="tuneproof", standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        console.fail(error.format_message(), f"Run: {context.command_path if context else 'tuneproof'} --help")
        return 1
    except TuneproofError as error:
        console.fail(error.message, error.hint)
        if os.environ.get("TUNEPROOF_TRACEBACK"):
            raise
        return 1
    except (KeyboardInterrupt, typer.Abort):
        console.say("Stopped. What was finished is kept; the same command carries on from there.")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        console.fail(
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.",
            "Check the path, its mode and the free space on its disk, then run again.",
        )
        if os.environ.get("TUNEPROOF_TRACEBACK"):
            raise
        return 1
    except Exception as error:
        if os.environ.get("TUNEPROOF_TRACEBACK"):
            raise
        console.fail(
            f"This is a bug in tuneproof: {type(error).__name__}: {error}",
            "Run it again with TUNEPROOF_TRACEBACK=1 and report what it prints.",
        )
        return 1
    return code if isinstance(code, int) else 0
