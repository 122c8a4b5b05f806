"""Mastodon: what a status becomes, and that a cursor neither loses nor repeats."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.mastodon import Mastodon
from smdash.platforms.mastodon_records import Malformed, read_status

from .mastodon_fake import BASE, START, Fake, status

NOW = START + timedelta(hours=9)
CREDENTIALS = Credentials("mastodon", "kopi", BASE + "/", "token-of-kopi")


def read(**changes: Any) -> IncomingMention:
    return read_status(status(1, **changes), platform="mastodon", account="kopi", me="1")


# Decoding


def test_a_plain_mention() -> None:
    assert read() == IncomingMention(
        platform="mastodon",
        account="kopi",
        remote_id="s1",
        kind=MentionKind.MENTION,
        author_handle="rina@toko.example",
        author_name="Rina",
        body="nomor 1",
        url="https://toko.example/@rina/1",
        sent_at=START + timedelta(seconds=1),
        thread_key="s1",
    )


def test_kinds_and_threads() -> None:
    reply = read(in_reply_to_account_id="1", in_reply_to_id="s0")
    assert (reply.kind, reply.parent_id, reply.thread_key) == (MentionKind.REPLY, "s0", "s0")
    aside = read(in_reply_to_account_id="99", in_reply_to_id="s0")
    assert (aside.kind, aside.parent_id) == (MentionKind.MENTION, "s0")
    theirs = read(visibility="direct", in_reply_to_id="s0", in_reply_to_account_id="1")
    ours = read(
        visibility="direct", account={"id": "1", "acct": "kopi"}, mentions=[{"id": "77", "acct": "rina@toko.example"}]
    )
    assert (theirs.kind, theirs.own, ours.kind, ours.own) == (MentionKind.DM, False, MentionKind.DM, True)
    assert theirs.thread_key == ours.thread_key == "dm:77"


def test_everything_that_makes_up_the_body() -> None:
    made = read(
        spoiler_text="Makanan",
        content='<p>Halo <span class="h-card"><a href="https://kopi.example/@kopi" class="u-url mention">@<span>'
        'kopi</span></a></span>, lihat<br /><a href="https://toko.example/menu/kopi-gayo?size=besar">'
        '<span class="invisible">https://</span><span class="ellipsis">toko.example/menu/</span>'
        '<span class="invisible">kopi-gayo?size=besar</span></a></p><p>Enak :ok_hand:</p>'
        '<p><a href="https://evil.example/">bank.example</a></p>',
        media_attachments=[
            {"type": "image", "description": "Dua\ncangkir"},
            {"type": "video"},
            {"type": "hologram", "description": None},
            "broken",
        ],
        poll={"options": [{"title": "Panas"}, {"title": "Dingin"}, None]},
        edited_at="2026-11-23T01:00:00.000Z",
    )
    assert made.body == (
        "Makanan\n\nHalo @kopi, lihat\nhttps://toko.example/menu/kopi-gayo?size=besar\n\nEnak :ok_hand:\n\n"
        "bank.example (https://evil.example/)\n\n[image: Dua cangkir]\n[video]\n[file]\n\n[ ] Panas\n[ ] Dingin"
    )
    assert made.edited_at == datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": None}),
        ("id", {"id": ""}),
        ("id", {"id": "x" * 300}),
        ("id", {"id": "a\x1bb"}),
        ("created_at", {"created_at": "yesterday"}),
        ("created_at", {"created_at": None}),
        ("created_at", {"created_at": 5}),
        ("account.acct", {"account": None}),
        ("account.acct", {"account": {"id": "77"}}),
        ("account.acct", {"account": {"id": "77", "acct": " \x07 "}}),
        ("content", {"content": None}),
    ],
)
def test_what_a_mention_can_not_be_without(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=f"^{field}$"):
        read(**changes)


def test_all_else_may_be_missing_or_strange() -> None:
    bare = {
        "id": 12,
        "created_at": "2026-11-23T00:00:01+07:00",
        "account": {"acct": "rina"},
        "content": "",
    }
    made = read_status(bare, platform="mastodon", account="kopi", me="1")
    assert (made.remote_id, made.author_name, made.body, made.url) == ("12", "rina", "", None)
    assert made.sent_at == datetime(2026, 11, 22, 17, 0, 1, tzinfo=UTC)
    for name in set(status(1)) - {"id", "created_at", "account", "content"}:
        for value in (None, 5, "x", [], {}, [None, 5, "x"], True):
            read(**{name: value})


def test_hostile_text_comes_out_clean_and_visible() -> None:
    hostile = "\x1b]0;judul\x07&#27;[31m\u202emerah\ud800 &#x9b;31m\x00<img src=x alt='&#27;gambar'>"
    made = read(
        content=hostile,
        spoiler_text=hostile,
        account={"id": "77", "acct": "ri\x1b[2Jna\n\u202e", "display_name": "R\ud83d\x07ina\nbaris"},
        url="https://toko.example/\x1b",
        uri="javascript:alert(1)",
        media_attachments=[{"type": "image", "description": hostile}],
    )
    assert made.url is None
    for text in (made.body, made.author_handle, made.author_name, str(made.thread_key)):
        assert clean(text) == text
        assert text.replace("\n", "").isprintable()
        text.encode()
    assert "merah" in made.body and "gambar" in made.body and "31m" in made.body
    assert made.author_handle == "ri[2Jna"
    assert read(url="javascript:alert(1)", uri="https://toko.example/1").url is None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_content_at_all(content: str) -> None:
    body = read(content=content, spoiler_text=content).body
    assert clean(body) == body


def test_a_body_without_end_stays_small_and_quick() -> None:
    import time

    started = time.perf_counter()
    assert len(read(content="<div>" * 300_000 + "x").body) <= 20_000
    assert len(read(content="<p>kopi</p>" * 300_000).body) <= 20_000
    assert time.perf_counter() - started < 2


# Paging


async def drain(fake: Fake, cursor: str | None, *, job: str = "notifications", most: int = 80) -> tuple[list[str], str]:
    found: list[str] = []
    async with Client(transport=fake.transport()) as client:
        for _count in range(most):
            pulled = await Mastodon().pull(Pull(job, CREDENTIALS, cursor, NOW), client)
            found += [mention.remote_id for mention in pulled.mentions]
            assert pulled.cursor is not None and len(pulled.cursor) < 2000
            cursor = pulled.cursor
            if not pulled.more:
                return found, cursor
    raise AssertionError("it asks for more without end")


@pytest.mark.parametrize("most", [20, 40, 80])
@pytest.mark.parametrize("habit", ["vanilla", "ignores_min", "min_is_since", "no_link", "prev_only"])
@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_and_nothing_comes_twice(habit: str, most: int, seed: int) -> None:
    chance = random.Random(seed)
    fake = Fake(habit, most)
    fake.add(chance.choice([1, 15, 60]))
    found, cursor = await drain(fake, None)
    for _round in range(6):
        fake.add(chance.choice([0, 1, 19, 20, 21, 40, 41, 80, 81, 200, 333]))
        more, cursor = await drain(fake, cursor)
        found += more
    expected = [f"s{number + 1}" for number in range(len(fake.rows))]
    assert sorted(set(found)) == sorted(expected)
    assert len(found) == len(set(found))


async def test_a_server_that_knows_no_paging_gives_its_newest() -> None:
    fake = Fake("ignores_all", 40)
    fake.add(30)
    found, cursor = await drain(fake, None)
    fake.add(15)
    more, cursor = await drain(fake, cursor)
    assert sorted(found + more) == sorted(f"s{number + 1}" for number in range(45))
    assert (await drain(fake, cursor))[0] == []


async def test_a_server_that_invents_ids_comes_to_an_end() -> None:
    fake = Fake("inventive")
    _found, cursor = await drain(fake, None, most=200)
    await drain(fake, cursor, most=200)


async def test_the_first_sync_goes_back_five_pages_or_a_week() -> None:
    fake = Fake(most=40)
    fake.add(1000)
    found, cursor = await drain(fake, None)
    assert len(found) == 200 and "s1000" in found and "s801" in found and "s800" not in found
    assert (await drain(fake, cursor))[0] == []

    old = Fake(most=40)
    old.add(1000)
    for row in old.rows[:900]:
        row["created_at"] = (NOW - timedelta(days=8)).isoformat()
    found, _cursor = await drain(old, None)
    assert len(found) == 120


async def test_what_arrives_during_the_first_sync_is_not_lost() -> None:
    fake = Fake(most=40)
    fake.add(100)
    async with Client(transport=fake.transport()) as client:
        first = await Mastodon().pull(Pull("notifications", CREDENTIALS, None, NOW), client)
    assert first.more
    fake.add(7)
    found, cursor = await drain(fake, first.cursor)
    found += (await drain(fake, cursor))[0]
    assert {f"s{number}" for number in range(101, 108)} <= set(found)


async def test_an_interrupted_catch_up_goes_on() -> None:
    """Each page's cursor is enough: the service may die after any of them."""
    fake = Fake(most=40)
    fake.add(5)
    found, cursor = await drain(fake, None)
    fake.add(150)
    async with Client(transport=fake.transport()) as client:
        for _count in range(12):
            pulled = await Mastodon().pull(Pull("notifications", CREDENTIALS, cursor, NOW), client)
            found += [mention.remote_id for mention in pulled.mentions]
            cursor = pulled.cursor
    assert sorted(found) == sorted(f"s{number + 1}" for number in range(155))


