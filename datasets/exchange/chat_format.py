"""How a base writes a conversation: its template as other programs can run it, and the tokens that end a turn.

Knows chat templates and the two files that name stop tokens. It must not know weights, nor any file format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import ModelError

# Only trainers know the tag pair that marks what carries loss; an `if` keeps its blanks and its effect on them.
_OPENS = re.compile(r"(\{%[-+]?\s*)generation(\s*[-+]?%\})")
_CLOSES = re.compile(r"(\{%[-+]?\s*)endgeneration(\s*[-+]?%\})")
_QUESTION, _ANSWER = "Zqu1", "Zan2"


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """A template without training tags, the text that ends an answer, and every token that stops one, by id."""

    template: str
    turn_end: str
    stops: tuple[tuple[int, str], ...]


def read_chat_format(base: Path, tokenizer: Any) -> ChatFormat:
    """Return how ``base``, whose ``tokenizer`` is loaded, writes a conversation.

    Raises:
        ModelError: it has no chat template, one that can't be rendered, or an answer that nothing ends.
    """
    source = tokenizer.chat_template
    if not isinstance(source, str) or not source:
        raise ModelError(f"{base} has no chat template.", "Use the instruct version of the base.")
    template = inference_template(source)
    turn_end = _turn_end(base, tokenizer, source, template)
    texts = {tokenizer.eos_token_id: tokenizer.eos_token} if tokenizer.eos_token_id is not None else {}
    known = {token_id: token.content for token_id, token in tokenizer.added_tokens_decoder.items()}
    for token_id in _generation_stops(base):
        if token_id in known:
            texts.setdefault(token_id, known[token_id])
    for token_id, text in known.items():
        if turn_end.strip().startswith(text):
            texts.setdefault(token_id, text)
    if not texts:
        raise ModelError(f"{base} names no token that ends an answer.", "Set eos_token in its tokenizer_config.json.")
    return ChatFormat(template, turn_end, tuple(sorted(texts.items())))


def inference_template(template: str) -> str:
    """Return ``template`` without ``generation`` tags, which only trainers know; it renders the same."""
    return _CLOSES.sub(r"\1endif\2", _OPENS.sub(r"\1if true\2", template))


def _turn_end(base: Path, tokenizer: Any, source: str, template: str) -> str:
    from jinja2.exceptions import TemplateError

    turns = [{"role": "user", "content": _QUESTION}, {"role": "assistant", "content": _ANSWER}] * 2
    try:
        trained = str(tokenizer.apply_chat_template(turns, tokenize=False, chat_template=source))
        used = str(tokenizer.apply_chat_template(turns, tokenize=False, chat_template=template))
    except (TemplateError, ValueError, TypeError) as error:
        raise ModelError(
            f"{base}: its chat template fails: {error}.", "Use the template that its makers ship."
        ) from error
    if trained != used:
        raise ModelError(
            f"{base}: its chat template renders differently without its training tags.",
            "Use the template that its makers ship.",
        )
    _, found, rest = used.rpartition(_ANSWER)
    if not found or not rest.strip():
        raise ModelError(
            f"{base}: its chat template writes nothing after an answer, so no program would know where it ends.",
            "Use the instruct version of the base.",
        )
    return rest


def _generation_stops(base: Path) -> Sequence[int]:
    path = base / "generation_config.json"
    if not path.is_file():
        return ()
    try:
        stated = json.loads(path.read_text("utf-8")).get("eos_token_id")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read: {error}.", "Download the base model again.") from error
    if isinstance(stated, int):
        return (stated,)
    return [one for one in stated or () if isinstance(one, int)]
