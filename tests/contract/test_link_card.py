"""Cards of linked pages: what a page says of itself, clean and short, and nothing at all where it can't be had."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.limits import graphemes
from smdash.core.text import clean
from smdash.platforms import link_card
from smdash.platforms.client import Client
from smdash.platforms.link_card import Card, Picture

from .faulty import FAULTS, Request, answer, bomb, serve
from .hostile import ERRORS
from .test_faults import TLS

PAGE = "https://kopi.example/menu/baru"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
HEAD = (
    '<!doctype html><html><head><title>Menu</title><meta property="og:title" content="Menu baru &amp; lama">'
    '<meta name="description" content="Kopi  dari\n Gayo"><meta property="og:image" content="../gambar/v60.png"></head>'
)


@dataclass
class Web:
    """Pages by their address."""

    pages: dict[str, httpx.Response | Exception] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def client(self) -> Client:
        async def handle(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            found = self.pages.get(str(request.url), httpx.Response(404))
            if isinstance(found, Exception):
                raise found
            return found

        return Client(transport=httpx.MockTransport(handle))


def html(text: str | bytes, kind: str = "text/html; charset=utf-8") -> httpx.Response:
    return httpx.Response(200, content=text, headers={"content-type": kind})


async def card_of(page: httpx.Response | Exception, picture: httpx.Response | Exception | None = None) -> Card | None:
    web = Web({PAGE: page})
    if picture is not None:
        web.pages["https://kopi.example/gambar/v60.png"] = picture
    async with web.client() as client:
        return await link_card.read(PAGE, client, picture_bytes=1_000)


async def test_a_page_as_it_describes_itself() -> None:
    found = await card_of(html(HEAD), httpx.Response(200, content=PNG, headers={"content-type": "application/x-what"}))
    assert found == Card(PAGE, "Menu baru & lama", "Kopi dari Gayo", Picture(PNG, "image/png"))


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        ("<title> Menu\n kopi </title><body>", "Menu kopi", ""),
        ('<title>a</title><meta name="twitter:title" content="b"><meta property="og:title" content=" ">', "b", ""),
        ('<META NAME="OG:TITLE" CONTENT=a><meta property=og:description content=b>', "a", "b"),
        ('<title>a</title><meta property="og:title" content="\u200b">', "a", ""),
        ('<meta property="og:title" content="a"><meta property="og:title" content="b">', "a", ""),
        ("<script>var a = '<meta property=og:title content=no>'</script><title>ya</title>", "ya", ""),
        ("<!-- <title>no</title> <body> --><title>ya</title>", "ya", ""),
        ("<style>" + "x" * 600_000 + "</style><title>ya</title>", "ya", ""),
        ("<head><title>ya</title></head><body><meta property=og:title content=no>", "ya", ""),
        ("<title>\x1b]0;owned\x07 \u202eya\ud83d</title>", "]0;owned ya���", ""),
        ("<title>" + "k" * 500 + "</title>", "k" * 149 + "…", ""),
        ("<title>" + "👨‍👩‍👧" * 151 + "</title>", "👨‍👩‍👧" * 149 + "…", ""),
        ("<title>" + "👨‍👩‍👧" * 150 + "</title>", "👨‍👩‍👧" * 150, ""),
    ],
)
async def test_what_stands_where(page: str, title: str, text: str) -> None:
    found = await card_of(html(page.encode("utf-8", "surrogatepass")))
    assert found == Card(PAGE, title, text)


@pytest.mark.parametrize(
    "page",
    [
        html(""),
        html("<p>no title"),
        html("<title> \u200b </title>"),
        html(HEAD, "application/pdf"),
        html(HEAD, "text/plain"),
        httpx.Response(200, content=HEAD.encode()),
        httpx.Response(404, content=HEAD, headers={"content-type": "text/html"}),
        httpx.Response(503),
        httpx.ConnectError("no"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_pages_without_a_card(page: httpx.Response | Exception) -> None:
    assert await card_of(page) is None


@pytest.mark.parametrize(
    "picture",
    [
        None,
        httpx.Response(200, content=PNG + b"\0" * 1_000),  # too big
        httpx.Response(200, content=b"<svg></svg>", headers={"content-type": "image/png"}),
        httpx.Response(200, content=b""),
        httpx.Response(500, content=PNG),
        httpx.ReadError("cut"),
    ],
)
async def test_a_card_without_its_picture(picture: httpx.Response | Exception | None) -> None:
    found = await card_of(html(HEAD), picture)
    assert found is not None and found.picture is None and found.title == "Menu baru & lama"


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "data:image/png;base64,AAAA", "http://[oops/", "", "x\n.png"]
)
async def test_odd_addresses_of_pictures_are_not_asked(address: str) -> None:
    web = Web({PAGE: html(f'<base href="{address}"><title>a</title><meta property="og:image" content="{address}">')})
    async with web.client() as client:
        assert await link_card.read(PAGE, client, picture_bytes=1_000) == Card(PAGE, "a")
        for other in ("ftp://kopi.example/", "javascript:alert(1)", "kopi.example", ""):
            assert await link_card.read(other, client, picture_bytes=1_000) is None
    assert all(str(one.url).startswith("https://kopi.example/") for one in web.asked)
    assert not any("authorization" in one.headers for one in web.asked)


@pytest.mark.parametrize(
    ("body", "kind", "title"),
    [
        ("<title>café</title>".encode("latin-1"), "text/html; charset=ISO-8859-1", "café"),
        ("<meta charset=shift_jis><title>珈琲</title>".encode("shift_jis"), "text/html", "珈琲"),
        ('<meta http-equiv=x content="text/html; charset=gbk"><title>咖啡</title>'.encode("gbk"), "text/html", "咖啡"),
        ("<title>kopi ☕</title>".encode("utf-16"), "text/html", "kopi ☕"),
        ("<title>é</title>".encode(), "text/html; charset=punycode", "é"),
        ("<title>é</title>".encode(), "text/html; charset=latin99", "é"),
        ("<title>é</title>".encode(), "text/html; charset=iso-8859-99", "é"),
        (b"<title>a\xff</title>", "text/html", "a�"),
    ],
)
async def test_charsets(body: bytes, kind: str, title: str) -> None:
    found = await card_of(html(body, kind))
    assert found is not None and found.title == title


PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "<title>",
            "</title>",
            "<meta property=og:title content='",
            "'>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<body",
            "<meta property=og:image content=http://[",
            "<base href=//[",
            "charset=",
            "<svg>",
            "<template",
            "\x00",
            "&#0;",
        ]
    ),
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30), st.sampled_from(["", "; charset=utf-16", "; charset=gb18030"]))
def test_whatever_a_page_holds(pieces: list[str], charset: str) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    found = asyncio.run(card_of(html(body, f"text/html{charset}")))
    for text, most in ((found.title, 150), (found.text, 300)) if found else ():
        assert clean(text) == text and "\n" not in text and len(graphemes(text)) <= most


@pytest.mark.parametrize(
    "evil",
    [
        *(b"<div>" * 900_000, b"<!--" * 900_000, b"<svg></svg>" * 400_000, b"<meta " * 800_000, b"<title>" * 600_000),
        *(b"<meta charset" * 300_000, b"<script></script " * 300_000, b"<a" * 2_000_000),
    ],
)
async def test_pages_made_to_be_slow_are_not(evil: bytes) -> None:
    begun = time.monotonic()
    await card_of(html(evil))
    assert time.monotonic() - begun < 3


async def test_no_fault_of_a_page_is_an_error() -> None:
    bomb()
    for handler in (FAULTS | ERRORS).values():
        async with (
            serve(handler) as server,
            Client(private_hosts=frozenset({f"127.0.0.1:{server.port}"}), tls=TLS) as one,
        ):
            begun = time.monotonic()
            found = await link_card.read(f"{server.url}/menu", one, picture_bytes=1_000, wait_s=0.4)
            # An error page that answers 200 as HTML has a title like any other.
            assert found is None or found.title == "502 Bad Gateway"
            assert time.monotonic() - begun < 1.2


async def test_private_addresses_only_where_the_owner_lists_them() -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/away":
            await answer(writer, 302, headers={"Location": f"http://127.0.0.2:{server.port}/menu"})
        elif request.path.endswith(".png"):
            await answer(writer, body=PNG, kind="image/png")
        else:
            await answer(writer, body=HEAD.encode(), kind="text/html")

    async with serve(handle) as server:
        async with Client(tls=TLS) as client:
            assert await link_card.read(f"{server.url}/menu", client, picture_bytes=1_000) is None
            assert server.requests == []
        async with Client(private_hosts=frozenset({"127.0.0.1"}), tls=TLS) as client:
            found = await link_card.read(f"{server.url}/menu", client, picture_bytes=1_000)
            assert found is not None and found.picture == Picture(PNG, "image/png")
            # A page of a listed host leads no further.
            assert await link_card.read(f"{server.url}/away", client, picture_bytes=1_000) is None
