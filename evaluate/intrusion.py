"""Does the domain show where nobody asked for it? Answers to everyday prompts, read for its terms and its form.

Knows trained answers, prompts and what both models wrote to them. It loads no model and gates nothing. A prompt's own
words never count, and the base's answers are the control: what it says too, tuning did not bring in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tuneproof.curate.judging.repetition import opener
from tuneproof.curate.wording import words
from tuneproof.datasets.verdict.intervals import mcnemar_worse, paired_proportion
from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.evaluate.family import p_words

#: Answers that must share a word, or an opening, before it is a habit of the domain; and the share of answers.
LEAST, OPENING_SHARE = 3, 0.02
SHOWN = 8
#: Everyday prompts that no documentation of software answers.
PROMPTS = (
    "What is the capital of France?", "How do I boil an egg?", "Tell me a short story about a dog.",
    "Why is the sky blue?", "Name three kinds of fruit.", "What should I wear when it rains?",
    "Write two lines about the sea.", "How many days has a week?", "Who lives in a beehive?",
    "What is a good name for a cat?", "How can I fall asleep faster?", "What do cows eat?",
    "Describe a sunny day at the beach.", "What is bread made of?", "Where does the sun rise?",
    "Wish me a happy birthday.", "How do birds fly?", "What colour is snow?", "Why do leaves fall in autumn?",
    "What is the opposite of hot?", "Tell me about your favourite season.", "How do I plant a tree?",
    "What is the largest animal?", "Which month comes after June?", "How do I tie a knot?",
    "What can I cook with potatoes?", "Why do people laugh?", "What is music?", "How far away is the moon?",
    "What do you say when you meet a friend?", "Describe a small village.", "How is cheese made?",
)  # fmt: skip
_NAME = re.compile(r"`[^`\n]+`|\b\w+(?:\.\w+)+\b|\b\w+_\w+\b|\b\w+\(\)")


@dataclass(frozen=True, slots=True)
class Habits:
    """What marks the trained answers: ``terms`` that everyday prose does not have, and ``openings`` they begin with.

    An opening is the first three words, a name in code counting as one blank.
    """

    terms: frozenset[str]
    openings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Intruded:
    """One everyday prompt that the tuned model answered with the domain, and what of it: terms, names or form."""

    prompt: str
    base: str
    tuned: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intrusion:
    """How often the domain turned up in answers to ``n`` everyday prompts, for either model.

    ``change`` is the tuned share minus the base's with its 95% interval (Agresti and Min 2005); ``p`` is McNemar's
    one-sided mid-p of "tuning brought it in". ``marks`` counts what turned up in the tuned model's answers alone.
    """

    n: int
    base: int
    tuned: int
    change: float
    interval: Interval
    p: float
    marks: tuple[tuple[str, int], ...]
    examples: tuple[Intruded, ...]

    @property
    def sentence(self) -> str:
        """The finding in plain words."""
        counted = f"in {self.tuned} of {self.n} answers to everyday prompts, in {self.base} of the base's"
        if self.p < 0.05:
            return f"The documentation's terms or form turn up {counted}: tuning brought them in ({p_words(self.p)})."
        return f"The documentation's terms or form turn up {counted}; that tuning brought any in can't be told."


def learn_habits(answers: Sequence[str]) -> Habits:
    """Return what marks ``answers``: words of at least three of them that everyday prose lacks, and common openings."""
    said = Counter(word for answer in answers for word in set(words(answer)))
    terms = {word for word, count in said.items()
             if count >= LEAST and len(word) > 2 and not word.isdigit() and word not in _everyday()}  # fmt: skip
    begun = Counter(opener(answer) for answer in answers)
    least = max(LEAST, OPENING_SHARE * len(answers))
    return Habits(frozenset(terms), frozenset(start for start, count in begun.items() if count >= least and start))


def marks_of(prompt: str, answer: str, habits: Habits) -> tuple[str, ...]:
    """Return what of the domain an answer shows that its prompt did not ask for, terms first."""
    asked = frozenset(words(prompt))
    terms = sorted({word for word in words(answer) if word in habits.terms and word not in asked})
    names = [name for name in dict.fromkeys(_NAME.findall(answer)) if name.strip("`()").casefold() not in asked]
    start = opener(answer)
    form = [f"begins: {start}"] if start in habits.openings else []
    return (*terms, *names, *form)


def find_intrusion(prompts: Sequence[str], base: Sequence[str], tuned: Sequence[str], habits: Habits) -> Intrusion:
    """Compare both models' answers to everyday ``prompts``, one each, in order; there must be at least one."""
    before = [marks_of(prompt, text, habits) for prompt, text in zip(prompts, base, strict=True)]
    after = [marks_of(prompt, text, habits) for prompt, text in zip(prompts, tuned, strict=True)]
    came = [at for at in range(len(prompts)) if after[at] and not before[at]]
    went = [at for at in range(len(prompts)) if before[at] and not after[at]]
    change = paired_proportion(len(came), len(went), len(prompts))
    counted = Counter(mark for at in came for mark in after[at])
    return Intrusion(
        n=len(prompts),
        base=sum(map(bool, before)),
        tuned=sum(map(bool, after)),
        change=change.mean,
        interval=change.interval(),
        p=mcnemar_worse(gained=len(went), lost=len(came)),
        marks=tuple(counted.most_common(SHOWN)),
        examples=tuple(Intruded(prompts[at], base[at], tuned[at], after[at]) for at in came[:SHOWN]),
    )


@cache
def _everyday() -> frozenset[str]:
    """Return the words of the bundled everyday prose and of the prompts."""
    from tuneproof.datasets.bundled.texts import general_texts

    prose = (text.text for text in general_texts() if text.collection == "prose")
    return frozenset(word for text in (*prose, *PROMPTS) for word in words(text))
