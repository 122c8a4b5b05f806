"""The shared client sends files: whole, piece by piece, within limits, and never another file than was meant."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.answers import Answer
from smdash.platforms.client import UPLOAD_RATE, Client

from . import tls
from .faulty import FAULTS, Request, answer, serve
from .test_client import SECRET, make

MEBIBYTE = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Some pieces and a bit, each of its own."""
    path = tmp_path / "abc"
    path.write_bytes(b"".join(number.to_bytes(4) for number in range(60_000)))
    return path


async def _ok(_request: Request, writer: asyncio.StreamWriter) -> None:
    await answer(writer, body=b"{}")


async def upload(client: Client, url: str, path: Path, **options: Any) -> Answer:
    return await client.upload(url, path, "image/png", **({"owner_typed": True, "token": SECRET} | options))


async def refused(client: Client, url: str, path: Path, **options: Any) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await upload(client, url, path, **options)
    assert str(caught.value).isprintable() and SECRET not in str(caught.value)
    return caught.value


@asynccontextmanager
async def raw(talk: Any) -> AsyncIterator[str]:
    """A server that reads as it likes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()


async def drain(reader: asyncio.StreamReader) -> int:
    """Take a whole request and keep nothing; how many bytes its body had."""
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert found is not None
    left = int(found[1])
    while left:
        piece = await reader.read(min(left, 256 * 1024))
        assert piece, "the body stopped short"
        left -= len(piece)
    return int(found[1])


async def test_the_bare_file(file: Path) -> None:
    async with serve(_ok) as server, make() as client:
        sent = await upload(client, f"{server.url}/x", file, params={"did": "a:b"}, headers={"Accept": "text/x"})
        assert sent.json() == {}
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/x?did=a%3Ab")
    assert request.headers["content-type"] == "image/png" and request.headers["accept"] == "text/x"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.body == file.read_bytes() and "transfer-encoding" not in request.headers


async def test_an_empty_file_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    async with serve(_ok) as server, make() as client:
        await upload(client, server.url, tmp_path / "empty")
    assert server.requests[0].body == b"" and server.requests[0].headers["content-length"] == "0"


async def test_a_file_in_a_form(file: Path) -> None:
    texts = {"description": 'Kopi "enak" & é 👍\r\nbaris dua', "focus": "0,0"}
    async with serve(_ok) as server, make() as client:
        await upload(client, server.url, file, field="file", texts=texts, name="rahasia klien.png")
    (request,) = server.requests
    parts = read_form(request)
    assert {name: body.decode() for name, (_head, body) in parts.items() if name != "file"} == texts
    head, body = parts["file"]
    assert body == file.read_bytes()
    assert 'filename="file.png"' in head and "Content-Type: image/png" in head
    assert b"rahasia" not in request.body  # how the team calls it is nobody's business


def read_form(request: Request) -> dict[str, tuple[str, bytes]]:
    """Head and body of each part of a form, by its name."""
    boundary = request.headers["content-type"].removeprefix("multipart/form-data; boundary=").encode()
    found: dict[str, tuple[str, bytes]] = {}
    begin, *parts, end = (b"\r\n" + request.body).split(b"\r\n--" + boundary)
    assert begin == b"" and end == b"--\r\n"
    for part in parts:
        head, _blank, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="(\w+)"', head)
        assert name is not None
        found[name[1].decode()] = head.decode(), body
    return found


async def test_a_video_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "video"
    with path.open("wb") as made:
        made.truncate(48 * MEBIBYTE)
    taken: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await drain(reader))
        writer.write(OK)

    async with raw(talk) as url, make() as client:
        await upload(client, url, file_of(tmp_path, b"x"), field="file")  # what is imported at first is not counted
        tracemalloc.start()
        assert (await upload(client, url, path, field="file")).ok
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert taken[-1] > 48 * MEBIBYTE and peak < 4 * MEBIBYTE


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / "small"
    path.write_bytes(content)
    return path


# How long it may take


async def test_the_deadline_grows_with_the_file(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"x" * UPLOAD_RATE)

    async def late(_request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.7)
        await answer(writer, body=b"{}")

    async with serve(late) as server, make(deadline_s=0.3) as client:
        assert (await upload(client, server.url, path)).ok
        path.write_bytes(b"x")
        error = await refused(client, server.url, path)
    assert str(error) == f"127.0.0.1:{server.port} did not answer within 0.3 s"
    assert (error.kind, error.arrived) == (ErrorKind.NETWORK, True)


@pytest.mark.parametrize("reads", [True, False])
async def test_a_line_that_takes_nothing_or_says_nothing_ends_it_sooner(tmp_path: Path, reads: bool) -> None:
    path = tmp_path / "video"
    with path.open("wb") as made:
        made.truncate(20 * MEBIBYTE)  # 160 s

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        if reads:
            await drain(reader)
        await asyncio.sleep(30)

    async with raw(talk) as url, make(deadline_s=0.5) as client:
        begun = time.monotonic()
        error = await refused(client, url, path)
    assert time.monotonic() - begun < 8
    assert error.kind is ErrorKind.NETWORK and "does not answer" in str(error)


# What servers do


async def test_a_refusal_before_the_file_was_read_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "video"
    with path.open("wb") as made:
        made.truncate(20 * MEBIBYTE)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 413 No\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"error":"big"}')
        await writer.drain()
        writer.write_eof()
        while await reader.read(MEBIBYTE):
            pass  # what is left unread would end the connection with RST, and the answer with it

    async with raw(talk) as url, make() as client:
        found = await upload(client, url, path, field="file")
    assert (found.status, found.saying()) == (413, "big")


@pytest.mark.parametrize(("status", "arrived"), [(301, True), (302, True), (303, True), (307, False), (308, False)])
async def test_a_file_follows_no_redirect(file: Path, status: int, arrived: bool) -> None:
    async with serve(_ok) as other:

        async def lead(_request: Request, writer: asyncio.StreamWriter) -> None:
            await answer(writer, status, headers={"Location": other.url})

        async with serve(lead) as server, make() as client:
            error = await refused(client, server.url, file)
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, arrived)
    assert len(server.requests) == 1 and other.connections == 0


@pytest.mark.parametrize("fault", ["resets before headers", "gzip bomb", "announces 6 MiB", "not HTTP", "endless body"])
async def test_an_answer_to_a_file_has_the_same_limits(file: Path, fault: str) -> None:
    async with serve(FAULTS[fault]) as server, make(deadline_s=2, max_bytes=MEBIBYTE) as client:
        error = await refused(client, server.url, file)
    assert error.kind in (ErrorKind.NETWORK, ErrorKind.SERVER) and error.arrived


# Where files may go


async def test_a_file_goes_where_a_body_may_go_only(file: Path) -> None:
    async def resolver(host: str, _port: int) -> list[str]:
        return ["127.0.0.1"] if host == "near.example" else ["93.184.216.34"]

    async with serve(_ok) as server, make(resolver=resolver, deadline_s=1) as client:
        for url, owner_typed, words in (
            (server.url, False, "without TLS"),
            (server.url.replace("http:", "https:"), False, "private network"),
            (f"https://near.example:{server.port}", False, "private network"),
            (f"http://far.example:{server.port}", True, "without TLS"),
            ("ftp://near.example", True, "not an address"),
        ):
            error = await refused(client, url, file, owner_typed=owner_typed)
            assert error.kind is ErrorKind.REJECTED and words in str(error), url
            assert not error.arrived or "not an address" in words
        error = await refused(client, server.url, file, token="two\r\nlines")
        assert (error.kind, error.arrived) == (ErrorKind.AUTH, False)
        assert server.connections == 0
        assert (await upload(client, f"http://near.example:{server.port}", file)).ok


async def test_a_file_goes_through_tls_to_whom_the_certificate_names() -> None:
    authority = trustme.CA()
    path = Path(__file__)
    async with Client(deadline_s=5, tls=tls.trusting(authority)) as client:
        async with tls.serve(tls.certified(authority)) as server:
            assert (await upload(client, server.url, path)).ok
        async with tls.serve(tls.certified(trustme.CA())) as stranger:
            error = await refused(client, stranger.url, path)
            assert not error.arrived and "certificate is not valid" in str(error)
            assert not stranger.heard


# The file itself


def _gone(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    secret = path.with_name("sync.toml")
    path.rename(secret)
    path.symlink_to(secret)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [_gone, _folder, _link, _pipe])
async def test_what_is_no_plain_file_is_not_sent(file: Path, spoil: Any) -> None:
    spoil(file)
    async with serve(_ok) as server, make() as client:
        error = await refused(client, server.url, file, name="promo.png")
        assert server.connections == 0
    assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert str(error).startswith("the file promo.png can't be read")


async def test_a_name_is_shown_in_one_clean_line(tmp_path: Path) -> None:
    async with make() as client:
        error = await refused(client, "http://127.0.0.1:9", tmp_path / "none", name="a\x1b[31m\r\nb" + "x" * 900)
    assert len(str(error)) < 400


@pytest.mark.parametrize("field", [None, "file"])
async def test_another_file_than_was_approved_never_arrives_whole(file: Path, field: str | None) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    async with serve(_ok) as server, make() as client:
        assert (await upload(client, server.url, file, field=field, digest=digest)).ok
        content = bytearray(file.read_bytes())
        content[5] ^= 1
        file.write_bytes(content)
        error = await refused(client, server.url, file, field=field, digest=digest, name="promo.png")
        await asyncio.sleep(0.05)
        assert len(server.requests) == 1  # the other one was cut off before its end
    assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert str(error) == "the file promo.png was changed meanwhile, so it was not sent"


@pytest.mark.parametrize("change", [-1, 1])
async def test_a_file_that_changes_its_size_on_the_way(tmp_path: Path, change: int) -> None:
    """A shorter one is given up; of a longer one goes what was there."""
    path, size = tmp_path / "video", 30 * MEBIBYTE
    with path.open("wb") as made:
        made.truncate(size)
    taken: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begin = await reader.readexactly(1000)
        os.truncate(path, size + change * 1000)
        left = size - (1000 - begin.index(b"\r\n\r\n") - 4)
        while left and (piece := await reader.read(min(left, MEBIBYTE))):
            left -= len(piece)
        taken.append(left)
        writer.write(OK)

    async with raw(talk) as url, make(deadline_s=20) as client:
        if change > 0:
            assert (await upload(client, url, path)).ok
            assert taken == [0]
        else:
            error = await refused(client, url, path)
            assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
            assert "was changed meanwhile" in str(error)
