"""Instagram, inwards: comments, messages and tags become mentions, and cursors neither lose nor repeat."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind, Quota
from smdash.core.text import clean
from smdash.platforms import long_lived
from smdash.platforms.base import Credentials, Measured, MemoryVault, Pull, Pulled, Verified
from smdash.platforms.client import Client
from smdash.platforms.instagram import Instagram
from smdash.platforms.instagram_records import Media, read_comment, read_message, read_tag
from smdash.platforms.instagram_session import Me
from smdash.platforms.items import Malformed

from .fake_graph import error
from .fake_instagram import BASE, ME, PAGE, PAGE_TOKEN, RENEWED, START, TOKEN, Fake, at

NOW = START + timedelta(hours=9)
US = Me(ME, "kopisenja", "Kopi Senja", alias="9001")
POST = Media("180001", "https://www.instagram.com/p/180001/")


def own(vault: MemoryVault | None = None) -> Credentials:
    """An account of Instagram Login."""
    return Credentials("instagram", "kopi", BASE, TOKEN, vault=vault or MemoryVault())


def by_page() -> Credentials:
    """One of Facebook Login, with a system user's token."""
    return Credentials("instagram", "kopi", BASE, TOKEN, options={"page_id": PAGE})


@pytest.fixture
def fake() -> Fake:
    return Fake()


async def no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


async def one(
    fake: Fake, job: str, cursor: str | None = None, now: datetime = NOW, credentials: Credentials | None = None
) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await Instagram(no_sleep).pull(Pull(job, credentials or own(), cursor, now), client)


async def run(
    fake: Fake, job: str, cursor: str | None = None, now: datetime = NOW, credentials: Credentials | None = None
) -> tuple[list[IncomingMention], str | None, list[str]]:
    """As the service does: call as long as there is more; what came, the cursor, and the notices."""
    found: list[IncomingMention] = []
    notices: list[str] = []
    for _page in range(200):
        pulled = await one(fake, job, cursor, now, credentials)
        found += pulled.mentions
        notices += [pulled.notice] if pulled.notice else []
        cursor = pulled.cursor
        if not pulled.more:
            return found, cursor, notices
    pytest.fail("it never ended")


# Comments


async def test_comments_and_their_answers(fake: Fake) -> None:
    post = fake.add_post(seconds=0)
    asked = fake.add_comment(post, "Buka jam berapa?", 60)
    ours = fake.add_comment(post, "Jam 8 ya", 120, "kopisenja", above=asked["id"])
    hidden = fake.add_comment(post, "spam", 180, "jual_murah", hidden=True)
    found, _cursor, notices = await run(fake, "comments")
    by_id = {mention.remote_id: mention for mention in found}
    assert by_id[asked["id"]] == IncomingMention(
        platform="instagram",
        account="kopi",
        remote_id=asked["id"],
        kind=MentionKind.COMMENT,
        author_handle="rina",
        author_name="rina",
        body="Buka jam berapa?",
        url=post["permalink"],
        sent_at=START + timedelta(seconds=60),
        thread_key=asked["id"],
    )
    answer = by_id[ours["id"]]
    assert (answer.own, answer.kind, answer.parent_id, answer.thread_key) == (
        True, MentionKind.REPLY, asked["id"], asked["id"],
    )  # fmt: skip
    assert by_id[hidden["id"]].deleted and not by_id[asked["id"]].deleted
    assert notices == []


async def test_only_posts_with_another_number_of_comments_are_read(fake: Fake) -> None:
    posts = [fake.add_post(seconds=number) for number in range(5)]
    for post in posts:
        fake.add_comment(post, seconds=60)
    first, cursor, _notices = await run(fake, "comments")
    assert len(first) == 5
    fake.calls.clear()
    new = fake.add_comment(posts[2], "baru", 7200)
    found, cursor, _notices = await run(fake, "comments", cursor)
    assert new["id"] in {mention.remote_id for mention in found}
    read = [path for path in fake.asked() if path.endswith("/comments")]
    # The one that changed, and one in turn.
    assert len(read) == 2 and f"{posts[2]['id']}/comments" in read
    fake.calls.clear()
    _found, cursor, _notices = await run(fake, "comments", cursor)
    assert len([path for path in fake.asked() if path.endswith("/comments")]) == 1


