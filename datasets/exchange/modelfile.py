"""Ollama's Modelfile: the GGUF file, how a conversation is written, what stops an answer, and the terms.

Knows the grammar of Modelfiles and Go templates as far as it writes them. A template is written only where the base's
own is a plain row of turns: Ollama would put a wrong one before the one inside the GGUF file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneproof.datasets.exchange.chat_format import ChatFormat
from tuneproof.datasets.workspace.errors import DataError

QUOTES = '"""'
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Turns:
    """A chat template taken apart: what stands before and after each role's text, and before an answer."""

    start: str
    around: Mapping[str, tuple[str, str]]
    reply: str

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return a conversation that awaits its answer, as the template taken apart writes it."""
        parts = (f"{self.around[m['role']][0]}{m['content']}{self.around[m['role']][1]}" for m in messages)
        return f"{self.start}{''.join(parts)}{self.reply}"


def take_apart(template: str, tokenizer: Any) -> Turns | None:
    """Return ``template`` as a plain row of turns, or None if it is more than that."""
    from jinja2.exceptions import TemplateError

    def render(messages: Sequence[Mapping[str, str]], *, reply: bool = True) -> str:
        return str(tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=reply, chat_template=template
        ))  # fmt: skip

    texts = {role: f"Z{role}Z" for role in _ROLES}
    order = ("system", "user", "assistant", "user", "assistant")
    try:
        whole = render([{"role": role, "content": texts[role]} for role in order], reply=False)
        asked = render([{"role": "user", "content": texts["user"]}])
        bare = render([{"role": "user", "content": texts["user"]}], reply=False)
    except (TemplateError, ValueError, TypeError):
        return None
    if not asked.startswith(bare):
        return None
    pieces = _split(whole, [texts[role] for role in order])
    lone = _split(bare, [texts["user"]])
    if pieces is None or lone is None:
        return None
    found = _turns(pieces, lone, asked[len(bare) :])
    return found if found and all(found.render(each) == render(each) for each in _trials()) else None


def modelfile(weights: str, chat: ChatFormat, turns: Turns | None, system: str, context: int, licence: str) -> str:
    """Return the Modelfile over the GGUF file named ``weights``, which adds a leading bos token by itself.

    Raises:
        DataError: a text holds three quotes, which a Modelfile can't say.
    """
    lines = [f"FROM ./{weights}"]
    if turns is not None:
        lines.append(f"TEMPLATE {_quoted(go_template(turns))}")
    lines += [f"PARAMETER stop {json.dumps(text, ensure_ascii=False)}" for _, text in chat.stops]
    lines += ["PARAMETER temperature 0.2", f"PARAMETER num_ctx {context}"]
    if system:
        lines.append(f"SYSTEM {_quoted(system)}")
    if licence:
        lines.append(f"LICENSE {_quoted(licence)}")
    return "\n".join(lines) + "\n"


def go_template(turns: Turns) -> str:
    """Return the Go template of a plain row of turns; the bos token is left to the tokenizer."""
    parts = []
    for number, role in enumerate(_ROLES):
        before, after = turns.around[role]
        word = "if" if number == 0 else "else if"
        parts.append(f'{{{{ {word} eq .Role "{role}" }}}}{_literal(before)}{{{{ .Content }}}}{_literal(after)}')
    return "{{ range .Messages }}" + "".join(parts) + "{{ end }}{{ end }}" + _literal(turns.reply)


def _literal(text: str) -> str:
    # As a Go string: what stands between actions verbatim could be trimmed or taken for one.
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if text else ""


def _split(text: str, marks: Sequence[str]) -> list[str] | None:
    pieces = []
    for mark in marks:
        before, found, text = text.partition(mark)
        if not found:
            return None
        pieces.append(before)
    return [*pieces, text]


def _turns(pieces: Sequence[str], lone: Sequence[str], reply: str) -> Turns | None:
    """Find where each turn's end and the next one's start meet: user to assistant stands twice, so does the reply."""
    start_system, to_user, to_answer, to_user_again, to_answer_again, end = pieces
    start_user, after_user = lone
    if to_answer != to_answer_again or not to_answer.startswith(after_user) or to_answer[len(after_user) :] != reply:
        return None
    if not to_user_again.startswith(end):
        return None
    user = to_user_again[len(end) :]
    if not start_user.endswith(user) or not to_user.endswith(user):
        return None
    start = start_user[: len(start_user) - len(user)]
    if not start_system.startswith(start):
        return None
    system = (start_system[len(start) :], to_user[: len(to_user) - len(user)])
    return Turns(start, {"system": system, "user": (user, after_user), "assistant": (reply, end)}, reply)


def _trials() -> list[list[dict[str, str]]]:
    ask, answer = {"role": "user", "content": "How, {{ then }}?"}, {"role": "assistant", "content": "So:\n`x`"}
    system = {"role": "system", "content": "Be brief."}
    return [[ask], [system, ask], [ask, answer, ask], [system, ask, answer, ask, answer, ask]]


def _quoted(text: str) -> str:
    if QUOTES in text:
        raise DataError(
            "A text for the Modelfile holds three quotes, which it can't say.", "Change [pairs] system_prompt."
        )
    return f"{QUOTES}{text}{QUOTES}"
