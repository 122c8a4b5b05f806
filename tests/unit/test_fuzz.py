"""Everything that reads what strangers send: whatever comes, the answer is a record or one plain refusal, and soon.

``SMDASH_FUZZ=20000`` tries that many examples of each instead of a hundred.
"""

from __future__ import annotations

import itertools
import json
import os
import time
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smdash.core import clock
from smdash.core.errors import InputError, PlatformError, SettingsError
from smdash.core.ingest import LINE_LIMIT, parse_line
from smdash.core.records import IncomingMention
from smdash.core.text import BODY_LIMIT, LINK_LIMIT, NAME_LIMIT, clean, clean_name, safe_link
from smdash.platforms import answers, feed_discovery, html_text, mastodon_paging
from smdash.platforms.decoding import BadEncoding, Decoder, TooLarge
from smdash.platforms.feed_parse import parse as parse_feed
from smdash.platforms.mastodon_records import Malformed, read_status
from smdash.settings import member, service
from smdash.tui.cells import CONTROL, fit, literal, width_of
from smdash.tui.picture import Picture
from smdash.tui.widgets.lines import wrap
from tests.payloads import HOSTILE

FUZZ = settings(max_examples=int(os.environ.get("SMDASH_FUZZ", "60")))
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
# How long one hostile input of the largest size may keep us (seconds, on a slow and busy machine).
PATIENCE_S = 5.0

PAYLOADS = st.sampled_from([payload.text[:2_000] for payload in HOSTILE])
ANY = st.one_of(st.text(st.characters(exclude_categories=()), max_size=60), PAYLOADS)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), ANY, st.sampled_from(["", "2026-11-23T07:30:00Z", "1"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ANY, inner, max_size=4)),
    max_leaves=12,
)


def clean_record(record: Any) -> None:
    """Every text of a record could be stored and drawn as it is."""
    for value in record:
        if isinstance(value, str):
            assert "\x1b" not in value and not CONTROL.search(value.replace("\n", "")), value
            value.encode()