async def test_one_that_came_while_another_one_went_is_seen_in_turn(fake: Fake) -> None:
    posts = [fake.add_post(seconds=number) for number in range(4)]
    old = [fake.add_comment(post, seconds=60) for post in posts]
    _found, cursor, _notices = await run(fake, "comments")
    posts[0]["_comments"].remove(old[0])
    new = fake.add_comment(posts[0], "sama banyak", 7200)
    seen: set[str] = set()
    for _turn in range(4):
        found, cursor, _notices = await run(fake, "comments", cursor)
        seen |= {mention.remote_id for mention in found}
    assert new["id"] in seen


async def test_an_edited_and_a_hidden_comment_are_seen_in_turn(fake: Fake) -> None:
    post = fake.add_post()
    comment = fake.add_comment(post, "Hallo", 60)
    _found, cursor, _notices = await run(fake, "comments")
    comment |= {"text": "Halo", "hidden": True}
    found, _cursor, _notices = await run(fake, "comments", cursor)
    assert [(mention.body, mention.deleted) for mention in found] == [("Halo", True)]


async def test_old_posts_are_looked_at_in_turn(fake: Fake) -> None:
    posts = [fake.add_post(seconds=number) for number in range(260)]
    _found, cursor, _notices = await run(fake, "comments")
    for _turn in range(6):
        _found, cursor, _notices = await run(fake, "comments", cursor)
    late = fake.add_comment(posts[10], "baru ketemu", 8 * 3600)
    seen: set[str] = set()
    for _turn in range(6):
        fake.calls.clear()
        found, cursor, _notices = await run(fake, "comments", cursor)
        seen |= {mention.remote_id for mention in found}
        assert len([path for path in fake.asked() if path.endswith("/media")]) <= 2
    assert late["id"] in seen
    assert len(str(cursor)) < 20_000


async def test_nothing_from_before_the_first_week_is_handed_over(fake: Fake) -> None:
    post = fake.add_post(seconds=-90 * 86_400)
    fake.add_comment(post, "lama", -30 * 86_400)
    new = fake.add_comment(post, "baru", 60)
    found, cursor, _notices = await run(fake, "comments")
    assert [mention.remote_id for mention in found] == [new["id"]]
    fake.add_comment(post, "lagi", 7200)
    found, _cursor, _notices = await run(fake, "comments", cursor)
    assert {mention.body for mention in found} == {"baru", "lagi"}


async def test_many_comments_come_by_pages_and_many_answers_as_well(fake: Fake) -> None:
    post = fake.add_post()
    top = [fake.add_comment(post, seconds=60 + number) for number in range(120)]
    below = [fake.add_comment(post, seconds=600 + number, who="budi", above=top[5]["id"]) for number in range(130)]
    found, _cursor, notices = await run(fake, "comments")
    assert {mention.remote_id for mention in found} == {comment["id"] for comment in (*top, *below)}
    assert notices == []


async def test_more_than_a_thousand_comments_are_cut_with_a_word(fake: Fake) -> None:
    post = fake.add_post()
    for number in range(1_060):
        fake.add_comment(post, seconds=60 + number)
    found, cursor, notices = await run(fake, "comments")
    assert len(found) == 1_000 and "more comments than are read" in notices[0]
    assert json.loads(str(cursor))["counts"] == {post["id"]: 1_060}


async def test_a_post_that_is_gone_is_passed_over(fake: Fake) -> None:
    kept, gone = fake.add_post(seconds=1), fake.add_post(seconds=2)
    fake.add_comment(gone, "hilang", 60)
    comment = fake.add_comment(kept, "ada", 60)
    fake.refuse[f"GET {gone['id']}/comments"] = (400, error(100, 33, "Object does not exist"))
    found, _cursor, _notices = await run(fake, "comments")
    assert [mention.remote_id for mention in found] == [comment["id"]]


