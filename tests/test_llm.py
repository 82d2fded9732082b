"""Pairs from a language model, over a real server in a thread that speaks the protocol and breaks it on request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tuneproof.curate.pairing.llm_client import Client, Useless, retry_after
from tuneproof.curate.pairing.llm_prompts import for_training, read_pairs, read_paraphrases
from tuneproof.datasets.workspace.config import Llm
from tuneproof.datasets.workspace.errors import ConfigError, SourceError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

PAGES = {
    f"page{n}.md": f"# Kettle {n}\n\nKettle number {n} boils {n + 2} litres of water in {n + 3} minutes, whatever the "
    "weather does outside.\n"
    for n in range(4)
}
Fault = Callable[["Handler"], bool]


class Server(ThreadingHTTPServer):
    """What was asked, and what is to break."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.faults: list[Fault] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """Answers chat completions from the passage that it is given."""

    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        if self.server.faults and self.server.faults.pop(0)(self):
            return
        self.answer(json.dumps(_written(body)))

    def answer(self, content: str, finish: str = "stop") -> None:
        """Send a chat completion."""
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        self.send(200, json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m",
                                   "choices": [choice], "usage": usage}))  # fmt: skip

    def send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        """Send one response and close."""
        data = text.encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _written(body: dict[str, Any]) -> dict[str, Any]:
    text = body["messages"][1]["content"]
    form = body["response_format"]
    schema = form["schema"] if form["type"] == "json_object" else form["json_schema"]["schema"]
    if "questions" in schema["properties"]:
        question = text.split("\n")[1]
        return {
            "questions": [
                f"{start} {question}" for start in ("Tell me:", "Please say,", "I ask:", "So,", "Well,", "Now,")
            ]
        }
    passage = text.split("<passage>\n")[1].split("\n</passage>")[0]
    sentence = next(line for line in passage.splitlines() if line and not line.startswith("#"))
    name = " ".join(sentence.split()[:3])
    pair = {"question": f"How much does {name} boil?", "answer": sentence, "case_type": "limit", "quote": sentence}
    return {"pairs": [pair, {**pair, "question": "", "answer": ""}]}


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that answers until the test is over."""
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def workspace(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace over four pages whose model is the server; not built yet."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in PAGES.items():
        (docs / name).write_text(text)
    made = Workspace.init(tmp_path / "ws", _config(server))
    monkeypatch.chdir(made.root)
    assert run(["add", str(docs)]) == 0
    return made


def _config(server: Server, more: str = "") -> str:
    return (
        f'[pairs.llm]\nendpoint = "{server.endpoint}"\nmodel = "m"\nrequests_per_minute = 100000\n'
        f"backoff_seconds = 0.001\nattempts = 4\nprice_in = 1.0\nprice_out = 10.0\n{more}"
    )


def _settings(server: Server, **changes: Any) -> Llm:
    return Llm(**{"endpoint": server.endpoint, "model": "m", "requests_per_minute": 1e5, "backoff_seconds": 0.001,
                  "attempts": 4, **changes})  # fmt: skip


def _llm_pairs(workspace: Workspace) -> list[tuple[Any, ...]]:
    with workspace.read() as connection:
        return connection.execute(
            "SELECT question, answer, generator, chunk_id, status FROM pairs WHERE origin = 'llm' ORDER BY question"
        ).fetchall()


def _built(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["build", "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_model_is_asked_once_per_chunk_and_its_pairs_say_who_wrote_them(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _built(capsys, "--generate")["generated"][0]
    assert (first["asked"], first["pairs"], first["cached"]) == (4, 4, 0)
    assert (first["prompt_tokens"], first["completion_tokens"]) == (400, 80)
    assert first["cost"] == pytest.approx((400 * 1.0 + 80 * 10.0) / 1e6)
    pairs = _llm_pairs(workspace)
    assert [pair[0] for pair in pairs] == [f"How much does Kettle number {n} boil?" for n in range(4)]
    assert all(pair[2].startswith("llm.m.") and pair[3] and pair[4] == "pending" for pair in pairs)
    sent = server.asked[0]
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["max_tokens"] == 800
    again = _built(capsys, "--generate")["generated"][0]
    assert (again["asked"], again["pairs"], again["cached"]) == (0, 0, 4)
    assert len(server.asked) == 4
    assert _llm_pairs(workspace) == pairs


def test_without_the_switch_nothing_is_asked_and_what_was_answered_stands(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _built(capsys)["generated"][0]["waiting"] == 4
    assert server.asked == []
    _built(capsys, "--generate")
    before = _llm_pairs(workspace)
    page = workspace.root.parent / "docs" / "page0.md"
    page.write_text(PAGES["page0.md"].replace("litres", "pints"))
    _built(capsys)
    standing = [pair for pair in _llm_pairs(workspace) if pair[4] != "stale"]
    assert standing == before[1:]
    page.write_text(PAGES["page0.md"])
    assert _built(capsys)["generated"][0]["cached"] == 4
    assert _llm_pairs(workspace) == before
    assert len(server.asked) == 4


def _status(code: int, headers: dict[str, str] | None = None) -> Fault:
    def fault(handler: Handler) -> bool:
        handler.send(code, json.dumps({"error": {"message": "not now"}}), headers)
        return True

    return fault


def _content(text: str, finish: str = "stop") -> Fault:
    def fault(handler: Handler) -> bool:
        handler.answer(text, finish)
        return True

    return fault


def _half_a_response(handler: Handler) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "9999")
    handler.end_headers()
    handler.wfile.write(b'{"id": "1", "choi')
    handler.close_connection = True
    return True


def _half_a_json(handler: Handler) -> bool:
    handler.send(200, '{"id": "1", "choices": [')
    return True


def _hang(handler: Handler) -> bool:
    time.sleep(0.6)
    return True


def _no_choices(handler: Handler) -> bool:
    handler.send(200, '{"id": "1", "choices": []}')
    return True


FAULTS: dict[str, Fault] = {
    "429": _status(429, {"Retry-After": "0.01"}),
    "500": _status(500),
    "cut": _half_a_response,
    "half a protocol": _half_a_json,
    "hang": _hang,
    "half a JSON": _content('{"pairs": [{"question": "Wh'),
    "nonsense": _content("I'd rather talk about the weather."),
    "another schema": _content('["pairs"]'),
    "nothing": _content(""),
    "cut short": _content('{"pairs": []}', "length"),
    "a lie": _content('{"pairs": [{"question": "What is it, then?", "answer": "It is so.", "quote": "never said"}]}'),
    "no choices": _no_choices,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_tried_again(server: Server, fault: str) -> None:
    server.faults = [FAULTS[fault], FAULTS[fault]]
    client = Client(_settings(server, timeout_seconds=0.3))
    passage = "The kettle boils two litres."
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": f"<passage>\n{passage}\n</passage>"}]
    reply = client.ask(
        messages, {"properties": {}}, lambda text: read_pairs(text, passage, limit=200, count=2, require_quote=True)
    )
    assert reply.value and reply.value[0].answer == passage
    assert reply.attempts == len(server.asked) == 3


def test_no_answer_of_use_costs_its_tokens_and_loses_nothing(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults = [lambda _handler: False, *[FAULTS["nonsense"]] * 4]
    first = _built(capsys, "--generate")["generated"][0]
    assert (first["failed"], first["pairs"], first["prompt_tokens"]) == (1, 3, 700)
    with workspace.read() as connection:
        failed = connection.execute("SELECT reason FROM store.completions WHERE state = 'failed'").fetchall()
    assert "no JSON" in failed[0][0]
    again = _built(capsys, "--generate")["generated"][0]
    assert (again["asked"], again["cached"], again["pairs"]) == (1, 3, 1)


def test_a_refusal_for_good_ends_the_work_and_keeps_what_was_answered(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults = [lambda _handler: False, lambda _handler: False, _status(401)]
    assert run(["build", "--generate"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "401" in said[-2]
    assert len(server.asked) == 3
    assert len(_llm_pairs(workspace)) == 2
    assert _built(capsys, "--generate")["generated"][0]["asked"] == 2


def test_a_question_that_is_refused_is_given_up_and_the_others_are_asked(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults = [_status(400)]
    first = _built(capsys, "--generate")["generated"][0]
    assert (first["asked"], first["failed"], first["pairs"], len(server.asked)) == (4, 1, 3, 4)


@pytest.mark.parametrize("status", [400, 422, 500])
def test_an_endpoint_of_the_older_way_to_ask_for_json_is_asked_in_it(server: Server, status: int) -> None:
    def older(handler: Handler) -> bool:
        handler.send(status, json.dumps({"error": {"message": "response_format.type: 'text' or 'json_object'"}}))
        return True

    server.faults = [older]
    client = Client(_settings(server))
    messages = [{"role": "s", "content": ""}, {"role": "u", "content": "<passage>\na b c\n</passage>"}]
    for _ in range(2):
        assert client.ask(messages, {"properties": {}}, lambda text: text).value
    assert [asked["response_format"]["type"] for asked in server.asked] == ["json_schema", "json_object", "json_object"]


def test_a_killed_run_carries_on_where_it_was(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Client.ask
    count = 0

    def killed(self: Client, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return ask(self, *arguments)

    monkeypatch.setattr(Client, "ask", killed)
    assert run(["build", "--generate"]) != 0
    monkeypatch.setattr(Client, "ask", ask)
    assert len(_llm_pairs(workspace)) == 2
    assert _built(capsys, "--generate")["generated"][0]["asked"] == 2
    assert len(server.asked) == 4


def test_other_parameters_are_another_question(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    _built(capsys, "--generate")
    workspace.config_path.write_text(_config(server, "temperature = 0.9\n"))
    assert _built(capsys, "--generate")["generated"][0]["asked"] == 4
    assert len({pair[2] for pair in _llm_pairs(workspace)}) == 2


def test_paraphrases_are_of_trained_questions_and_never_of_evaluations_half(
    workspace: Workspace, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.config_path.write_text(_config(server, "paraphrases = 3\n"))
    reworded = _built(capsys, "--generate")["generated"][1]
    assert reworded["asked"] > 0
    with workspace.read() as connection:
        rows = connection.execute(
            "SELECT question, answer, document_id FROM pairs WHERE generator LIKE 'llm.paraphrase.m.%'"
        ).fetchall()
        trained = set(connection.execute(
            "SELECT answer, document_id FROM pairs WHERE generator NOT LIKE 'llm.paraphrase.%'"
        ).fetchall())  # fmt: skip
    assert rows
    assert all(for_training(row[0]) for row in rows)
    assert {row[1:] for row in rows} <= trained


def test_the_pace_is_kept(server: Server) -> None:
    client = Client(_settings(server, requests_per_minute=1200))
    messages = [{"role": "s", "content": ""}, {"role": "u", "content": "<passage>\na b\n</passage>"}]
    began = time.monotonic()
    for _ in range(4):
        client.ask(messages, {"properties": {}}, lambda text: text)
    assert time.monotonic() - began >= 3 * 60 / 1200


def test_pauses_grow_and_a_stated_one_is_waited_for(server: Server) -> None:
    pauses: list[float] = []
    server.faults = [_status(500), _status(429, {"Retry-After": "7"}), _status(503)]
    client = Client(_settings(server, backoff_seconds=1.0), pauses.append)
    client.ask([{"role": "s", "content": ""}, {"role": "u", "content": "<passage>\na b\n</passage>"}],
               {"properties": {}}, lambda text: text)  # fmt: skip
    waits = [pause for pause in pauses if pause > 0.1]
    assert 1.0 <= waits[0] <= 1.5
    assert waits[1] == 7.0
    assert 4.0 <= waits[2] <= 6.0


def test_retry_after_may_be_a_date() -> None:
    assert 50 < retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60))) <= 60
    assert retry_after("soon") == 0.0


def test_an_endpoint_that_is_not_there_is_named(server: Server) -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9/v1"):
        Client(_settings(server, endpoint="http://127.0.0.1:9/v1", attempts=2)).ask([], {}, str)


def test_asking_without_a_model_or_key_says_what_to_set(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError):
        Client(Llm())
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        Client(_settings(server, api_key_env="NO_SUCH_KEY"))


def test_a_paraphrase_keeps_names_and_numbers() -> None:
    asked = "What does `kettle.boil` take at 1.7 litres?"
    answer = json.dumps({"questions": ["What is taken by `kettle.boil` at 1.7 litres?", "What does it take?", asked]})
    assert read_paraphrases(answer, asked, count=5) == ["What is taken by `kettle.boil` at 1.7 litres?"]
    with pytest.raises(Useless):
        read_paraphrases('{"questions": []}', asked, count=5)
