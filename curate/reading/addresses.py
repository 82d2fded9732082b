"""Addresses on the web: how one is written, and whether a host is on the internet or on the local network.

Knows URLs and IP ranges. It opens no connection.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import quote, urlsplit, urlunsplit

from tuneproof.datasets.workspace.errors import SourceError

SCHEMES = {"http": 80, "https": 443}
_NAT64 = ip_network("64:ff9b::/96")


class FetchError(SourceError):
    """A page can't be had; ``lasting`` says that trying again won't help, ``down`` that its host did not answer."""

    def __init__(self, url: str, reason: str, hint: str, *, lasting: bool = False, down: bool = False) -> None:
        super().__init__(f"{url} can't be read: {reason}.", hint)
        self.reason = reason
        self.lasting = lasting
        self.down = down


def is_web(location: str) -> bool:
    """Say whether a location is an address rather than a path."""
    return "://" in location


def normalise(url: str) -> str:
    """Return an address in the one form that is asked for: no fragment, scheme and host small, path quoted.

    Raises:
        FetchError: it is no http or https address, or holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except (ValueError, UnicodeError) as error:
        raise FetchError(url, "it is no valid address", "Check it in a browser.", lasting=True) from error
    if parts.scheme not in SCHEMES:
        raise FetchError(
            url, f"{parts.scheme}: is neither http nor https", "Download it and add the file.", lasting=True
        )
    if not host:
        raise FetchError(url, "it names no host", "Write it as https://HOST/PATH.", lasting=True)
    if parts.username or parts.password:
        raise FetchError(url, "it holds a name or password", "Download it and add the file.", lasting=True)
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in (None, SCHEMES[parts.scheme]) else f"{shown}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~") or "/"
    return urlunsplit((parts.scheme, place, path, quote(parts.query, safe="/%:@!$&'()*+,;=~?"), ""))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is on the internet; one that carries another is judged by what it carries."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(carried)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
