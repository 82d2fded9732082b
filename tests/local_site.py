"""A web site on this machine, in a thread, that answers as a test tells it to; and a network that leads to it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]
PUBLIC = "93.184.216.34"


@dataclass
class Site:
    """Answers by path; ``asked`` counts requests. Without robots.txt among the answers there is none."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, path: str, body: str | bytes, kind: str = "text/html", **headers: str) -> None:
        """Answer ``path`` with a page; an ETag among the headers makes later requests that name it answer 304."""
        data = body.encode() if isinstance(body, str) else body
        sent = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(request: BaseHTTPRequestHandler) -> None:
            held = sent.get("ETag")
            status = 304 if held and request.headers.get("If-None-Match") == held else 200
            request.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **sent}.items():
                request.send_header(name, value)
            request.end_headers()
            if status == 200:
                request.wfile.write(data)

        self.answers[path] = answer

    def redirect(self, path: str, target: str, status: int = 302) -> None:
        self.answers[path] = lambda request: respond(request, status, Location=target)

    def status(self, path: str, status: int) -> None:
        self.answers[path] = lambda request: respond(request, status)


def respond(request: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    """Answer without a body."""
    request.send_response(status)
    for name, value in {"Content-Length": "0", **headers}.items():
        request.send_header(name, value)
    request.end_headers()


@contextmanager
def serve(context: Any = None) -> Iterator[Site]:
    """Run a site until the block ends; ``context`` is a TLS context for https."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            path = self.path.partition("?")[0]
            site.asked[self.path] += 1
            site.agents.add(self.headers.get("User-Agent", ""))
            answer = site.answers.get(self.path, site.answers.get(path))
            try:
                (answer or (lambda request: respond(request, 404)))(self)
            except OSError:
                return  # the client went away, which is what some tests are about

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that breaks off is no failure of a test."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def route(patch: pytest.MonkeyPatch, names: dict[str, list[str]]) -> Counter[str]:
    """Make a network where ``names`` have these addresses and the public one leads here; count the look-ups."""
    looked, resolve, connect = Counter[str](), socket.getaddrinfo, socket.socket.connect

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        looked[host] += 1
        if host not in names:
            return resolve(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in names[host]]

    def lead(self: socket.socket, place: Any) -> None:
        connect(self, ("127.0.0.1", *place[1:]) if place[0] == PUBLIC else place)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    patch.setattr(socket.socket, "connect", lead)
    return looked
