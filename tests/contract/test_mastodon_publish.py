"""Mastodon: what goes out, whether it may have arrived, and that what is out is found again."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.text import clean
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.mastodon import Mastodon
from smdash.platforms.mastodon_find import PAGE, PAGES, SKEW
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published
from smdash.platforms.registry import find as platform

from . import publishing, test_faults
from .faulty import Request, answer
from .mastodon_posts import BASE, ME, Posts, drawn
from .servers import Mock, mastodon_mock
from .test_servers import post as ask

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials("mastodon", "kopi", BASE + "/", "token-of-kopi")
FOUND_NO = "it can't be told from the newest posts of the account kopi whether this is out; look there"


@pytest.fixture
def posts() -> Posts:
    return Posts(NOW)


def outgoing(kind: OutgoingKind = POST, text: str = "Kopi baru dari Gayo", **changes: Any) -> Outgoing:
    return replace(Outgoing(kind, CREDENTIALS, "post-0123abcd", NOW, NOW, text), **changes)


def to(status: dict[str, Any], kind: MentionKind = MentionKind.MENTION) -> Addressee:
    return Addressee(status["id"], kind, status["account"]["acct"], status["url"])


async def publish(posts: Posts, out: Outgoing) -> Published:
    async with Client(transport=posts.transport()) as client:
        return await Mastodon().publish(out, client)


async def refused(posts: Posts, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(posts, out)
    assert str(caught.value).isprintable() and "token-of-kopi" not in str(caught.value)
    return caught.value


async def find(posts: Posts, out: Outgoing) -> Published | None:
    async with Client(transport=posts.transport()) as client:
        return await Mastodon().find(out, client)


async def not_told(posts: Posts, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await find(posts, out)
    return caught.value


def instead(response: httpx.Response | Exception, method: str = "POST") -> Callable[..., httpx.Response | Exception]:
    """Answer so to every call of *method*, whatever was done."""
    return lambda request, made: response if request.method == method else made


# Posts


async def test_a_post(posts: Posts) -> None:
    assert await publish(posts, outgoing()) == Published("1/ä", f"{BASE}/@kopi/1")
    (request,) = posts.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/api/v1/statuses")
    assert request.headers["idempotency-key"] == "post-0123abcd"
    assert request.headers["authorization"] == "Bearer token-of-kopi"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"status": "Kopi baru dari Gayo", "visibility": "public"}


def test_what_the_registry_says() -> None:
    able = platform("mastodon").abilities
    assert able.publish and able.reply and able.media and able.threads


async def test_the_same_key_twice_is_one_post(posts: Posts) -> None:
    assert await publish(posts, outgoing()) == await publish(posts, outgoing())
    assert len(posts.statuses) == 1


@pytest.mark.parametrize(
    ("made", "url"),
    [
        ({"id": 5, "content": "", "url": "https://kopi.example/@kopi/5"}, "https://kopi.example/@kopi/5"),
        ({"id": "5", "content": "", "url": None, "uri": "https://kopi.example/5"}, "https://kopi.example/5"),
        ({"id": "5", "content": "", "url": "javascript:alert(1)"}, None),
        ({"id": "5", "content": "", "url": "https://kopi.example/\x1b[31m"}, None),
        ({"id": "5", "content": ""}, None),
    ],
)
async def test_what_is_kept_of_an_answer(posts: Posts, made: dict[str, Any], url: str | None) -> None:
    posts.spoil = instead(httpx.Response(200, json=made))
    assert await publish(posts, outgoing()) == Published("5", url)


UNREADABLE = {
    "nothing": httpx.Response(200),
    "204": httpx.Response(204),
    "202": httpx.Response(202, json={}),
    "HTML": httpx.Response(200, html="<h1>Welcome</h1>"),
    "cut": httpx.Response(200, text='{"id": "5", "con'),
    "a list": httpx.Response(200, json=[{"id": "5", "content": ""}]),
    "a word": httpx.Response(200, json="ok"),
    "no id": httpx.Response(200, json={"content": ""}),
    "an id of a megabyte": httpx.Response(200, json={"id": "5" * 1_000_000, "content": ""}),
    "an id with an escape": httpx.Response(200, json={"id": "\x1b[31m", "content": ""}),
    "an id of another kind": httpx.Response(200, json={"id": True, "content": ""}),
    "a scheduled one": httpx.Response(200, json={"id": "5", "scheduled_at": "2026-11-24T00:00:00Z", "params": {}}),
    "an error": httpx.Response(200, json={"error": "token-of-kopi"}),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("kind", [POST, REPLY, LIKE])
async def test_success_that_can_not_be_read_may_have_arrived(posts: Posts, kind: OutgoingKind, name: str) -> None:
    out = outgoing(kind, addressee=to(posts.theirs("@kopi halo")))
    posts.spoil = instead(UNREADABLE[name])
    error = await refused(posts, out)
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, True)


STATUSES = [
    (400, ErrorKind.REJECTED, False),
    (401, ErrorKind.AUTH, False),
    (403, ErrorKind.PERMISSION, False),
    (404, ErrorKind.GONE, False),
    (408, ErrorKind.NETWORK, True),
    (409, ErrorKind.REJECTED, True),
    (413, ErrorKind.REJECTED, False),
    (422, ErrorKind.REJECTED, False),
    (425, ErrorKind.NETWORK, True),
    (429, ErrorKind.RATE, False),
    (500, ErrorKind.SERVER, True),
    (502, ErrorKind.SERVER, True),
    (503, ErrorKind.SERVER, True),
    (504, ErrorKind.SERVER, True),
]


@pytest.mark.parametrize(("status", "kind", "arrived"), STATUSES)
@pytest.mark.parametrize("what", [POST, REPLY, LIKE])
async def test_what_a_status_means(
    posts: Posts, what: OutgoingKind, status: int, kind: ErrorKind, arrived: bool
) -> None:
    out = outgoing(what, addressee=to(posts.theirs("@kopi halo")))
    posts.spoil = instead(httpx.Response(status, json={"error": "no, token-of-kopi"}))
    error = await refused(posts, out)
    assert (error.kind, error.arrived) == (kind, arrived)
    assert len([one for one in posts.requests if one.method == "POST"]) == 1


async def test_the_server_s_own_words(posts: Posts) -> None:
    said = "Validation failed: Text character limit of 500 exceeded"
    posts.spoil = instead(httpx.Response(422, json={"error": said}))
    assert str(await refused(posts, outgoing())) == f"kopi.example refused the request (422): {said}"


async def test_a_wait_that_the_server_asks_for(posts: Posts) -> None:
    until = NOW + timedelta(minutes=3)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": until.isoformat()}
    posts.spoil = instead(httpx.Response(429, json={"error": "Too many requests"}, headers=headers))
    error = await refused(posts, outgoing())
    assert (error.kind, error.retry_at, error.arrived) == (ErrorKind.RATE, until, False)


@pytest.mark.parametrize(
    ("failure", "arrived"),
    [
        (httpx.ConnectError("no"), False),
        (httpx.ConnectTimeout("no"), False),
        (httpx.ReadTimeout("no"), True),
        (httpx.WriteError("no"), True),
        (httpx.ReadError("no"), True),
        (httpx.RemoteProtocolError("no"), True),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("kind", [POST, REPLY, LIKE])
async def test_a_line_that_breaks(posts: Posts, kind: OutgoingKind, failure: Exception, arrived: bool) -> None:
    out = outgoing(kind, addressee=to(posts.theirs("@kopi halo")))
    posts.spoil = instead(failure)
    error = await refused(posts, out)
    assert (error.kind, error.arrived) == (ErrorKind.NETWORK, arrived)


@pytest.mark.parametrize(("status", "arrived"), [(301, True), (302, True), (303, True), (307, False), (308, False)])
async def test_a_write_follows_no_redirect(posts: Posts, status: int, arrived: bool) -> None:
    posts.spoil = instead(httpx.Response(status, headers={"Location": "https://new.kopi.example/api/v1/statuses"}))
    error = await refused(posts, outgoing())
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, arrived)
    assert "new.kopi.example" in str(error) and len(posts.requests) == 1


# Answers


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("private", "private"),
        ("direct", "direct"),
        ("limited", "direct"),
        ("list:5", "direct"),
        (None, "direct"),
    ],
)
async def test_an_answer_goes_no_wider_than_what_it_answers(posts: Posts, theirs: str | None, ours: str) -> None:
    asked = posts.theirs("@kopi buka jam berapa?", visibility=theirs)
    made = await publish(posts, outgoing(REPLY, "Jam 8", addressee=to(asked)))
    assert posts.asked() == [("GET", f"/api/v1/statuses/{asked['id']}"), ("POST", "/api/v1/statuses")]
    assert b"/api/v1/statuses/1%2F%C3%A4" in posts.requests[0].url.raw_path
    request = posts.requests[1]
    assert request.headers["idempotency-key"] == "post-0123abcd"
    assert json.loads(request.content) == {
        "status": "@rina@toko.example Jam 8",
        "visibility": ours,
        "in_reply_to_id": asked["id"],
    }
    assert made.remote_id == posts.statuses[-1]["id"]


async def test_an_answer_to_a_direct_message_stays_direct_whatever_the_server_says(posts: Posts) -> None:
    asked = posts.theirs("@kopi pesanan saya", visibility="public")
    await publish(posts, outgoing(REPLY, "Sebentar", addressee=to(asked, MentionKind.DM)))
    assert posts.statuses[-1]["visibility"] == "direct"


@pytest.mark.parametrize(
    ("acct", "text", "sent"),
    [
        ("rina@toko.example", "halo", "@rina@toko.example halo"),
        ("rina@toko.example", "halo @Rina@Toko.Example, jam 8", None),
        ("rina@toko.example", "@rina@toko.example. Jam 8", None),
        ("rina@toko.example", "@rina jam 8", "@rina@toko.example @rina jam 8"),
        ("rina@toko.example", "@rina@toko.example.id jam 8", "@rina@toko.example @rina@toko.example.id jam 8"),
        ("rina@toko.example", "(@rina@toko.example)", None),
        ("rina@toko.example", "dari@rina@toko.example", "@rina@toko.example dari@rina@toko.example"),
        ("rina", "@rina jam 8", None),
        ("rina", "jam 8, @RINA", None),
        ("rina", "@rina@kopi.example jam 8", None),
        ("rina", "@rina@toko.example jam 8", "@rina @rina@toko.example jam 8"),
        ("rina", "@rina_b jam 8", "@rina @rina_b jam 8"),
        ("rina", "@rina.b jam 8", "@rina @rina.b jam 8"),
        ("rina", "https://kopi.example/@rina jam 8", "@rina https://kopi.example/@rina jam 8"),
        ("rina.b-c_d", "halo", "@rina.b-c_d halo"),
    ],
)
async def test_an_answer_mentions_its_author_once(posts: Posts, acct: str, text: str, sent: str | None) -> None:
    asked = posts.theirs("@kopi halo", account={"id": "77", "acct": acct})
    out = outgoing(REPLY, text, addressee=to(asked))
    made = await publish(posts, out)
    assert json.loads(posts.requests[-1].content)["status"] == (sent or text)
    assert await find(posts, out) == made


async def test_what_is_answered_is_not_there_any_more(posts: Posts) -> None:
    for status in (404, 410):
        posts.spoil = instead(httpx.Response(status, json={"error": "Record not found"}), "GET")
        error = await refused(posts, outgoing(REPLY, addressee=Addressee("9", MentionKind.MENTION, "rina")))
        assert str(error) == "what is answered is not there any more"
        assert (error.kind, error.arrived) == (ErrorKind.GONE, False)
    assert posts.statuses == []


async def test_what_is_answered_goes_while_the_answer_is_sent(posts: Posts) -> None:
    asked = posts.theirs("@kopi halo")
    posts.spoil = instead(httpx.Response(404, json={"error": "The post you are replying to does not exist"}))
    error = await refused(posts, outgoing(REPLY, addressee=to(asked)))
    assert str(error) == "what is answered is not there any more"
    assert (error.kind, error.arrived) == (ErrorKind.GONE, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "other"},
        {"account": None},
        {"account": {"id": "77"}},
        {"account": {"id": "77", "acct": ""}},
        {"account": {"id": "77", "acct": "rina @budi"}},
        {"account": {"id": "77", "acct": "rina\n\nDiskon"}},
        {"account": {"id": "77", "acct": "rina@toko.example@x"}},
    ],
)
async def test_what_is_answered_must_be_readable(posts: Posts, changes: dict[str, Any]) -> None:
    asked = posts.theirs("@kopi halo")
    posts.spoil = instead(httpx.Response(200, json=asked | changes), "GET")
    error = await refused(posts, outgoing(REPLY, addressee=to(asked)))
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, False)
    assert len(posts.requests) == 1


@pytest.mark.parametrize("name", UNREADABLE)
async def test_nothing_arrives_of_an_answer_whose_beginning_can_not_be_read(posts: Posts, name: str) -> None:
    asked = posts.theirs("@kopi halo")
    posts.spoil = instead(UNREADABLE[name], "GET")
    error = await refused(posts, outgoing(REPLY, addressee=to(asked)))
    assert (error.kind, error.arrived, len(posts.requests)) == (ErrorKind.SERVER, False, 1)


# Likes, and what Mastodon doesn't know


async def test_a_like(posts: Posts) -> None:
    asked = posts.theirs("@kopi enak!")
    out = outgoing(LIKE, "", addressee=to(asked))
    assert await find(posts, out) is None
    assert await publish(posts, out) == await publish(posts, out) == Published(asked["id"], asked["url"])
    assert posts.requests[-1].method == "POST" and posts.requests[-1].content == b""
    assert posts.requests[-1].url.raw_path == b"/api/v1/statuses/1%2F%C3%A4/favourite"
    assert await find(posts, out) == Published(asked["id"], asked["url"])


async def test_a_like_of_what_is_gone(posts: Posts) -> None:
    out = outgoing(LIKE, "", addressee=Addressee("9", MentionKind.MENTION, "rina"))
    error = await refused(posts, out)
    assert str(error) == "what is liked is not there any more"
    assert (error.kind, error.arrived) == (ErrorKind.GONE, False)
    assert await find(posts, out) is None


@pytest.mark.parametrize("changes", [{"favourited": False}, {"favourited": None}, {"id": "other", "favourited": True}])
async def test_a_like_that_the_server_does_not_show(posts: Posts, changes: dict[str, Any]) -> None:
    asked = posts.theirs("@kopi enak!")
    posts.spoil = instead(httpx.Response(200, json=asked | changes))
    error = await refused(posts, outgoing(LIKE, "", addressee=to(asked)))
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, True)


@pytest.mark.parametrize(
    "answered", [httpx.Response(200, json={"id": "1/ä", "content": ""}), httpx.Response(503), httpx.Response(401)]
)
async def test_whether_it_is_liked_can_not_be_told(posts: Posts, answered: httpx.Response) -> None:
    out = outgoing(LIKE, "", addressee=to(posts.theirs("@kopi enak!")))
    posts.spoil = instead(answered, "GET")
    await not_told(posts, out)


@pytest.mark.parametrize("kind", [HIDE, DELETE])
async def test_what_mastodon_does_not_know_is_refused_before_anything_is_asked(
    posts: Posts, kind: OutgoingKind
) -> None:
    out = outgoing(kind, "", addressee=to(posts.theirs("@kopi halo")))
    error = await refused(posts, out)
    assert str(error) == f"Mastodon lets no account {kind} what others wrote"
    assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert await find(posts, out) is None
    assert posts.requests == []


@pytest.mark.parametrize("kind", [REPLY, LIKE])
async def test_a_delivery_that_names_nobody(posts: Posts, kind: OutgoingKind) -> None:
    error = await refused(posts, outgoing(kind))
    assert (error.kind, error.arrived, posts.requests) == (ErrorKind.REJECTED, False, [])


# Finding it again


TEXTS = [
    "Kopi baru dari Gayo",
    "  Dua  baris\nlalu \t paragraf\n\n\n\ndan akhir \n",
    "Harga < 20.000 & > 15.000 \"murah\" 'sekali' &amp; <b>tebal</b>",
    "Menu: https://www.toko.example/menu/kopi-gayo/yang-panjang-sekali?ukuran=besar&gula=0#atas. Enak!",
    "https://toko.example/ dan http://a.example/b dan ftp://c.example",
    "Terima kasih @Rina@Toko.Example, @budi dan @siti@kopi.example! Surel: halo@kopi.example",
    "#Kopi #gayo_2026 ☕️ 👨‍👩‍👧‍👦 ‼",
    "cafe\u0301 \u00a0 \u200bnol\u00adlunak \u202emundur",
    "- satu\n- dua\n  - tiga",
    "👍",
    "https://kopi.example/@rina/5",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", [POST, REPLY])
async def test_what_was_sent_is_found(posts: Posts, kind: OutgoingKind, text: str) -> None:
    posts.knows_keys = posts.tells_source = False
    asked = posts.theirs("@kopi halo")
    out = outgoing(kind, text, addressee=to(asked) if kind is REPLY else None)
    posts.add("yang lain")
    assert await find(posts, out) is None
    made = await publish(posts, out)
    posts.add("sesudahnya")
    assert await find(posts, out) == made


@given(st.lists(st.sampled_from(["kopi", " ", "\n", "\n\n", "@rina@toko.example", "@budi", "https://www.toko.example/"
    "menu/kopi-gayo-yang-panjang?a=1&b=2", "<p>", "&amp;", "**", "#kopi", "☕", ".", ",", "\t", "e\u0301"]) | st.text(
    max_size=5), min_size=1, max_size=12))  # fmt: skip
def test_any_text_is_found(parts: list[str]) -> None:
    text = clean(" ".join(parts))
    posts = Posts(NOW, tells_source=False)
    asyncio.run(_found_again(posts, outgoing(text=text)))


async def _found_again(posts: Posts, out: Outgoing) -> None:
    made = await publish(posts, out)
    assert await find(posts, out) == made


LONG = "https://toko.example/menu/kopi-gayo/yang-panjang-sekali"


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("Kopi baru dari Gayo", "Kopi baru dari Gayo!"),
        ("Kopi baru dari Gayo", "kopi baru dari Gayo"),
        ("Kopi baru dari Gayo", "Kopi baru"),
        ("Kopi 1.5 l", "Kopi 15 l"),
        (f"{LONG}/1", f"{LONG}/2"),
        ("http://toko.example/", "https://toko.example/"),
        ("👍", "👎"),
        ("#kopi", "kopi"),
    ],
)
async def test_what_only_looks_alike_is_another_post(posts: Posts, there: str, wanted: str) -> None:
    posts.add(there)
    assert await find(posts, outgoing(text=wanted)) is None
    assert await find(posts, outgoing(text=there)) is not None


async def test_a_server_that_draws_it_otherwise_is_asked_for_the_source(posts: Posts) -> None:
    posts.draw = lambda text: drawn(text.replace("**", "").replace("...", "…"))
    out = outgoing(text="**Diskon** 30%... sampai malam")
    other = posts.add("Diskon 30%... sampai malam")
    assert await find(posts, out) is None
    made = await publish(posts, out)
    assert await find(posts, out) == made != Published(other["id"], other["url"])
    posts.tells_source = False
    assert str(await not_told(posts, out)) == FOUND_NO


async def test_a_name_on_another_server_is_another_person_or_the_same_one(posts: Posts) -> None:
    """Mastodon writes people by their account's own server, so that either may be; a person has to look."""
    posts.add("**Halo** @rina@toko.example")
    assert str(await not_told(posts, outgoing(text="**Halo** @rina@lain.example"))) == FOUND_NO
    out = outgoing(text="@rina@social.toko.example jam 8")
    assert await find(posts, out) is None
    await publish(posts, out)
    assert str(await not_told(posts, out)) == FOUND_NO


