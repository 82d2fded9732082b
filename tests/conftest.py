"""Coroutine tests run on a fresh event loop each, so that no plugin is needed for them."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path

import pytest

from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import CaseType


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def`` tests to their end."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session")
def library_pairs() -> list[PairRow]:
    """Pairs over the standard library's docstrings, by ``ast``: 60 modules, a summary and its arguments each."""
    folder = Path(ast.__file__).parent
    rows: list[PairRow] = []
    for file in sorted(folder.glob("[a-z]*.py"))[:60]:
        for node in ast.walk(ast.parse(file.read_bytes())):
            if not isinstance(node, ast.FunctionDef) or not (text := ast.get_docstring(node)):
                continue
            name = f"{file.stem}.{node.name}"
            arguments = ", ".join(f"`{one.arg}`" for one in node.args.args) or "nothing"
            asked: tuple[tuple[str, str, CaseType, str], ...] = (
                (f"What does `{name}` do?", text.split("\n\n")[0], "what_is", "python.summary"),
                (f"Name the arguments of `{name}`.", f"`{name}` takes {arguments}.", "parameter", "python.arguments"),
            )
            for question, answer, case_type, generator in asked:
                pair = digest(file.name, node.lineno, generator)
                rows.append(
                    PairRow(
                        pair, question, answer, case_type, generator, "template", "pending", digest(file.name),
                        "python", file.name, node.name, 20 + len(answer) // 3, (digest(pair),),
                    )
                )  # fmt: skip
    return rows
