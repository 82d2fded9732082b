"""The house: imports run one way, Hugging Face keeps its names, every package is listed."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("datasets", "curate", "train", "evaluate", "reports", "tui")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_from_its_own_floor_and_those_below(path: Path) -> None:
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    ours = [name.split(".")[1] for name in _imports(path) if name.startswith("tuneproof.")]
    above = {name for name in ours if name in FLOORS and FLOORS.index(name) > floor}
    assert not above, f"{path.relative_to(ROOT)} imports from {above}, which lies above it"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_has_a_docstring_a_plain_name_and_at_most_400_lines(path: Path) -> None:
    text = path.read_text("utf-8")
    assert path.stem not in {"utils", "helpers", "common", "misc"}
    assert len(text.splitlines()) <= 400
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("folder", ["evaluate", "datasets"])
def test_hugging_face_keeps_its_names(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


@pytest.mark.parametrize("start", [ROOT, ROOT / "evaluate", ROOT / "datasets"], ids=lambda path: path.name)
def test_hugging_face_wins_wherever_python_is_started(start: Path) -> None:
    code = (
        "import datasets, evaluate; assert evaluate.load and datasets.load_dataset; "
        "print(evaluate.__file__, datasets.__file__)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=start, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("site-packages") == 2


def test_every_folder_with_code_is_a_listed_package() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"])
    folders = {".".join(("tuneproof", *path.relative_to(ROOT).parent.parts)) for path in MODULES}
    assert folders == listed


def test_every_listed_package_but_evaluate_is_a_regular_one() -> None:
    for folder in {path.parent for path in MODULES} - {ROOT / "evaluate"}:
        assert (folder / "__init__.py").is_file(), f"{folder.relative_to(ROOT)} has no __init__.py"


def test_the_type_checkers_view_links_every_floor() -> None:
    for floor in FLOORS:
        assert (ROOT / ".typing" / "tuneproof" / floor).resolve() == ROOT / floor


@pytest.mark.parametrize("heavy", ["torch", "transformers", "textual", "lm_eval", "sentence_transformers", "rich"])
def test_the_command_line_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys, tuneproof.tui.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd="/", check=False).returncode == 0


def test_library_code_says_nothing_on_the_terminal() -> None:
    for path in MODULES:
        names = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
        assert "print" not in names, path
