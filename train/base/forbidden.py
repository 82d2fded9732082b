"""The text that the base model may not have seen: what the product's own figures are measured on.

Knows where the running Python's standard library keeps its documentation, which texts are bundled and
what the general suites ask. Must not know the corpus that is checked against it.
"""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.train.base.corpus import exclusion_texts
from tuneproof.train.base.packages import source_docstrings

if TYPE_CHECKING:
    from tuneproof.train.base.grams import GramHasher, Hashes

_NOT_LIBRARY = {"site-packages", "dist-packages", "test", "tests", "__pycache__"}
#: Seeds of the suite items that are checked; the product's own default is the first.
ITEM_SEEDS = (0, 1, 2, 3)


def standard_library_texts() -> Iterator[str]:
    """Every docstring of the running Python's standard library, and the topics that `help()` prints."""
    root = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if not _NOT_LIBRARY & set(relative.parts):
            for _, _, text in source_docstrings(path, ".".join(relative.with_suffix("").parts)):
                yield text
    for name in sorted(sys.builtin_module_names):
        yield from _compiled_docstrings(name)
    topics = importlib.import_module("pydoc_data.topics").topics
    yield from (topics[key] for key in sorted(topics))


def suite_texts() -> Iterator[str]:
    """Prompt and right choice of the general suites' items, for the seeds that are checked."""
    from tuneproof.datasets.bundled.suites import SUITES, suite_items

    for suite in SUITES:
        for seed in ITEM_SEEDS:
            for item in suite_items(suite, seed=seed):
                yield item.prompt + item.choices[item.answer]


def bundled_texts() -> Iterator[str]:
    """The general texts that come with the product and score forgetting."""
    from tuneproof.datasets.bundled.texts import general_texts

    yield from (text.text for text in general_texts())


def forbidden_grams(hasher: GramHasher, exclude: Sequence[Path] = ()) -> dict[str, Hashes]:
    """Map each reason for dropping a document to the 13-gram hashes that it may not share."""
    return {
        "standard library": hasher.union(standard_library_texts()),
        "bundled text": hasher.union(bundled_texts()),
        "suite item": hasher.union(suite_texts()),
        "excluded path": hasher.union(exclusion_texts(exclude)),
    }


def _compiled_docstrings(module_name: str) -> Iterator[str]:
    module = importlib.import_module(module_name)
    for owner in (module, *(v for v in vars(module).values() if isinstance(v, type))):
        for member in (owner, *vars(owner).values()):
            text = getattr(member, "__doc__", None)
            if isinstance(text, str):
                yield text