async def test_a_cursor_that_the_network_forgot_begins_the_post_anew(fake: Fake) -> None:
    post = fake.add_post()
    for number in range(80):
        fake.add_comment(post, seconds=60 + number)
    pulled = await one(fake, "comments", (await one(fake, "comments")).cursor)
    assert json.loads(str(pulled.cursor))["after"]
    fake.refuse[f"GET {post['id']}/comments"] = (400, error(100, None, "Invalid cursors value"))
    again = await one(fake, "comments", pulled.cursor)
    assert again.more and again.mentions == [] and "after" not in json.loads(str(again.cursor))
    fake.refuse.clear()
    found, _cursor, _notices = await run(fake, "comments", again.cursor)
    assert len(found) == 80


async def test_a_token_that_dies_in_the_middle_loses_nothing(fake: Fake) -> None:
    posts = [fake.add_post(seconds=number) for number in range(3)]
    comments = [fake.add_comment(post, seconds=60) for post in posts]
    first = await one(fake, "comments")
    second = await one(fake, "comments", first.cursor)
    fake.tokens = {"another-token-of-kopi"}
    with pytest.raises(PlatformError) as caught:
        await one(fake, "comments", second.cursor)
    assert caught.value.kind is ErrorKind.AUTH and TOKEN not in str(caught.value)
    renewed = replace(own(), token="another-token-of-kopi")
    found, _cursor, _notices = await run(fake, "comments", second.cursor, credentials=renewed)
    seen = {mention.remote_id for mention in (*second.mentions, *found)}
    assert seen == {comment["id"] for comment in comments}


async def test_what_is_left_of_the_allowance_slows_the_next_call(fake: Fake) -> None:
    usage = {"17841": [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 9}]}
    fake.headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
    pulled = await one(fake, "comments")
    assert pulled.quota == Quota(0, 100, NOW + timedelta(minutes=9))
    assert pulled.not_before == NOW + timedelta(minutes=9)


@pytest.mark.parametrize("seed", range(6))
async def test_restarts_and_whatever_comes_meanwhile_lose_nothing(fake: Fake, seed: int) -> None:
    dice = random.Random(seed)
    wanted: set[str] = set()
    posts = [fake.add_post(seconds=number) for number in range(4)]
    cursor, seen, clock = None, set[str](), 60.0
    for _step in range(60):
        clock += 10
        for _event in range(dice.randrange(3)):
            post = dice.choice(posts)
            tops = [comment for comment in post["_comments"] if comment["_above"] is None]
            above = dice.choice(tops)["id"] if tops and dice.random() < 0.4 else None
            wanted.add(fake.add_comment(post, seconds=clock, above=above)["id"])
        if dice.random() < 0.1:
            posts.append(fake.add_post(seconds=clock))
        fake.most = dice.choice((1, 2, 7, 50))
        try:
            if dice.random() < 0.2:
                fake.refuse["GET me"] = (500, error(2, None, "Service temporarily unavailable"))
            pulled = await one(fake, "comments", cursor, START + timedelta(seconds=clock))
        except PlatformError:
            continue
        finally:
            fake.refuse.clear()
        # A restart: all that is left is the text.
        cursor = pulled.cursor
        seen |= {mention.remote_id for mention in pulled.mentions}
    fake.most = 50
    for _turn in range(len(posts) + 1):
        found, cursor, _notices = await run(fake, "comments", cursor, START + timedelta(seconds=clock + 60))
        seen |= {mention.remote_id for mention in found}
    assert seen == wanted


# Decoding


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": None}),
        ("id", {"id": ""}),
        ("id", {"id": "x" * 500}),
        ("timestamp", {"timestamp": "kemarin"}),
        ("timestamp", {"timestamp": None}),
        ("username", {"username": None, "from": None}),
        ("username", {"username": " \x07 ", "from": {"id": "7"}}),
    ],
)
def test_what_a_comment_can_not_be_without(field: str, changes: dict[str, Any]) -> None:
    whole = {"id": "c1", "text": "a", "timestamp": at(0), "username": "rina"}
    with pytest.raises(Malformed, match=f"^{field}$"):
        read_comment(whole | changes, account="kopi", me=US, media=POST)


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    name=st.sampled_from(("id", "text", "timestamp", "username", "from", "hidden", "replies")),
    value=_ODD,
)
def test_comments_of_any_shape_are_read_or_counted(name: str, value: Any) -> None:
    whole = {"id": "c1", "text": "a", "timestamp": at(0), "username": "rina", "from": {"id": "7", "username": "rina"}}
    try:
        found = read_comment(whole | {name: value}, account="kopi", me=US, media=POST)
    except Malformed:
        return
    assert clean(found.body) == found.body and found.author_handle.isprintable()


