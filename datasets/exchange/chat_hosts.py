"""Chat JSON lines for hosts that fine-tune over an API, checked by every rule that they document.

Knows the rules of OpenAI's chat format, which Together and others take too, and what each host adds. Tokens are
estimated from bytes: which tokenizer the host will use is not known here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tuneproof.datasets.exchange.handoff import Handoff, Recipe, Rows, messages_lines
from tuneproof.datasets.workspace.errors import DataError

MIN_EXAMPLES, GOOD_EXAMPLES = 10, 50
MAX_BYTES = 512 * 10**6
TOKENS_AN_EXAMPLE = (16_385, 65_536)  # the limits of the smaller and the larger bases; more is cut off
BYTES_A_TOKEN = 3.5
TARGET_EPOCHS, FEWEST, MOST, MAX_EPOCHS = 3, 100, 25_000, 25
_ROW_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
_MESSAGE_KEYS = {"role", "content", "name", "function_call", "weight", "tool_calls", "tool_call_id"}
_ROLES = {"system", "user", "assistant", "function", "tool"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What breaks (error) or weakens (warning) a file: ``line`` counts from 1, 0 means the file as a whole."""

    line: int
    severity: Literal["error", "warning"]
    rule: str
    message: str


def check_chat(text: str, *, together: bool = False) -> list[Problem]:
    """Return everything that a chat file in ``text`` breaks; ``together`` adds that host's rules."""
    problems = list(_check_file(text))
    kinds: Counter[frozenset[str]] = Counter()
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            problems.append(Problem(number, "error", "json", f"no JSON: {error}"))
            continue
        if isinstance(row, Mapping):
            kinds[frozenset(row)] += 1
        problems += [Problem(number, *found) for found in _check_row(row)]
        if together and isinstance(row, Mapping):
            problems += [Problem(number, "error", "alternation", found) for found in _check_turns(row.get("messages"))]
    if together and len(kinds) > 1:
        problems.append(Problem(0, "error", "one_format", "rows of more than one format"))
    return problems


def estimate_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """Return about how many tokens a conversation is: 3 a message, its texts, 1 for a name, and 3 for the reply."""
    total = 3.0
    for message in messages:
        total += 3 + sum(len(str(value).encode()) for key, value in message.items() if key != "weight") / BYTES_A_TOKEN
        total += "name" in message
    return round(total)


