"""Feeds: every format, keys that stay, conditional GET, and pages that are no feed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingItem
from smdash.core.text import clean
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.feed_discovery import announced
from smdash.platforms.feed_parse import Parsed, looks_like, parse
from smdash.platforms.feeds import Feeds, discover

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
URL = "https://kopi.example/blog/feed.xml"

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Kabar &amp;amp; kopi</title><link>https://kopi.example/</link>
<item><title>Panen &lt;b&gt;raya&lt;/b&gt;</title><link>panen</link><guid isPermaLink="false">7</guid>
<description>ringkas</description><content:encoded><![CDATA[<p>Tahun ini&nbsp;baik.</p><p>Dua</p>]]></content:encoded>
<pubDate>Mon, 23 Nov 2026 08:00:00 +0700</pubDate><dc:creator>Rina</dc:creator></item>
<item><title>Besok</title><pubDate>Mon, 30 Nov 2026 08:00:00 GMT</pubDate></item>
<item><description>Hanya isi, tanpa judul</description><pubDate>kemarin</pubDate></item>
</channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://cdn.example/a/"><title type="text">Atom &lt;satu&gt;</title>
<entry><id>tag:kopi.example,2026:1</id><title type="html">A &amp;lt;b&amp;gt; &lt;i&gt;x&lt;/i&gt;</title>
<link rel="enclosure" href="x.mp3"/><link href="b/1"/><updated>2026-11-22T10:00:00+07:00</updated>
<author><name>Budi</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Halo <em>dunia</em></p></div></content></entry>
<entry><id>tag:kopi.example,2026:2</id><title>Dua</title><published>2026-11-20T10:00:00Z</published>
<updated>2026-11-21T10:00:00Z</updated><summary>teks &lt; biasa</summary></entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://kopi.example/">
<title>RDF</title></channel><item rdf:about="https://kopi.example/1"><title>Satu</title>
<link>https://kopi.example/1</link><dc:date>2026-11-22T10:00:00Z</dc:date></item></rdf:RDF>"""
JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "JSON",
    "authors": [{"name": "Ana"}],
    "items": [
        {"id": 5, "url": "/lima", "title": "Lima", "content_html": "<p>a</p><p>b</p>"},
        {"id": "6", "external_url": "https://toko.example/6", "content_text": "teks <b>", "authors": [{"name": "Budi"}],
         "date_published": "2026-11-22T10:00:00+07:00", "date_modified": "2026-11-22T11:00:00Z"},
        None,
        {"id": "7"},
    ],
}  # fmt: skip


def read(body: str | bytes, content_type: str = "application/xml", location: str = "") -> Parsed:
    body = body.encode() if isinstance(body, str) else body
    return parse(body, url=URL, content_type=content_type, content_location=location, now=NOW)


def refusal(body: str | bytes) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        read(body)
    assert str(caught.value).isprintable()
    return caught.value


def bare(item: IncomingItem) -> tuple[Any, ...]:
    return item[1:]


def test_rss() -> None:
    found = read(RSS)
    assert found.title == "Kabar & kopi"
    assert found.notice is None and found.whole
    assert [bare(item) for item in found.items] == [
        (
            "https://kopi.example/blog/panen",
            "Panen raya",
            "Tahun ini\xa0baik.\n\nDua",
            "Rina",
            datetime(2026, 11, 23, 1, tzinfo=UTC),
            None,
        ),
        (None, "Besok", "", "", None, None),
        (None, "Hanya isi, tanpa judul", "Hanya isi, tanpa judul", "", None, None),
    ]


def test_atom() -> None:
    found = read(ATOM)
    assert found.title == "Atom <satu>"
    first = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert [bare(item) for item in found.items] == [
        ("https://cdn.example/a/b/1", "A <b> x", "Halo dunia", "Budi", first, first),
        (
            None,
            "Dua",
            "teks < biasa",
            "",
            datetime(2026, 11, 20, 10, tzinfo=UTC),
            datetime(2026, 11, 21, 10, tzinfo=UTC),
        ),
    ]