@given(
    name=st.sampled_from(
        ("id", "message", "created_time", "from", "to", "attachments", "shares", "story", "is_unsupported")
    ),
    value=_ODD,
)
def test_messages_of_any_shape_are_read_or_counted(name: str, value: Any) -> None:
    whole = {"id": "m1", "message": "a", "created_time": at(0), "from": {"id": "55", "username": "budi"}}
    try:
        found = read_message(whole | {name: value}, account="kopi", me=US)
    except Malformed:
        return
    assert clean(found.body) == found.body and found.kind is MentionKind.DM


@given(name=st.sampled_from(("id", "caption", "permalink", "timestamp", "username", "media_type")), value=_ODD)
def test_tags_of_any_shape_are_read_or_counted(name: str, value: Any) -> None:
    whole = {"id": "19", "caption": "a", "timestamp": at(0), "username": "budi", "permalink": "https://x.example/"}
    try:
        found = read_tag(whole | {name: value}, account="kopi", me=US)
    except Malformed:
        return
    assert clean(found.body) == found.body and found.kind is MentionKind.MENTION


def test_hostile_text_comes_out_clean() -> None:
    hostile = "\x1b]0;judul\x07\u202emerah\ud800 \x9b31m\x00"
    comment = {"id": "c1", "text": hostile, "timestamp": at(0), "username": "ri\x1b[2Jna\n"}
    found = read_comment(comment, account="kopi", me=US, media=POST)
    assert clean(found.body) == found.body and "merah" in found.body and found.author_handle == "ri[2Jna"


def test_what_stands_in_a_message_beside_its_words() -> None:
    message = {
        "id": "m1", "message": "", "created_time": at(0), "from": {"id": "55", "username": "budi"},
        "attachments": {"data": [{"image_data": {"url": "https://x.example/"}}, {"mime_type": "video/mp4"}, {"id": "9"}]},
        "shares": {"data": [{"link": "https://x.example/"}]}, "story": {"reply_to": {"link": "x", "id": "1"}},
        "is_unsupported": True,
    }  # fmt: skip
    found = read_message(message, account="kopi", me=US)
    assert found.body == (
        "[image]\n[video]\n[file]\n[shared post]\n[answer to a story]\n[something that Instagram shows in its app alone]"
    )


# Messages


async def test_messages_with_their_window(fake: Fake) -> None:
    conversation = fake.add_conversation()
    theirs = fake.add_message(conversation, "Kak, pesanan saya?", 60)
    ours = fake.add_message(conversation, "Sebentar ya", 120, own=True)
    found, _cursor, notices = await run(fake, "messages")
    by_id = {mention.remote_id: mention for mention in found}
    assert by_id[theirs["id"]] == IncomingMention(
        platform="instagram",
        account="kopi",
        remote_id=theirs["id"],
        kind=MentionKind.DM,
        author_handle="budi",
        author_name="budi",
        body="Kak, pesanan saya?",
        url=None,
        sent_at=START + timedelta(seconds=60),
        thread_key="dm:55",
        reply_until=START + timedelta(seconds=60, hours=24),
    )
    answer = by_id[ours["id"]]
    assert (answer.own, answer.thread_key, answer.reply_until) == (True, "dm:55", None)
    assert notices == []


async def test_only_conversations_that_moved_are_read(fake: Fake) -> None:
    people = [fake.add_conversation(str(number)) for number in range(5)]
    for number, conversation in enumerate(people):
        fake.add_message(conversation, "halo", 60 + 600 * number)
    _found, cursor, _notices = await run(fake, "messages")
    new = fake.add_message(people[1], "masih ada?", 7200)
    fake.calls.clear()
    found, _cursor, _notices = await run(fake, "messages", cursor)
    assert new["id"] in {mention.remote_id for mention in found}
    # And once more the one that was the newest before: times are whole seconds.
    assert [path for path in fake.asked() if path.startswith("t_")] == ["t_1", "t_4"]


