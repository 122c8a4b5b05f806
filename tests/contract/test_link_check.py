"""What is behind an address: real sockets, and the rules for strangers' addresses."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
import trustme

from smdash.core.links import Found, Outcome
from smdash.platforms import link_check
from smdash.platforms.client import Client
from smdash.platforms.link_check import answers, look, page_answers

from . import tls
from .faulty import FAULTS, HTML, Request, answer, closed_port, serve
from .test_faults import TLS

HERE = frozenset({"127.0.0.1"})


async def found(url: str, **options: object) -> Found:
    async with Client(deadline_s=2, tls=TLS, private_hosts=HERE, **options) as client:  # type: ignore[arg-type]
        return await look(url, client)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (204, "ok"), (404, "dead"), (410, "dead"), (401, "unsure"), (403, "unsure"), (405, "unsure"),
     (429, "unsure"), (451, "unsure"), (500, "unsure"), (503, "unsure"), (999, "unsure")],
)  # fmt: skip
async def test_statuses(status: int, outcome: str) -> None:
    async def handle(_request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(writer, status, HTML, kind="text/html")

    async with serve(handle) as server:
        assert await found(server.url) == Found(Outcome(outcome), str(status))
        assert [one.method for one in server.requests] == ["GET"]
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("name", ["endless body", "gzip bomb", "drips the body", "announces 6 MiB", "unknown encoding"])
async def test_the_body_is_not_read(name: str) -> None:
    async with serve(FAULTS[name]) as server:
        assert (await found(server.url)).outcome is Outcome.OK


async def test_redirects_are_followed_to_their_end() -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        hop = int(request.path.strip("/"))
        if hop > 0:
            await answer(writer, 301, headers={"Location": f"/{hop - 1}"})
        else:
            await answer(writer, 404)

    async with serve(handle) as server:
        assert await found(f"{server.url}/3") == Found(Outcome.DEAD, "404")
        assert await found(f"{server.url}/9") == Found(Outcome.UNSURE, "redirects")


@pytest.mark.parametrize(
    ("name", "detail"),
    [("redirect to a private address", "private"), ("redirect to nonsense", "address"), ("redirect to another scheme", "address"),
     ("closes at once", "cut"), ("not HTTP", "cut"), ("redirect loop", "redirects")],
)  # fmt: skip
async def test_what_is_no_answer(name: str, detail: str) -> None:
    async with serve(FAULTS[name]) as server:
        said = await found(server.url)
    assert said.outcome is (Outcome.DEAD if detail == "private" else Outcome.UNSURE)
    assert said.detail in (detail, "cut")


async def test_what_is_not_reached() -> None:
    assert await found(f"http://127.0.0.1:{closed_port()}") == Found(Outcome.DEAD, "refused")
    assert await found("http://10.0.0.1/") == Found(Outcome.DEAD, "private")
    assert await found("http://a:b@kopi.example/") == Found(Outcome.UNSURE, "address")
    for code, said in (
        (socket.EAI_NONAME, Found(Outcome.DEAD, "name")),
        (socket.EAI_AGAIN, Found(Outcome.UNSURE, "cut")),
    ):

        async def resolver(_host: str, _port: int, code: int = code) -> list[str]:
            raise socket.gaierror(code, "no")

        assert await found("https://tidak-ada.example/", resolver=resolver) == said


async def test_silence_is_no_death(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_check, "DEADLINE_S", 0.3)
    async with serve(FAULTS["never answers"]) as server:
        assert await found(server.url) == Found(Outcome.UNSURE, "time")


async def test_certificates() -> None:
    authority = trustme.CA()
    async with tls.serve(tls.certified(authority)) as good, tls.serve(tls.certified(authority, expired=True)) as bad:
        async with Client(tls=tls.trusting(authority), private_hosts=HERE) as client:
            assert (await look(good.url, client)).outcome is Outcome.OK
            assert await look(bad.url, client) == Found(Outcome.DEAD, "tls")
        strict = ssl.create_default_context()
        async with Client(tls=strict, private_hosts=HERE) as client:
            assert await look(good.url, client) == Found(Outcome.DEAD, "tls")


@pytest.mark.parametrize(
    ("status", "there"), [(200, True), (404, False), (410, False), (403, True), (500, None), (503, None)]
)
async def test_the_page_of_a_post(status: int, there: bool | None) -> None:
    async def handle(_request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(writer, status, HTML, kind="text/html")

    async with serve(handle) as server, Client(deadline_s=2, tls=TLS) as client:
        assert await answers(f"{server.url}/@kopi/1", server.url, client) is there
        # A private address on another server than the account's is not asked.
        assert await answers(f"{server.url}/@kopi/1", "https://kopi.example", client) is None
        assert len(server.requests) == 1


async def test_a_page_inside_a_private_network_is_not_judged() -> None:
    async with Client() as client:
        # Nobody listens there, and nobody is asked.
        assert await page_answers("http://127.0.0.1:9/@kopi/1", "http://127.0.0.1:9", client) is True
        assert await page_answers("nowhere", "http://127.0.0.1:9", client) is None