def object_of(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have the right keys more often than chance would give them."""
    return st.dictionaries(st.sampled_from(keys), JSON, max_size=len(keys))


# Texts.


@given(ANY, st.integers(1, 300))
@FUZZ
@example("ก" + "\u0e49" * 100 + "ไก่", 2)
def test_cleaned_text_is_bounded_and_every_later_step_takes_it(raw: str, width: int) -> None:
    cleaned = clean(raw)
    assert len(cleaned) <= BODY_LIMIT and clean(cleaned) == cleaned
    assert len(clean_name(raw)) <= NAME_LIMIT
    shown = literal(raw)
    assert not CONTROL.search(shown) and "\n" not in shown
    assert width_of(fit(shown, width)) == width
    for line in wrap(raw, width):
        assert width_of(line) <= max(width, 2) and not CONTROL.search(line)


@given(ANY)
@FUZZ
def test_a_link_is_plain_ascii_or_none(raw: str) -> None:
    for text in (raw, "https://" + raw, "http://a.example/" + raw):
        link = safe_link(text)
        assert link is None or (link.startswith(("http://", "https://")) and link.isascii() and link.isprintable())
        assert link is None or (" " not in link and len(link) <= LINK_LIMIT)


# Lines of ``mention ingest``.

_FIELDS = (
    "platform", "account", "remote_id", "kind", "author_handle", "author_name", "body", "url", "sent_at", "edited_at",
    "thread_key", "parent_id", "reply_until",
)  # fmt: skip
_GOOD = {
    "platform": "mastodon", "account": "kopi", "remote_id": "1", "kind": "mention", "author_handle": "rina",
    "body": "halo", "sent_at": "2026-11-23T07:30:00Z",
}  # fmt: skip


def ingested(line: str | bytes) -> None:
    try:
        clean_record(parse_line(line))
    except InputError as problem:
        assert str(problem)


@given(st.one_of(st.binary(max_size=200), ANY))
@FUZZ
def test_any_line_is_a_mention_or_a_sentence(line: str | bytes) -> None:
    ingested(line)


@given(object_of(*_FIELDS))
@FUZZ
def test_any_object_is_a_mention_or_a_sentence(fields: dict[str, Any]) -> None:
    ingested(json.dumps(_GOOD | fields))
    ingested(json.dumps(_GOOD | fields, ensure_ascii=False).encode("utf-8", "surrogatepass"))


# What servers answer.


@given(
    object_of(
        "id", "created_at", "edited_at", "account", "content", "visibility", "url", "uri", "in_reply_to_id",
        "in_reply_to_account_id", "mentions", "media_attachments", "spoiler_text", "poll",
    ),
    object_of("id", "acct", "display_name"),
)  # fmt: skip
@FUZZ
def test_any_status_is_a_mention_or_malformed(status: dict[str, Any], account: dict[str, Any]) -> None:
    good = {"id": "1", "created_at": "2026-11-23T07:30:00Z", "content": "<p>halo</p>"}
    good["account"] = {"id": "7", "acct": "rina"} | account
    for tried in (good | status, status):
        try:
            read = read_status(tried, platform="mastodon", account="kopi", me="1")
        except Malformed:
            continue
        assert isinstance(read, IncomingMention)
        clean_record(read)


@given(JSON)
@FUZZ
def test_a_status_may_be_anything(value: Any) -> None:
    try:
        read_status(value, platform="mastodon", account="kopi", me="1")
    except Malformed:
        pass


@given(st.lists(st.one_of(object_of("id", "type", "status"), JSON), max_size=5), ANY, st.booleans(), ANY)
@FUZZ
def test_any_page_leads_to_a_place_that_can_be_kept(items: list[Any], link: str, by_item: bool, cursor: str) -> None:
    page = mastodon_paging.read_page(items, {"link": link}, by_item=by_item)
    place = mastodon_paging.load(cursor)
    after, fresh, _more = mastodon_paging.advance(place, page, too_old=False)
    assert len(fresh) <= len(items)
    assert mastodon_paging.load(mastodon_paging.dump(after)) == after
    mastodon_paging.dump(after).encode()


@given(object_of("me", "mark", "back", "until", "pages", "run"), ANY)
@FUZZ
def test_any_cursor_is_a_place(fields: dict[str, Any], raw: str) -> None:
    for text in (json.dumps(fields), raw):
        place = mastodon_paging.load(text)
        assert mastodon_paging.load(mastodon_paging.dump(place)) == place
        place.params()


_HEADERS = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit", "ratelimit-reset")
_VALUES = st.one_of(
    ANY,
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
    st.sampled_from(["Mon, 23 Nov 2026 07:30:00 GMT", "Mon, 31 Feb 99999 99:99:99 +9999", "1e400", "-1", "٣", "²"]),
)


@given(st.dictionaries(st.sampled_from(_HEADERS), _VALUES), st.sampled_from([200, 302, 401, 429, 500, 503, 999]))
@FUZZ
def test_any_headers_ask_for_a_wait_of_at_most_a_day(headers: dict[str, str], status: int) -> None:
    given_headers = httpx.Headers({name: value.encode("utf-8", "surrogatepass") for name, value in headers.items()})
    answer = answers.Answer(status, given_headers, b"", "https://a.example/", "a.example")
    wait = answers.retry_at(answer, NOW)
    assert wait is None or NOW <= wait <= NOW + timedelta(days=1)
    left = answers.quota(answer, NOW)
    assert left is None or left.resets_at is None or NOW <= left.resets_at <= NOW + timedelta(days=1)


@given(st.one_of(st.binary(max_size=300), JSON.map(lambda value: json.dumps(value).encode())), st.integers(300, 599))
@FUZZ
def test_any_body_of_an_error_is_one_clean_sentence(body: bytes, status: int) -> None:
    answer = answers.Answer(status, httpx.Headers(), body, "https://a.example/", "a.example")
    sentence = str(answers.failure(answer, NOW))
    assert sentence and "\n" not in sentence and not CONTROL.search(sentence) and len(sentence) < 600
    try:
        answer.json()
    except PlatformError:
        pass


@given(st.lists(st.binary(max_size=80), max_size=6), st.sampled_from(["", "gzip", "deflate", "br", "gzip, gzip", "ä"]))
@FUZZ
def test_any_bytes_are_a_body_or_refused(chunks: list[bytes], encoding: str) -> None:
    decoded(chunks, encoding)


@given(
    st.binary(max_size=300),
    st.lists(st.integers(0, 400), max_size=6),
    st.integers(0, 30),
    st.sampled_from([31, 15, -15]),
)
@FUZZ
def test_compressed_bytes_may_be_cut_anywhere(body: bytes, cuts: list[int], damage: int, form: int) -> None:
    press = zlib.compressobj(wbits=form)
    packed = press.compress(body) + press.flush()
    encoding = "gzip" if form == 31 else "deflate"
    bounds = [0, *sorted(min(cut, len(packed)) for cut in cuts), len(packed)]
    chunks = [packed[a:b] for a, b in itertools.pairwise(bounds)]
    whole = decoded(chunks, encoding)
    # A bare stream may begin like a header; then it can't be told apart.
    assert whole == body or form == -15
    decoded([packed[: len(packed) - damage]], encoding)


def decoded(chunks: list[bytes], encoding: str) -> bytes | None:
    try:
        decoder = Decoder(encoding, 10_000)
        for chunk in chunks:
            decoder.feed(chunk)
        return decoder.finish()
    except (TooLarge, BadEncoding):
        return None


_HTML = st.lists(
    st.one_of(
        ANY,
        st.sampled_from(
            ["<p>", "</p>", "<a href='", "'>", "</a>", "<br>", "<li>", "<pre>", "</pre>", "<!--", "-->", "<!["]
        ),
        st.sampled_from(
            ["<script>", "<svg>", "<template>", "<table><td>", "&#0;", "&#x1b;", "&#27;[31m", "&amp;", "&#xD800;"]
        ),
    ),
    max_size=15,
).map("".join)


@given(_HTML, st.booleans())
@FUZZ
@example("&#x9b;31m", True)
def test_any_html_is_clean_text(html: str, links: bool) -> None:
    text = html_text.plain(html, links=links)
    assert clean(text) == text and not CONTROL.search(text.replace("\n", ""))
    feed_discovery.announced(html.encode("utf-8", "replace"), "https://a.example/")


_FEED = st.lists(
    st.one_of(
        ANY,
        st.sampled_from(
            ["<item>", "</item>", "<title>", "</title>", "<link>", "<guid>", "<pubDate>", "]]>", "<![CDATA["]
        ),
        st.sampled_from(
            ["<entry>", "<updated>", "<ttl>1</ttl>", "&x;", "<content type='html'>", "<!DOCTYPE a [<!ENTITY x 'y'>]>"]
        ),
    ),
    max_size=12,
).map("".join)


def read_feed(body: bytes) -> None:
    try:
        found = parse_feed(body, url="https://a.example/f", content_type="", content_location="", now=NOW)
    except PlatformError as problem:
        assert str(problem) and not CONTROL.search(str(problem))
        return
    for item in found.items:
        clean_record(item)
    assert found.title is None or not CONTROL.search(found.title)


@given(
    st.one_of(
        st.binary(max_size=200),
        _FEED.map(lambda text: f"<rss version='2.0'><channel>{text}".encode("utf-8", "replace")),
    )
)
@FUZZ
def test_any_bytes_are_a_feed_or_a_sentence(body: bytes) -> None:
    read_feed(body)


@given(
    object_of("title", "items", "authors", "author", "expired"),
    st.lists(
        object_of(
            "id",
            "url",
            "external_url",
            "title",
            "content_html",
            "content_text",
            "authors",
            "author",
            "date_published",
            "date_modified",
        ),
        max_size=3,
    ),
)
@FUZZ
def test_any_json_feed_is_read_or_refused(fields: dict[str, Any], items: list[Any]) -> None:
    read_feed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items} | fields).encode())


# What people type.


@given(ANY)
@FUZZ
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-14:00")
@example("٢٠٢٦-١١-٢٣")
@example("²h")
def test_what_is_typed_for_a_time_is_one_or_a_sentence(text: str) -> None:
    zone = clock.find_zone("Asia/Jakarta")
    for read in (
        lambda: clock.parse_when(text, zone, NOW),
        lambda: clock.parse_day(text),
        lambda: clock.parse_duration(text),
        lambda: clock.parse_week(text),
        lambda: clock.find_zone(text),
    ):
        try:
            read()
        except InputError as problem:
            assert str(problem)


@given(
    st.one_of(
        st.dates().map(str),
        st.datetimes().map(str),
        st.integers().map(str),
        st.from_regex(r"\d{1,5}[-W:.]+\d{1,3}.?\d{0,3}"),
    )
)
@FUZZ
def test_what_looks_like_a_time_is_one_or_a_sentence(text: str) -> None:
    test_what_is_typed_for_a_time_is_one_or_a_sentence.hypothesis.inner_test(text)


_TOML = st.lists(
    st.one_of(
        ANY,
        st.sampled_from(
            ["[[account]]\n", "[account]\n", "token = ", '"x"\n', "1\n", "= ", "\n", "private_hosts = [", "]\n"]
        ),
        st.sampled_from(["theme = ", "plain = ", "interval_s = ", "2026-11-23\n", '"""', "name = ", "{a = 1}\n"]),
    ),
    max_size=10,
).map("".join)