async def test_a_message_of_the_same_second_that_is_listed_late_is_not_lost(fake: Fake) -> None:
    fake.add_message(fake.add_conversation("1"), "halo", 3600)
    _found, cursor, _notices = await run(fake, "messages")
    late = fake.add_message(fake.add_conversation("2"), "halo juga", 3590)
    found, _cursor, _notices = await run(fake, "messages", cursor)
    assert late["id"] in {mention.remote_id for mention in found}


async def test_a_conversation_of_which_not_all_is_shown_says_so(fake: Fake) -> None:
    conversation = fake.add_conversation()
    fake.add_message(conversation, "halo", 60)
    _found, cursor, _notices = await run(fake, "messages")
    for number in range(25):
        fake.add_message(conversation, f"nomor {number}", 3600 + number)
    found, _cursor, notices = await run(fake, "messages", cursor)
    assert len(found) == 20 and notices == ["Instagram shows only the newest messages of a conversation"]


async def test_a_conversation_that_is_gone_is_passed_over(fake: Fake) -> None:
    fake.add_message(fake.add_conversation("1"), "satu", 60)
    kept = fake.add_message(fake.add_conversation("2"), "dua", 120)
    fake.refuse["GET t_1"] = (400, error(100, 33, "Object does not exist"))
    found, _cursor, _notices = await run(fake, "messages")
    assert [mention.remote_id for mention in found] == [kept["id"]]


@pytest.mark.parametrize("seed", range(4))
async def test_restarts_in_the_inbox_lose_nothing(fake: Fake, seed: int) -> None:
    dice = random.Random(seed)
    people = [fake.add_conversation(str(number)) for number in range(6)]
    cursor, seen, wanted, clock = None, set[str](), set[str](), 60.0
    for _step in range(80):
        clock += 30
        for _event in range(dice.randrange(2)):
            wanted.add(fake.add_message(dice.choice(people), "halo", clock, own=dice.random() < 0.3)["id"])
        fake.most = dice.choice((1, 3, 50))
        try:
            if dice.random() < 0.2:
                fake.refuse["GET me/conversations"] = (500, error(1))
            pulled = await one(fake, "messages", cursor, START + timedelta(seconds=clock))
        except PlatformError:
            continue
        finally:
            fake.refuse.clear()
        cursor = pulled.cursor
        seen |= {mention.remote_id for mention in pulled.mentions}
    for _turn in range(2):
        found, cursor, _notices = await run(fake, "messages", cursor, START + timedelta(seconds=clock + 60))
        seen |= {mention.remote_id for mention in found}
    assert seen == wanted


# Tags


async def test_tags_come_once(fake: Fake) -> None:
    fake.add_tag("Kopi sore", 60)
    found, cursor, _notices = await run(fake, "tags")
    assert [(mention.kind, mention.author_handle, mention.body) for mention in found] == [
        (MentionKind.MENTION, "budi", "Kopi sore\n[image]")
    ]
    new = fake.add_tag("Lagi di sini", 3 * 86_400)
    _found, cursor, _notices = await run(fake, "tags", cursor, NOW + timedelta(days=3))
    found, _cursor, _notices = await run(fake, "tags", cursor, NOW + timedelta(days=3))
    # What is less than a day older than the newest one comes again, which changes nothing; the rest does not.
    assert [mention.remote_id for mention in found] == [new["id"]]


async def test_where_tags_are_not_shown_the_job_says_so(fake: Fake) -> None:
    fake.refuse[f"GET {ME}/tags"] = (400, error(100, None, "Tried accessing nonexisting field (tags)"))
    found, cursor, notices = await run(fake, "tags")
    assert (found, cursor) == ([], None) and "connected through Facebook" in notices[0]
    fake.tokens |= {PAGE_TOKEN}
    with pytest.raises(PlatformError) as caught:
        await one(fake, "tags", credentials=by_page())
    assert caught.value.kind is ErrorKind.REJECTED


# Through a Facebook page


async def test_through_a_page_calls_are_made_with_its_token(fake: Fake) -> None:
    fake.tokens |= {PAGE_TOKEN}
    fake.add_comment(fake.add_post(), "Halo", 60)
    fake.add_message(fake.add_conversation(), "Halo", 60)
    credentials = by_page()
    for job in ("comments", "messages"):
        found, _cursor, _notices = await run(fake, job, credentials=credentials)
        assert len(found) == 1
    assert f"{PAGE}/conversations" in fake.asked() and "me/conversations" not in fake.asked()
    assert len([1 for _verb, path, fields in fake.calls if path == PAGE and "access_token" in fields["fields"]]) == 1
    assert json.loads(credentials.vault.load() or "")["token"] == PAGE_TOKEN


