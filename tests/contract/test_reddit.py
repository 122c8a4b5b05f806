"""Reddit: what comes in by lists that lose nothing; posts, comments and messages once; limits, errors, tokens."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms.base import Credentials, Measured, MemoryVault, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Addressee, Outgoing, OutgoingKind, Published
from smdash.platforms.reddit import Reddit

from . import publishing
from .fake_reddit import ME, STORE, FakeReddit
from .faulty import Request, answer
from .test_faults import NOW, TOKEN

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind


async def no_sleep(_seconds: float) -> None:
    return


def credentials(**changes: Any) -> Credentials:
    options = {"subreddit": "r/kopi", "username": ME} | changes.pop("options", {})
    fields: dict[str, Any] = {"vault": MemoryVault(), "token": "access-1", "options": options} | changes
    return Credentials("reddit", "kopi", **fields)


def by_client(secret: str = "the-client-secret") -> Credentials:
    return credentials(token="refresh-token-1", options={"client_id": "the-client"}, secrets={"client_secret": secret})


@pytest.fixture
def fake() -> FakeReddit:
    return FakeReddit(NOW)


async def once(fake: FakeReddit, who: Credentials, cursor: str | None, job: str, now: Any = NOW) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await Reddit().pull(Pull(job, who, cursor, now), client)


async def run(
    fake: FakeReddit,
    who: Credentials | None = None,
    cursor: str | None = None,
    job: str = "inbox",
    now: Any = NOW,
    between: Callable[[], None] = lambda: None,
) -> tuple[list[IncomingMention], str | None]:
    found: list[IncomingMention] = []
    for _turn in range(200):
        pulled = await once(fake, who or credentials(), cursor, job, now)
        found += pulled.mentions
        cursor = pulled.cursor
        if not pulled.more:
            return found, cursor
        between()
    pytest.fail("it never ended")


async def refused_pull(fake: FakeReddit, who: Credentials | None = None) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await run(fake, who)
    return caught.value


async def test_what_things_become(fake: FakeReddit) -> None:
    fake.inboxed("rina", "Enak & murah", 30)
    fake.inboxed("budi", "hai u/kopisenja", 20, "username_mention")
    fake.inboxed("budi", "mau", 15, "post_reply")
    first = fake.message("rina", "Halo kak", 10)
    fake.message("rina", "Halo?", 5, parent_id=first["name"], first_message_name=first["name"])
    fake.message(None, "Selamat datang", 1)
    fake.message("lama", "tahun lalu", 60 * 24 * 300)
    found, _cursor = await run(fake)
    by_text = {one.body: one for one in found}
    answered = by_text["Enak & murah"]
    assert answered == IncomingMention(
        platform="reddit",
        account="kopi",
        remote_id="t1_z1",
        kind=MentionKind.REPLY,
        author_handle="rina",
        author_name="rina",
        body="Enak & murah",
        url="https://www.reddit.com/r/kopi/comments/p1/menu/z9/?context=3",
        sent_at=NOW - timedelta(minutes=30),
        thread_key="t3_p1",
        parent_id="t1_ours",
    )
    assert by_text["hai u/kopisenja"].kind is MentionKind.MENTION and by_text["mau"].kind is MentionKind.COMMENT
    asked, again = by_text["Pesanan:\nHalo kak"], by_text["Halo?"]
    assert asked.kind is again.kind is MentionKind.DM
    assert asked.thread_key == again.thread_key == f"dm:{first['name']}" and again.parent_id == first["name"]
    assert by_text["Pesanan:\nSelamat datang"].author_handle == "reddit"
    assert len(found) == 6


async def test_what_the_account_wrote_itself(fake: FakeReddit) -> None:
    fake.comment(ME, "Buka jam 8", 5, parent="t1_z9")
    fake.message(ME, "Sudah dikirim", 4, parent_id="t4_a", first_message_name="t4_a", inbox=False)
    (ours,), _cursor = await run(fake, job="answers")
    assert ours.own and ours.parent_id == "t1_z9" and ours.thread_key == "t3_p1"
    (sent,), _cursor = await run(fake, job="sent")
    assert sent.own and sent.kind is MentionKind.DM and sent.thread_key == "dm:t4_a"


@pytest.mark.parametrize("page", [1, 3, 100])
async def test_nothing_is_lost_while_things_come_and_go(fake: FakeReddit, page: int) -> None:
    fake.page = page
    dice = random.Random(page)
    for number in range(25):
        fake.inboxed("rina", f"halo {number}", 60 * number + 1)
    seen, cursor, wanted, turn = set[str](), None, {one["name"] for one in fake.things}, 0

    def arrive() -> None:
        if dice.random() < 0.3:
            wanted.add(fake.inboxed("budi", "baru", -5 * turn - dice.random())["name"])

    for turn in range(8):
        found, cursor = await run(fake, None, cursor, now=NOW + timedelta(minutes=5 * turn), between=arrive)
        seen |= {one.remote_id for one in found}
        # The newest is deleted: no run may stand on it.
        fake.things.remove(max(fake.things, key=lambda one: one["created_utc"]))
        wanted.add(fake.inboxed("rina", "antara", -5 * turn - 2)["name"])
    found, _cursor = await run(fake, None, cursor, now=NOW + timedelta(hours=1))
    seen |= {one.remote_id for one in found}
    assert seen >= {one["name"] for one in fake.things} and seen <= wanted


async def test_what_a_page_begins_behind_is_deleted_meanwhile(fake: FakeReddit) -> None:
    fake.page = 2
    things = [fake.inboxed("rina", f"halo {number}", number + 1) for number in range(7)]
    first = await once(fake, credentials(), None, "inbox")
    fake.things.remove(things[1])
    cut = await once(fake, credentials(), first.cursor, "inbox")
    assert not cut.mentions and not cut.more
    found, _cursor = await run(fake, None, cut.cursor)
    assert {one.remote_id for one in found} == {one["name"] for one in fake.things}


async def test_edits_and_deletions_among_the_newest_are_followed(fake: FakeReddit) -> None:
    one, other = fake.inboxed("rina", "Enak", 30), fake.inboxed("budi", "Mahal", 20)
    _found, cursor = await run(fake)
    one.update(body="Tidak enak", edited=(NOW + timedelta(minutes=1)).timestamp())
    other.update(body="[deleted]", author="[deleted]")
    found, _cursor = await run(fake, None, cursor, now=NOW + timedelta(minutes=5))
    by_id = {mention.remote_id: mention for mention in found}
    assert by_id[one["name"]].body == "Tidak enak" and by_id[one["name"]].edited_at == NOW + timedelta(minutes=1)
    assert by_id[other["name"]].deleted


async def test_an_odd_date_ends_no_run(fake: FakeReddit) -> None:
    fake.page = 4
    for number in range(12):
        fake.inboxed("rina", f"halo {number}", number + 1)
    plain = fake._listed

    def odd(those: list[dict[str, Any]], params: dict[str, str]) -> httpx.Response:
        found = json.loads(plain(those, params).content)
        found["data"]["children"].append({"kind": "t1", "data": {**those[0], "name": "t1_odd", "created_utc": 5}})
        return httpx.Response(200, json=found)

    fake._listed = odd  # type: ignore[method-assign]
    found, _cursor = await run(fake)
    assert {one.remote_id for one in found} == {one["name"] for one in fake.things}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "t3_z1"}, "name"),
        ({"name": "t1_\x1b"}, "name"),
        ({"created_utc": "x"}, "created_utc"),
        ({"created_utc": 1e300}, "created_utc"),
        ({"body": None}, "body"),
    ],
)
async def test_what_lacks_a_field_is_left_out_and_said(fake: FakeReddit, change: dict[str, Any], field: str) -> None:
    fake.inboxed("rina", "halo", 5)
    fake.spoil = lambda request: (
        httpx.Response(200, json={"kind": "Listing", "data": {"children": [{"data": fake.things[0] | change}, 5]}})
        if request.url.path == "/message/inbox"
        else None
    )
    pulled = await once(fake, credentials(), None, "inbox")
    assert not pulled.mentions and pulled.notice is not None
    assert pulled.notice.startswith("2 items were skipped") and field in pulled.notice and "data" in pulled.notice


async def test_what_is_left_of_the_calls(fake: FakeReddit) -> None:
    pulled = await once(fake, credentials(), None, "inbox")
    assert pulled.quota == (599, None, NOW + timedelta(seconds=300)) and pulled.not_before is None
    fake.left = "0.0"
    pulled = await once(fake, credentials(), None, "inbox")
    assert pulled.not_before == NOW + timedelta(seconds=300)


async def test_the_name_that_reddit_wants(fake: FakeReddit) -> None:
    await run(fake, by_client())
    assert {one.headers["user-agent"] for one in fake.requests} == {f"linux:smdash:v{_version()} (by /u/{ME})"}
    fake.requests.clear()
    await run(fake, credentials(token=fake.access, options={"username": "a\r\nb"}))
    assert fake.requests[0].headers["user-agent"] == f"linux:smdash:v{_version()}"


def _version() -> str:
    from smdash import __version__

    return __version__


async def test_tokens(fake: FakeReddit) -> None:
    who = by_client()
    _found, cursor = await run(fake, who)
    await run(fake, who, cursor)
    assert fake.renewals == 1
    fake.access = "another"
    await run(fake, who, cursor)
    assert fake.renewals == 2
    fake.refresh = "another"
    caught = await refused_pull(fake, by_client())
    assert caught.kind is ErrorKind.AUTH and "connect the account once more" in str(caught)
    caught = await refused_pull(fake, by_client("wrong-client-secret"))
    assert caught.kind is ErrorKind.AUTH


async def test_whose_it_is_and_figures(fake: FakeReddit) -> None:
    fake.scope = "identity read history"
    post = fake.post(ME, "Kopi", 5, num_crossposts=1)
    async with Client(transport=fake.transport()) as client:
        found = await Reddit().verify(by_client(), client, NOW)
        figures = await Reddit().measure(credentials(token=fake.access), [post["name"], "t3_gone", "?"], client, NOW)
    assert (found.remote_id, found.name, found.url) == (ME, "Kopi Senja", "https://www.reddit.com/user/kopisenja")
    assert found.missing_scopes == ("privatemessages", "submit", "edit")
    assert figures == [
        Measured("followers", 41, NOW),
        Measured("likes", 5, NOW, post["name"]),
        Measured("replies", 2, NOW, post["name"]),
        Measured("shares", 1, NOW, post["name"]),
    ]


# Outwards


def outgoing(kind: OutgoingKind, text: str = "Terima kasih!", **changes: Any) -> Outgoing:
    fields: dict[str, Any] = {"credentials": credentials(), "key": "key-1", "now": NOW, "first_at": NOW} | changes
    return Outgoing(kind, text=text, **fields)


def to(one: dict[str, Any]) -> Addressee:
    kind = MentionKind.DM if one["name"].startswith("t4_") else MentionKind.REPLY
    return Addressee(one["name"], kind, str(one["author"]))


async def publish(fake: FakeReddit, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await Reddit(no_sleep).publish(out, client)


async def find(fake: FakeReddit, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await Reddit(no_sleep).find(out, client)


async def refused(fake: FakeReddit, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    return caught.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kopi baru\n\nDipetik & disangrai <minggu> lalu", "self"),
        ("Hanya judul", "self"),
        ("Menu baru\nhttps://kopi.example/menu?a=1", "link"),
    ],
)
async def test_a_post(fake: FakeReddit, text: str, kind: str) -> None:
    out = outgoing(POST, text)
    assert await find(fake, out) is None
    made = await publish(fake, out)
    (there,) = fake.things
    assert made.remote_id == there["name"] and there["is_self"] is (kind == "self")
    assert made.url is not None and made.url.startswith("https://www.reddit.com/r/kopi/comments/")
    found = await find(fake, out)
    assert found is not None and found.remote_id == made.remote_id
    for other in (
        replace(out, text=text + " lagi"),
        replace(out, first_at=NOW + timedelta(minutes=5)),
        replace(out, credentials=credentials(options={"subreddit": "teh"})),
    ):
        assert await find(fake, other) is None
    async with Client(transport=fake.transport()) as client:
        assert await Reddit().is_there(out, made.remote_id, client)
        there["removed_by_category"] = "moderator"
        assert not await Reddit().is_there(out, made.remote_id, client)
        assert not await Reddit().is_there(out, "t3_gone", client)


@pytest.mark.parametrize("slow", [0, 3])
async def test_a_post_with_a_picture(fake: FakeReddit, tmp_path: Path, slow: int) -> None:
    fake.slow_pictures = slow
    out = outgoing(POST, "Kopi baru", media=(publishing.picture(tmp_path),))
    made = await publish(fake, out)
    (there,) = fake.things
    assert (made.remote_id, there["url"]) == (there["name"], f"{STORE}/key-1&x")
    assert b'name="policy"' in fake.stored[0] and b"promo.png" not in fake.stored[0]


async def test_a_picture_whose_post_does_not_show(fake: FakeReddit, tmp_path: Path) -> None:
    fake.slow_pictures = 99
    caught = await refused(fake, outgoing(POST, "Kopi baru", media=(publishing.picture(tmp_path),)))
    assert (caught.kind, caught.arrived) == (ErrorKind.UNKNOWN, True)


async def test_a_picture_that_is_refused(fake: FakeReddit, tmp_path: Path) -> None:
    fake.spoil = lambda request: httpx.Response(413) if request.url.host == "pictures.example" else None
    caught = await refused(fake, outgoing(POST, "Kopi baru", media=(publishing.picture(tmp_path),)))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and "promo.png" in str(caught)


async def test_answers_and_messages(fake: FakeReddit) -> None:
    asked, letter = fake.inboxed("rina", "Buka?", 9), fake.message("budi", "Halo", 8)
    for one in (asked, letter):
        out = outgoing(REPLY, addressee=to(one))
        assert await find(fake, out) is None
        made = await publish(fake, out)
        found = await find(fake, out)
        assert found is not None and found.remote_id == made.remote_id
    below = outgoing(POST, "Pertama!", above=Above("t3_p1", "t3_p1"))
    made = await publish(fake, below)
    assert fake.things[-1]["parent_id"] == "t3_p1" and (await find(fake, below)) is not None


async def test_deleting(fake: FakeReddit) -> None:
    ours, theirs = fake.comment(ME, "salah", 5), fake.comment("rina", "jelek", 4)
    out = outgoing(DELETE, "", addressee=to(ours))
    assert await find(fake, out) is None
    assert await publish(fake, out) == Published(ours["name"]) == await find(fake, out)
    assert ours["author"] == "[deleted]"
    caught = await refused(fake, outgoing(DELETE, "", addressee=to(theirs)))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)


async def test_what_is_refused_before_anything_is_asked(fake: FakeReddit, tmp_path: Path) -> None:
    one = fake.comment("rina", "enak", 5)
    nowhere = credentials(options={"subreddit": ""})
    for out in (
        outgoing(LIKE, addressee=to(one)),
        outgoing(HIDE, addressee=to(one)),
        outgoing(REPLY),
        outgoing(POST, "\n"),
        outgoing(POST, "k" * 301),
        outgoing(POST, "kopi\n" + "k" * 40_001),
        outgoing(POST, credentials=nowhere),
        outgoing(POST, "kopi", media=(publishing.picture(tmp_path),) * 2),
        outgoing(REPLY, addressee=to(one), media=(publishing.picture(tmp_path),)),
    ):
        caught = await refused(fake, out)
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert fake.requests == []


@pytest.mark.parametrize(
    ("refusal", "kind", "arrived"),
    [
        (["SUBREDDIT_NOTALLOWED", "you aren't allowed to post there", "sr"], ErrorKind.PERMISSION, False),
        (
            ["SUBMIT_VALIDATION_FLAIR_REQUIRED", "Your post must contain post flair.", "flair"],
            ErrorKind.REJECTED,
            False,
        ),
        (["ALREADY_SUB", "that link has already been submitted", "url"], ErrorKind.DUPLICATE, True),
        (["DELETED_COMMENT", "that comment has been deleted", "parent"], ErrorKind.GONE, False),
        (["THREAD_LOCKED", "Comments are locked.", "parent"], ErrorKind.REJECTED, False),
        (["USER_REQUIRED", "Please log in to do that.", None], ErrorKind.AUTH, False),
        (["NEW_LOGIN_TROUBLE", "?", None], ErrorKind.AUTH, False),
        (["QUOTA_FILLED", "You've submitted too many links recently.", None], ErrorKind.QUOTA, False),
        ("nonsense", ErrorKind.REJECTED, False),
    ],
)
async def test_errors_inside_of_success(fake: FakeReddit, refusal: Any, kind: ErrorKind, arrived: bool) -> None:
    fake.refusal = refusal
    caught = await refused(fake, outgoing(POST, "Kopi"))
    assert (caught.kind, caught.arrived) == (kind, arrived) and str(caught).isprintable()


async def test_a_break_that_reddit_wants(fake: FakeReddit) -> None:
    fake.refusal = ["RATELIMIT", "Looks like you've been doing that a lot. Take a break for 9 minutes.", "ratelimit"]
    caught = await refused(fake, outgoing(POST, "Kopi"))
    assert (caught.kind, caught.arrived, caught.retry_at) == (ErrorKind.RATE, False, NOW + timedelta(minutes=9))
    fake.ratelimit = 33.5
    assert (await refused(fake, outgoing(POST, "Kopi"))).retry_at == NOW + timedelta(seconds=33.5)
    fake.spoil = lambda _request: httpx.Response(429, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "77"})
    caught = await refused(fake, outgoing(POST, "Kopi"))
    assert (caught.kind, caught.retry_at) == (ErrorKind.RATE, NOW + timedelta(seconds=77))


async def test_an_answer_that_is_lost_leads_to_no_second_post(fake: FakeReddit) -> None:
    def lose(request: httpx.Request) -> None:
        if request.method == "POST":
            raise httpx.ReadError("cut")

    fake.after = lose
    out = outgoing(POST, "Kopi")
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.NETWORK, True)
    found = await find(fake, out)
    assert found is not None and found.remote_id == fake.things[0]["name"]


async def test_an_account_that_posts_too_much_can_not_be_looked_through(fake: FakeReddit) -> None:
    fake.page = 5
    for number in range(30):
        fake.post(ME, f"post {number}", -number)
    with pytest.raises(PlatformError) as caught:
        await find(fake, outgoing(POST, "Kopi"))
    assert caught.value.kind is ErrorKind.UNKNOWN


# The cases that every network has


def _outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    who = Credentials("reddit", "kopi", url, TOKEN, ME, options={"subreddit": "kopi"})
    return outgoing(kind, "Kopi baru", addressee=Addressee("t1_z1", MentionKind.REPLY, "rina"), credentials=who)


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    if request.path == "/api/v1/me":
        await answer(writer, 200, json.dumps({"name": ME}).encode())
    else:
        data = {"name": "t1_z1", "author": ME}
        listing = {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": data}], "after": None}}
        await answer(writer, 200, json.dumps(listing).encode())


NETWORK = publishing.Network(lambda: Reddit(no_sleep), _outgoing, _reads, lambda request: request.method == "POST")


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
@pytest.mark.parametrize("kind", [POST, REPLY])
async def test_a_spoiled_write(behaviour: str, kind: OutgoingKind) -> None:
    await publishing.spoiled_write(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    await publishing.spoiled_read(NETWORK, DELETE, behaviour)


@pytest.mark.parametrize("kind", [POST, REPLY, DELETE])
async def test_what_never_leaves(kind: OutgoingKind) -> None:
    await publishing.nobody_listens(NETWORK, kind)
    await publishing.token_of_no_use(NETWORK, kind)


@pytest.mark.parametrize("kind", [POST, REPLY, DELETE])
async def test_a_server_that_dies_before_it_answers(kind: OutgoingKind) -> None:
    await publishing.cut_before_the_answer(NETWORK, kind)
