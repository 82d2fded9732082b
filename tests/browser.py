"""A headless Chromium driven by its DevTools protocol: pages, keys, what was sent to them and what they look like."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_SECONDS = 90.0


def found() -> str | None:
    """Return the command of an installed Chromium, or None."""
    return next((name for name in NAMES if shutil.which(name)), None)


class Page:
    """One page: its requests and the text that its sockets received are kept as they come."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        self.statuses: dict[str, int] = {}
        self.received = ""
        self._listening = asyncio.create_task(self._listen())

    async def ask(self, method: str, **values: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": values})
        answer = await asyncio.wait_for(self._answers[number], PATIENCE_SECONDS)
        assert "error" not in answer, answer
        return dict(answer["result"])

    async def open(self, url: str) -> None:
        await self.ask("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        answer = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key in the page's terminal, which a person would have pointed at."""
        await self.value("document.querySelector('textarea').focus()")
        code = {"code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=key, **code)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    async def until_received(self, words: str) -> None:
        await self._until(lambda: words in self.received, words)

    async def until_shown(self, words: str) -> None:
        """Wait until the page's own text holds ``words``; what a terminal draws is no text."""
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            if words in str(await self.value("document.body ? document.body.innerText : ''")):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{words!r} was never shown")

    async def until_status(self, url: str) -> int:
        await self._until(lambda: url in self.statuses, url)
        return self.statuses[url]

    async def colours(self) -> int:
        """Return how many colours the page shows now."""
        from PIL import Image

        picture = await self.ask("Page.captureScreenshot", format="png")
        with Image.open(io.BytesIO(base64.b64decode(picture["data"]))) as image:
            return len(image.convert("RGB").getcolors(maxcolors=2**24) or ())

    def close(self) -> None:
        self._listening.cancel()

    async def _until(self, holds: Any, words: str) -> None:
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            if holds():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{words!r} never came: {self.statuses} {self.received[-400:]!r}")

    async def _listen(self) -> None:
        async for message in self._socket:
            said = message.json()
            values = said.get("params", {})
            if "id" in said:
                self._answers[said["id"]].set_result(said)
            elif said["method"] == "Network.responseReceived":
                self.statuses[values["response"]["url"]] = values["response"]["status"]
            elif said["method"] == "Network.webSocketFrameReceived":
                frame = values["response"]
                data = frame["payloadData"]
                # The protocol gives binary frames in base64 and others as they are.
                self.received += base64.b64decode(data).decode("utf-8", "replace") if frame["opcode"] == 2 else data


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """Start Chromium in a folder of its own and give its one page."""
    import aiohttp

    command = found()
    assert command
    folder = tempfile.mkdtemp(prefix="tuneproof-chromium-")
    program = subprocess.Popen(
        [command, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-extensions", "--remote-debugging-port=0",
         "--window-size=1200,800", f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stderr
    try:
        port = await asyncio.to_thread(_port, program.stderr)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as listed:
                address = next(one for one in await listed.json() if one["type"] == "page")["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Network", "Runtime"):
                    await page.ask(f"{domain}.enable")
                await page.ask("Emulation.setFocusEmulationEnabled", enabled=True)
                yield page
                page.close()
    finally:
        program.terminate()
        program.wait(timeout=30)
        program.stderr.close()
        shutil.rmtree(Path(folder), ignore_errors=True)


def _port(lines: Any) -> int:
    for line in lines:
        said = re.search(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line)
        if said:
            return int(said[1])
    raise AssertionError("Chromium ended before it listened.")
