"""One question to an OpenAI-compatible endpoint, asked until the answer is of use or patience ends.

Knows the protocol, its faults and the pace. What is asked, and which answers are of use, its caller says. Faults that
pass (429, 5xx, time-outs, cut connections, answers that can't be parsed) are tried again with growing pauses; a
question that is refused (too long, say) is given up at once; what will never do (a wrong key) ends the work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from tuneproof.datasets.workspace.config import Llm
from tuneproof.datasets.workspace.errors import ConfigError, SourceError, UsageError
from tuneproof.datasets.workspace.identity import digest

MAX_PAUSE = 120.0  # seconds
PASSING = (408, 409, 425, 429)  # with 500 and above
HOPELESS = (401, 402, 403, 404, 405)
REFUSALS = 5  # questions in a row after which it is not the questions

Found = TypeVar("Found")


class Useless(Exception):
    """An answer that can't be used; its text says why."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[Found]):
    """What came of one question: ``value`` None if no answer was of use, ``reason`` then says why of the last.

    Tokens are those of every attempt that was answered: that is what is paid for.
    """

    value: Found | None
    text: str
    reason: str | None
    prompt_tokens: int
    completion_tokens: int
    attempts: int


class Client:
    """An endpoint with its pace; ``sleep`` is told every pause in seconds."""

    def __init__(self, settings: Llm, sleep: Callable[[float], None] = time.sleep) -> None:
        """Prepare for asking; nothing is sent yet.

        Raises:
            ConfigError: no endpoint, model or key is set.
            UsageError: the package openai is missing.
        """
        if not settings.endpoint or not settings.model:
            raise ConfigError("No language model is set.", 'Set [pairs.llm] endpoint = "http://..." and model = "..."')
        if find_spec("openai") is None:
            raise UsageError("The package openai is not installed.", "Run: pip install 'tuneproof[llm]'")
        import openai

        key = os.environ.get(settings.api_key_env, "") if settings.api_key_env else "none"
        if not key:
            raise ConfigError(
                f"The variable {settings.api_key_env} is empty.", f"Run: export {settings.api_key_env}=KEY"
            )
        self._settings = settings
        self._sleep = sleep
        self._next = 0.0
        self._form = 0
        self._refused = 0
        self._client = openai.OpenAI(
            base_url=settings.endpoint, api_key=key, timeout=settings.timeout_seconds, max_retries=0
        )

    def ask(
        self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], read: Callable[[str], Found]
    ) -> Reply[Found]:
        """Ask until ``read`` takes the answer; it raises ``Useless`` for one that can't be used.

        Raises:
            SourceError: the endpoint refuses for good, or can't be reached after all attempts.
        """
        import openai

        reason, text, reached = "never asked", "", False
        spent = [0, 0]
        for attempt in range(1, self._settings.attempts + 1):
            self._wait_turn()
            pause = self._pause(messages, attempt)
            try:
                answer = self._request(messages, schema)
                reached, self._refused = True, 0
                _count(answer, spent)
                text = _text(answer)
                return Reply(read(text), text, None, spent[0], spent[1], attempt)
            except Useless as error:
                reason = str(error)
            except openai.APIStatusError as error:
                reached = True
                reason = f"HTTP {error.status_code}: {str(error.message)[:200]}"
                if error.status_code < 500 and error.status_code not in PASSING:
                    self._refused += 1
                    if error.status_code in HOPELESS or self._refused >= REFUSALS:
                        raise _refused(self._settings, error.status_code, str(error.message)) from error
                    return Reply(None, text, reason, spent[0], spent[1], attempt)
                pause = max(pause, retry_after(error.response.headers.get("retry-after")))
            except openai.APIError as error:
                reason = f"{type(error).__name__}: {error.message}"
            except ValueError as error:  # half a JSON where the protocol wants a whole one
                reason = f"no JSON: {error}"
            if attempt < self._settings.attempts:
                self._sleep(min(MAX_PAUSE, pause))
        if not reached:
            raise SourceError(
                f"The endpoint {self._settings.endpoint} can't be reached: {reason}",
                "Check [pairs.llm] endpoint and start its server. What was answered is kept.",
            )
        return Reply(None, text, reason, spent[0], spent[1], self._settings.attempts)

    def _request(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any]) -> Any:
        """Send one request, in the newest way to ask for a schema that the endpoint takes."""
        import openai

        forms: tuple[dict[str, Any], ...] = (
            {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)}},
            {"type": "json_object", "schema": dict(schema)},
        )
        create: Any = self._client.chat.completions.create
        while True:
            try:
                return create(
                    model=self._settings.model,
                    messages=[dict(message) for message in messages],
                    temperature=self._settings.temperature,
                    max_tokens=self._settings.max_tokens,
                    response_format=forms[self._form],
                )
            except openai.APIStatusError as error:
                told = str(error)  # llama.cpp's Python server says so with 500, others with 400 or 422
                older = self._form + 1 < len(forms) and ("response_format" in told or "json_schema" in told)
                if not older:
                    raise
                self._form += 1

    def _wait_turn(self) -> None:
        now = time.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + 60.0 / self._settings.requests_per_minute

    def _pause(self, messages: Sequence[Mapping[str, str]], attempt: int) -> float:
        # Doubled each time, spread by up to a half so that many clients don't come back as one.
        spread = int(digest(str(attempt), *(message["content"] for message in messages)), 16) % 1000 / 2000
        return float(self._settings.backoff_seconds * 2 ** (attempt - 1) * (1 + spread))


def retry_after(stated: str | None) -> float:
    """Return the seconds that a ``Retry-After`` header asks for: a number or a date; 0 if it is neither."""
    if not stated:
        return 0.0
    try:
        return max(0.0, float(stated))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _count(answer: Any, spent: list[int]) -> None:
    usage = getattr(answer, "usage", None)
    if usage is not None:
        spent[0] += int(usage.prompt_tokens or 0)
        spent[1] += int(usage.completion_tokens or 0)


def _text(answer: Any) -> str:
    choices = getattr(answer, "choices", None)
    if not choices:
        raise Useless("an answer without choices")
    content = choices[0].message.content
    if not isinstance(content, str) or not content.strip():
        raise Useless("an empty answer")
    if choices[0].finish_reason == "length":
        raise Useless("an answer cut at max_tokens")
    return content


def _refused(settings: Llm, status: int, message: str) -> SourceError:
    what = message.splitlines()[0][:200] if message else ""
    hints = {
        401: "Check the key in api_key_env.",
        403: "Check the key in api_key_env.",
        404: "Check endpoint and model.",
    }
    return SourceError(
        f"The endpoint {settings.endpoint} refuses: HTTP {status} {what}",
        hints.get(status, "Check [pairs.llm] in tuneproof.toml.") + " What was answered is kept.",
    )
