"""One page off the web: within limits, by the site's own rules, and never into the local network by accident.

Knows http and https, redirects, robots.txt and which addresses are public. Every hop is checked anew: its scheme, its
robots.txt, and all addresses of its host; the connection goes to an address that was checked, so that a name which
changes its address in between gains nothing. Proxies are not used, for they would resolve names themselves. It must
not know where pages are kept, nor what is in them.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from tuneproof.curate.reading.addresses import SCHEMES, FetchError, is_public, normalise

if TYPE_CHECKING:
    from protego import Protego
    from urllib3.response import BaseHTTPResponse

AGENT = "tuneproof"
MAX_HOPS = 5
STEP = 1 << 16  # bytes
ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: what a crawler reads of it at least
REDIRECTS = (301, 302, 303, 307, 308)
PASSING = (408, 425, 429)  # the only refusals that may be over at the next try

Wanted = Callable[[str, str], bool]
"""Say whether a page of this media type at this address is read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may take: bytes, seconds with all redirects, and whether hosts of the local network may answer."""

    max_bytes: int
    max_seconds: float
    allow_private: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered: ``body`` is None if it is as it was (304)."""

    final_url: str
    body: bytes | None
    media_type: str
    etag: str | None
    last_modified: str | None


@dataclass(slots=True)
class Web:
    """A visit to the web under ``limits``; each site's robots.txt is asked for once."""

    limits: Limits
    _rules: dict[str, Protego | FetchError] = field(default_factory=dict)

    def fetch(self, url: str, wanted: Wanted, known: Mapping[str, str] | None = None, final_url: str = "") -> Page:
        """Return the page at ``url``; ``known`` are the headers that ask ``final_url`` whether it has changed.

        Raises:
            FetchError: a limit, a rule or an address stands in the way, or the site gives nothing.
        """
        return self._fetch(url, wanted, self.limits, known or {}, final_url, obey=True)

    def delay(self, url: str) -> float:
        """Return the seconds that a site asks to be left alone for between two pages, at most 30."""
        rules = self._rules.get(_origin(url))
        asked = None if rules is None or isinstance(rules, FetchError) else rules.crawl_delay(AGENT)
        return min(asked or 0.0, 30.0)

    def _fetch(
        self, url: str, wanted: Wanted, limits: Limits, known: Mapping[str, str], final_url: str, *, obey: bool
    ) -> Page:
        deadline = time.monotonic() + limits.max_seconds
        asked, seen = normalise(url), set[str]()
        while True:
            if asked in seen or len(seen) > MAX_HOPS:
                reason = "it redirects in a circle" if asked in seen else f"it redirects more than {MAX_HOPS} times"
                raise FetchError(url, reason, "Name the address that it should lead to.")
            seen.add(asked)
            if obey:
                self._obey(asked)
            with _answer(asked, limits, deadline, known if asked == final_url else {}) as response:
                target = response.headers.get("location")
                if response.status in REDIRECTS and target:
                    asked = _redirected(asked, target)
                    continue
                return _page(asked, response, wanted, limits)

    def _obey(self, url: str) -> None:
        origin = _origin(url)
        if origin not in self._rules:
            self._rules[origin] = self._read_rules(origin)
        rules = self._rules[origin]
        if isinstance(rules, FetchError):
            raise FetchError(url, f"its robots.txt can't be had ({rules.reason})", rules.hint, down=rules.down)
        if not rules.can_fetch(url, AGENT):
            raise FetchError(
                url, f"{origin}/robots.txt disallows it", "Ask the site for its documents, or add a copy.", lasting=True
            )

    def _read_rules(self, origin: str) -> Protego | FetchError:
        """Return a site's rules: none where it has no robots.txt (4xx), an error where it gives no answer."""
        from protego import Protego

        limits = Limits(ROBOTS_BYTES, self.limits.max_seconds, self.limits.allow_private)
        try:
            page = self._fetch(f"{origin}/robots.txt", lambda *_: True, limits, {}, "", obey=False)
        except FetchError as error:
            return Protego.parse("") if error.lasting else error
        return Protego.parse((page.body or b"").decode("utf-8", "replace"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _redirected(url: str, target: str) -> str:
    found = normalise(urljoin(url, target))
    if url.startswith("https:") and not found.startswith("https:"):
        raise FetchError(url, f"it redirects to {found}, which is not encrypted", "Name that address.", lasting=True)
    return found


class _Plain(HTTPConnection):
    """A connection that uses the socket it is given."""

    given: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.given


class _Secure(HTTPSConnection):
    """As `_Plain`, encrypted; the certificate is checked against the host's name."""

    given: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.given


@contextmanager
def _answer(url: str, limits: Limits, deadline: float, headers: Mapping[str, str]) -> Iterator[BaseHTTPResponse]:
    """Ask for one address and hold what it answers; at the deadline the connection is cut, whatever it is doing.

    A timeout of the socket alone would start anew at every byte.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
    connection = _connection(parts.scheme, host, port, _connect(url, host, port, limits, deadline))
    twin, late = connection.given.dup(), threading.Event()
    watch = threading.Timer(max(deadline - time.monotonic(), 0.01), _cut, (twin, late))
    watch.daemon = True
    watch.start()
    sent = {"User-Agent": f"{AGENT}/{version('tuneproof')}", "Accept-Encoding": "identity", "Accept": "*/*", **headers}
    try:
        target = urlunsplit(("", "", parts.path, parts.query, ""))
        connection.request("GET", target, headers=sent, preload_content=False)
        with closing(connection.getresponse()) as response:
            # What was cut reads like what has ended: nothing that came after the deadline is believed.
            if not late.is_set():
                yield response
        if late.is_set():
            raise _too_slow(url, limits)
    except (HTTPError, OSError) as error:
        if late.is_set():
            raise _too_slow(url, limits) from error
        raise FetchError(url, _words(error), "Check the address and the network.", down=True) from error
    finally:
        watch.cancel()
        twin.close()
        connection.close()


def _connection(scheme: str, host: str, port: int, given: socket.socket) -> _Plain | _Secure:
    if scheme == "http":
        plain = _Plain(host, port)
        plain.given = given
        return plain
    secure = _Secure(host, port, ssl_context=ssl.create_default_context())
    secure.given = given
    return secure


def _connect(url: str, host: str, port: int, limits: Limits, deadline: float) -> socket.socket:
    """Return a socket to the first address of ``host`` that answers, once all of them were found to be allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(url, f"the host {host} is not known", "Check the name and the network.", down=True) from error
    for *_, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        if not limits.allow_private and not is_public(address):
            reason = f"{host} is {address}, which is not on the internet"
            raise FetchError(url, reason, "If you mean it, set [sources] allow_private = true.", lasting=True)
    failure: OSError = OSError("it has no address")
    for family, kind, protocol, _, place in found:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow(url, limits)
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(left)
            opened.connect(place)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    raise FetchError(url, _words(failure), "Check the address and the network.", down=True) from failure


def _cut(twin: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        twin.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed at the other end


def _too_slow(url: str, limits: Limits) -> FetchError:
    reason = f"it takes more than [sources] max_seconds = {limits.max_seconds:g}"
    return FetchError(url, reason, "Raise the limit, or try again later.", down=True)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _page(url: str, response: BaseHTTPResponse, wanted: Wanted, limits: Limits) -> Page:
    status, headers = response.status, response.headers
    validators = headers.get("etag"), headers.get("last-modified")
    media_type = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    if status == 304:
        return Page(url, None, media_type, *validators)
    if status != 200:
        lasting = 400 <= status < 500 and status not in PASSING
        gone = (
            "it is not there"
            if status in (404, 410)
            else "the site refuses it"
            if lasting
            else "the site is in trouble"
        )
        raise FetchError(url, f"{gone} (status {status})", "Check the address, or try again later.", lasting=lasting)
    if not wanted(media_type, url):
        raise FetchError(
            url, f"no reader for {media_type or 'a page without type'}", "Name another page.", lasting=True
        )
    return Page(url, _body(url, response, limits), media_type, *validators)


def _body(url: str, response: BaseHTTPResponse, limits: Limits) -> bytes:
    too_large = FetchError(
        url, f"it is over [sources] max_bytes = {limits.max_bytes}", "Raise the limit, or leave it out.", lasting=True
    )
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limits.max_bytes:
        raise too_large
    body = bytearray()
    for piece in response.stream(STEP, decode_content=True):
        body += piece
        if len(body) > limits.max_bytes:
            raise too_large
    return bytes(body)
