"""Fetching one page: limits hold, the site's rules are kept, and no address leads into the local network."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.local_site import PUBLIC, Site, respond, route, serve
from tuneproof.curate.reading.addresses import FetchError, is_public, normalise
from tuneproof.curate.reading.web import Limits, Page, Web

LOCAL = Limits(max_bytes=100_000, max_seconds=5, allow_private=True)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as found:
        yield found


def fetch(url: str, limits: Limits = LOCAL) -> Page:
    return Web(limits).fetch(url, lambda kind, _: kind == "text/html")


def refused(url: str, limits: Limits = LOCAL) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, limits)
    assert caught.value.hint
    return caught.value


def test_a_page_is_had_with_its_validators_and_says_who_asked(site: Site) -> None:
    site.page("/a", "<p>Hello</p>", ETag='"1"', Last_Modified="Mon, 02 Mar 2026 10:00:00 GMT")
    page = fetch(f"{site.url}/a#part")
    assert page == Page(f"{site.url}/a", b"<p>Hello</p>", "text/html", '"1"', "Mon, 02 Mar 2026 10:00:00 GMT")
    assert all(agent.startswith("tuneproof/") for agent in site.agents)


def test_a_page_that_did_not_change_is_not_sent_again(site: Site) -> None:
    site.page("/a", "<p>Hello</p>", ETag='"1"')
    url = f"{site.url}/a"
    again = Web(LOCAL).fetch(url, lambda *_: True, {"If-None-Match": '"1"'}, url)
    assert again.body is None
    assert Web(LOCAL).fetch(url, lambda *_: True, {"If-None-Match": '"1"'}, f"{site.url}/other").body is not None


def test_robots_are_asked_once_a_site_and_obeyed(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private/*.html\nAllow: /\n", "text/plain")
    site.page("/open.html", "<p>x</p>")
    site.page("/private/a.html", "<p>x</p>")
    web = Web(LOCAL)
    assert web.fetch(f"{site.url}/open.html", lambda *_: True).body
    with pytest.raises(FetchError, match=r"robots\.txt disallows it") as caught:
        web.fetch(f"{site.url}/private/a.html", lambda *_: True)
    assert caught.value.lasting
    assert site.asked == {"/robots.txt": 1, "/open.html": 1}


def test_robots_that_name_us_come_before_those_for_everybody(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nAllow: /\n\nUser-agent: tuneproof\nDisallow: /\n", "text/plain")
    site.page("/a", "<p>x</p>")
    assert "disallows" in refused(f"{site.url}/a").reason


@pytest.mark.parametrize(("status", "read"), [(404, True), (403, True), (500, False), (503, False)])
def test_a_site_without_rules_is_open_and_one_that_can_not_say_is_closed(site: Site, status: int, read: bool) -> None:
    site.status("/robots.txt", status)
    site.page("/a", "<p>x</p>")
    if read:
        assert fetch(f"{site.url}/a").body
    else:
        error = refused(f"{site.url}/a")
        assert "robots.txt can't be had" in error.reason
        assert not error.lasting


def test_redirects_lead_to_the_page_and_its_address(site: Site) -> None:
    site.redirect("/a", "b/c")
    site.redirect("/b/c", "/d", 308)
    site.page("/d", "<p>x</p>")
    assert fetch(f"{site.url}/a").final_url == f"{site.url}/d"


def test_redirects_in_a_circle_and_without_end_are_left(site: Site) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")
    for number in range(20):
        site.redirect(f"/{number}", f"/{number + 1}")
    assert "in a circle" in refused(f"{site.url}/a").reason
    assert "more than 5 times" in refused(f"{site.url}/0").reason
    assert site.asked["/7"] == 0


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://host/x", "gopher://host/", "javascript:alert(1)"])
def test_a_redirect_to_another_scheme_is_refused(site: Site, target: str) -> None:
    site.redirect("/a", target)
    error = refused(f"{site.url}/a")
    assert "neither http nor https" in error.reason
    assert error.lasting


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/secret", "http://[::1]:{port}/secret", "http://169.254.169.254/latest/",
               "http://2130706433:{port}/secret", "http://inside.example:{port}/secret"],
)  # fmt: skip
def test_a_redirect_into_the_local_network_is_refused(site: Site, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site.page("/secret", "<p>secret</p>")
    site.redirect("/a", target.format(port=site.port))
    route(monkeypatch, {"docs.example": [PUBLIC], "inside.example": ["10.1.2.3"]})
    error = refused(f"http://docs.example:{site.port}/a", Limits(100_000, 5, allow_private=False))
    assert "not on the internet" in error.reason
    assert site.asked["/secret"] == 0
    assert site.asked["/a"] == 1


def test_a_host_with_one_address_inside_is_refused_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.page("/a", "<p>x</p>")
    route(monkeypatch, {"docs.example": [PUBLIC, "127.0.0.1"]})
    assert "127.0.0.1" in refused(f"http://docs.example:{site.port}/a", Limits(100_000, 5, allow_private=False)).reason
    assert not site.asked


def test_a_name_is_looked_up_once_a_hop_and_that_address_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.page("/a", "<p>x</p>")
    addresses = [PUBLIC]
    looked = route(monkeypatch, {"docs.example": addresses})
    web = Web(Limits(100_000, 5, allow_private=False))
    assert web.fetch(f"http://docs.example:{site.port}/a", lambda *_: True).body
    assert looked["docs.example"] == 2  # robots.txt and the page, one connection each
    addresses[:] = ["127.0.0.1"]  # the name changes its mind
    with pytest.raises(FetchError, match="not on the internet"):
        web.fetch(f"http://docs.example:{site.port}/a", lambda *_: True)
    assert site.asked["/a"] == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False), ("10.0.0.1", False),
        ("172.16.3.4", False), ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False),
        ("fe80::1", False), ("fc00::1", False), ("fec0::1", False), ("ff02::1", False), ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True), ("2002:7f00:1::", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_addresses_are_public_or_not(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def test_a_local_host_is_refused_unless_it_is_allowed(site: Site) -> None:
    site.page("/a", "<p>x</p>")
    error = refused(f"{site.url}/a", Limits(100_000, 5, allow_private=False))
    assert "allow_private" in error.hint
    assert not site.asked


def _trickle(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    for _ in range(300):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.05)


def _trickling_headers(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(300):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.05)


def _silent(request: BaseHTTPRequestHandler) -> None:
    time.sleep(15)


@pytest.mark.parametrize("answer", [_trickle, _trickling_headers, _silent])
def test_a_site_that_trickles_is_cut_off_in_time(site: Site, answer: object) -> None:
    site.answers["/a"] = answer  # type: ignore[assignment]
    begun = time.monotonic()
    error = refused(f"{site.url}/a", Limits(100_000, 1, allow_private=True))
    assert time.monotonic() - begun < 5
    assert "max_seconds = 1" in error.reason
    assert not error.lasting


def test_a_body_without_end_is_left_at_the_limit(site: Site) -> None:
    sent = 0

    def endless(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        while sent < 200_000_000:
            request.wfile.write(b"x" * 65536)
            sent += 65536

    site.answers["/a"] = endless
    assert "max_bytes = 100000" in refused(f"{site.url}/a").reason
    assert sent < 50_000_000


def test_a_body_that_is_announced_too_large_is_not_read(site: Site) -> None:
    site.answers["/a"] = lambda request: respond(request, 200, Content_Type="text/html")
    site.page("/a", b"x" * 100_001)
    assert "max_bytes" in refused(f"{site.url}/a").reason


def test_a_compressed_bomb_is_left_at_the_limit(site: Site) -> None:
    import gzip

    site.page("/a", gzip.compress(b"x" * 30_000_000), Content_Encoding="gzip")
    assert "max_bytes" in refused(f"{site.url}/a").reason


@pytest.mark.parametrize(("status", "lasting"), [(404, True), (410, True), (401, True), (429, False), (500, False)])
def test_what_a_site_refuses_is_told_apart_from_what_may_pass(site: Site, status: int, lasting: bool) -> None:
    site.status("/a", status)
    error = refused(f"{site.url}/a")
    assert error.lasting is lasting
    assert f"status {status}" in error.reason


def test_a_type_that_nothing_reads_is_refused(site: Site) -> None:
    site.page("/a", b"\x89PNG", "image/png")
    assert refused(f"{site.url}/a").reason == "no reader for image/png"


def test_a_site_that_is_not_there_and_a_name_that_is_unknown_are_told(site: Site) -> None:
    with serve() as gone:
        url = gone.url
    assert refused(f"{url}/a").down
    assert "is not known" in refused("http://no-such-host.invalid/").reason


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("HTTP://Docs.Example/A b#c", "http://docs.example/A%20b"),
        ("https://docs.example", "https://docs.example/"),
        ("https://docs.example:443/x?q=a b", "https://docs.example/x?q=a%20b"),
        ("http://docs.example:8080/", "http://docs.example:8080/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:db8::1]:81/x", "http://[2001:db8::1]:81/x"),
    ],
)
def test_an_address_has_one_form(written: str, asked: str) -> None:
    assert normalise(written) == asked


@pytest.mark.parametrize("url", ["ftp://a/", "file:///etc/passwd", "http:///x", "https://me:secret@a/", "http://a:b/"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        normalise(url)
    assert caught.value.lasting


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_https_proves_the_name_although_the_address_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serve(context) as site:
        site.page("/a", "<p>x</p>")
        site.redirect("/down", f"http://localhost:{site.port}/a")
        assert "certificate" in refused(f"https://localhost:{site.port}/a").reason.lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch(f"https://localhost:{site.port}/a").body == b"<p>x</p>"
        assert "not encrypted" in refused(f"https://localhost:{site.port}/down").reason
        route(monkeypatch, {"other.example": ["127.0.0.1"]})
        assert "certificate" in refused(f"https://other.example:{site.port}/a").reason.lower()