async def test_a_pages_token_that_dies_in_the_middle_is_asked_for_anew(fake: Fake) -> None:
    fake.tokens |= {PAGE_TOKEN}
    for number in range(3):
        fake.add_comment(fake.add_post(seconds=number), seconds=60)
    credentials = by_page()
    first = await one(fake, "comments", credentials=credentials)
    second = await one(fake, "comments", first.cursor, credentials=credentials)
    fake.tokens, fake.page_token = {TOKEN, "EA-another-page-token"}, "EA-another-page-token"
    found, _cursor, _notices = await run(fake, "comments", second.cursor, credentials=credentials)
    assert len(found) + len(second.mentions) == 3
    fake.tokens = {TOKEN}
    with pytest.raises(PlatformError) as caught:
        await one(fake, "comments", credentials=credentials)
    assert caught.value.kind is ErrorKind.AUTH


async def test_a_page_without_an_account(fake: Fake) -> None:
    fake.tokens |= {PAGE_TOKEN}
    fake.refuse[f"GET {PAGE}"] = (200, {"id": PAGE})
    with pytest.raises(PlatformError, match="no professional Instagram account is linked") as caught:
        await one(fake, "comments", credentials=by_page())
    assert caught.value.kind is ErrorKind.REJECTED


# Who it is


async def verify(fake: Fake, credentials: Credentials, now: datetime = NOW) -> Verified:
    async with Client(transport=fake.transport()) as client:
        return await Instagram().verify(credentials, client, now)


async def test_verify(fake: Fake) -> None:
    fake.figures["reach"] = 5
    assert await verify(fake, own()) == Verified(
        remote_id=ME,
        handle="kopisenja",
        name="Kopi Senja",
        url="https://www.instagram.com/kopisenja/",
        limits={"posts_in_24_hours": 100},
        quota=Quota(97, 100, None),
    )


async def test_the_answer_may_stand_in_a_list(fake: Fake) -> None:
    fake.refuse["GET me"] = (200, {"data": [{"user_id": ME, "username": "kopisenja"}]})
    assert (await verify(fake, own())).remote_id == ME


async def test_what_the_token_lacks_is_told(fake: Fake) -> None:
    fake.add_comment(fake.add_post())
    no = (403, error(10, None, "Application does not have permission for this action"))
    fake.refuse |= {"GET me/conversations": no, f"GET {ME}/content_publishing_limit": no, f"GET {ME}/insights": no}
    found = await verify(fake, own())
    assert found.missing_scopes == (
        "instagram_business_content_publish",
        "instagram_business_manage_messages",
        "instagram_business_manage_insights",
    )
    assert found.quota is None
    fake.tokens |= {PAGE_TOKEN}
    fake.refuse.clear()
    assert "instagram_manage_comments" in (await verify(fake, by_page())).missing_scopes


# Tokens of sixty days


async def test_a_token_is_renewed_in_time_and_used_from_then_on(fake: Fake) -> None:
    credentials = own()
    await one(fake, "comments", credentials=credentials)
    assert fake.renewals == 0
    await one(fake, "comments", now=NOW + timedelta(days=1), credentials=credentials)
    assert fake.renewals == 1 and long_lived.of(credentials).access == RENEWED
    for day in range(2, 29):
        await one(fake, "comments", now=NOW + timedelta(days=day), credentials=credentials)
    assert fake.renewals == 1
    found = await verify(fake, credentials, NOW + timedelta(days=28))
    assert found.expires_at is not None and found.expires_at > NOW + timedelta(days=60)
    fake.refuse["GET refresh_access_token"] = (500, error(2))
    fake.calls.clear()
    for hour in (0, 1, 25):
        await one(fake, "comments", now=NOW + timedelta(days=40, hours=hour), credentials=credentials)
    # It goes on with the old one, and tries again a day later.
    assert fake.asked().count("refresh_access_token") == 2 and long_lived.of(credentials).access == RENEWED