async def test_the_source_of_a_post_with_names(posts: Posts) -> None:
    posts.draw = lambda text: drawn(text.replace("**", ""))
    out = outgoing(text="**Halo** @Rina@Toko.Example dan @siti@kopi.example")
    posts.add("Halo @rina@toko.example dan **@siti**")
    assert await find(posts, out) is None
    made = await publish(posts, out)
    assert await find(posts, out) == made


async def test_a_server_that_hides_addresses_behind_words_is_asked_for_the_source(posts: Posts) -> None:
    posts.draw = lambda text: re.sub(r"\[(.*?)\]\((.*?)\)", r'<a href="\2">\1</a>', text)
    out = outgoing(text="Lihat [menu kami](https://toko.example/menu) hari ini")
    posts.add("Lihat [menu kami](https://toko.example/lain) hari ini")
    assert await find(posts, out) is None
    made = await publish(posts, out)
    assert await find(posts, out) == made


@pytest.mark.parametrize("status", [429, 503])
async def test_a_source_that_can_not_be_had_for_now(posts: Posts, status: int) -> None:
    posts.add("Diskon!")

    def busy(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        return httpx.Response(status) if request.url.path.endswith("/source") else made

    posts.spoil = busy
    assert str(status) in str(await not_told(posts, outgoing(text="Diskon")))


async def test_a_flood_of_posts_that_look_alike_is_not_asked_through(posts: Posts) -> None:
    for _count in range(30):
        posts.add("Diskon!")
    assert str(await not_told(posts, outgoing(text="Diskon"))) == FOUND_NO
    assert len([path for _method, path in posts.asked() if path.endswith("/source")]) == 5


async def test_the_same_words_from_before_are_another_post(posts: Posts) -> None:
    out = outgoing()
    posts.clock = NOW - SKEW - timedelta(seconds=1)
    posts.add(out.text)
    assert await find(posts, out) is None
    posts.clock = NOW - SKEW
    made = posts.add(out.text)
    assert await find(posts, out) == Published(made["id"], made["url"])


async def test_of_several_the_first_one_after_the_first_try(posts: Posts) -> None:
    out = outgoing()
    for seconds in (-100, -10, 15, 40):
        posts.clock = NOW + timedelta(seconds=seconds)
        posts.add(out.text)
    found = await find(posts, out)
    assert found is not None and found.remote_id == posts.statuses[2]["id"]
    del posts.statuses[2:]
    found = await find(posts, out)
    assert found is not None and found.remote_id == posts.statuses[1]["id"]


async def test_an_answer_is_found_below_what_it_answers_only(posts: Posts) -> None:
    first, second = posts.theirs("@kopi satu"), posts.theirs("@kopi dua")
    posts.add("@rina@toko.example Jam 8", url=f"{BASE}/plain")
    assert await find(posts, outgoing(REPLY, "Jam 8", addressee=to(second))) is None
    made = await publish(posts, outgoing(REPLY, "Jam 8", addressee=to(second)))
    assert await find(posts, outgoing(REPLY, "Jam 8", addressee=to(first))) is None
    plain = await find(posts, outgoing(POST, "@rina@toko.example Jam 8"))
    assert plain is not None and plain.url == f"{BASE}/plain"
    assert await find(posts, outgoing(REPLY, "Jam 8", addressee=to(second))) == made
    # Mastodon forgets the id of what was deleted.
    posts.statuses[-1]["in_reply_to_id"] = None
    posts.statuses.remove(second)
    assert await find(posts, outgoing(REPLY, "Jam 8", addressee=to(second))) == made


@pytest.mark.parametrize("lists_direct", [True, False])
async def test_a_direct_answer_is_found(posts: Posts, lists_direct: bool) -> None:
    posts.lists_direct = lists_direct
    asked = posts.theirs("@kopi pesanan saya", visibility="direct")
    out = outgoing(REPLY, "Sebentar", addressee=to(asked, MentionKind.DM))
    posts.theirs("@rina@toko.example Sebentar", in_reply_to_id=asked["id"])
    assert await find(posts, out) is None
    made = await publish(posts, out)
    assert await find(posts, out) == made
    # What is answered is gone, and its thread with it.
    posts.statuses = [one for one in posts.statuses if one["id"] not in (asked["id"], made.remote_id)]
    assert await find(posts, out) is None


async def test_boosts_and_words_of_others_do_not_count(posts: Posts) -> None:
    out = outgoing()
    posts.add(out.text, reblog={"id": "5"})
    posts.theirs(out.text)
    assert await find(posts, out) is None


async def test_it_looks_back_as_far_as_the_first_try(posts: Posts) -> None:
    posts.clock = NOW - timedelta(hours=1)
    for count in range(200):
        posts.add(f"lama {count}")
    posts.clock = NOW
    made = await publish(posts, outgoing())
    for count in range(110):
        posts.add(f"baru {count}")
    assert await find(posts, outgoing(now=NOW + timedelta(hours=5))) == made
    assert await find(posts, outgoing(text="tidak ada")) is None
    pages = [one.url.params for one in posts.requests if one.url.path.endswith("/1/statuses")]
    assert len(pages) == 2 * 3
    assert pages[0].multi_items() == [("limit", str(PAGE)), ("exclude_reblogs", "true")]
    assert pages[1]["max_id"] == posts.statuses[-PAGE]["id"]


@pytest.mark.parametrize("most", [20, 40])
async def test_an_account_that_posts_too_much_can_not_be_looked_through(posts: Posts, most: int) -> None:
    posts.most = most
    made = await publish(posts, outgoing())
    for count in range(PAGES * most - 1):
        posts.add(f"baru {count}")
    assert await find(posts, outgoing()) == made
    assert str(await not_told(posts, outgoing(text="tidak ada"))) == FOUND_NO
    posts.add("satu lagi")
    assert (await not_told(posts, outgoing())).kind is ErrorKind.UNKNOWN


async def test_a_server_that_does_not_page(posts: Posts) -> None:
    posts.pages = False
    made = await publish(posts, outgoing())
    assert await find(posts, outgoing()) == made
    assert str(await not_told(posts, outgoing(text="tidak ada"))) == FOUND_NO
    posts.statuses[0]["created_at"] = "2026-11-22T00:00:00Z"
    assert await find(posts, outgoing(text="tidak ada")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"content": None},
        {"content": "<p>" + "x" * 70_000 + "</p>"},
        {"created_at": "yesterday"},
        {"id": None},
        {"account": {"acct": "kopi"}},
        {"account": None},
    ],
)
async def test_a_status_that_can_not_be_read_might_be_it(posts: Posts, changes: dict[str, Any]) -> None:
    good = posts.add("yang baik")
    rows = [good | {"id": "8"} | changes, good]

    def listed(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("/1/statuses"):
            return made
        return httpx.Response(200, json=[] if "max_id" in request.url.params else rows)

    posts.spoil = listed
    assert str(await not_told(posts, outgoing())) == FOUND_NO
    assert await find(posts, outgoing(text="yang baik")) == Published(good["id"], good["url"])
    rows[0]["in_reply_to_id"] = "5"  # it is no post, then
    assert await find(posts, outgoing()) is None


async def test_a_page_that_is_a_flood_is_refused(posts: Posts) -> None:
    old = posts.add("lama") | {"created_at": "2026-11-22T00:00:00Z"}
    posts.spoil = lambda request, made: (
        httpx.Response(200, json=[old] * 2_000) if request.url.path.endswith("/1/statuses") else made
    )
    assert "2000 items" in str(await not_told(posts, outgoing()))


FAILURES: dict[str, httpx.Response | Exception] = {
    **{name: made for name, made in UNREADABLE.items() if name != "a scheduled one"},
    **{str(status): httpx.Response(status) for status in (401, 403, 429, 500)},
    "a line that breaks": httpx.ReadTimeout("no"),
    "numbers": httpx.Response(200, json=[5, 6]),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("path", ["verify_credentials", "/1/statuses", "/context"])
async def test_what_can_not_be_looked_at_is_no_answer(posts: Posts, path: str, name: str) -> None:
    failure = FAILURES[name]
    asked = posts.theirs("@kopi halo", visibility="direct")
    posts.spoil = lambda request, made: failure if request.url.path.endswith(path) else made
    error = await not_told(posts, outgoing(REPLY, addressee=to(asked, MentionKind.DM)))
    assert str(error).isprintable()


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("no"), httpx.Response(500), httpx.Response(200, html="<p>")])
@pytest.mark.parametrize("kind", [POST, REPLY])
async def test_an_answer_that_is_lost_leads_to_no_second_post(
    posts: Posts, kind: OutgoingKind, failure: httpx.Response | Exception
) -> None:
    """What the service does, against a server that ignores the key: it looks before it sends anew."""
    posts.knows_keys = False
    out = outgoing(kind, addressee=to(posts.theirs("@kopi halo")) if kind is REPLY else None)
    posts.spoil = instead(failure)
    assert (await refused(posts, out)).arrived
    posts.spoil = lambda _request, made: made
    found = await find(posts, replace(out, now=NOW + timedelta(minutes=3)))
    assert found is not None and found.remote_id == posts.statuses[-1]["id"]
    assert len([one for one in posts.statuses if one["account"]["id"] == ME]) == 1