def test_rdf() -> None:
    (item,) = read(RDF).items
    assert bare(item)[:2] == ("https://kopi.example/1", "Satu")
    assert item.published_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_json_feed() -> None:
    found = read(json.dumps(JSON), "application/feed+json")
    assert found.title == "JSON"
    assert [bare(item) for item in found.items] == [
        ("https://kopi.example/lima", "Lima", "a\n\nb", "Ana", None, None),
        (
            "https://toko.example/6",
            "teks <b>",
            "teks <b>",
            "Budi",
            datetime(2026, 11, 22, 3, tzinfo=UTC),
            datetime(2026, 11, 22, 11, tzinfo=UTC),
        ),
    ]
    assert read(json.dumps(JSON | {"expired": True})).notice == "the feed says that it has ended"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (RSS.replace("Besok", "Kafé").replace('"1.0"?', '"1.0" encoding="iso-8859-1"?').encode("latin-1"), ""),
        (RSS.replace("Besok", "Kafé").encode("utf-8"), "text/xml"),
        (RSS.replace("Besok", "Kafé").encode("utf-8-sig"), "text/html"),
        (
            RSS.replace("Besok", "Kafé").replace('"1.0"?', '"1.0" encoding="utf-16"?').encode("utf-16"),
            "application/xml",
        ),
        (b"\n \n" + RSS.replace("Besok", "Kafé").encode(), "application/rss+xml"),
    ],
    ids=["latin-1", "text/xml", "BOM", "utf-16", "blank lines"],
)
def test_encodings_that_are_declared_badly(body: bytes, content_type: str) -> None:
    found = read(body, content_type)
    assert found.items[1].title == "Kafé"
    assert found.whole and found.notice is None


def test_relative_links_start_from_content_location() -> None:
    assert read(RSS, location="https://www.kopi.example/id/").items[0].url == "https://www.kopi.example/id/panen"
    assert read(RSS, location="/id/").items[0].url == "https://kopi.example/id/panen"


# Keys