@given(_TOML)
@FUZZ
def test_any_settings_file_is_read_or_refused(text: str) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"smdash-fuzz-{os.getpid()}.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        for read in (service.read, member.read):
            try:
                read(path)
            except SettingsError as problem:
                assert problem.problems
    finally:
        path.unlink()


# The terminal sees the same picture.

_STYLES = st.sampled_from(
    ["0", "1", "2", "3", "4", "7", "9", "31", "38;2;1;2;3", "38;5;9", "48;2;9;9;9", "1;31;48;5;4", "97", "104", "22"]
)
_STRETCH = st.tuples(_STYLES, st.text("ab ö咖 ", min_size=1, max_size=6)).map(
    lambda pair: f"\x1b[{pair[0]}m{pair[1]}\x1b[0m"
)
_MOVES = st.sampled_from(["\x1b[3;5H", "\x1b[?25l", "plain", "\r\n", "\x1b[1;1H", "  "])


@given(st.lists(st.one_of(_STRETCH, _STRETCH, _MOVES), max_size=12).map("".join))
@FUZZ
def test_what_is_sent_draws_the_same_picture(data: str) -> None:
    blank = "".join(f"\x1b[{y};1H{' ' * 170}" for y in range(1, 21)) + "\x1b[1;1H"
    assert picture(sent(blank + data))[0] == picture(blank + data)[0]


