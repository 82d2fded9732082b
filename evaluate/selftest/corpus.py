"""Which documentation a trial is made of: some forty modules of the standard library, drawn by seed.

Knows which modules have enough to read. It must not import them.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from random import Random

from tuneproof.curate.reading.sources import resolve
from tuneproof.datasets.workspace.errors import SourceError

MODULES_A_TRIAL = 40
#: Documented definitions from which on a module is worth a draw.
MIN_DOCSTRINGS = 8


def draw_modules(seed: int, count: int = MODULES_A_TRIAL) -> list[str]:
    """Return ``count`` modules of the standard library, sorted; the same for the same seed and Python."""
    return sorted(Random(f"selftest:{seed}").sample(documented_modules(), count))


@cache
def documented_modules() -> list[str]:
    """Return the public modules of one file or package whose own file holds enough docstrings, sorted."""
    names = sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))
    return [name for name in names if _docstrings(name) >= MIN_DOCSTRINGS]


def _docstrings(name: str) -> int:
    try:
        root = resolve(f"python:{name}").root
    except SourceError:
        return 0
    file = root / "__init__.py" if root.is_dir() else root
    if not file.is_file():
        return 0
    return _documented(file)


def _documented(file: Path) -> int:
    tree = ast.parse(file.read_bytes())
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return sum(ast.get_docstring(node) is not None for node in ast.walk(tree) if isinstance(node, kinds))
