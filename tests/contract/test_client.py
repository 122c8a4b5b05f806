"""The shared client: addresses, redirects, tokens, limits."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import ssl
import subprocess
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.addresses import is_callable_by_owner, is_private_host, is_public
from smdash.platforms.answers import Answer, check, quota, retry_at
from smdash.platforms.client import Client
from smdash.platforms.decoding import BadEncoding, Decoder, TooLarge

from .faulty import Request, answer, serve

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TLS = ssl.create_default_context()

PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "kopi.example",
    "",
]
# 6to4 of a public address is left out: Python 3.13 counts it as private, earlier ones do not.
PUBLIC = ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_strangers_may_not_name(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_open_internet(address: str) -> None:
    assert is_public(address)


def test_the_owner_may_name_private_ones_but_no_groups() -> None:
    assert all(map(is_callable_by_owner, ["127.0.0.1", "10.0.0.1", "::1", "fd12::1", "8.8.8.8"]))
    assert not any(map(is_callable_by_owner, ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"]))


def test_private_hosts_are_known_by_where_they_lead() -> None:
    assert all(map(is_private_host, ["127.0.0.1", "::1", "10.1.2.3", "localhost", "169.254.169.254"]))
    assert not any(map(is_private_host, ["93.184.216.34", "kopi.invalid", "a" * 300 + ".example", ""]))


async def _ok(_request: Request, writer: asyncio.StreamWriter) -> None:
    await answer(writer, body=b'{"ok": true}')


def make(**options: object) -> Client:
    return Client(**({"deadline_s": 3, "tls": TLS} | options))  # type: ignore[arg-type]


async def fail(client: Client, url: str, *, owner_typed: bool = True, **options: object) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await client.get(url, owner_typed=owner_typed, **options)  # type: ignore[arg-type]
    return caught.value


async def test_a_strangers_address_into_the_private_network_is_never_connected_to() -> None:
    async with serve(_ok) as server, make() as client:
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"):
            error = await fail(client, f"http://{host}:{server.port}/", owner_typed=False)
            assert error.kind is ErrorKind.REJECTED and "private network" in str(error), host
        assert server.connections == 0


async def test_a_name_that_resolves_into_the_private_network_is_refused() -> None:
    async def resolver(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with serve(_ok) as server, make(resolver=resolver) as client:
        error = await fail(client, f"http://kopi.example:{server.port}/", owner_typed=False)
        assert "private network" in str(error)
        assert server.connections == 0
        assert (await client.get(f"http://kopi.example:{server.port}/", owner_typed=True)).ok


async def test_without_tls_a_secret_goes_to_near_addresses_only() -> None:
    async def resolver(host: str, _port: int) -> list[str]:
        # A name of both kinds is asked at the near one.
        return ["127.0.0.1", "93.184.216.34"] if host == "near.example" else ["93.184.216.34"]

    async with serve(_ok) as server, make(resolver=resolver, deadline_s=1) as client:
        for url in (f"http://far.example:{server.port}/", "http://93.184.216.34/"):
            error = await fail(client, url, token=SECRET)
            assert error.kind is ErrorKind.REJECTED and "without TLS" in str(error) and "https" in str(error)
            with pytest.raises(PlatformError, match="without TLS"):
                await client.request("POST", url, owner_typed=True, content=b'{"password": "x"}')
        error = await fail(client, f"http://near.example:{server.port}/", owner_typed=False, token=SECRET)
        assert "without TLS" in str(error)
        assert server.connections == 0
        assert (await client.get(f"http://near.example:{server.port}/", owner_typed=True, token=SECRET)).ok


async def test_the_checked_address_is_the_one_that_is_called() -> None:
    """A name that changes its answer between check and connection gains nothing: it is asked once."""
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["203.0.113.7", "93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    async with serve(_ok) as server, make(resolver=rebinding, deadline_s=0.3) as client:
        await fail(client, f"http://kopi.example:{server.port}/", owner_typed=False)
        assert asked == ["kopi.example"]
        assert server.connections == 0


async def test_private_hosts_are_open_to_everybody() -> None:
    async with serve(_ok) as server:
        async with make(private_hosts=frozenset({"127.0.0.1"})) as client:
            assert (await client.get(server.url, owner_typed=False)).ok
        async with make(private_hosts=frozenset({f"127.0.0.1:{server.port}"})) as client:
            assert (await client.get(server.url, owner_typed=False)).ok
        async with make(private_hosts=frozenset({"127.0.0.1:1"})) as client:
            await fail(client, server.url, owner_typed=False)


async def test_an_open_connection_of_the_owner_is_not_lent_to_strangers() -> None:
    async def keeps_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    listener = await asyncio.start_server(keeps_open, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"

    async def resolver(host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with make(resolver=resolver) as client:
        url = url.replace("127.0.0.1", "kopi.example")
        assert (await client.get(url, owner_typed=True)).ok
        assert "private network" in str(await fail(client, url, owner_typed=False))
    listener.close()


def scripted(answers: dict[str, httpx.Response], seen: list[httpx.Request]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers[str(request.url)]

    return httpx.MockTransport(handle)


def to(place: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": place})


SECRET = "t0ken-that-stays-home"


async def test_a_token_stays_with_its_origin() -> None:
    seen: list[httpx.Request] = []
    answers = {
        "https://a.example/1": to("/2"),
        "https://a.example/2": to("https://b.example/3"),
        "https://b.example/3": to("https://a.example/4"),
        "https://a.example/4": httpx.Response(200, json={}),
    }
    async with make(transport=scripted(answers, seen)) as client:
        await client.get(
            "https://a.example/1",
            owner_typed=True,
            token=SECRET,
            headers={"X-Api-Key": SECRET, "Accept": "text/x", "If-None-Match": '"1"'},
        )
    sent = [(request.headers.get("authorization"), request.headers.get("x-api-key")) for request in seen]
    full = (f"Bearer {SECRET}", SECRET)
    assert sent == [full, full, (None, None), (None, None)]
    assert [request.headers["accept"] for request in seen] == ["text/x"] * 4
    assert [request.headers["if-none-match"] for request in seen] == ['"1"'] * 4


async def test_a_token_is_kept_when_a_host_turns_to_tls_and_never_leaves_it() -> None:
    seen: list[httpx.Request] = []
    answers = {
        "http://a.example/": to("https://a.example/", 301),
        "https://a.example/": httpx.Response(200, json={}),
        "https://b.example/": to("http://b.example/"),
    }
    async with make(transport=scripted(answers, seen)) as client:
        await client.get("http://a.example/", owner_typed=True, token=SECRET)
        assert [request.headers.get("authorization") for request in seen] == [f"Bearer {SECRET}"] * 2
        error = await fail(client, "https://b.example/", token=SECRET)
        assert "without TLS" in str(error)
        assert len(seen) == 3


async def test_permanent_moves_are_told_from_passing_ones() -> None:
    answers = {
        "https://a.example/301": to("/308", 301),
        "https://a.example/308": to("/end", 308),
        "https://a.example/302": to("/308", 302),
        "https://a.example/mixed": to("/302", 301),
        "https://a.example/end": httpx.Response(200, json={}),
    }
    async with make(transport=scripted(answers, [])) as client:
        found = {
            name: (await client.get(f"https://a.example/{name}", owner_typed=True)).permanent_url
            for name in ("301", "302", "mixed", "end")
        }
    assert found == {"301": "https://a.example/end", "302": None, "mixed": None, "end": None}


async def test_writes_are_not_sent_on() -> None:
    seen: list[httpx.Request] = []
    async with make(transport=scripted({"https://a.example/": to("https://b.example/", 307)}, seen)) as client:
        with pytest.raises(PlatformError, match=r"b\.example"):
            await client.request("POST", "https://a.example/", owner_typed=True, content=b"x")
    assert len(seen) == 1


async def test_a_redirect_from_the_owners_address_to_a_private_one_is_refused() -> None:
    async with serve(_ok) as inner:

        async def lead(_request: Request, writer: asyncio.StreamWriter) -> None:
            await answer(writer, 302, headers={"Location": inner.url})

        async with serve(lead) as outer, make() as client:
            error = await fail(client, outer.url)
            assert "private network" in str(error) and f"127.0.0.1:{outer.port}" in str(error)
            assert inner.connections == 0


async def test_redirects_are_counted() -> None:
    from .faulty import FAULTS

    async with serve(FAULTS["redirect loop"]) as server, make() as client:
        error = await fail(client, server.url)
        assert len(server.requests) == 6
    assert error.kind is ErrorKind.SERVER and "redirects more than 5 times" in str(error)


async def test_cookies_are_not_kept() -> None:
    async def bake(_request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(writer, body=b"{}", headers={"Set-Cookie": "session=abc; Path=/"})

    async with serve(bake) as server, make() as client:
        await client.get(server.url, owner_typed=True)
        await client.get(server.url, owner_typed=True)
        assert all("cookie" not in request.headers for request in server.requests)


async def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with serve(_ok) as server, make() as client:
        assert (await client.get(server.url, owner_typed=True)).json() == {"ok": True}


async def test_what_is_sent() -> None:
    async with serve(_ok) as server, make(user_agent="smdash/test") as client:
        await client.get(f"{server.url}/x?a=1#part", owner_typed=True, params={"types[]": ["b", "c&d"]}, token=SECRET)
    (request,) = server.requests
    assert request.target == "/x?a=1&types%5B%5D=b&types%5B%5D=c%26d"
    assert request.headers["user-agent"] == "smdash/test"
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert request.headers["authorization"] == f"Bearer {SECRET}"


async def test_a_contact_goes_along_whatever_is_in_it() -> None:
    async with serve(_ok) as server:
        for contact in ("", "desk@kopi.example", "Kopi) \r\nX-Evil: 1 é"):
            async with make(contact=contact) as client:
                await client.get(server.url, owner_typed=True)
        agents = [request.headers["user-agent"] for request in server.requests]
        assert all("x-evil" not in request.headers for request in server.requests)
    assert agents[1] == f"{agents[0]} (desk@kopi.example)"
    assert agents[2] == f"{agents[0]} (Kopi X-Evil: 1)"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://kopi.example/",
        "file:///etc/passwd",
        "kopi.example",
        "http://",
        "https://user:geheim@kopi.example/",
        "http://kopi.example:99999/",
        "http://kopi.example:0/",
        "http://kopi example/",
        "http://ko\x00pi.example/",
        "http://\u202eelpmaxe.ipok/",
        "http://" + "a" * 300 + ".example/",
        "javascript:alert(1)",
        "http://a.example/" + "x" * 9000,
        "",
    ],
)
async def test_addresses_that_are_none(url: str) -> None:
    async with make() as client:
        error = await fail(client, url)
    assert error.kind is ErrorKind.REJECTED
    assert str(error).isprintable() and "geheim" not in str(error) and len(str(error)) < 400


@pytest.mark.parametrize("token", ["", "two words", "line\nfeed", "ünicode", "esc\x1b[31m"])
async def test_a_damaged_token_is_not_sent_and_not_told(token: str) -> None:
    async with serve(_ok) as server, make() as client:
        error = await fail(client, server.url, token=token)
        assert error.kind is ErrorKind.AUTH
        assert server.connections == 0
        assert not token or token not in str(error)


async def test_a_header_that_can_not_be_sent_is_not_quoted() -> None:
    async with serve(_ok) as server, make() as client:
        error = await fail(client, server.url, headers={"X-Api-Key": f"{SECRET}\nX: y"})
        assert SECRET not in str(error)
        assert error.__cause__ is None and error.__suppress_context__


async def test_the_deadline_holds_over_all_hops() -> None:
    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await answer(writer, 302, headers={"Location": request.target + "x"})

    async with serve(slow) as server, make(deadline_s=0.5) as client:
        started = time.monotonic()
        error = await fail(client, server.url)
        assert 0.4 < time.monotonic() - started < 0.9
        assert "did not answer within 0.5 s" in str(error)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the test's certificate")
async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    async with make() as client:
        error = await fail(client, f"https://127.0.0.1:{port}/")
        assert error.kind is ErrorKind.NETWORK
        assert f"could not reach 127.0.0.1:{port}: the certificate is not valid: self" in str(error)
    listener.close()
    async with serve(_ok) as server, make() as client:
        error = await fail(client, server.url.replace("http:", "https:"))
        assert error.kind is ErrorKind.NETWORK and str(error).isprintable()


async def test_a_name_that_is_not_known() -> None:
    async with make() as client:
        error = await fail(client, "https://kopi.invalid/")
    assert str(error) == "could not reach kopi.invalid: its name is not known"


# Decoding


def decode(body: bytes, encoding: str, *, limit: int = 10_000, step: int = 7) -> bytes:
    decoder = Decoder(encoding, limit)
    for start in range(0, len(body), step):
        decoder.feed(body[start : start + step])
    return decoder.finish()


TEXT = b"kopi senja " * 200


@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_encodings_that_are_offered(step: int) -> None:
    bare = zlib.compressobj(wbits=-15)
    made = {
        "": TEXT,
        "identity": TEXT,
        "gzip": gzip.compress(TEXT),
        "x-gzip": gzip.compress(TEXT),
        "deflate": zlib.compress(TEXT),
        "Deflate ": bare.compress(TEXT) + bare.flush(),
        "gzip, identity": gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]),
    }
    for encoding, body in made.items():
        assert decode(body, encoding, step=step) == TEXT, encoding
    assert decode(gzip.compress(TEXT) + b"\0\0padding", "gzip", step=step) == TEXT
    assert decode(b"", "gzip") == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate,gzip", "compress"])
def test_encodings_that_are_not(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        Decoder(encoding, 100)


def test_damaged_and_endless_bodies() -> None:
    packed = gzip.compress(TEXT)
    for body in (packed[:-4], b"\x1f\x8b" + b"x" * 30, gzip.compress(b"") * 200):
        with pytest.raises(BadEncoding):
            decode(body, "gzip")
    for encoding, body in (
        ("", b"x" * 101),
        ("gzip", gzip.compress(b"\0" * 101)),
        ("deflate", zlib.compress(b"0" * 999)),
    ):
        with pytest.raises(TooLarge):
            decode(body, encoding, limit=100)
    assert decode(gzip.compress(b"\0" * 100), "gzip", limit=100) == b"\0" * 100


async def test_a_bomb_is_stopped_while_small() -> None:
    import tracemalloc

    from .faulty import FAULTS

    async with serve(FAULTS["gzip bomb"]) as server, make(max_bytes=1_000_000) as client:
        await fail(client, server.url)  # the bomb itself is made here
        tracemalloc.start()
        error = await fail(client, server.url)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert "more than" in str(error)
    assert peak < 10_000_000


# Answers


def heard(status: int, body: bytes = b"", **headers: str) -> Answer:
    names = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer(status, names, body, "https://kopi.example/", "kopi.example")


def test_json_is_read_leniently_and_refused_plainly() -> None:
    assert heard(200, b'\xef\xbb\xbf{"a": "caf\xe9"}').json() == {"a": "caf\ufffd"}
    for body, words in (
        (b"", "answered nothing"),
        (b"<html>", "HTML instead of JSON"),
        (b"hello", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"9" * 5000, "not JSON"),
    ):
        with pytest.raises(PlatformError, match=words) as caught:
            heard(200, body).json("the list of kopi")
        assert caught.value.kind is ErrorKind.SERVER and "the list of kopi" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ErrorKind.REJECTED),
        (401, ErrorKind.AUTH),
        (403, ErrorKind.PERMISSION),
        (404, ErrorKind.GONE),
        (408, ErrorKind.NETWORK),
        (409, ErrorKind.REJECTED),
        (410, ErrorKind.GONE),
        (422, ErrorKind.REJECTED),
        (429, ErrorKind.RATE),
        (500, ErrorKind.SERVER),
        (503, ErrorKind.SERVER),
        (304, ErrorKind.SERVER),
        (302, ErrorKind.SERVER),
    ],
)
def test_kinds(status: int, kind: ErrorKind) -> None:
    with pytest.raises(PlatformError) as caught:
        check(heard(status), NOW)
    assert caught.value.kind is kind and f"({status})" in str(caught.value) and "kopi.example" in str(caught.value)


def test_a_servers_words_are_quoted_short_and_clean() -> None:
    long = "\x1b[31mmerah\n" + "x" * 1000
    for body in (f'{{"error": {long!a}}}'.replace("'", '"').replace("\\x1b", "\\u001b").encode(), long.encode()):
        with pytest.raises(PlatformError) as caught:
            check(heard(422, body), NOW)
        message = str(caught.value)
        assert "[31mmerah xxx" in message and message.isprintable() and len(message) < 300
    with pytest.raises(PlatformError) as caught:
        check(heard(500, b"<html>secret stack trace"), NOW)
    assert "stack" not in str(caught.value)


def test_when_to_come_back() -> None:
    day = NOW + timedelta(hours=24)
    for status, headers, moment in (
        (429, {"retry_after": "30"}, NOW + timedelta(seconds=30)),
        (503, {"retry_after": "Mon, 23 Nov 2026 09:05:00 GMT"}, NOW + timedelta(minutes=5)),
        (503, {"retry_after": "Sun, 22 Nov 2026 09:05:00 GMT"}, NOW),
        (503, {"retry_after": "9" * 30}, day),
        (503, {"retry_after": "soon"}, None),
        (429, {"retry_after": "-5"}, None),
        (429, {"x_ratelimit_reset": "2026-11-23T09:10:00.5Z"}, NOW + timedelta(minutes=10, milliseconds=500)),
        (429, {"ratelimit_reset": str(int(NOW.timestamp()) + 60)}, NOW + timedelta(seconds=60)),
        (429, {"ratelimit_reset": "45"}, NOW + timedelta(seconds=45)),
        (429, {"ratelimit_reset": "nan"}, None),
        (429, {"ratelimit_reset": "1e400"}, None),
        (429, {}, None),
        (404, {}, None),
    ):
        assert retry_at(heard(status, **headers), NOW) == moment, headers


def test_quota_headers() -> None:
    found = quota(heard(200, x_ratelimit_limit="300", x_ratelimit_remaining="0", x_ratelimit_reset="60"), NOW)
    assert found is not None and (found.left, found.limit) == (0, 300)
    assert found.resets_at == NOW + timedelta(seconds=60)
    assert quota(heard(200), NOW) is None
    assert quota(heard(200, x_ratelimit_remaining="many"), NOW) is None