def default_epochs(examples: int) -> int:
    """Return how often the host goes through a file of that many examples if it is not told."""
    if examples * TARGET_EPOCHS < FEWEST:
        return min(MAX_EPOCHS, FEWEST // examples)
    if examples * TARGET_EPOCHS > MOST:
        return max(1, MOST // examples)
    return TARGET_EPOCHS


def openai(rows: Rows, recipe: Recipe) -> Handoff:
    """Return chat files for OpenAI and the hosts that take its format.

    Raises:
        DataError: a rule is broken.
    """
    files, facts = _files(rows, recipe, together=False)
    command = (
        "openai api files.create -p fine-tune -f train.jsonl"
        " && openai api fine_tuning.jobs.create -m MODEL -F FILE_ID_IT_PRINTED"
    )
    return Handoff("openai", files, command, (
        "The model is one of the host's: the plan, the base and the adapter of this workspace do not apply.",
        "OpenAI is closing self-serve fine-tuning; Azure, Together, Fireworks and others take this format.",
        "Rank, warm-up and replay can't be set. Tokens are estimated, not counted.",
    ), facts)  # fmt: skip


def together(rows: Rows, recipe: Recipe) -> Handoff:
    """Return chat files for Together.

    Raises:
        DataError: a rule is broken.
    """
    files, facts = _files(rows, recipe, together=True)
    rate, epochs = f"{recipe.learning_rate:g}", max(1, round(recipe.epochs))
    command = (
        "together files upload train.jsonl && together fine-tuning create --training-file FILE_ID_IT_PRINTED"
        f" --model MODEL --lora --n-epochs {epochs} --learning-rate {rate}"
    )
    return Handoff("together", files, command, (
        "The model is one of the host's: name the one that is this workspace's base, if it is offered.",
        "Replay of general text is not part of it. Tokens are estimated, not counted.",
    ), facts)  # fmt: skip


def _files(rows: Rows, recipe: Recipe, *, together: bool) -> tuple[dict[str, str], dict[str, Any]]:
    files = {"train.jsonl": messages_lines(rows.train)}
    if rows.validation:
        files["validation.jsonl"] = messages_lines(rows.validation)
    warnings: Counter[str] = Counter()
    for name, text in files.items():
        for problem in check_chat(text, together=together):
            if problem.severity == "error" and not (problem.rule == "few_examples" and name != "train.jsonl"):
                where = f"{name}, line {problem.line}" if problem.line else name
                raise DataError(f"{where}: {problem.message}.", "Mend that, then run: tuneproof gate")
            if problem.severity == "warning":
                warnings[f"{name}: {problem.rule}"] += 1
    facts = {
        "examples": len(rows.train),
        "estimated_tokens": sum(estimate_tokens(row) for row in rows.train),
        "epochs_if_not_told": default_epochs(len(rows.train)),
        "warnings": dict(warnings),
    }
    return files, facts


def _check_file(text: str) -> Iterator[Problem]:
    size, lines = len(text.encode("utf-8", "surrogatepass")), text.count("\n") + (not text.endswith("\n"))
    if size > MAX_BYTES:
        yield Problem(0, "error", "file_size", f"{size / 1e6:,.0f} MB, at most {MAX_BYTES / 1e6:,.0f} are taken")
    if text.startswith("\ufeff"):
        yield Problem(0, "error", "encoding", "a byte order mark at the start")
    if lines < MIN_EXAMPLES:
        yield Problem(0, "error", "few_examples", f"{lines} examples, at least {MIN_EXAMPLES} are needed")
    elif lines < GOOD_EXAMPLES:
        yield Problem(0, "warning", "few_examples", f"{lines} examples; gains begin at {GOOD_EXAMPLES} to 100")


_Found = tuple[Literal["error", "warning"], str, str]


def _check_row(row: object) -> Iterator[_Found]:
    if not isinstance(row, Mapping):
        yield "error", "data_type", "not an object"
        return
    for key in sorted(set(row) - _ROW_KEYS):
        yield "error", "unrecognized_key", f"the key {key!r}, which hosts refuse"
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "error", "missing_messages_list", "no list of messages"
        return
    for message in messages:
        yield from _check_message(message)
    turns = [message for message in messages if isinstance(message, Mapping)]
    roles = [message.get("role") for message in turns]
    answers = [message for message in turns if message.get("role") == "assistant"]
    if not answers:
        yield "error", "example_missing_assistant_message", "no answer"
    elif all(message.get("weight", 1) == 0 for message in answers):
        yield "error", "weight", "no answer with weight 1"
    elif roles[-1] != "assistant":
        yield "warning", "last_message", "the last message is no answer"
    for role in ("system", "user"):
        if role not in roles:
            yield "warning", f"missing_{role}", f"no {role} message"
    tokens = estimate_tokens(turns)
    if tokens > TOKENS_AN_EXAMPLE[0]:
        severe: Literal["error", "warning"] = "error" if tokens > TOKENS_AN_EXAMPLE[1] else "warning"
        yield (
            severe,
            "tokens",
            f"about {tokens:,} tokens; hosts cut at {TOKENS_AN_EXAMPLE[0]:,} to {TOKENS_AN_EXAMPLE[1]:,}",
        )


def _check_message(message: object) -> Iterator[_Found]:
    if not isinstance(message, Mapping):
        yield "error", "data_type", "a message that is no object"
        return
    calls = message.get("function_call") or message.get("tool_calls")
    if "role" not in message or ("content" not in message and not calls):
        yield "error", "message_missing_key", "a message without role or content"
    for key in sorted(set(message) - _MESSAGE_KEYS):
        yield "error", "message_unrecognized_key", f"a message with the key {key!r}"
    if message.get("role") not in _ROLES:
        yield "error", "unrecognized_role", f"the role {message.get('role')!r}"
    content = message.get("content")
    if not calls and (not isinstance(content, str) or not content):
        yield "error", "missing_content", "a message without text"
    weight = message.get("weight", 1)
    if "weight" in message and (message.get("role") != "assistant" or isinstance(weight, bool) or weight not in (0, 1)):
        yield "error", "weight", f"the weight {weight!r}: 0 or 1, on answers only"


def _check_turns(messages: object) -> Iterator[str]:
    if not isinstance(messages, list):
        return
    roles = [message.get("role") for message in messages if isinstance(message, Mapping)]
    body = roles[1:] if roles[:1] == ["system"] else roles
    if body != ["user", "assistant"] * (len(body) // 2) or not body:
        yield "the turns are not user and assistant in turn"