async def test_a_damaged_cursor_starts_anew() -> None:
    fake = Fake()
    fake.add(3)
    for cursor in ("", "no", "[]", '{"mark": 5, "back": [], "run": "x"}', '{"me": null}', "[" * 100_000):
        found, _cursor = await drain(fake, cursor)
        assert set(found) <= {"s1", "s2", "s3"}


async def test_what_is_asked() -> None:
    fake = Fake()
    fake.add(1)
    _found, cursor = await drain(fake, None)
    await drain(fake, cursor)
    asked = [(url.path, url.params.multi_items()) for url in fake.calls]
    common = [("limit", "80"), ("types[]", "mention"), ("types[]", "quote"), ("include_filtered", "true")]
    path = "/api/v1/notifications"
    assert asked[0] == ("/api/v1/accounts/verify_credentials", [])
    assert asked[1] == (path, common)
    assert (asked[2][0], sorted(asked[2][1])) == (path, sorted([*common, ("min_id", fake.rows[0]["id"])]))
    assert len(asked) == 3


# One answer


def answering(*answers: httpx.Response) -> httpx.MockTransport:
    left = list(answers)
    return httpx.MockTransport(lambda _request: left.pop(0))


async def pull(*answers: httpx.Response, job: str = "notifications", cursor: str = '{"me": "1"}') -> Pulled:
    async with Client(transport=answering(*answers)) as client:
        return await Mastodon().pull(Pull(job, CREDENTIALS, cursor, NOW), client)


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "type": "mention",
        "created_at": "2026-11-23T00:00:00Z",
        "status": status(number),
    } | changes