def sent(data: str) -> str:
    """What goes to a terminal of which nothing is known."""
    desk = Picture()
    other = desk.take(data)
    return other + desk.changes(1_000_000)


def picture(data: str) -> tuple[object, ...]:
    screen = pyte.Screen(170, 20)
    pyte.Stream(screen).feed(data)

    def seen(cell: Any) -> object:
        # Half of a wide letter that was overwritten is blank; pyte leaves it empty.
        blank = cell.data in ("", " ") and not (cell.underscore or cell.strikethrough or cell.reverse)
        # A blank shows its background only.
        return (" ", cell.bg) if blank else cell

    return [[seen(screen.buffer[y][x]) for x in range(170)] for y in range(20)], screen.cursor.x, screen.cursor.y


def refused(read: Callable[..., object], *words: object) -> None:
    with pytest.raises(InputError):
        read(*words)


# Long inputs: the time may grow with the length, not with its square.

LONG: dict[str, Callable[[], object]] = {
    "clean joiners": lambda: clean("\u200d" * 80_000),
    "clean spaced joiners": lambda: clean(" \u200d" * 40_000),
    "clean marks": lambda: clean("a" + "\u0301" * 79_000),
    "clean mixed marks": lambda: clean("\u0301\u0336\u0315" * 26_000),
    "name of blanks": lambda: clean_name(" " * 100_000),
    "line of brackets": lambda: ingested(b"[" * LINE_LIMIT),
    "line of quotes": lambda: ingested(b'{"a":"' + b"\\" * (LINE_LIMIT - 10)),
    "line of digits": lambda: ingested(b'{"a":' + b"9" * (LINE_LIMIT - 10) + b"}"),
    "html unclosed": lambda: html_text.plain("<div>" * 500_000),
    "html anchors": lambda: html_text.plain("<a href='https://a.example'>x" * 20_000, links=True),
    "html entities": lambda: html_text.plain("&amp" * 500_000),
    "html comment": lambda: html_text.plain("<!--" * 500_000),
    "html blanks": lambda: html_text.plain("<p>" + "\n \n" * 200_000),
    "page of tags": lambda: feed_discovery.announced(b"<link " * 80_000, "https://a.example/"),
    "page of blanks": lambda: feed_discovery.announced(b"<link " + b"rel   " * 80_000, "https://a.example/"),
    "feed prologue": lambda: read_feed(b"<!--" * 1_000_000),
    "feed doctype": lambda: read_feed(b"<!doctype a [" * 300_000),
    "feed of blanks": lambda: read_feed(b"<?xml ?>" + b" \n" * 2_000_000),
    "feed entities": lambda: read_feed(b"<rss>" + b"&#1;" * 1_000_000),
    "json feed deep": lambda: read_feed(b"[" * 5_000_000),
    "json feed same ids": lambda: read_feed(
        json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "a"}] * 2_000}).encode()
    ),
    "link header": lambda: mastodon_paging.read_page([], {"link": "<" + "a" * 60_000 + ">;" * 5_000}, by_item=True),
    "link header without rel": lambda: mastodon_paging.read_page([], {"link": "<a>;" + ";" * 60_000}, by_item=True),
    "link header of rels": lambda: mastodon_paging.read_page([], {"link": "<a>; rel=" * 7_000}, by_item=True),
    "retry-after": lambda: answers.http_date("Mon, " * 12_000),
    "reset": lambda: answers.iso_date("2026-" * 12_000),
    "json number": lambda: ingested(b"9" * 262_000),
    "duration": lambda: refused(clock.parse_duration, "1 " * 100_000),
    "when": lambda: refused(clock.parse_when, "9" * 100_000, clock.find_zone("UTC"), NOW),
    "wrap a word": lambda: wrap("a" * BODY_LIMIT, 20),
    "wrap wide words": lambda: wrap("咖啡" * (BODY_LIMIT // 2), 10),
    "wrap blanks": lambda: wrap(" " * BODY_LIMIT, 10),
    "fit": lambda: fit(literal("咖" * BODY_LIMIT), 20),
    "picture": lambda: sent("\x1b[31ma\x1b[0m" * 50_000),
    "safe link": lambda: safe_link("https://" + "a" * 1_000_000),
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_hostile_input_is_over_soon(name: str) -> None:
    began = time.process_time()
    LONG[name]()
    assert time.process_time() - began < PATIENCE_S


def test_days_far_away_are_a_sentence() -> None:
    for text in (str(date.min), str(date.max)):
        with pytest.raises(InputError):
            clock.parse_day(text)
