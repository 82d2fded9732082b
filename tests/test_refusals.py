"""What can't be trained is refused in one line that says what and one that says what to do; what can, is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.tiny_model import make_base
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.snapshots import SnapshotRow, freeze
from tuneproof.train.launch import prepare_run, start
from tuneproof.train.progress import read_status
from tuneproof.train.shortage import is_shortage, what_to_change

FETCH = """
import sys
from pathlib import Path
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.errors import ModelError
try:
    base_folder(sys.argv[1], Path())
except ModelError as error:
    print(error.message); print(error.hint)
"""


def make_set(folder: Path, answer: str) -> Path:
    rows = [
        SnapshotRow(
            "train",
            [{"role": "user", "content": f"What is {n}?"}, {"role": "assistant", "content": answer}],
            {"row": n},
        )
        for n in range(8)
    ]
    return freeze(folder, rows, [], {}).path


def train(folder: Path, base: Path, snapshot: Path, **changes: Any) -> Path:
    """Run a short training and return its folder, however it ended."""
    settings = Train(replay=0, epochs=1, batch_size=4, threads=1).model_copy(update=changes)
    run_dir = prepare_run(folder / "runs", snapshot, base, settings, None)
    start(run_dir).wait(300)
    return run_dir


def test_pairs_beyond_the_context_and_a_base_without_a_template_are_refused(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base", context=64)
    long = train(tmp_path, base, make_set(tmp_path / "datasets", "It opens the valve. " * 40), max_length=256)
    status = read_status(long)
    assert status.state == "failed"
    assert status.message == "8 of 8 pairs are longer than the 64 tokens that the base reads."
    assert status.hint and status.hint.startswith("Set [train] max_length = 64")

    (base / "chat_template.jinja").unlink()
    silent = read_status(train(tmp_path, base, make_set(tmp_path / "datasets", "It opens."), max_length=64))
    assert silent.state == "failed" and "has no chat template" in str(silent.message)
    assert silent.hint == "Use the instruct version of the base."


def test_a_base_without_a_pad_token_is_trained_and_still_learns_where_a_turn_ends(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    for name in ("tokenizer_config.json", "config.json"):
        stated = json.loads((base / name).read_text("utf-8"))
        stated.pop("pad_token", None), stated.pop("pad_token_id", None)
        (base / name).write_text(json.dumps(stated), "utf-8")
    run_dir = train(tmp_path, base, make_set(tmp_path / "datasets", "It opens."), max_length=64)
    assert read_status(run_dir).state == "finished", (run_dir / "train.log").read_text()[-2000:]
    trained_on = read_json(run_dir / "manifest.json")["loss_mask"]["example"]["trained_on"]
    assert trained_on.startswith("It opens.") and trained_on != "It opens."


class Hub(BaseHTTPRequestHandler):
    """A hub on which ``owner/gated`` is gated and nothing else exists, in the headers that hubs answer with."""

    def do_GET(self) -> None:
        gated = "/owner/gated/" in f"{self.path}/"
        self.send_response(403 if gated else 404)
        self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_gated_and_a_missing_hub_model_are_told_apart(hub: str, tmp_path: Path) -> None:
    environment = {**os.environ, "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}

    def fetch(name: str) -> list[str]:
        command = [sys.executable, "-W", "ignore", "-c", FETCH, name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
        return done.stdout.splitlines()

    gated, missing = fetch("owner/gated"), fetch("owner/missing")
    assert gated[0] == "The hub model 'owner/gated' is gated: its owner grants access by request."
    assert "Accept its terms" in gated[1] and len(gated) == 2
    assert missing[0] == "There is no hub model 'owner/missing', or it is private."
    assert "Check the name" in missing[1] and len(missing) == 2


def test_memory_that_ran_out_is_answered_with_changes_and_what_each_needs(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    assert is_shortage(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"))
    assert not is_shortage(RuntimeError("shapes do not match"))
    wanted = Train(method="full", batch_size=4096, max_length=2048).model_dump(mode="json")
    said = what_to_change({"train": wanted, "base": str(base)}, cuda=False)
    assert said.startswith("This run needs about ") and "batch_size = 2048 needs " in said and said.count(" GB") >= 3
    shutil.rmtree(base)
    assert "Lower [train] batch_size" in what_to_change({"train": wanted, "base": str(base)}, cuda=False)
