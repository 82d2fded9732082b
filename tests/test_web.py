"""The review in a browser: served on the loopback address, to the holder of the token alone."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.review_workspace import fill
from tuneproof.datasets.workspace.errors import WorkspaceLocked
from tuneproof.datasets.workspace.workspace import Workspace

pytest.importorskip("textual_serve", reason="the extra web is not installed")

PROGRAM = "from tuneproof.tui.cli import main; main()"


@contextmanager
def serving(workspace: Workspace) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Serve the review of ``workspace``; gives the server, its address and its token."""
    server = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "review", "--web", "--as", "ada"],
        cwd=workspace.root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert server.stderr
    said = re.search(r"http://(127\.0\.0\.1:\d+)/\?token=(\S+)", server.stderr.readline())
    assert said
    while _refused(said[1]):
        time.sleep(0.05)
    try:
        yield server, said[1], said[2]
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
        server.stderr.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str, str]]:
    """A review that is served: its workspace, its address and its token."""
    workspace = Workspace.init(tmp_path_factory.mktemp("web") / "shop")
    fill(workspace)
    with serving(workspace) as (_, host, token):
        yield workspace, host, token


def _refused(host: str) -> bool:
    """Whether the server, which says its address just before, does not listen yet."""
    address, _, port = host.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((address, int(port))) != 0


def answer(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as found:
            return int(found.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)


def test_nobody_gets_in_without_the_token(served: tuple[Workspace, str, str]) -> None:
    _, host, token = served
    for path in ("", "?token=wrong", "ws", "static/js/textual.js", "download/x"):
        assert answer(f"http://{host}/{path}") == 403, path
    cookie = f"tuneproof={token}"
    assert answer(f"http://{host}/", Cookie=cookie) == 200
    assert answer(f"http://{host}/", Cookie=cookie, Host="evil.example") == 403
    assert answer(f"http://{host}/", Cookie=cookie, Origin="http://evil.example") == 403


async def test_a_tab_ends_with_the_server_and_frees_the_workspace(tmp_path: Path) -> None:
    import aiohttp

    workspace = Workspace.init(tmp_path / "shop")
    fill(workspace)
    with serving(workspace) as (server, host, token):
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            async with session.get(f"http://{host}/?token={token}"):
                pass
            async with session.ws_connect(f"http://{host}/ws?width=120&height=40") as tab:
                await until(tab, "QUESTION")
                server.kill()
                server.wait(timeout=30)
    for _ in range(200):
        await asyncio.sleep(0.1)
        try:
            with workspace.write():
                return
        except WorkspaceLocked:
            continue
    pytest.fail("the tab still holds the workspace")


async def test_a_browser_tab_runs_the_review_and_its_verdict_is_on_disk(served: tuple[Workspace, str, str]) -> None:
    import aiohttp

    workspace, host, token = served
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(f"http://{host}/?token={token}") as page:
            assert page.status == 200
            assert "terminal" in await page.text()
        async with session.ws_connect(f"http://{host}/ws?width=120&height=40") as tab:
            await until(tab, "How long may I keep a returned item?")
            await tab.send_json(["stdin", "a"])
            await until(tab, "1/10 judged")
    for _ in range(100):
        await asyncio.sleep(0.1)
        if not Path(f"{workspace.database}.wal").exists():
            break
    with workspace.read() as con:
        assert con.execute("SELECT who, verb, subject_id FROM decisions").fetchall() == [("ada", "accept", "p01")]


async def until(tab: object, words: str) -> None:
    """Read what the browser is sent until ``words`` were drawn."""
    seen = ""
    while words not in seen:
        message = await asyncio.wait_for(tab.receive(), 60)  # type: ignore[attr-defined]
        assert isinstance(message.data, bytes | str), seen[-500:]
        seen += message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
