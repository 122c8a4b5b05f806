"""Facebook pages: what comments become, and that a cursor neither loses them nor misses edits and deletions."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.facebook_page import FacebookPage
from smdash.platforms.facebook_push import FacebookPagePush
from smdash.platforms.facebook_records import read_comment, read_post
from smdash.platforms.items import Malformed

from .fake_graph import BASE, PAGE, START, TOKEN, Fake, at, error

NOW = START + timedelta(hours=9)
CREDENTIALS = Credentials("facebook_page", "kopi", BASE, TOKEN)
POST = f"{PAGE}_9"


def comment(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "9_1", "message": "Buka jam berapa?", "created_time": at(60), "from": {"id": "77", "name": "Rina"},
        "permalink_url": "https://www.facebook.com/x/1", "is_hidden": False,
    }  # fmt: skip
    return made | changes


def read(**changes: Any) -> IncomingMention:
    return read_comment(comment(**changes), account="kopi", me=PAGE, post_id=POST)


# Decoding


def test_a_plain_comment() -> None:
    assert read() == IncomingMention(
        platform="facebook_page",
        account="kopi",
        remote_id="9_1",
        kind=MentionKind.COMMENT,
        author_handle="77",
        author_name="Rina",
        body="Buka jam berapa?",
        url="https://www.facebook.com/x/1",
        sent_at=START + timedelta(minutes=1),
        thread_key="9_1",
        parent_id=POST,
    )


def test_answers_own_ones_hidden_ones_and_authors_that_are_not_told() -> None:
    below = read(parent={"id": "9_0", "from": {"id": "78"}})
    assert (below.kind, below.thread_key, below.parent_id) == (MentionKind.COMMENT, "9_0", "9_0")
    to_us = read(parent={"id": "9_0", "from": {"id": PAGE}})
    assert to_us.kind is MentionKind.REPLY
    assert read(**{"from": {"id": PAGE, "name": "Kopi Senja"}}).own
    assert read(is_hidden=True).deleted
    unknown, other = read(**{"from": None}), read(id="9_2", **{"from": None})
    assert unknown.author_name == other.author_name == "unknown person"
    assert unknown.author_handle != other.author_handle
    assert read(**{"from": {"id": "77"}}).author_name == "77"


def test_what_is_no_text_is_named() -> None:
    assert read(message="", attachment={"type": "photo"}).body == "[image]"
    assert read(message="Ini", attachment={"type": "sticker"}).body == "Ini\n\n[image]"
    assert read(message="", attachment={"type": "animated_image_share"}).body == "[video]"
    assert read(message="https://toko.example", attachment={"type": "share"}).body == "https://toko.example"
    post = {"id": "5_6", "created_time": at(0), "message": "Di @Kopi Senja", "attachments": {"data": [
        {"media_type": "photo"}, {"media_type": "video"}, "broken"]}}  # fmt: skip
    made = read_post(post, account="kopi", me=PAGE)
    assert (made.kind, made.body) == (MentionKind.MENTION, "Di @Kopi Senja\n\n[image]\n[video]")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": None}), ("id", {"id": ""}), ("id", {"id": "x" * 500}), ("id", {"id": "a\x1bb"}),
        ("created_time", {"created_time": None}), ("created_time", {"created_time": "yesterday"}),
    ],
)  # fmt: skip
def test_what_a_comment_can_not_be_without(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=f"^{field}$"):
        read(**changes)
    with pytest.raises(Malformed, match=r"^comment$"):
        read_comment("x", account="kopi", me=PAGE, post_id=POST)


def test_all_else_may_be_missing_or_strange_and_unknown_fields_are_let_be() -> None:
    for name in (*comment(), "parent", "attachment", "new_field"):
        if name in ("id", "created_time"):
            continue
        for value in (None, 5, "x", [], {}, [None, 5, "x"], True, {"id": 5}, {"id": None, "from": 5, "data": 5}):
            read(**{name: value})
    bare = read_comment({"id": 12, "created_time": 1_763_856_000}, account="kopi", me=PAGE, post_id=POST)
    assert (bare.remote_id, bare.body, bare.url) == ("12", "", None)


def test_hostile_text_comes_out_clean_and_visible() -> None:
    hostile = "\x1b]0;judul\x07\u202emerah\ud800\x00"
    made = read(message=hostile, permalink_url="javascript:alert(1)", **{"from": {"id": "77", "name": hostile}})
    assert made.url is None and "merah" in made.body and "merah" in made.author_name
    for text in (made.body, made.author_name):
        assert clean(text) == text and text.isprintable()
        text.encode()


# Pulling


async def drain(
    fake: Fake, cursor: str | None, *, job: str = "comments", now: datetime = NOW, most: int = 200
) -> tuple[list[IncomingMention], str]:
    found: list[IncomingMention] = []
    async with Client(transport=fake.transport()) as client:
        for _count in range(most):
            pulled = await FacebookPage().pull(Pull(job, CREDENTIALS, cursor, now), client)
            found += pulled.mentions
            assert pulled.cursor is not None and len(pulled.cursor) < 100_000
            cursor = pulled.cursor
            if not pulled.more:
                return found, cursor
    raise AssertionError("it asks for more without end")


def ids(found: list[IncomingMention]) -> set[str]:
    return {one.remote_id for one in found}


@pytest.mark.parametrize("seed", range(6))
async def test_no_comment_is_lost_however_many_come_and_wherever_the_service_is_restarted(seed: int) -> None:
    chance = random.Random(seed)
    fake = Fake(most=chance.choice([10, 25, 100]))
    posts = [fake.add_post(f"post {number}", seconds=number) for number in range(chance.choice([1, 20, 60]))]
    now, expected, found = NOW, set(), set()
    cursor: str | None = None
    for _round in range(6):
        for _count in range(chance.choice([0, 1, 30, 150])):
            post = chance.choice(posts[-25:])
            seconds = (now - START).total_seconds() - chance.random() * 300
            expected.add(fake.add_comment(post, seconds=seconds, who=str(chance.randrange(5)))["id"])
        async with Client(transport=fake.transport()) as client:
            for _count in range(300):
                pulled = await FacebookPage().pull(Pull("comments", CREDENTIALS, cursor, now), client)
                if chance.random() < 0.2:
                    continue  # the service dies before anything was written, and begins where it was
                found |= ids(list(pulled.mentions))
                cursor = pulled.cursor
                if not pulled.more:
                    break
        now += timedelta(minutes=2)
    assert found == expected


async def test_the_first_sync_goes_back_a_week_and_later_ones_no_further() -> None:
    fake = Fake()
    week = 7 * 86_400
    post = fake.add_post(seconds=-20 * 86_400)
    old = fake.add_comment(post, seconds=9 * 3600 - week - 60)
    new = fake.add_comment(post, seconds=9 * 3600 - week + 60)
    ancient = fake.add_post(seconds=-90 * 86_400)
    fake.add_comment(ancient, seconds=60)
    found, cursor = await drain(fake, None)
    assert new["id"] in ids(found) and old["id"] not in ids(found)
    found, cursor = await drain(fake, cursor, now=NOW + timedelta(minutes=2))
    assert old["id"] not in ids(found)


async def test_older_posts_are_looked_through_once_an_hour() -> None:
    fake = Fake()
    posts = [fake.add_post(seconds=number) for number in range(60)]
    _found, cursor = await drain(fake, None)
    late = fake.add_comment(posts[0], seconds=9 * 3600 + 60)
    found, cursor = await drain(fake, cursor, now=NOW + timedelta(minutes=2))
    assert late["id"] not in ids(found)
    before = len(fake.calls)
    found, cursor = await drain(fake, cursor, now=NOW + timedelta(minutes=61))
    assert late["id"] in ids(found) and len(fake.calls) - before == 3
    before = len(fake.calls)
    await drain(fake, cursor, now=NOW + timedelta(minutes=63))
    assert len(fake.calls) - before == 1


async def test_edits_hides_and_deletions_are_followed_as_far_as_they_are_told() -> None:
    fake = Fake()
    post = fake.add_post()
    edited, hidden, gone, stays = (fake.add_comment(post, seconds=number) for number in (10, 20, 30, 40))
    _found, cursor = await drain(fake, None)
    post["_comments"][0]["message"] = "Sudah saya ubah"
    post["_comments"][1]["is_hidden"] = True
    del post["_comments"][2]
    found, cursor = await drain(fake, cursor)
    by_id = {one.remote_id: one for one in found}
    assert by_id[edited["id"]].body == "Sudah saya ubah"
    assert by_id[hidden["id"]].deleted and by_id[gone["id"]].deleted and not by_id[stays["id"]].deleted
    assert (by_id[gone["id"]].author_handle, by_id[gone["id"]].author_name) == ("77", "Rina")
    asked = [path for _method, path, _more in fake.calls].count(gone["id"])
    found, cursor = await drain(fake, cursor)
    assert gone["id"] not in ids(found)
    assert [path for _method, path, _more in fake.calls].count(gone["id"]) == asked == 1


async def test_a_comment_that_only_left_the_newest_ones_is_not_taken_for_deleted() -> None:
    fake = Fake()
    post = fake.add_post()
    first = fake.add_comment(post, seconds=10)
    _found, cursor = await drain(fake, None)
    for number in range(40):
        fake.add_comment(post, seconds=100 + number)
    found, cursor = await drain(fake, cursor)
    assert not any(one.deleted for one in found)
    assert first["id"] not in {path for _method, path, _more in fake.calls}
    # And one that is withheld from the list, but there, isn't either.
    withheld = post["_comments"].pop()
    fake.refuse[f"GET {withheld['id']}"] = 200, {"id": withheld["id"]}
    found, cursor = await drain(fake, cursor)
    assert not any(one.deleted for one in found)


async def test_own_answers_come_as_own_and_below_what_they_answer() -> None:
    fake = Fake()
    post = fake.add_post()
    asked = fake.add_comment(post, seconds=10)
    fake.add_comment(post, "Jam 8", seconds=20, who=PAGE, parent={"id": asked["id"], "from": {"id": "77"}})
    found, _cursor = await drain(fake, None)
    own = next(one for one in found if one.own)
    assert (own.parent_id, own.thread_key) == (asked["id"], asked["id"])


async def test_authors_are_not_told_without_review_and_everything_else_is_read() -> None:
    fake = Fake(anonymous=True)
    fake.add_comment(fake.add_post(), "Enak", seconds=10)
    (found,), _cursor = await drain(fake, None)
    assert (found.author_name, found.body) == ("unknown person", "Enak")


async def test_a_token_that_dies_in_the_middle_loses_nothing() -> None:
    fake = Fake(most=10)
    posts = [fake.add_post(seconds=number) for number in range(30)]
    expected = {fake.add_comment(post, seconds=100)["id"] for post in posts}
    cursor: str | None = None
    found: set[str] = set()
    async with Client(transport=fake.transport()) as client:
        pulled = await FacebookPage().pull(Pull("comments", CREDENTIALS, cursor, NOW), client)
        found, cursor = ids(list(pulled.mentions)), pulled.cursor
        assert pulled.more
        tokens, fake.tokens = fake.tokens, {}
        with pytest.raises(PlatformError) as caught:
            await FacebookPage().pull(Pull("comments", CREDENTIALS, cursor, NOW), client)
        assert caught.value.kind is ErrorKind.AUTH
        fake.tokens = tokens
    more, cursor = await drain(fake, cursor)
    assert found | ids(more) == expected


async def test_a_cursor_that_is_too_old_begins_the_round_anew() -> None:
    fake = Fake(most=10)
    posts = [fake.add_post(seconds=number) for number in range(30)]
    expected = {fake.add_comment(post, seconds=100)["id"] for post in posts}
    async with Client(transport=fake.transport()) as client:
        pulled = await FacebookPage().pull(Pull("comments", CREDENTIALS, None, NOW), client)
        fake.refuse[f"GET {PAGE}/published_posts"] = 400, error(100, None, "Invalid cursors values")
        again = await FacebookPage().pull(Pull("comments", CREDENTIALS, pulled.cursor, NOW), client)
        assert not again.more
        with pytest.raises(PlatformError):
            await FacebookPage().pull(Pull("comments", CREDENTIALS, again.cursor, NOW), client)
    del fake.refuse[f"GET {PAGE}/published_posts"]
    found, _cursor = await drain(fake, again.cursor)
    assert ids(found) == expected


async def test_a_post_that_is_deleted_while_its_comments_are_read_holds_up_nothing() -> None:
    fake = Fake()
    kept, doomed = fake.add_post(seconds=1), fake.add_post(seconds=2)
    for number in range(60):
        fake.add_comment(doomed, seconds=number)
        fake.add_comment(kept, seconds=number)
    fake.refuse[f"GET {doomed['id']}/comments"] = 400, error(100, 33)
    found, cursor = await drain(fake, None)
    assert {one["id"] for one in kept["_comments"]} <= ids(found)
    assert (await drain(fake, cursor))[1]


async def test_the_end_of_the_quota_is_kept() -> None:
    fake = Fake(headers={"X-App-Usage": '{"call_count": 100, "total_time": 5, "total_cputime": 5}'})
    fake.add_post()
    async with Client(transport=fake.transport()) as client:
        pulled = await FacebookPage().pull(Pull("comments", CREDENTIALS, None, NOW), client)
    assert pulled.quota is not None and (pulled.quota.left, pulled.quota.limit) == (0, 100)
    assert pulled.not_before == NOW + timedelta(minutes=15)


_MINE = '{"me": "' + PAGE + '", '


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "{",
        "[]",
        '{"me": 5}',
        _MINE + '"known": [5], "waiting": {"a": 1}, "begun": "x"}',
        _MINE + '"known": {"p": {"c": [1, 2]}}, "waiting": [{"post": 5}, 7], "seen": -1, "after": 9}',
    ],
)
async def test_a_cursor_that_can_not_be_read_starts_anew(cursor: str) -> None:
    fake = Fake()
    made = fake.add_comment(fake.add_post(), seconds=10)
    assert ids((await drain(fake, cursor))[0]) == {made["id"]}


async def test_odd_items_are_skipped_and_counted_and_good_ones_kept() -> None:
    fake = Fake()
    post = fake.add_post()
    good = fake.add_comment(post, seconds=10)
    post["_comments"] += [{"id": "9_9"}, {"created_time": at(5), "id": ""}]
    fake.posts.insert(0, {"id": None, "_comments": []})
    async with Client(transport=fake.transport()) as client:
        pulled: Pulled = await FacebookPage().pull(Pull("comments", CREDENTIALS, None, NOW), client)
    assert ids(list(pulled.mentions)) == {good["id"]}
    assert pulled.notice == "3 items were skipped: created_time, id missing or malformed"


# Tags


def tag(number: int, seconds: float, **changes: Any) -> dict[str, Any]:
    return {"id": f"5_{number}", "message": f"Di Kopi Senja {number}", "created_time": at(seconds)} | changes


async def test_tags_are_read_as_far_as_the_last_round_and_no_further() -> None:
    fake = Fake(most=50)
    fake.tagged = [tag(number, 3600 * 8 - number) for number in range(120)]
    found, cursor = await drain(fake, None, job="tags")
    assert ids(found) == {f"5_{number}" for number in range(120)}
    later = NOW + timedelta(hours=12)
    fake.tagged.insert(0, tag(500, 3600 * 20))
    before = len(fake.calls)
    found, cursor = await drain(fake, cursor, job="tags", now=later)
    assert "5_500" in ids(found) and len(fake.calls) - before == 2
    assert all(one.kind is MentionKind.MENTION and one.author_name == "unknown person" for one in found)


async def test_tags_and_comments_without_end_are_left_after_a_while() -> None:
    fake = Fake()
    fake.most = 1
    fake.tagged = [tag(number, 3600 * 8 - number) for number in range(120)]
    _found, cursor = await drain(fake, None, job="tags")
    assert len(fake.calls) < 30
    post = fake.add_post()
    for number in range(100):
        fake.add_comment(post, seconds=number)
    await drain(fake, None)
    assert cursor


# Who it is


async def test_verify_says_which_page_and_what_the_token_lacks() -> None:
    fake = Fake(scopes=["pages_manage_posts", "pages_read_engagement"], expires_at=int(NOW.timestamp()) + 86_400)
    async with Client(transport=fake.transport()) as client:
        found = await FacebookPage().verify(CREDENTIALS, client, NOW)
    assert (found.remote_id, found.handle, found.name) == (PAGE, "kopisenja", "Kopi Senja")
    assert found.missing_scopes == ("pages_manage_engagement", "pages_read_user_content", "read_insights")
    assert found.expires_at == NOW + timedelta(days=1) and found.url == "https://www.facebook.com/kopisenja"


async def test_verify_refuses_a_dead_token_and_one_that_is_no_page_s() -> None:
    system = replace(CREDENTIALS, token="system-user-token")
    fake = Fake(tokens={"system-user-token": "9", TOKEN: PAGE})
    async with Client(transport=fake.transport()) as client:
        with pytest.raises(PlatformError, match="say which page is meant"):
            await FacebookPage().verify(system, client, NOW)
        found = await FacebookPage().verify(replace(system, options={"page_id": PAGE}), client, NOW)
        assert found.remote_id == PAGE
        fake.tokens = {}
        with pytest.raises(PlatformError) as caught:
            await FacebookPage().verify(CREDENTIALS, client, NOW)
    assert caught.value.kind is ErrorKind.AUTH


# Figures


async def test_figures_of_the_page_and_its_posts() -> None:
    fake = Fake(insights={"page_media_view": 900, "post_clicks": {"link": 3, "photo": 4}})
    post = fake.add_post(
        shares={"count": 5}, reactions={"summary": {"total_count": 7}}, comments={"summary": {"total_count": 2}}
    )
    async with Client(transport=fake.transport()) as client:
        found = await FacebookPage().measure(CREDENTIALS, [post["id"], "gone"], client, NOW)
    told = {(one.name, one.remote_id): one.value for one in found}
    assert told == {
        ("followers", None): 1234, ("views", None): 900, ("shares", post["id"]): 5, ("likes", post["id"]): 7,
        ("replies", post["id"]): 2, ("clicks", post["id"]): 7,
    }  # fmt: skip
    assert all(one.at <= NOW for one in found)


# Pushes


def body(*changes: dict[str, Any], page: str = PAGE) -> bytes:
    import json

    entry = {"id": page, "time": 1_763_860_000, "changes": list(changes)}
    return json.dumps({"object": "page", "entry": [entry, 5, {"changes": []}]}).encode()


def feed(field: str = "feed", **value: Any) -> dict[str, Any]:
    made = {
        "item": "comment", "verb": "add", "comment_id": "9_1", "post_id": POST, "parent_id": POST,
        "from": {"id": "77", "name": "Rina"}, "message": "Buka jam berapa?", "created_time": 1_763_856_060,
    }  # fmt: skip
    return {"field": field, "value": made | value}


def pushed(*changes: dict[str, Any]) -> list[IncomingMention]:
    found = FacebookPagePush().read(body(*changes), datetime(2026, 11, 23, 1, tzinfo=UTC))
    assert all(one.account_id == PAGE and one.mention.account == "" for one in found)
    return [one.mention for one in found]


def test_a_pushed_comment_is_the_same_as_a_pulled_one() -> None:
    (made,) = pushed(feed())
    pulled = read(created_time="2025-11-23T00:01:00+0000")
    assert made._replace(account="kopi", url=pulled.url) == pulled
    (below,) = pushed(feed(parent_id="9_0"))
    assert (below.thread_key, below.parent_id) == ("9_0", "9_0")
    (shown,) = pushed(feed(message=None, photo="https://x.example/1.jpg"))
    assert shown.body == read(message="", attachment={"type": "photo"}).body


def test_edits_deletions_and_hides_are_pushed() -> None:
    (edited,) = pushed(feed(verb="edited", message="Sudah saya ubah"))
    assert edited.edited_at == datetime(2025, 11, 23, 1, 6, 40, tzinfo=UTC) and edited.body == "Sudah saya ubah"
    for verb in ("remove", "hide"):
        (gone,) = pushed(feed(verb=verb))
        assert gone.deleted and (gone.remote_id, gone.author_handle) == ("9_1", "77")
    assert not pushed(feed(verb="unhide"))[0].deleted


def test_posts_of_visitors_mentions_and_recommendations() -> None:
    (post,) = pushed(feed(item="status", comment_id=None, parent_id=None))
    assert (post.kind, post.remote_id, post.thread_key, post.parent_id) == (MentionKind.MENTION, POST, POST, None)
    (named,) = pushed(feed("mention", item="post", post_id="5_6", sender_id="88", sender_name="Dewi", **{"from": None}))
    assert (named.remote_id, named.author_name) == ("5_6", "Dewi")
    (review,) = pushed(
        {"field": "ratings", "value": {"item": "rating", "verb": "add", "open_graph_story_id": "o1", "reviewer_id": "9",
         "reviewer_name": "Sari", "review_text": "Enak", "recommendation_type": "POSITIVE", "created_time": 1_763_856_060}}
    )  # fmt: skip
    assert (review.kind, review.body) == (MentionKind.REVIEW, "[recommends the page]\n\nEnak")


def test_own_posts_reactions_and_odd_things_are_left_out() -> None:
    own = {"from": {"id": PAGE, "name": "Kopi Senja"}}
    assert pushed(feed(item="status", **own), feed(item="reaction"), feed(verb="mute"), feed(comment_id=None)) == []
    assert pushed(feed(**own))[0].own
    assert pushed({"field": "feed", "value": 5}, {"field": 5, "value": {}}, {"field": "ratings", "value": {}}) == []
    for name in feed()["value"]:
        for value in (None, 5, [], {}, True, "\ud800", "x" * 10_000):
            pushed(feed(**{name: value}))
    with pytest.raises(PlatformError):
        FacebookPagePush().read(b"[]", NOW)
    assert FacebookPagePush().read(b'{"object": "instagram", "entry": [{"id": "1"}]}', NOW) == []