async def test_an_answer_without_a_token_replaces_nothing(fake: Fake) -> None:
    credentials = own()
    await one(fake, "comments", credentials=credentials)
    for answer in ((200, {}), (200, {"access_token": ""}), (200, {"access_token": None}), (400, error(190))):
        fake.refuse["GET refresh_access_token"] = answer
        await one(fake, "comments", now=NOW + timedelta(days=5), credentials=credentials)
        assert long_lived.of(credentials).access == TOKEN


async def test_another_typed_token_takes_the_place_of_the_renewed_one(fake: Fake) -> None:
    credentials = own()
    await one(fake, "comments", credentials=credentials)
    await one(fake, "comments", now=NOW + timedelta(days=1), credentials=credentials)
    other = replace(credentials, token="typed-anew-by-the-owner")
    assert long_lived.of(other).access == "typed-anew-by-the-owner"
    fake.tokens = {"typed-anew-by-the-owner"}
    await one(fake, "comments", now=NOW + timedelta(days=2), credentials=other)
    assert long_lived.of(other).access == "typed-anew-by-the-owner"


async def test_two_jobs_renew_once(fake: Fake) -> None:
    credentials = own()
    await one(fake, "comments", credentials=credentials)
    later = NOW + timedelta(days=1)
    await asyncio.gather(
        *(one(fake, job, now=later, credentials=credentials) for job in ("comments", "tags", "messages"))
    )
    assert fake.renewals == 1


async def test_without_a_token_nobody_is_asked(fake: Fake) -> None:
    with pytest.raises(PlatformError, match="no token is set for the account kopi") as caught:
        await one(fake, "comments", credentials=replace(own(), token=""))
    assert caught.value.kind is ErrorKind.AUTH and fake.calls == []


# Figures


async def measure(fake: Fake, *ids: str) -> list[Measured]:
    async with Client(transport=fake.transport()) as client:
        return list(await Instagram().measure(own(), ids, client, NOW))


async def test_figures(fake: Fake) -> None:
    post = fake.add_post()
    fake.figures = {"views": 900, "reach": 700, "saved": 3, "likes": 41, "comments": 7, "shares": 2}
    found = await measure(fake, post["id"], "gone")
    assert {(figure.name, figure.value, figure.remote_id) for figure in found} == {
        ("followers", 1234, None), ("views", 900, post["id"]), ("reach", 700, post["id"]), ("saves", 3, post["id"]),
        ("likes", 41, post["id"]), ("replies", 7, post["id"]), ("shares", 2, post["id"]),
    }  # fmt: skip
    assert all(figure.at == NOW for figure in found)


async def test_a_post_without_insights_tells_likes_and_comments(fake: Fake) -> None:
    post = fake.add_post()
    fake.add_comment(post)
    found = await measure(fake, post["id"])
    assert {(figure.name, figure.value) for figure in found[1:]} == {("likes", 9), ("replies", 1)}


# The whole of it on a cursor that is not ours


@pytest.mark.parametrize("job", ["comments", "messages", "tags"])
@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"todo": 5, "me": [1, 2, 3]}', '{"counts": [], "waiting": ["a"]}'])
async def test_a_cursor_that_can_not_be_read_begins_anew(fake: Fake, job: str, cursor: str) -> None:
    fake.add_comment(fake.add_post())
    fake.add_message(fake.add_conversation(), "halo", 60)
    fake.add_tag("sore", 60)
    found, after, _notices = await run(fake, job, cursor)
    assert len(found) == 1 and after


async def test_the_token_never_stands_in_an_address(fake: Fake) -> None:
    fake.add_comment(fake.add_post())
    asked: list[httpx.URL] = []
    inner = fake.transport()

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return inner.handler(request)  # type: ignore[return-value]

    async with Client(transport=httpx.MockTransport(respond)) as client:
        await Instagram().pull(Pull("comments", own(), None, NOW), client)
    assert asked and not [url for url in asked if TOKEN in str(url)]


def test_times_are_utc() -> None:
    comment = {"id": "c1", "text": "", "timestamp": "2019-04-05T07:56:32+0000", "username": "rina"}
    found = read_comment(comment, account="kopi", me=US, media=POST)
    assert found.sent_at == datetime(2019, 4, 5, 7, 56, 32, tzinfo=UTC)
