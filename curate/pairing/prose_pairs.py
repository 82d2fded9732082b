"""Pairs from Markdown and plain text: headings, examples, tables, lists of names, and telling sentences.

Knows how a page is asked about: every question names its page or topic, so that it can be understood without the page.
Answers are the page's own blocks and sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuneproof.curate.pairing.headings import GENERIC, Heading, lowered, phrase_of, to_first_person
from tuneproof.curate.pairing.help_pairs import quoted_help_drafts
from tuneproof.curate.pairing.markdown_text import Block, read_blocks
from tuneproof.curate.pairing.prose_facts import sentence_drafts
from tuneproof.curate.pairing.prose_parts import entry_drafts, example_drafts
from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.curate.pairing.sentences import capitalised, finish, fit, points_away, split_sentences, stands_alone
from tuneproof.curate.reading.markdown_chunks import front_matter_value, parse_markdown
from tuneproof.curate.reading.spans import Lines
from tuneproof.datasets.workspace.records import CaseType, Chunk, Document

# A capitalised word that is no part of a longer name such as New York.
_PROPER = re.compile(r"(?<![A-Z][a-z] )(?<![\w./@-])[A-Z][a-z]+[A-Za-z0-9]*\b(?! [A-Z])(?![\w/@-])")
_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+[A-Za-z0-9]*\b")
_WORD = re.compile(r"(?<![\w/.:@-])[a-z][a-z]+\b(?![/:@\w-])")
_ORDER = (
    "How do I {h}{tail}?",
    "How can I {h}{tail}?",
    "What do I do to {h}{tail}?",
    "I want to {h}{tail}. What should I do?",
    "What is the way to {h}{tail}?",
    "Explain how to {h}{tail}.",
    "Please tell me how to {h}{tail}.",
)
_GERUND = (
    "How does {h} work{tail}?",
    "What is involved in {h}{tail}?",
    "What should I know about {h}{tail}?",
    "Explain {h}{tail}.",
    "How do I go about {h}{tail}?",
)
_NOUN = (
    "What should I know about {h}{tail}?",
    "Tell me about {h}{tail}.",
    "Explain {h}{tail}.",
    "Can you describe {h}{tail}?",
    "What is there to know about {h}{tail}?",
    "Give me the key facts about {h}{tail}.",
    "How would you explain {h}{tail}?",
)
_PAGE = (
    "What is {about} about?",
    "Give me an introduction to {about}.",
    "Can you introduce {about}?",
    "Please introduce me to {about}.",
)
_PAGE_IS = (
    "What is {about}?",
    "In short, what is {about}?",
    "Tell me what {about} is.",
    "Explain what {about} is.",
)
_SAMPLE = (
    "Show me an example of {h}{tail}.",
    "Give me the code for {h}{tail}.",
    "What does {h} look like{tail}?",
    "Can you give an example of {h}{tail}?",
)
_STEPS = (
    "What are the steps to {h}{tail}?",
    "Which steps do I take to {h}{tail}?",
    "Walk me through how to {h}{tail}.",
    "Step by step, how do I {h}{tail}?",
)
_STEPS_NOUN = (
    "What are the steps for {h}{tail}?",
    "Which steps belong to {h}{tail}?",
    "Walk me through {h}{tail}.",
    "Step by step, how does {h} go{tail}?",
)


_LONGEST_BLOCK = 20_000
_ANCHOR = re.compile(r"\s*\{\s*#[^{}]*\}\s*$")
# What changed from version to version is no knowledge about the thing as it is.
_HISTORY = re.compile(r"\b(?:release notes|changelog|change log|release history|what's new)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?:step )?\d+(?:\.\d+)*[.):]?\s+(?=[A-Za-z])", re.IGNORECASE)
_NO_TOPIC_WORDS = (
    "None True False The This These Those When While With For And But Not You Your Use Note See How What Example"
)
_NO_TOPIC = frozenset(_NO_TOPIC_WORDS.split())


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a whole document: title, topic, the words it writes small, the headings it uses twice."""

    title: str
    about: str
    topic: str
    small: frozenset[str]
    repeated: frozenset[str]