# Real sockets, and all that bad servers do


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    status = {
        "id": "5",
        "account": {"id": "77", "acct": "rina@toko.example"},
        "content": "<p>halo</p>",
        "visibility": "public",
    }
    await answer(writer, body=json.dumps(status).encode())


def _outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    credentials = Credentials("mastodon", "kopi", url, test_faults.TOKEN)
    addressee = None if kind is POST else Addressee("5", MentionKind.MENTION, "rina@toko.example")
    return Outgoing(kind, credentials, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Jam 8", addressee)


NETWORK = publishing.Network(Mastodon, _outgoing, _reads, lambda request: request.method == "POST")


@pytest.mark.parametrize("behaviour", publishing.BEHAVIOURS)
async def test_a_spoiled_write(behaviour: str) -> None:
    for kind in (POST, REPLY, LIKE):
        await publishing.spoiled_write(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEHAVIOURS)
async def test_a_spoiled_read(behaviour: str) -> None:
    await publishing.spoiled_read(NETWORK, REPLY, behaviour)


@pytest.mark.parametrize("kind", [POST, REPLY, LIKE])
async def test_what_never_leaves(kind: OutgoingKind) -> None:
    await publishing.nobody_listens(NETWORK, kind)
    await publishing.token_of_no_use(NETWORK, kind)


@pytest.mark.parametrize("kind", [POST, REPLY, LIKE])
async def test_a_server_that_dies_before_it_answers(kind: OutgoingKind) -> None:
    await publishing.cut_before_the_answer(NETWORK, kind)


# A server that we didn't write


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with mastodon_mock() as running:
        yield running


def live(mock: Mock, kind: OutgoingKind, text: str = "", **changes: Any) -> Outgoing:
    now = datetime.now(UTC)
    credentials = Credentials("mastodon", "kopi", mock.url, mock.token)
    return replace(Outgoing(kind, credentials, f"{kind}-{secrets.token_hex(16)}", now, now, text), **changes)


def read(mock: Mock, path: str) -> Any:
    with httpx.Client(headers={"Authorization": f"Bearer {mock.token}"}) as client:
        return client.get(mock.url + path).raise_for_status().json()


@pytest.mark.server
async def test_a_post_is_there_once_and_is_found(mock: Mock) -> None:
    text = "Kopi **baru** & enak\n\nhttps://toko.example/menu/kopi-gayo/yang-panjang-sekali @rina #kopi"
    out = live(mock, POST, text)
    async with Client() as client:
        assert await Mastodon().find(out, client) is None
        made = await Mastodon().publish(out, client)
        assert await Mastodon().publish(out, client) == made
        assert await Mastodon().find(out, client) == made
        assert await Mastodon().find(replace(out, text=text + "!"), client) is None
        assert await Mastodon().find(replace(out, first_at=out.first_at + timedelta(minutes=5)), client) is None
    shown = read(mock, f"/api/v1/statuses/{made.remote_id}")
    assert (shown["visibility"], shown["in_reply_to_id"], shown["url"]) == ("public", None, made.url)
    mine = read(mock, f"/api/v1/accounts/{shown['account']['id']}/statuses?limit=40")
    assert len([one for one in mine if "baru" in one["content"]]) == 1


@pytest.mark.server
@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
async def test_an_answer_reaches_its_author_and_is_found(mock: Mock, visibility: str) -> None:
    words: dict[str, object] = {"status": f"@kopi buka jam berapa ({visibility})?", "visibility": visibility}
    asked = ask(mock, mock.other_token, "/api/v1/statuses", words)
    kind = MentionKind.DM if visibility == "direct" else MentionKind.MENTION
    out = live(mock, REPLY, f"Jam 8, {visibility}", addressee=Addressee(str(asked["id"]), kind, "rina"))
    async with Client() as client:
        assert await Mastodon().find(out, client) is None
        made = await Mastodon().publish(out, client)
        assert await Mastodon().publish(out, client) == made
        assert await Mastodon().find(out, client) == made
    shown = read(mock, f"/api/v1/statuses/{made.remote_id}")
    assert (shown["visibility"], shown["in_reply_to_id"]) == (visibility, asked["id"])
    assert [person["acct"] for person in shown["mentions"]] == ["rina"]


@pytest.mark.server
async def test_a_like_is_given_and_found(mock: Mock) -> None:
    asked = ask(mock, mock.other_token, "/api/v1/statuses", {"status": "@kopi enak!"})
    out = live(mock, LIKE, addressee=Addressee(str(asked["id"]), MentionKind.MENTION, "rina"))
    async with Client() as client:
        assert await Mastodon().find(out, client) is None
        made = await Mastodon().publish(out, client)
        assert await Mastodon().publish(out, client) == await Mastodon().find(out, client) == made
    assert read(mock, f"/api/v1/statuses/{asked['id']}")["favourites_count"] == 1


@pytest.mark.server
async def test_what_the_real_one_refuses(mock: Mock) -> None:
    gone = Addressee("99999", MentionKind.MENTION, "rina")
    cases = [
        (live(mock, POST, "x" * 501), ErrorKind.REJECTED, "Text is too long"),
        (live(mock, POST, " "), ErrorKind.REJECTED, "can't be blank"),
        (live(mock, REPLY, "halo", addressee=gone), ErrorKind.GONE, "what is answered is not there any more"),
        (live(mock, LIKE, addressee=gone), ErrorKind.GONE, "what is liked is not there any more"),
    ]
    async with Client() as client:
        for out, kind, words in cases:
            with pytest.raises(PlatformError, match=words) as caught:
                await Mastodon().publish(out, client)
            assert (caught.value.kind, caught.value.arrived) == (kind, False)


@pytest.mark.server
async def test_a_failure_after_which_it_is_looked_for(mock: Mock) -> None:
    out = live(mock, POST, "Sekali saja")
    rule: dict[str, object] = {
        "match": {"methods": ["POST"], "path": "/api/v1/statuses"},
        "effect": {"type": "malformed"},
        "count": 1,
    }
    ask(mock, mock.token, "/api/v1/_mock/faults", rule)
    async with Client() as client:
        with pytest.raises(PlatformError) as caught:
            await Mastodon().publish(out, client)
        assert caught.value.arrived
        assert await Mastodon().find(out, client) is None  # the mock breaks off before it does anything
        made = await Mastodon().publish(out, client)
        assert await Mastodon().find(out, client) == made


@pytest.mark.server
async def test_a_post_that_was_taken_down_is_not_there(mock: Mock) -> None:
    out = live(mock, POST, "Akan dihapus")
    async with Client() as client:
        made = await Mastodon().publish(out, client)
        assert await Mastodon().is_there(out, made.remote_id, client)
        with httpx.Client(headers={"Authorization": f"Bearer {mock.token}"}) as other:
            other.delete(f"{mock.url}/api/v1/statuses/{made.remote_id}").raise_for_status()
        assert not await Mastodon().is_there(out, made.remote_id, client)


@pytest.mark.parametrize("answer", [{"id": "other"}, [], "x"])
async def test_whether_a_post_is_there_is_not_told_by_nonsense(posts: Posts, answer: object) -> None:
    out = outgoing()

    def handle(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer)

    async with Client(transport=httpx.MockTransport(handle)) as client:
        with pytest.raises(PlatformError):
            await Mastodon().is_there(out, "1", client)
    async with Client(transport=httpx.MockTransport(lambda _request: httpx.Response(500))) as client:
        with pytest.raises(PlatformError):
            await Mastodon().is_there(out, "1", client)