def keys(*items: str) -> list[str]:
    return [item.key for item in read(f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>").items]


def test_keys_stay_when_the_rest_changes() -> None:
    first = keys("<item><guid>1</guid><title>a</title><link>/1</link></item>", "<item><link>/2</link></item>")
    again = keys(
        "<item><title>new</title></item>",
        "<item><guid>1</guid><title>changed</title><link>/other</link></item>",
        "<item><link>/2</link><title>changed</title></item>",
    )
    assert again[1:] == first and again[0] not in first


def test_a_key_is_used_once_in_a_document() -> None:
    same = "<item><guid>1</guid><title>a</title></item>"
    other = "<item><guid>1</guid><title>a</title><link>/b</link></item>"
    found = keys(same, other, same, same, "<item><title>t</title></item>", "<item><title>t</title></item>")
    assert len(set(found)) == 6
    assert keys(same, other)[0] == keys(same)[0]


def test_keys_don_t_hang_on_the_feeds_address() -> None:
    body = b"<rss version='2.0'><channel><item><guid>5</guid><title>x</title></item></channel></rss>"
    one, two = (
        parse(body, url=url, content_type="", content_location="", now=NOW).items[0].key
        for url in ("http://a.example/feed", "https://b.example/x/feed")
    )
    assert one == two


def test_reading_twice_changes_nothing() -> None:
    for body in (RSS, ATOM, RDF, json.dumps(JSON)):
        assert read(body) == read(body)
        assert all(len(item.key) == 64 for item in read(body).items)


# Bad input


def test_broken_xml() -> None:
    error = refusal('<?xml version="1.0"?>\n<rss version="2.0">\n<channel>\n<item')
    assert error.kind is ErrorKind.SERVER
    assert str(error) == f"the feed at {URL} is broken XML in line 4: unclosed token"
    partly = read(RSS.replace("</channel></rss>", "<item><title>x & y</title>"))
    assert len(partly.items) >= 3 and not partly.whole
    assert partly.notice is not None and "broken XML in line" in partly.notice


def test_what_is_no_feed() -> None:
    for body, words in (
        ("<opml version='2.0'><body/></opml>", "list of feeds (OPML)"),
        ("hello", "is not a feed"),
        ("/etc/passwd", "is not a feed"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a feed"),
        ('{"version": "1"}', "is not a feed"),
        ("[1, 2]", "is not a feed"),
        ('{"version": "https://jsonfeed.org/version/1",', "broken JSON in line 1"),
        ('{"a":' * 100_000, "nested too deep"),
    ):
        assert words in str(refusal(body)), body[:40]


def test_an_empty_feed_is_a_feed() -> None:
    assert read("<rss version='2.0'><channel><title>Sepi</title></channel></rss>") == Parsed(title="Sepi")


def test_a_body_is_never_taken_for_a_files_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "<rss version='2.0'><channel><title>x"
    (tmp_path / name).write_text(RSS)
    assert "broken XML" in str(refusal(name))


def test_no_entity_is_ever_followed() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for doctype in (
        f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>',
        '<!DOCTYPE r [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    ):
        item = "<item><title>x&l9;</title></item>"
        body = f"<?xml version='1.0'?>{doctype}<rss version='2.0'><channel>{item}</channel></rss>"
        assert len(str(read(body).items)) < 1000 and "root:" not in str(read(body).items)


def test_hostile_text_and_links() -> None:
    dirty = "\x1b]0;x\x07&#27;[31m\u202emerah&#x9b;"
    item = {
        "id": dirty,
        "url": "javascript:alert(1)",
        "title": dirty + "\nbaris",
        "content_html": dirty,
        "authors": [{"name": dirty}],
    }
    (made,) = read(json.dumps(JSON | {"items": [item], "title": dirty})).items
    assert made.url is None
    for text in (made.title, made.body, made.author):
        assert clean(text) == text and "merah" in text and text.isprintable()
    (made,) = read(
        "<rss version='2.0'><channel><item><title>a</title><link>/kopi gayo/é</link></item></channel></rss>"
    ).items
    assert made.url == "https://kopi.example/kopi%20gayo/%C3%A9"


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<rss version='2.0'><channel><item><title>", b"<feed>", b"{", RSS[:400].encode()]),
)
def test_any_bytes_at_all(body: bytes, start: bytes) -> None:
    try:
        found = read(start + body)
    except PlatformError as error:
        assert str(error).isprintable()
    else:
        assert all(clean(item.title) == item.title for item in found.items)


def test_documents_made_to_keep_us_busy() -> None:
    started = time.process_time()  # what others do on this machine is not ours
    assert "too many entries" in str(refusal("<rss version='2.0'><channel>" + "<item>" * 800_000))
    nested = "&lt;div&gt;" * 20_000
    many = "".join(f"<item><guid>{n}</guid><description>{nested}</description></item>" for n in range(20))
    assert len(read(f"<rss version='2.0'><channel>{many}</channel></rss>").items) in (0, 20)
    found = read("<rss version='2.0'><channel>" + "<item><title>x</title></item>" * 2_500 + "</channel></rss>")
    assert len(found.items) == 2_000 and found.notice == "only the first 2000 entries were read"
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><html>", "html"),
        (b"<!-- x --><!DOCTYPE HTML>", "html"),
        (b"\xef\xbb\xbf  <html lang=id>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='x'>", "html"),
        (b"<?xml version='1.0'?><!-- <html> --><rss>", "xml"),
        (b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'b'>]><rdf:RDF>", "xml"),
        (b" <opml>", "opml"),
        (b"\xef\xbb\xbf{", "json"),
        (b"hello", "other"),
        (b"", "other"),
        ("<?xml version='1.0'?><rss>".encode("utf-16"), "xml"),
    ],
)
def test_kinds_of_documents(body: bytes, kind: str) -> None:
    assert looks_like(body) == kind


# Over HTTP


class Site:
    """Answers in turn, and remembers what was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.left = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.left.pop(0)

    async def pull(self, cursor: str | None = None, url: str = URL) -> Pulled:
        async with Client(transport=httpx.MockTransport(self)) as client:
            return await Feeds().pull(Pull("feed", Credentials("feeds", "", url), cursor, NOW), client)

    async def refusal(self, cursor: str | None = None) -> PlatformError:
        with pytest.raises(PlatformError) as caught:
            await self.pull(cursor)
        return caught.value


def page(body: str = RSS, status: int = 200, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=body.encode(), headers={"Content-Type": "application/rss+xml"} | names)


VALIDATORS = {"ETag": 'W/"a\'b"', "Last_Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}


async def test_validators_go_back_unchanged() -> None:
    site = Site(page(**VALIDATORS), page("", 304))
    first = await site.pull()
    second = await site.pull(first.cursor)
    assert site.asked[1].headers["if-none-match"] == VALIDATORS["ETag"]
    assert site.asked[1].headers["if-modified-since"] == VALIDATORS["Last_Modified"]
    assert "if-none-match" not in site.asked[0].headers
    assert list(second.items) == [] and second.cursor == first.cursor


async def test_validators_of_another_address_or_a_damaged_cursor_are_not_sent() -> None:
    site = Site(page(**VALIDATORS), page(), page(), page())
    first = await site.pull()
    await site.pull(first.cursor, url="https://other.example/feed")
    await site.pull('{"asked": 5')
    await site.pull('{"asked": 5, "etag": ["x"]}')
    assert all("if-none-match" not in request.headers for request in site.asked)


async def test_validators_are_kept_only_for_what_was_read() -> None:
    broken = RSS.replace("</channel></rss>", "")
    site = Site(page(**VALIDATORS), page(broken, ETag='"2"'), page("<rss", ETag='"3"'), page(ETag="bad\x07"))
    first = await site.pull()
    second = await site.pull(first.cursor)
    assert second.cursor == first.cursor and second.notice is not None
    await site.refusal(second.cursor)
    fourth = await site.pull(None)
    assert "etag" not in json.loads(fourth.cursor or "")


async def test_expires_zero_means_no_validators() -> None:
    pulled = await Site(page(Expires="0", **VALIDATORS)).pull()
    assert set(json.loads(pulled.cursor or "")) == {"asked", "final", "digest"}


async def test_the_same_again_is_not_parsed() -> None:
    site = Site(page(ETag='"1"'), page("<rss broken", ETag='"1"'), page(ETag='"2"'))
    first = await site.pull()
    for _count in range(2):
        again = await site.pull(first.cursor)
        assert list(again.items) == [] and again.cursor == first.cursor


async def test_a_304_that_was_not_asked_for_is_an_error() -> None:
    assert (await Site(page("", 304)).refusal()).kind is ErrorKind.SERVER


async def test_moves() -> None:
    for status, moved in ((301, "https://kopi.example/new.xml"), (308, "https://kopi.example/new.xml"), (302, None)):
        pulled = await Site(httpx.Response(status, headers={"Location": "/new.xml"}), page()).pull()
        assert pulled.moved_to == moved and len(pulled.items) == 3
    assert (await Site(page()).pull()).moved_to is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ErrorKind.AUTH),
        (403, ErrorKind.PERMISSION),
        (404, ErrorKind.SERVER),
        (410, ErrorKind.GONE),
        (429, ErrorKind.RATE),
        (503, ErrorKind.SERVER),
    ],
)
async def test_statuses(status: int, kind: ErrorKind) -> None:
    error = await Site(page("<html>no</html>", status, Retry_After="60")).refusal()
    assert error.kind is kind and f"({status})" in str(error)
    assert error.retry_at == NOW + timedelta(seconds=60)


async def test_how_often() -> None:
    ttl = RSS.replace("<link>https://kopi.example/</link>", "<ttl>90</ttl>")
    for answer, interval in (
        (page(), None),
        (page(ttl), timedelta(minutes=90)),
        (page(ttl, Cache_Control="public, max-age=7200"), timedelta(hours=2)),
        (page(Cache_Control="max-age=1"), timedelta(minutes=5)),
        (page(Cache_Control="max-age=99999999"), timedelta(hours=24)),
        (page(Cache_Control="max-age=0"), None),
        (page(Expires="Mon, 23 Nov 2026 12:00:00 GMT"), timedelta(hours=3)),
        (page(Expires="Mon, 23 Nov 2020 12:00:00 GMT"), None),
        (page(Expires="never"), None),
    ):
        assert (await Site(answer).pull()).interval == interval, answer.headers


async def test_an_empty_body_is_an_error() -> None:
    assert "empty" in str(await Site(page(" \n")).refusal())


PAGE = """<!doctype html><html><head><base href="https://kopi.example/id/">
<link rel="stylesheet" href="x.css"><link rel="alternate" hreflang="en" href="/en">
<LINK HREF='rss.xml?a=1&amp;b=2' TYPE="application/rss+xml; charset=utf-8" REL="home Alternate"
title="Kabar &lt;kopi&gt;">
<link rel=alternate type=application/atom+xml href=//cdn.example/atom>
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head></html>"""


def test_feeds_that_a_page_announces() -> None:
    assert announced(PAGE.encode(), "https://kopi.example/") == [
        ("https://kopi.example/id/rss.xml?a=1&b=2", "Kabar <kopi>"),
        ("https://cdn.example/atom", ""),
    ]
    started = time.perf_counter()
    for evil in (b"<link " * 800_000, b"<link rel=" + b"a=" * 2_000_000, b"<link " + b"x" * 5_000_000):
        assert announced(evil, "https://kopi.example/") == []
    assert time.perf_counter() - started < 2


async def test_a_page_instead_of_a_feed_names_its_feeds() -> None:
    error = await Site(page(PAGE)).refusal()
    assert error.kind is ErrorKind.REJECTED
    assert "https://kopi.example/id/rss.xml?a=1&b=2 https://cdn.example/atom" in str(error)
    assert "names no feed" in str(await Site(page("<html><body>halo")).refusal())


async def test_discovery() -> None:
    async def ask(site: Site, url: str) -> tuple[str, str | None]:
        async with Client(transport=httpx.MockTransport(site)) as client:
            return await discover(url, client, now=NOW)

    assert await ask(Site(page()), URL) == (URL, "Kabar & kopi")
    assert await ask(Site(page()), "kopi.example/feed") == ("https://kopi.example/feed", "Kabar & kopi")
    site = Site(page(PAGE), page())
    assert await ask(site, "https://kopi.example/") == ("https://kopi.example/id/rss.xml?a=1&b=2", "Kabar & kopi")
    with pytest.raises(PlatformError, match="names no feed"):
        await ask(Site(page("<html></html>")), "https://kopi.example/")


async def test_a_page_does_not_lead_into_the_private_network() -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="http://127.0.0.1:{port}/feed">'
    site = Site(page(f"<html><head>{head.format(port=9999)}</head></html>"), page())
    async with Client(transport=httpx.MockTransport(site)) as client:
        with pytest.raises(PlatformError, match="private network"):
            await discover("https://kopi.example/", client, now=NOW)
    assert len(site.asked) == 1
