"""``review --web``: the same application in a browser of this machine, behind a token.

Knows the loopback address, a cookie and the command that each browser tab runs. It must not know the screens. Nothing
is answered without the token, nor under another host name: a page elsewhere can neither read nor drive the review.
"""

from __future__ import annotations

import hmac
import secrets
import shlex
import socket
import sys
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"
COOKIE = "tuneproof"


def serve(who: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the review of the current folder's workspace until ctrl+c; ``port`` 0 takes a free one.

    Raises:
        UsageError: the extra ``web`` is not installed, or the port is taken.
    """
    try:
        from textual_serve.server import Server
    except ImportError as error:
        raise UsageError("The web server is not installed.", "Run: pip install 'tuneproof[web]'") from error
    port = _free(port)
    token = secrets.token_urlsafe(24)
    program = "from tuneproof.tui.cli import main; main()"
    # The shell that starts a tab gives way to it, so that the tab is a child of this process and ends with it.
    command = "exec " + shlex.join([sys.executable, "-P", "-c", program, "review", "--as", who])

    class Guarded(Server):
        """The server, with the guard before every route."""

        async def _make_app(self) -> Any:
            app = await super()._make_app()
            app.middlewares.append(guard(token, f"{HOST}:{port}"))
            return app

        async def on_startup(self, app: Any) -> None:
            """Say where to look; the server's own words would leave out the token."""
            say(f"Review at http://{HOST}:{port}/?token={token}")
            say("Only this machine can reach it. ctrl+c ends it; every decision is on disk.")

        def initialize_logging(self) -> None:
            """Leave the terminal to what is said above."""

    Guarded(command, host=HOST, port=port, title="tuneproof").serve()


def guard(token: str, host: str) -> Any:
    """Return the middleware that lets through who holds ``token``, asking at ``host``, and turns it into a cookie."""
    from aiohttp import web

    @web.middleware
    async def check(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
        origin = request.headers.get("Origin")
        if request.headers.get("Host") != host or origin not in (None, f"http://{host}"):
            raise web.HTTPForbidden(text="This review answers to its own address only.\n")
        if request.path == "/" and _same(request.query.get("token", ""), token):
            answer = web.HTTPSeeOther("/")
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", path="/")
            raise answer
        if not _same(request.cookies.get(COOKIE, ""), token):
            raise web.HTTPForbidden(text="Open the address that tuneproof review --web said, with its token.\n")
        return await handler(request)

    return check


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"Port {port} can't be used: {error.strerror}.", "Choose another, or leave it out."
            ) from error
        return int(probe.getsockname()[1])
