"""The base model has not seen what the product's figures are measured on: the corpus is rebuilt and searched."""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tuneproof.datasets.bundled.base import base_path
from tuneproof.train.base.corpus import Corpus, build_corpus, exclusion_texts
from tuneproof.train.base.forbidden import bundled_texts, forbidden_grams, standard_library_texts, suite_texts
from tuneproof.train.base.grams import GramHasher, shares_any

if TYPE_CHECKING:
    from tuneproof.train.base.grams import Hashes

#: A folder of documentation that was excluded when the bundled base was built.
EXTRA_DOCS = "TUNEPROOF_EXTRA_DOCS"


def card() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((base_path() / "card.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def hasher() -> GramHasher:
    return GramHasher()


@pytest.fixture(scope="module")
def corpus(hasher: GramHasher) -> Corpus:
    """The corpus of the packages installed here; skipped where they are not the versions the card names."""
    built = card()
    differing = []
    for package in built["corpus"]["packages"]:
        try:
            version = metadata.version(package["name"])
        except metadata.PackageNotFoundError:
            version = "not installed"
        if version != package["version"]:
            differing.append(f"{package['name']} {version} (card: {package['version']})")
    if differing:
        pytest.skip(f"other packages than the base was built from: {', '.join(differing[:3])}")
    extra = os.environ.get(EXTRA_DOCS)
    return build_corpus(forbidden_grams(hasher, [Path(extra)] if extra else []), hasher)


def sharing(corpus: Corpus, known: Hashes, hasher: GramHasher) -> list[str]:
    assert len(known) > 0
    return [d.name for d in (*corpus.train, *corpus.held_out) if shares_any(hasher.grams(d.text), known)]


def test_the_rebuilt_corpus_is_the_one_that_the_card_names(corpus: Corpus) -> None:
    if EXTRA_DOCS not in os.environ and card()["corpus"]["dropped"].get("excluded path"):
        pytest.skip(f"some documents were dropped for documentation that {EXTRA_DOCS} does not name here")
    if platform.python_version() != card()["built_with"]["python"]:
        pytest.skip("another Python, so another standard library than the base was checked against")
    assert corpus.fingerprint() == card()["corpus"]["fingerprint"]


def test_no_document_shares_thirteen_words_with_the_standard_library(corpus: Corpus, hasher: GramHasher) -> None:
    assert sharing(corpus, hasher.union(standard_library_texts()), hasher) == []


def test_no_document_shares_thirteen_words_with_the_general_texts(corpus: Corpus, hasher: GramHasher) -> None:
    assert sharing(corpus, hasher.union(bundled_texts()), hasher) == []


def test_no_document_shares_thirteen_words_with_a_suite_item(corpus: Corpus, hasher: GramHasher) -> None:
    assert sharing(corpus, hasher.union(suite_texts()), hasher) == []


def test_no_document_shares_thirteen_words_with_excluded_documentation(corpus: Corpus, hasher: GramHasher) -> None:
    extra = os.environ.get(EXTRA_DOCS)
    if extra is None:
        pytest.skip(f"{EXTRA_DOCS} names no folder of documentation to check")
    assert sharing(corpus, hasher.union(exclusion_texts([Path(extra)])), hasher) == []


def test_no_training_document_shares_thirteen_words_with_a_held_out_package(corpus: Corpus, hasher: GramHasher) -> None:
    known = hasher.union(d.text for d in corpus.held_out)
    assert [d.name for d in corpus.train if shares_any(hasher.grams(d.text), known)] == []


def test_held_out_packages_are_whole_several_and_of_the_promised_size(corpus: Corpus) -> None:
    trained = {d.distribution for d in corpus.train}
    held_out = {d.distribution for d in corpus.held_out}
    assert not trained & held_out
    assert len(held_out) >= 5
    sizes = {side: sum(p.bytes for p in corpus.packages if p.split == side) for side in ("train", "held_out")}
    assert 0.03 <= sizes["held_out"] / sum(sizes.values()) <= 0.06


def test_the_search_finds_a_standard_library_sentence_that_is_smuggled_in(hasher: GramHasher) -> None:
    known = hasher.union(standard_library_texts())
    assert json.dumps.__doc__ is not None
    smuggled = "Some words before. " + json.dumps.__doc__[:600] + " Some words after."
    assert shares_any(hasher.grams(smuggled), known)
    assert not shares_any(hasher.grams("A sentence of our own, about owls and lamps, that nobody wrote before."), known)
