"""Threads, inwards: mentions, answers and our own answers, and cursors that neither lose nor repeat."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.limits import count
from smdash.core.records import IncomingMention, MentionKind, Quota
from smdash.core.text import clean
from smdash.platforms import long_lived
from smdash.platforms.base import Credentials, MemoryVault, Pull, Pulled, Verified
from smdash.platforms.client import Client
from smdash.platforms.items import Malformed
from smdash.platforms.threads import Threads
from smdash.platforms.threads_records import read_post

from .fake_graph import error
from .fake_threads import BASE, ME, RENEWED, START, TOKEN, Fake, at

NOW = START + timedelta(hours=9)


def credentials() -> Credentials:
    return Credentials("threads", "kopi", BASE, TOKEN, vault=MemoryVault())


@pytest.fixture
def fake() -> Fake:
    return Fake()


async def one(
    fake: Fake, job: str, cursor: str | None = None, now: datetime = NOW, account: Credentials | None = None
) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await Threads().pull(Pull(job, account or credentials(), cursor, now), client)


async def run(
    fake: Fake, job: str, cursor: str | None = None, now: datetime = NOW, account: Credentials | None = None
) -> tuple[list[IncomingMention], str | None, list[str]]:
    """As the service does: call as long as there is more; what came, the cursor, and the notices."""
    found: list[IncomingMention] = []
    notices: list[str] = []
    for _page in range(200):
        pulled = await one(fake, job, cursor, now, account)
        found += pulled.mentions
        notices += [pulled.notice] if pulled.notice else []
        cursor = pulled.cursor
        if not pulled.more:
            return found, cursor, notices
    pytest.fail("it never ended")


async def test_posts_that_name_the_account(fake: Fake) -> None:
    post = fake.add("Kopi enak di @kopisenja", 60, "rina", _names=True)
    found, cursor, notices = await run(fake, "mentions")
    assert found == [
        IncomingMention(
            platform="threads",
            account="kopi",
            remote_id=post["id"],
            kind=MentionKind.MENTION,
            author_handle="rina",
            author_name="rina",
            body="Kopi enak di @kopisenja",
            url=post["permalink"],
            sent_at=START + timedelta(seconds=60),
            thread_key=post["id"],
        )
    ]
    assert notices == []
    new = fake.add("lagi", 3 * 86_400, "rina", _names=True)
    _found, cursor, _notices = await run(fake, "mentions", cursor, NOW + timedelta(days=3))
    found, _cursor, _notices = await run(fake, "mentions", cursor, NOW + timedelta(days=3))
    # What is less than a day older than the newest one comes again, which changes nothing; the rest does not.
    assert [mention.remote_id for mention in found] == [new["id"]]


async def test_answers_of_any_depth(fake: Fake) -> None:
    post = fake.add("Kopi baru", 0)
    asked = fake.add("Buka jam berapa?", 60, "rina", below=post)
    ours = fake.add("Jam 8", 120, below=asked)
    deep = fake.add("Makasih", 180, "rina", below=ours)
    hidden = fake.add("spam", 240, "jual_murah", below=post, hide_status="HIDDEN")
    found, _cursor, _notices = await run(fake, "replies")
    by_id = {mention.remote_id: mention for mention in found}
    assert set(by_id) == {one["id"] for one in (asked, ours, deep, hidden)}
    assert by_id[ours["id"]].own and not by_id[asked["id"]].own
    assert (by_id[deep["id"]].parent_id, by_id[deep["id"]].thread_key) == (ours["id"], post["id"])
    assert {mention.kind for mention in found} == {MentionKind.REPLY}
    assert [mention.remote_id for mention in found if mention.deleted] == [hidden["id"]]


async def test_our_own_answers_elsewhere(fake: Fake) -> None:
    other = fake.add("Rekomendasi kopi?", 0, "budi")
    ours = fake.add("Coba yang Gayo", 60, below=other)
    found, _cursor, _notices = await run(fake, "answers")
    assert [(mention.remote_id, mention.own, mention.parent_id) for mention in found] == [
        (ours["id"], True, other["id"])
    ]


async def test_young_posts_are_read_in_each_run_and_older_ones_in_turn(fake: Fake) -> None:
    old = [fake.add(f"lama {number}", -10 * 86_400 + number) for number in range(9)]
    young = fake.add("baru", 0)
    for post in (*old, young):
        fake.add("halo", 60, "rina", below=post)
    quiet = fake.add("tanpa jawaban", 10)
    found, cursor, _notices = await run(fake, "replies")
    assert len(found) == 10
    late = fake.add("masih ada?", 8 * 3600, "rina", below=old[4])
    seen: set[str] = set()
    for _turn in range(4):
        fake.calls.clear()
        found, cursor, _notices = await run(fake, "replies", cursor)
        seen |= {mention.remote_id for mention in found}
        read = {path for path in fake.asked() if path.endswith("/conversation")}
        assert len(read) == 4 and f"{young['id']}/conversation" in read and f"{quiet['id']}/conversation" not in read
    assert late["id"] in seen


async def test_a_long_conversation_is_read_down_to_what_is_known(fake: Fake) -> None:
    post = fake.add("Kopi baru", 0)
    for number in range(300):
        fake.add(f"nomor {number}", 60 + number, "rina", below=post)
    found, cursor, _notices = await run(fake, "replies")
    assert len(found) == 300
    fake.calls.clear()
    new = [fake.add("lagi", 3600 + number, "rina", below=post)["id"] for number in range(60)]
    found, _cursor, _notices = await run(fake, "replies", cursor)
    assert set(new) <= {mention.remote_id for mention in found}
    assert len([path for path in fake.asked() if path.endswith("/conversation")]) == 3


async def test_more_than_a_thousand_answers_are_cut_with_a_word(fake: Fake) -> None:
    post = fake.add("Kopi baru", 0)
    for number in range(1_100):
        fake.add(f"nomor {number}", 60 + number, "rina", below=post)
    found, _cursor, notices = await run(fake, "replies")
    assert len(found) == 1_000 and "more answers than are read" in notices[0]


async def test_a_post_that_is_gone_is_passed_over(fake: Fake) -> None:
    gone, kept = fake.add("hilang", 0), fake.add("ada", 1)
    fake.add("halo", 60, "rina", below=gone)
    answer = fake.add("halo juga", 60, "rina", below=kept)
    fake.refuse[f"GET {gone['id']}/conversation"] = (400, error(100, 33))
    found, _cursor, _notices = await run(fake, "replies")
    assert [mention.remote_id for mention in found] == [answer["id"]]


async def test_a_token_that_dies_in_the_middle_loses_nothing(fake: Fake) -> None:
    answers = []
    for number in range(3):
        answers.append(fake.add("halo", 60 + number, "rina", below=fake.add("Kopi", number))["id"])
    first = await one(fake, "replies")
    second = await one(fake, "replies", first.cursor)
    fake.tokens = {"another-token-of-kopi"}
    with pytest.raises(PlatformError) as caught:
        await one(fake, "replies", second.cursor)
    assert caught.value.kind is ErrorKind.AUTH and TOKEN not in str(caught.value)
    anew = replace(credentials(), token="another-token-of-kopi")
    found, _cursor, _notices = await run(fake, "replies", second.cursor, account=anew)
    assert {mention.remote_id for mention in (*second.mentions, *found)} == set(answers)


@pytest.mark.parametrize("job", ["mentions", "replies", "answers"])
async def test_a_cursor_that_the_network_forgot(fake: Fake, job: str) -> None:
    post = fake.add("Kopi baru", 0)
    for number in range(70):
        who = "kopisenja" if job == "answers" else "rina"
        fake.add(f"nomor {number}", 60 + number, who, below=post, _names=True)
    pulled = await one(fake, job)
    if job == "replies":
        pulled = await one(fake, job, pulled.cursor)
    assert pulled.more
    path = {"mentions": "me/mentions", "answers": "me/replies", "replies": f"{post['id']}/conversation"}[job]
    fake.refuse[f"GET {path}"] = (400, error(100, None, "Invalid cursor"))
    again = await one(fake, job, pulled.cursor)
    fake.refuse.clear()
    found, _cursor, _notices = await run(fake, job, again.cursor)
    assert len({mention.remote_id for mention in found}) == 70


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("job", ["mentions", "replies"])
async def test_restarts_and_whatever_comes_meanwhile_lose_nothing(fake: Fake, job: str, seed: int) -> None:
    dice = random.Random(seed)
    posts = [fake.add(f"Kopi {number}", number) for number in range(3)]
    cursor, seen, wanted, clock = None, set[str](), set[str](), 60.0
    for _step in range(70):
        clock += 20
        for _event in range(dice.randrange(3)):
            roots = posts + [one for one in fake.items if one["_below"] is not None]
            below = dice.choice(roots if dice.random() < 0.4 else posts)
            wanted.add(fake.add("halo", clock, "rina", below=below, _names=job == "mentions")["id"])
        fake.most = dice.choice((1, 2, 7, 50))
        path = "GET me/mentions" if job == "mentions" else "GET me/threads"
        try:
            if dice.random() < 0.2:
                fake.refuse[path] = (500, error(2))
            pulled = await one(fake, job, cursor, START + timedelta(seconds=clock))
        except PlatformError:
            continue
        finally:
            fake.refuse.clear()
        cursor = pulled.cursor
        seen |= {mention.remote_id for mention in pulled.mentions}
    fake.most = 50
    for _turn in range(3):
        found, cursor, _notices = await run(fake, job, cursor, START + timedelta(seconds=clock + 60))
        seen |= {mention.remote_id for mention in found}
    assert seen == wanted


# Decoding


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": None}),
        ("id", {"id": "a\x1bb"}),
        ("timestamp", {"timestamp": "kemarin"}),
        ("timestamp", {"timestamp": None}),
        ("username", {"username": None}),
        ("username", {"username": " \x07 "}),
    ],
)
def test_what_a_post_can_not_be_without(field: str, changes: dict[str, Any]) -> None:
    whole = {"id": "18", "text": "a", "timestamp": at(0), "username": "rina"}
    with pytest.raises(Malformed, match=f"^{field}$"):
        read_post(whole | changes, account="kopi", me="kopisenja", kind=MentionKind.REPLY)


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = (
    "id", "text", "username", "permalink", "timestamp", "media_type", "alt_text", "is_reply_owned_by_me", "root_post",
    "replied_to", "hide_status", "link_attachment_url",
)  # fmt: skip


@given(name=st.sampled_from(_FIELDS), value=_ODD)
def test_posts_of_any_shape_are_read_or_counted(name: str, value: Any) -> None:
    whole = {"id": "18", "text": "a", "timestamp": at(0), "username": "rina", "media_type": "IMAGE"}
    try:
        found = read_post(whole | {name: value}, account="kopi", me="kopisenja", kind=MentionKind.REPLY)
    except Malformed:
        return
    assert clean(found.body) == found.body


def test_what_stands_in_a_post_beside_its_words() -> None:
    post = {
        "id": "18", "text": "Lihat", "timestamp": at(0), "username": "rina", "media_type": "IMAGE", "alt_text": "Dua\ncangkir",
        "link_attachment_url": "https://toko.example/menu",
    }  # fmt: skip
    found = read_post(post, account="kopi", me="kopisenja", kind=MentionKind.MENTION)
    assert found.body == "Lihat\n[image: Dua cangkir]\nhttps://toko.example/menu"


async def test_odd_items_are_counted_and_good_ones_kept(fake: Fake) -> None:
    good = fake.add("baik", 60, "rina", _names=True)
    fake.add("tanpa waktu", 120, "rina", _names=True)["timestamp"] = "kemarin"
    fake.add("tanpa nama", 180, "", _names=True)
    found, _cursor, notices = await run(fake, "mentions")
    assert [mention.remote_id for mention in found] == [good["id"]]
    assert notices == ["2 items were skipped: timestamp, username missing or malformed"]


# Who it is


async def verify(fake: Fake, account: Credentials, now: datetime = NOW) -> Verified:
    async with Client(transport=fake.transport()) as client:
        return await Threads().verify(account, client, now)


async def test_verify(fake: Fake) -> None:
    found = await verify(fake, credentials())
    assert found == Verified(
        remote_id=ME,
        handle="kopisenja",
        name="Kopi Senja",
        url="https://www.threads.net/@kopisenja",
        limits={"posts_in_24_hours": 250},
        missing_scopes=(
            "threads_read_replies", "threads_manage_replies", "threads_manage_mentions", "threads_manage_insights",
            "threads_keyword_search",
        ),
        expires_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
        quota=Quota(247, 250, None),
    )  # fmt: skip


async def test_a_token_is_renewed_in_time(fake: Fake) -> None:
    account = credentials()
    await one(fake, "mentions", account=account)
    await one(fake, "mentions", now=NOW + timedelta(days=1), account=account)
    assert fake.renewals == 1 and long_lived.of(account).access == RENEWED
    found = await verify(fake, account, NOW + timedelta(days=2))
    assert found.expires_at == NOW + timedelta(days=61)


async def test_figures(fake: Fake) -> None:
    post = fake.add("Kopi baru", 0)
    fake.figures = {"followers_count": 99, "views": 50, "likes": 4, "replies": 2, "reposts": 1, "quotes": 0}
    async with Client(transport=fake.transport()) as client:
        found = await Threads().measure(credentials(), [post["id"]], client, NOW)
    assert {(figure.name, figure.value, figure.remote_id) for figure in found} == {
        ("followers", 99, None), ("views", 50, post["id"]), ("likes", 4, post["id"]), ("replies", 2, post["id"]),
        ("shares", 1, post["id"]), ("quotes", 0, post["id"]),
    }  # fmt: skip


@pytest.mark.parametrize("job", ["mentions", "replies", "answers"])
@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"todo": 5, "me": "a"}', '{"marks": [], "mark": 5}'])
async def test_a_cursor_that_can_not_be_read_begins_anew(fake: Fake, job: str, cursor: str) -> None:
    who = "kopisenja" if job == "answers" else "rina"
    fake.add("halo", 60, who, below=fake.add("Kopi"), _names=True)
    found, after, _notices = await run(fake, job, cursor)
    assert len(found) == 1 and json.loads(str(after))


@pytest.mark.parametrize(
    ("text", "used"),
    [("kopi", 4), ("kopi ☕", 8), ("a😀", 5), ("👨‍👩‍👧", 18), ("👍🏽", 8), ("🇮🇩", 8), ("é", 1), ("咖啡", 2)],
)
def test_an_emoji_counts_as_many_as_it_has_bytes(text: str, used: int) -> None:
    """docs/threads/posts: emoji are counted as the number of bytes that they have in UTF-8."""
    assert count("threads", text, post=True).used == used
