"""The review in a real browser: headless Chromium opens it by its token, draws it, and a key there is a decision."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.browser import browser, found
from tests.review_workspace import fill
from tests.test_web import serving
from tuneproof.datasets.workspace.errors import WorkspaceLocked
from tuneproof.datasets.workspace.workspace import Workspace

pytest.importorskip("textual_serve", reason="the extra web is not installed")
pytestmark = pytest.mark.skipif(found() is None, reason="no Chromium is installed here")


async def test_a_key_in_chromium_is_a_decision_on_disk_and_without_the_token_nothing_is_shown(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "shop")
    fill(workspace)
    with serving(workspace) as (_, host, token):
        async with browser() as page:
            await page.open(f"http://{host}/")
            assert await page.until_status(f"http://{host}/") == 403
            await page.until_shown("with its token")
            assert page.received == ""
            blank = await page.colours()
            page.statuses.clear()
            await page.open(f"http://{host}/?token={token}")
            assert await page.until_status(f"http://{host}/") == 200
            assert await page.value("location.search") == ""
            await page.until_received("How long may I keep a returned item?")
            for _ in range(200):
                if await page.colours() > max(20, 2 * blank):
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("nothing was drawn")
            await page.press("a")
            await page.until_received("1/10 judged")
    await freed(workspace, [("ada", "accept", "p01")])


async def test_a_page_whose_connection_is_lost_says_so_and_what_was_judged_is_on_disk(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "shop")
    fill(workspace)
    with serving(workspace) as (server, host, token):
        async with browser() as page:
            await page.open(f"http://{host}/?token={token}")
            await page.until_received("How long may I keep a returned item?")
            await page.press("x")
            await page.until_received("1/10 judged")
            server.kill()
            await page.until_shown("Session ended.")
    await freed(workspace, [("ada", "reject", "p01")])


async def freed(workspace: Workspace, expected: list[tuple[str, str, str]]) -> None:
    """Wait until the workspace is let go of, and look at what is in its journal."""
    for _ in range(100):
        await asyncio.sleep(0.1)
        try:
            with workspace.read() as con:
                said = con.execute("SELECT who, verb, subject_id FROM decisions").fetchall()
        except WorkspaceLocked:
            continue
        assert said == expected
        return
    pytest.fail("the tab still holds the workspace")
