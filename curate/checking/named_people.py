"""Names of people and postal addresses, as a model that tells them finds them: only where one is configured.

Knows how a token classification model is loaded and asked, which of its labels mean a person or a place, and names
that everybody makes up. It must not know pairs, nor what the other personal data look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tuneproof.curate.wording import CODE
from tuneproof.datasets.workspace.errors import ModelError

SURE = 0.8  # mean probability from which on a model's word is taken
OVERLAP = 32  # tokens that two pieces of a long text share
_PEOPLE = frozenset(
    ("PER", "PERSON", "NAME", "FULLNAME", "PERSONNAME", "FIRSTNAME", "GIVENNAME", "LASTNAME", "SURNAME")
)
_ADDRESSES = frozenset(("ADDRESS", "STREETADDRESS", "POSTALADDRESS", "STREET", "STREETNAME", "SECONDARYADDRESS"))
_PLACES = frozenset(("LOC", "LOCATION", "GPE", "FAC", "CITY", "PLACE"))
# What documentation calls people who do not exist, or who have long been everybody's.
_NOBODY_LIST = """
    alice; bob; carol; carlos; charlie; dave; eve; mallory; peggy; trent; victor; john doe; jane doe; john; jane; joe
    john smith; jane smith; joe bloggs; joe user; max mustermann; erika mustermann; juan pérez; jean dupont; mario rossi
    foo bar; ada lovelace; alan turing; grace hopper; albert einstein; isaac newton; sherlock holmes
"""
_NOBODY = frozenset(" ".join(name.split()) for line in _NOBODY_LIST.split("\n") for name in line.split(";"))
_NOWHERE = re.compile(
    r"\b(?:example|sample|any ?town|some(?:where|town)|muster\w*|main (?:st|street|road)|elm (?:st|street)|fake st\w*"
    r"|baker street|springfield|foo|bar)\b|\b1?2?345\b",
    re.IGNORECASE,
)
# Dijkstra's algorithm is no personal data of Dijkstra's.
_EPONYM = re.compile(
    r"(?:['’]s?)?[ -](?:\w+ )?(?:algorithm|method|theorem|law|distribution|code|notation|filter|transform|test|sort"
    r"|search|tree|number|sequence|series|equation|function|machine|licen[cs]e|paradox|principle|rule|encoding|cipher|curve"
    r"|matrix|space|norm|index|score|coefficient|diagram|automaton|triangle|polynomial|process)s?\b",
    re.IGNORECASE,
)
_HOUSE = r"\d{1,5}\s?[A-Za-z]?"


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a person or a postal address: ``kind`` is ``name`` or ``address``, with where it stands."""

    kind: str
    text: str
    start: int


def named_in(texts: Sequence[str], model: str) -> list[list[Named]]:
    """Return the people and addresses that ``model`` finds in each of ``texts``, code left out, made-up ones too.

    Raises:
        ModelError: ``model`` is no token classification model that can be loaded, or the library for it is missing.
    """
    # A model reads blanks faster than code, and what it would call a name there is a variable.
    prose = [CODE.sub(lambda match: re.sub(r"\S", " ", match.group()), text) for text in texts]
    asked = [at for at, text in enumerate(prose) if re.search(r"[^\W\d_]{2}", text)]
    found: list[list[Named]] = [[] for _ in texts]
    if asked:
        told = _load(model)([prose[at] for at in asked])
        for at, entities in zip(asked, told, strict=True):
            found[at] = [one for entity in entities if (one := _judged(entity, texts[at])) is not None]
    return found


def _judged(entity: dict[str, Any], text: str) -> Named | None:
    start, end = int(entity["start"]), int(entity["end"])
    label = re.sub(r"[^A-Z]", "", re.sub(r"^[BILSEU]-", "", str(entity["entity_group"]).upper()))
    said = text[start:end].strip()
    start = text.index(said, start) if said else start
    if float(entity["score"]) < SURE or len(said) < 2:
        return None
    if label in _PEOPLE:
        nobody = " ".join(re.sub(r"['’]s$", "", said).casefold().split()) in _NOBODY
        return None if nobody or said.islower() or _EPONYM.match(text, end) else Named("name", said, start)
    if label in _ADDRESSES or label in _PLACES:
        place = _address(said, start, text)
        whole = place or (Named("address", said, start) if label in _ADDRESSES else None)
        return None if whole is None or _NOWHERE.search(whole.text) else whole
    return None


def _address(said: str, start: int, text: str) -> Named | None:
    """Return the place ``said`` with the number of the house beside it, None without one: a town is no address."""
    if re.search(rf"(?:^|\s){_HOUSE}(?:$|[\s,])", said):
        return Named("address", said, start)
    before = re.search(rf"(?<![\w.]){_HOUSE},? $", text[max(0, start - 9) : start])
    if before is not None:
        begun = start - len(before.group())
        return Named("address", text[begun : start + len(said)], begun)
    after = re.match(rf",? {_HOUSE}(?![\w.%°]|\s*(?:times|users|percent|km|miles))", text[start + len(said) :])
    return Named("address", said + after.group(), start) if after is not None else None


@lru_cache(maxsize=1)
def _load(model: str) -> Callable[[list[str]], list[list[dict[str, Any]]]]:
    """Return what asks ``model``: a folder, or a name on the hub."""
    hint = (
        "Set [safety] ner_model to a folder or hub name of a token classification model, or leave it out to look for no"
        " names and addresses."
    )
    folder = Path(model).expanduser()
    if (folder.is_absolute() or model.startswith(("~", "."))) and not folder.is_dir():
        raise ModelError(f"There is no folder {model} with a model that tells names.", hint)
    try:
        from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

        place = str(folder) if folder.is_dir() else model
        tokenizer = AutoTokenizer.from_pretrained(place)
        network = AutoModelForTokenClassification.from_pretrained(place)
    except (ImportError, OSError, ValueError) as error:
        why = str(error).split("\n", 1)[0]
        raise ModelError(f"The model {model}, which is to tell names, can't be loaded: {why}", hint) from error
    labels = {
        re.sub(r"[^A-Z]", "", re.sub(r"^[BILSEU]-", "", str(label).upper()))
        for label in network.config.id2label.values()
    }
    if labels.isdisjoint(_PEOPLE | _ADDRESSES | _PLACES):
        raise ModelError(f"The model {model} has no label for people or places: {', '.join(sorted(labels))}.", hint)
    if not tokenizer.is_fast:
        raise ModelError(f"The tokenizer of {model} does not say where a word stands.", hint)
    longest = min(tokenizer.model_max_length, getattr(network.config, "max_position_embeddings", 512))
    tokenizer.model_max_length = longest
    ask = pipeline(
        "token-classification", model=network, tokenizer=tokenizer, aggregation_strategy="first",
        stride=min(OVERLAP, longest // 4), device=-1,
    )  # fmt: skip

    def told(texts: list[str]) -> list[list[dict[str, Any]]]:
        return [list(entities) for entities in ask(texts, batch_size=8)]

    return told