async def test_a_broken_item_does_not_cost_the_others() -> None:
    items = [
        row(1),
        row(2, status=status(2, content=None)),
        row(3, status=None),
        5,
        row(4, type="favourite"),
        row(5, type="from the future", status={}),
        row(6),
    ]
    pulled = await pull(httpx.Response(200, json=items))
    assert [mention.remote_id for mention in pulled.mentions] == ["s1", "s6"]
    assert pulled.notice == "3 items were skipped: content, item, status missing or malformed"


async def test_a_status_that_is_mention_and_quote_is_one_mention() -> None:
    pulled = await pull(httpx.Response(200, json=[row(1, id="b", type="quote"), row(1, id="a")]))
    assert [mention.remote_id for mention in pulled.mentions] == ["s1"]


async def test_a_list_without_end_in_conversations_comes_to_an_end() -> None:
    """Only the Link header pages there, and this one names a new place each time."""
    calls = 0

    def handle(_request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        items = [{"id": str(n), "last_status": status(calls * 100 + n, visibility="direct")} for n in range(40)]
        link = f'<{BASE}/api/v1/conversations?min_id={calls}>; rel="prev"'
        return httpx.Response(200, json=items, headers={"Link": link})

    cursor: str | None = '{"me": "1", "mark": "0"}'
    async with Client(transport=httpx.MockTransport(handle)) as client:
        while (pulled := await Mastodon().pull(Pull("conversations", CREDENTIALS, cursor, NOW), client)).more:
            cursor = pulled.cursor
            assert calls < 100


async def test_conversations() -> None:
    ours = status(2, visibility="direct", account={"id": "1", "acct": "kopi"}, mentions=[{"id": "77"}])
    items = [
        {"id": "9", "unread": True, "accounts": [], "last_status": status(1, visibility="direct")},
        {"id": "8", "unread": False, "accounts": [], "last_status": None},
        {"id": "7", "unread": False, "accounts": [], "last_status": ours},
    ]
    link = {"Link": f'<{BASE}/api/v1/conversations?min_id=555>; rel="prev"'}
    pulled = await pull(httpx.Response(200, json=items, headers=link), job="conversations")
    assert [(m.remote_id, m.kind, m.own, m.thread_key) for m in pulled.mentions] == [
        ("s1", MentionKind.DM, False, "dm:77"),
        ("s2", MentionKind.DM, True, "dm:77"),
    ]
    assert json.loads(pulled.cursor or "") == {"me": "1", "mark": "555"}
    assert not pulled.more and pulled.notice is None


async def test_a_status_is_the_same_through_both_lists() -> None:
    direct = status(1, visibility="direct", in_reply_to_id="s0", in_reply_to_account_id="1")
    one = await pull(httpx.Response(200, json=[row(1, status=direct)]))
    two = await pull(httpx.Response(200, json=[{"id": "9", "last_status": direct}]), job="conversations")
    assert one.mentions == two.mentions


async def test_a_spent_quota_names_the_time_of_the_next_call() -> None:
    headers = {
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": (NOW + timedelta(minutes=3)).isoformat(),
    }
    pulled = await pull(httpx.Response(200, json=[], headers=headers))
    assert pulled.quota is not None and (pulled.quota.left, pulled.quota.limit) == (0, 300)
    assert pulled.not_before == NOW + timedelta(minutes=3)
    pulled = await pull(httpx.Response(200, json=[], headers=headers | {"X-RateLimit-Remaining": "1"}))
    assert pulled.not_before is None


async def test_verify() -> None:
    account = {"id": "1", "acct": "kopi", "display_name": "Kopi\x1b Senja", "url": "https://kopi.example/@kopi"}
    instance = {
        "domain": "kopi.example",
        "configuration": {
            "statuses": {"max_characters": 11_000, "characters_reserved_per_url": 23, "max_media_attachments": "four"},
            "media_attachments": None,
        },
    }
    answers = [
        httpx.Response(200, json=account),
        httpx.Response(200, json=instance),
        httpx.Response(200, json=[]),
        httpx.Response(403, json={"error": "This action is outside the authorized scopes"}),
        httpx.Response(200, json={"name": "smdash", "scopes": ["read", "write"]}),
    ]
    async with Client(transport=answering(*answers)) as client:
        verified = await Mastodon().verify(CREDENTIALS, client, NOW)
    assert (verified.remote_id, verified.handle, verified.name) == ("1", "kopi@kopi.example", "Kopi Senja")
    assert verified.limits == {"max_characters": 11_000, "characters_reserved_per_url": 23}
    assert verified.missing_scopes == ("read:statuses",)


TOLD = {
    "max_characters": 500,
    "characters_reserved_per_url": 23,
    "max_media_attachments": 4,
    "description_limit": 1500,
    "image_size_limit": 16_777_216,
    "image_matrix_limit": 33_177_600,
    "video_size_limit": 103_809_024,
    "video_matrix_limit": 8_294_400,
    "video_frame_rate_limit": 120,
}


async def limits_of(configuration: object) -> dict[str, int]:
    answers = [
        httpx.Response(200, json={"id": "1", "acct": "kopi"}),
        httpx.Response(200, json={"domain": "kopi.example", "configuration": configuration}),
        *[httpx.Response(200, json=[])] * 3,
    ]
    async with Client(transport=answering(*answers)) as client:
        return (await Mastodon().verify(CREDENTIALS, client, NOW)).limits


async def test_limits_of_the_server() -> None:
    of_statuses = {name: TOLD[name] for name in list(TOLD)[:3]}
    of_files = {name: TOLD[name] for name in list(TOLD)[3:]} | {"supported_mime_types": ["image/png"]}
    assert (
        await limits_of({"statuses": of_statuses, "media_attachments": of_files, "polls": {"max_options": 4}}) == TOLD
    )
    for name in list(TOLD)[3:]:
        for odd in (None, "big", True, 0, -1, 1.5, [5], {}, 2**60):
            told = {"statuses": of_statuses, "media_attachments": of_files | {name: odd}}
            assert await limits_of(told) == {key: value for key, value in TOLD.items() if key != name}
        told = {"media_attachments": {name: TOLD[name]}}
        assert await limits_of(told) == {name: TOLD[name]}
    for nothing in (None, [], "x", {"statuses": [], "media_attachments": 5}):
        assert await limits_of(nothing) == {}


async def test_verify_without_an_instance_page() -> None:
    account = {"id": "1", "acct": "kopi"}
    answers = [httpx.Response(200, json=account), httpx.Response(404), *[httpx.Response(200, json=[])] * 3]
    async with Client(transport=answering(*answers)) as client:
        verified = await Mastodon().verify(CREDENTIALS, client, NOW)
    assert (verified.handle, verified.limits, verified.missing_scopes) == ("kopi", {}, ())


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (
            httpx.Response(200, json={"name": "smdash", "scopes": ["read"]}),
            ("write:statuses", "write:favourites", "write:media"),
        ),
        (httpx.Response(200, json={"scopes": ["read", "write:statuses", "write:media"]}), ("write:favourites",)),
        (httpx.Response(200, json={"scopes": ["read", "write:favourites", "write:statuses"]}), ("write:media",)),
        (httpx.Response(200, json={"scopes": ["read", "write"]}), ()),
        # Servers before 4.3 tell none, and want "read" for it; nothing is said of what isn't known.
        (httpx.Response(200, json={"name": "smdash", "vapid_key": "x"}), ()),
        (httpx.Response(200, json={"scopes": "read"}), ()),
        (httpx.Response(200, json={"scopes": []}), ()),
        (httpx.Response(200, html="<p>"), ()),
        (httpx.Response(403, json={"error": "This action is outside the authorized scopes"}), ()),
        (httpx.Response(404), ()),
        (httpx.Response(500), ()),
    ],
)
async def test_scopes_for_writing_that_the_application_lacks(answer: httpx.Response, missing: tuple[str, ...]) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/api/v1/apps/verify_credentials":
            return answer
        return httpx.Response(200, json={"id": "1", "acct": "kopi"} if "credentials" in request.url.path else [])

    async with Client(transport=httpx.MockTransport(handle)) as client:
        verified = await Mastodon().verify(CREDENTIALS, client, NOW)
    assert verified.missing_scopes == missing
    assert asked[-1] == "GET /api/v1/apps/verify_credentials" and not any("POST" in one for one in asked)


async def test_an_account_without_a_token() -> None:
    async with Client(transport=answering()) as client:
        with pytest.raises(PlatformError, match="no token is set for the account kopi") as caught:
            await Mastodon().verify(Credentials("mastodon", "kopi", BASE), client, NOW)
    assert caught.value.kind is ErrorKind.AUTH
