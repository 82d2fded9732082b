"""The general texts: what they are, that they are clean, and that two readings give the same."""

from __future__ import annotations

import re
from pydoc_data.topics import topics

from tuneproof.datasets.bundled.texts import ABOUT_CHARS, COLLECTIONS, MIN_CHARS, general_texts, texts_sha256

TEXTS = general_texts()
PROSE = [text for text in TEXTS if text.collection == "prose"]
TOPICS = [text for text in TEXTS if text.collection == "pydoc_topics"]


def test_there_are_32_pieces_of_prose_of_about_200_words() -> None:
    lengths = {text.document: len(text.text.split()) for text in PROSE}
    assert len(lengths) == 32
    assert {name: words for name, words in lengths.items() if not 175 <= words <= 225} == {}


def test_prose_holds_no_lists_no_code_and_no_hard_line_ends() -> None:
    for text in PROSE:
        paragraphs = text.text.split("\n\n")
        assert len(paragraphs) >= 2, text.document
        for paragraph in paragraphs:
            assert "\n" not in paragraph, text.document
            assert re.match(r"[A-Z]", paragraph), text.document
            assert paragraph.endswith((".", "?")), text.document
            assert not set(paragraph) & set("`{}<>#*_"), text.document


def test_topics_are_sentences_without_grammar_or_listings() -> None:
    assert 20 <= len(TOPICS) <= 60
    for text in TOPICS:
        assert text.document in topics
        assert len(text.text) >= MIN_CHARS
        assert "::=" not in text.text and ">>>" not in text.text
        assert all(paragraph.endswith(".") for paragraph in text.text.split("\n\n"))


def test_topics_are_cut_between_paragraphs() -> None:
    for text in TOPICS:
        if len(text.text) > ABOUT_CHARS + 2 * text.text.count("\n\n"):
            assert "\n\n" not in text.text


def test_no_text_comes_twice() -> None:
    assert len({text.text for text in TEXTS}) == len(TEXTS)
    assert len({(text.collection, text.document) for text in TEXTS}) == len(TEXTS)


def test_order_and_hashes_are_the_same_each_time() -> None:
    assert general_texts() == TEXTS
    first = texts_sha256()
    assert set(first) == set(COLLECTIONS)
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in first.values())
    assert texts_sha256() == first
    assert [text.document for text in TOPICS] != sorted(text.document for text in TOPICS)
