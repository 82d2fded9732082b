"""The documentation that tuneproof-base is trained on: docstrings and read-mes of installed packages.

Knows which packages are held out, which texts are dropped and why, and how some of it is drawn again as replay.
Must not know how source is parsed or how a model is trained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tuneproof.datasets.bundled.suites import TrainingText, training_texts
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.train.base.grams import GramHasher, repeated, shares_any
from tuneproof.train.base.packages import DISTRIBUTIONS, Document, licence_of, read_distribution, require_installed

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tuneproof.train.base.grams import Hashes

#: Packages above this share of the bytes are never held out; held-out ones add up to at least the other.
_HELD_OUT_EACH, _HELD_OUT_TOTAL = 0.02, 0.04
#: Distributions that replay is drawn from: quick to read, on the training side, free of the standard library's text.
REPLAYED: tuple[str, ...] = ("scikit-learn", "textual", "huggingface_hub", "rich")
#: Problems drawn for replay come from another stream than those of the base's own training.
_REPLAY_SEED = 1_000_003
_DOCUMENT_SUFFIXES = {".md", ".mdx", ".rst", ".txt", ".yaml", ".yml", ".json", ".py", ".ipynb"}


@dataclass(frozen=True, slots=True)
class PackageShare:
    """One distribution's part of the corpus; sizes in UTF-8 bytes after everything was dropped."""

    name: str
    version: str
    licence: str
    split: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """The corpus after dropping: texts in source order, with the reason and number of what was dropped."""

    train: tuple[Document, ...]
    held_out: tuple[Document, ...]
    packages: tuple[PackageShare, ...]
    dropped: dict[str, int] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Hash of every text with its side, in order: equal exactly when the corpora are equal."""
        digest = blake2b(digest_size=16)
        for side, documents in (("train", self.train), ("held_out", self.held_out)):
            for document in documents:
                digest.update(f"{side}\0{document.name}\0{document.text}\0".encode("utf-8", "replace"))
        return digest.hexdigest()


def exclusion_texts(paths: Iterable[Path]) -> Iterator[str]:
    """The text of every readable documentation file under `paths`; a path that is not there is an error."""
    for root in paths:
        if not root.exists():
            raise SourceError(f"nothing to exclude at {root}", hint="Give an existing file or folder.")
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        for path in files:
            if path.suffix.lower() in _DOCUMENT_SUFFIXES:
                yield path.read_text(encoding="utf-8", errors="replace")


def build_corpus(forbidden: dict[str, Hashes], hasher: GramHasher | None = None) -> Corpus:
    """Read all distributions, choose the held-out ones, and drop duplicates and forbidden text.

    `forbidden` maps a reason to the sorted 13-gram hashes that no kept document may share.
    """
    hasher = hasher or GramHasher()
    read: dict[str, list[Document]] = {}
    about: dict[str, tuple[str, str]] = {}
    require_installed(DISTRIBUTIONS)
    for name in DISTRIBUTIONS:
        found = metadata.distribution(name)
        about[name] = (found.version, licence_of(found))
        read[name] = read_distribution(name)
    held = held_out_names({n: sum(len(d.text) for d in ds) for n, ds in read.items()})
    dropped: Counter[str] = Counter()
    held_out = _without_repeats([d for n in read if n in held for d in read[n]], hasher, dropped, "held-out duplicate")
    rules = dict(forbidden) | {"held-out package": hasher.union(d.text for d in held_out)}
    candidates = _without_repeats([d for n in read if n not in held for d in read[n]], hasher, dropped, "duplicate")
    train = _without_forbidden(candidates, rules, hasher, dropped)
    held_out = _without_forbidden(held_out, forbidden, hasher, dropped)
    packages = tuple(_share(n, about[n], n in held, held_out if n in held else train) for n in read)
    return Corpus(tuple(train), tuple(held_out), packages, dict(dropped))


def held_out_names(sizes: dict[str, int]) -> frozenset[str]:
    """Choose held-out distributions by a rule: in order of their names' hash, none large, until 4% is reached."""
    total = sum(sizes.values())
    chosen: list[str] = []
    taken = 0
    for name in sorted(sizes, key=lambda n: blake2b(n.lower().encode(), digest_size=8).digest()):
        if taken >= _HELD_OUT_TOTAL * total:
            break
        if 0 < sizes[name] <= _HELD_OUT_EACH * total:
            chosen.append(name)
            taken += sizes[name]
    return frozenset(chosen)


def _without_repeats(
    documents: list[Document], hasher: GramHasher, dropped: Counter[str], reason: str
) -> list[Document]:
    flags = repeated([d.text for d in documents], hasher)
    dropped[reason] += sum(flags)
    return [d for d, again in zip(documents, flags, strict=True) if not again]


def _without_forbidden(
    documents: Sequence[Document], forbidden: dict[str, Hashes], hasher: GramHasher, dropped: Counter[str]
) -> list[Document]:
    kept = []
    for document in documents:
        grams = hasher.grams(document.text)
        reason = next((r for r, known in forbidden.items() if shares_any(grams, known)), None)
        if reason is None:
            kept.append(document)
        else:
            dropped[reason] += 1
    return kept


def _share(name: str, about: tuple[str, str], held: bool, documents: Sequence[Document]) -> PackageShare:
    own = [d for d in documents if d.distribution == name]
    size = sum(len(d.text.encode("utf-8", "replace")) for d in own)
    return PackageShare(name, about[0], about[1], "held_out" if held else "train", len(own), size)


def replay_documents(n: int, tokens_each: int, seed: int, tokenizer: PreTrainedTokenizerFast) -> list[str]:
    """Draw `n` texts of at most `tokens_each` tokens of the kind the base has read, every second one problems.

    The same for the same seed, tokenizer and package versions. The distributions read are training-side ones from
    which nothing had to be dropped for the standard library's sake. Raises SourceError where they are not installed.
    """
    require_installed(REPLAYED)
    rng = Random(f"replay:{seed}")
    documents = [d.text for name in REPLAYED for d in read_distribution(name) if len(d.text) >= 2 * tokens_each]
    rng.shuffle(documents)
    solved = training_texts(seed + _REPLAY_SEED)
    texts = []
    for index in range(n):
        if index % 2 or not documents:
            texts.append(_packed_problems(solved, tokens_each, tokenizer))
        else:
            ids = tokenizer.encode(documents[index % len(documents)], add_special_tokens=False)[:tokens_each]
            texts.append(str(tokenizer.decode(ids)))
    return texts


def _packed_problems(solved: Iterator[TrainingText], tokens_each: int, tokenizer: PreTrainedTokenizerFast) -> str:
    """Problems one after another, parted by the token that opens a text in the base's training, where it exists."""
    parting = tokenizer.bos_token or "\n"
    packed = next(solved).text
    while True:
        longer = f"{packed}{parting}{next(solved).text}"
        if len(tokenizer.encode(longer, add_special_tokens=False)) > tokens_each:
            return packed
        packed = longer