def prose_drafts(document: Document, chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    """Yield pairs from the chunks of one document of prose, answers of at most ``limit`` characters.

    Prose is Markdown and what is read as Markdown (HTML, PDF, DOCX, notebooks), reStructuredText, and plain text.
    """
    if _HISTORY.search(document.title):
        return
    blocks = _blocks_by_chunk(document, chunks)
    page = _read_page(document, chunks, blocks)
    for chunk, inside in zip(chunks, blocks, strict=True):
        if document.format in ("markdown", "mdx") and chunk.text.startswith("---") and chunk.start_byte <= 3:
            yield from _front_matter(document, chunk, page)
            continue
        heading = _heading(chunk, page)
        if heading.phrase == "empty" or chunk.kind in ("heading", "definition"):
            continue
        yield from _section(chunk, inside, heading, page, limit)
        yield from example_drafts(chunk, inside, heading, limit)
        yield from quoted_help_drafts(document, chunk, inside, limit)
        yield from entry_drafts(chunk, inside, heading)
        yield from sentence_drafts(chunk, inside, heading)


def _blocks_by_chunk(document: Document, chunks: Sequence[Chunk]) -> list[list[Block]]:
    if document.format == "text":
        paragraphs = (re.split(r"\n[ \t]*\n", re.sub(r"\r\n?", "\n", chunk.text)) for chunk in chunks)
        return [
            [
                Block("paragraph", " ".join(text.split()))
                for text in each
                if text.strip() and len(text) <= _LONGEST_BLOCK
            ]
            for each in paragraphs
        ]
    lines = Lines(document.content.encode())
    # To the next chunk, not to its own end: a list's token counts the blank line after it as its own.
    bounds = [*(lines.line_of(chunk.start_byte) for chunk in chunks), len(lines.starts) + 1]
    if document.format == "rst":
        # It needs docutils, which is optional.
        from tuneproof.curate.pairing.rst_text import read_rst_blocks
        from tuneproof.curate.reading.rst_tree import parse_rst

        found = read_rst_blocks(parse_rst(document.content).root, bounds)
    else:
        found = read_blocks(parse_markdown(document.content, document.format), bounds)
    return [[block for block in each if _is_read(block)] for each in found]


def _is_read(block: Block) -> bool:
    # A block that long gives no answer, and looking for sentences in it takes more than its worth.
    return block.kind != "heading" and len(block.text) <= _LONGEST_BLOCK


def _read_page(document: Document, chunks: Sequence[Chunk], blocks: Sequence[Sequence[Block]]) -> Page:
    prose = [block.text for each in blocks for block in each if block.kind in ("paragraph", "quote", "list")]
    text = "\n".join(prose)
    plain = re.sub(r"(?<!`)(`+)[^`]+\1", "", text)
    small = Counter(_WORD.findall(plain))
    names = Counter(_PROPER.findall(plain))
    # A product's name may also be a command, written small; an ordinary word is small most of the time.
    names = Counter({name: n for name, n in names.items() if n > 2 * small[name.lower()] and name not in _NO_TOPIC})
    inside = Counter(_INSIDE.findall(plain))
    own = next((name for name in names if name.lower() == document.source.lower()), "")
    own = own or _spelling(document.source, text)
    leading = [count for _, count in names.most_common(2)]
    if len(leading) == 2 and leading[0] < 1.5 * leading[1]:
        names.clear()  # Two names that often: either could be meant.
    topic = own or next((name for name, count in names.most_common() if count >= 3 and inside[name] >= 2), "")
    title = _ANCHOR.sub("", document.title)
    named = not topic or topic.lower() in title.lower() or len(title.split()) > 5
    headings = Counter(chunk.heading_path[-1].lower() for chunk in chunks if chunk.heading_path)
    repeated = frozenset(heading for heading, count in headings.items() if count > 1)
    return Page(title, title if named else f"{topic} {title}", topic, frozenset(small), repeated)


def _spelling(source: str, text: str) -> str:
    """Return how the page itself writes the name of its source, if it does so often: ``sqlite-utils``."""
    found = Counter(re.findall(rf"(?<![\w/.-]){re.escape(source)}(?![\w/-])", text, re.IGNORECASE))
    return found.most_common(1)[0][0] if len(source) > 2 and found.total() >= 3 else ""


def _heading(chunk: Chunk, page: Page) -> Heading:
    """Return what the chunk's heading asks, with the headings above it where it means nothing alone."""
    path = [each for each in chunk.heading_path if each and each.lower() != page.title.lower()]
    if not path:
        return Heading("noun", page.about, "")
    text = _NUMBERED.sub("", _ANCHOR.sub("", path[-1])).strip(" :.")
    phrase = phrase_of(text)
    text = text if phrase == "noun" else to_first_person(text)
    names_page = any(each and each.lower() in text.lower() for each in (page.topic, page.title))
    above = f"{page.about}: {path[-2]}" if len(path) > 1 else page.about
    key = re.sub(r"[^a-z ]", "", text.lower()).strip()
    if key in GENERIC:
        return Heading("noun", lowered(text, page.small), above, GENERIC[key])
    about = above if text.lower() in page.repeated else page.about
    return Heading(phrase, lowered(text, page.small), "" if names_page and about == page.about else about)


def _front_matter(document: Document, chunk: Chunk, page: Page) -> Iterator[Draft]:
    tokens = parse_markdown(document.content, document.format)
    matter = tokens[0].content if tokens and tokens[0].type == "front_matter" else ""
    answer = finish(front_matter_value(matter, "description") or "")
    if answer is not None and len(answer.split()) >= 4:
        yield draft((chunk,), "prose.description", "what_is", _PAGE[:1], answer, about=page.about)


def _section(chunk: Chunk, blocks: Sequence[Block], heading: Heading, page: Page, limit: int) -> Iterator[Draft]:
    answer = section_answer(blocks, limit)
    if answer is None:
        return
    only_code = answer.startswith("```") and all(block.kind == "fence" for block in blocks)
    names = {"h": heading.text, "tail": heading.tail}
    ordered = next((block for block in blocks if block.ordered and len(block.items) >= 2), None)
    if ordered is not None and heading.phrase != "question":
        wordings = _STEPS if heading.phrase == "order" else _STEPS_NOUN
        text = answer if ordered.text in answer else ordered.text
        yield draft((chunk,), "prose.steps", "multi_step", wordings, text, **names)
    elif heading.text == page.about and page.title.lower() in GENERIC:
        return
    elif not chunk.heading_path or heading.text == page.about:
        says_it = re.match(rf"[^.]{{0,20}}\b{re.escape(page.title)}\b[^.]{{0,20}} (?:is|are) ", answer, re.IGNORECASE)
        wordings = _PAGE_IS if says_it else _PAGE
        yield draft((chunk,), "prose.introduction", "what_is", wordings, answer, about=page.about)
    elif heading.generic:
        yield draft((chunk,), "prose.part", "how_to", heading.generic, answer, h=heading.text, of=heading.about)
    elif heading.phrase == "question":
        question = heading.text[0].upper() + heading.text[1:].rstrip("? ") + heading.tail + "?"
        case: CaseType = "how_to" if question.lower().startswith("how") else "what_is"
        yield Draft((chunk,), "prose.question", "", case, question, answer)
    elif heading.phrase == "order":
        yield draft((chunk,), "prose.task", "how_to", _ORDER, answer, **names)
    elif heading.phrase == "gerund":
        yield draft((chunk,), "prose.activity", "how_to", _GERUND, answer, **names)
    elif only_code:
        yield draft((chunk,), "prose.sample", "how_to", _SAMPLE, answer, **names)
    else:
        yield draft((chunk,), "prose.topic", "what_is", _NOUN, answer, **names)


def section_answer(blocks: Sequence[Block], limit: int) -> str | None:
    """Return the leading blocks that fit, whole; never one that announces what is left out."""
    kept: list[str] = []
    used = 0
    for index, block in enumerate(blocks):
        text = block.text
        if block.kind == "paragraph":
            announced = index + 1 < len(blocks) and blocks[index + 1].kind != "paragraph"
            text = _readable(text, announced, first=not kept)
            if not text:
                continue
        if used + len(text) > limit:
            break
        kept.append(text)
        used += len(text) + 2
    while kept and kept[-1].endswith(":"):
        sentences = split_sentences(kept.pop())
        shorter = fit(sentences[:-1], limit)
        if shorter is not None:
            kept.append(shorter)
            break
    if not kept or not any(char.isalpha() for char in kept[0]):
        return None
    if len(kept) == 1 and kept[0].endswith("?"):
        return None
    if len(kept) == 1 and not kept[0].startswith("`") and (len(kept[0].split()) < 4 or not stands_alone(kept[0])):
        return None
    return "\n\n".join(kept)


def _readable(text: str, announced: bool, first: bool) -> str:
    """Return a paragraph without sentences that point elsewhere.

    One that announces a block stays if there is one (``announced``), one that leans on another if that stays.
    """
    kept: list[str] = []
    sentences = split_sentences(text)
    for place, sentence in enumerate(sentences):
        announces = sentence.endswith(":") and announced and place == len(sentences) - 1
        if first and not kept and not stands_alone(sentence):
            continue
        if announces or (not points_away(sentence) and finish(sentence) is not None):
            kept.append(sentence)
    joined = " ".join(kept)
    return joined if joined.endswith(":") else finish(capitalised(joined)) or "" if joined else ""
