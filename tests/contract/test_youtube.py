"""YouTube: comments in, with their edits and deletions, by cursors that lose nothing; units, tokens, figures."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms import sessions, youtube_units
from smdash.platforms.base import Credentials, Measured, MemoryVault, Pull, Pulled, Verified
from smdash.platforms.client import Client
from smdash.platforms.youtube import YouTube
from smdash.platforms.youtube_calls import FORCE_SSL, UPLOAD

from .fake_youtube import BUDI, ME, RINA, FakeYouTube, error

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=7)


def credentials(**changes: Any) -> Credentials:
    fields: dict[str, Any] = {"vault": MemoryVault(), "token": "access-1"} | changes
    return Credentials("youtube", "kopi", **fields)


def by_client(refresh: str = "refresh-token-1", secret: str = "the-client-secret", **options: str) -> Credentials:
    return credentials(token=refresh, options={"client_id": "the-client", **options}, secrets={"client_secret": secret})


@pytest.fixture
def fake() -> FakeYouTube:
    return FakeYouTube(NOW)


async def once(
    fake: FakeYouTube, who: Credentials, cursor: str | None = None, now: datetime = NOW, job: str = "comments"
) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await YouTube().pull(Pull(job, who, cursor, now), client)


async def run(
    fake: FakeYouTube,
    who: Credentials,
    cursor: str | None = None,
    now: datetime = NOW,
    job: str = "comments",
    between: Callable[[], None] = lambda: None,
) -> tuple[list[IncomingMention], str | None]:
    """As the service does, with a restart after each call."""
    found: list[IncomingMention] = []
    for _turn in range(200):
        pulled = await once(fake, who, cursor, now, job)
        found += pulled.mentions
        cursor = pulled.cursor
        if not pulled.more:
            return found, cursor
        between()
    pytest.fail("it never ended")


async def refused(fake: FakeYouTube, who: Credentials, cursor: str | None = None, now: datetime = NOW) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await run(fake, who, cursor, now)
    return caught.value


async def test_what_a_comment_becomes(fake: FakeYouTube) -> None:
    asked = fake.thread(RINA, "Kak, buka jam berapa?", 50)
    fake.answer_to(asked, ME, "Jam 8 pagi!", 40)
    fake.answer_to(asked, BUDI, "Terima kasih", 30)
    fake.thread(BUDI, "dari tahun lalu", 60 * 24 * 300)
    found, _cursor = await run(fake, credentials())
    first, ours, thanks = found
    assert first == IncomingMention(
        platform="youtube",
        account="kopi",
        remote_id="Ug0001",
        kind=MentionKind.COMMENT,
        author_handle="rina",
        author_name="@rina",
        body="Kak, buka jam berapa?",
        url="https://www.youtube.com/watch?v=vid1&lc=Ug0001",
        sent_at=NOW - timedelta(minutes=50),
        thread_key="Ug0001",
    )
    assert ours.own and ours.parent_id == "Ug0001" and ours.kind is MentionKind.REPLY
    assert not thanks.own and thanks.parent_id == thanks.thread_key == "Ug0001"
    assert fake.calls == ["GET /channels", "GET /commentThreads"]


async def test_an_answer_of_ours_belongs_to_the_last_word_of_somebody_else(fake: FakeYouTube) -> None:
    asked = fake.thread(RINA, "Ada decaf?", 50)
    second = fake.answer_to(asked, BUDI, "Saya juga mau tahu", 40)
    ours = fake.answer_to(asked, ME, "Ada!", 30)
    found, _cursor = await run(fake, credentials())
    assert {one.remote_id: one.parent_id for one in found}[ours.id] == second.id


@pytest.mark.parametrize("page", [1, 2, 3, 100])
async def test_nothing_is_lost_while_comments_come_in(fake: FakeYouTube, page: int) -> None:
    fake.page = page
    dice = random.Random(page)
    for number in range(30):
        fake.thread(RINA, f"halo {number}", 3 + 60 * number)
    cursor, seen, who, turn = None, set[str](), credentials(), 0

    def arrive() -> None:
        if dice.random() < 0.3:
            fake.thread(BUDI, f"baru {len(fake.threads)}", -5 * turn - dice.random())

    for turn in range(8):
        found, cursor = await run(fake, who, cursor, NOW + timedelta(minutes=5 * turn), between=arrive)
        seen |= {one.remote_id for one in found}
        fake.thread(RINA, f"antara {turn}", -5 * turn - 1)
    found, _cursor = await run(fake, who, cursor, NOW + timedelta(hours=1))
    assert seen | {one.remote_id for one in found} == {one.id for one in fake.threads}


async def test_a_run_that_is_repeated_brings_the_same_records(fake: FakeYouTube) -> None:
    fake.page = 2
    for number in range(7):
        fake.thread(RINA, f"halo {number}", 10 * number + 1)
    one, _cursor = await run(fake, credentials())
    two, cursor = await run(fake, credentials())
    assert one == two and len({mention.remote_id for mention in one}) == 7
    again, _cursor = await run(fake, credentials(), cursor)
    assert set(again) <= set(one)


async def test_answers_that_the_thread_does_not_show_are_asked_for_once(fake: FakeYouTube) -> None:
    fake.page = 4
    asked = fake.thread(RINA, "Siapa mau kopi?", 50)
    for number in range(9):
        fake.answer_to(asked, BUDI, f"saya {number}", 40 - number)
    who = credentials()
    found, cursor = await run(fake, who)
    assert {one.remote_id for one in found} == {one.id for one in fake.every()}
    before = len(fake.requests)
    await run(fake, who, cursor, NOW + timedelta(minutes=5))
    assert fake.calls[before:] == ["GET /commentThreads"]
    fake.answer_to(asked, RINA, "satu lagi", -6)
    found, cursor = await run(fake, who, cursor, NOW + timedelta(minutes=10))
    assert "satu lagi" in {one.body for one in found}


async def test_an_edit_is_followed(fake: FakeYouTube) -> None:
    old = fake.thread(RINA, "Enak", 60 * 24)
    fake.thread(BUDI, "Enak sekali", 5)
    who = credentials()
    _found, cursor = await run(fake, who)
    old.text, old.updated = "Tidak enak", NOW + timedelta(hours=1)
    found, _cursor = await run(fake, who, cursor, LATER)
    edited = next(one for one in found if one.remote_id == old.id)
    assert (edited.body, edited.edited_at) == ("Tidak enak", NOW + timedelta(hours=1))


async def test_what_was_taken_away_is_looked_for_and_then_deleted(fake: FakeYouTube) -> None:
    kept, gone, other = (fake.thread(RINA, text, ago) for text, ago in (("a", 5), ("b", 10), ("c", 20)))
    below = fake.answer_to(other, BUDI, "d", 15)
    who = credentials()
    _found, cursor = await run(fake, who)
    fake.threads.remove(gone)
    other.replies.remove(below)
    found, cursor = await run(fake, who, cursor, LATER)
    assert {one.remote_id for one in found if one.deleted} == {gone.id, below.id}
    assert all(one.body == "[deleted]" for one in found if one.deleted)
    assert kept.id in {one.remote_id for one in found if not one.deleted}
    found, _cursor = await run(fake, who, cursor, LATER + timedelta(hours=7))
    assert not [one for one in found if one.deleted]


async def test_what_is_only_held_back_is_not_deleted(fake: FakeYouTube) -> None:
    fake.thread(RINA, "a", 5)
    held = fake.thread(RINA, "b", 10)
    who = credentials()
    _found, cursor = await run(fake, who)
    held.status = "heldForReview"
    found, _cursor = await run(fake, who, cursor, LATER)
    assert not [one for one in found if one.deleted]


async def test_an_answer_to_an_old_thread_is_found_within_hours(fake: FakeYouTube) -> None:
    fake.page = 2
    old = fake.thread(RINA, "lama", 60 * 24 * 6)
    for number in range(6):
        fake.thread(BUDI, f"baru {number}", 60 * number + 1)
    who = credentials()
    _found, cursor = await run(fake, who)
    fake.answer_to(old, BUDI, "jawaban terlambat", -1)
    found, cursor = await run(fake, who, cursor, NOW + timedelta(minutes=5))
    assert "jawaban terlambat" not in {one.body for one in found}
    found, _cursor = await run(fake, who, cursor, LATER)
    assert "jawaban terlambat" in {one.body for one in found}


async def test_what_waits_for_review(fake: FakeYouTube) -> None:
    fake.page = 1
    fake.thread(RINA, "terbit", 1)
    for number in range(2):
        fake.thread(RINA, f"ditahan {number}", 2 + number, "heldForReview")
    spam = fake.thread(BUDI, "murah!!!", 9, "likelySpam")
    who = credentials()
    found, cursor = await run(fake, who, job="held")
    assert [one.body for one in found] == [
        "[held for review] ditahan 0",
        "[held for review] ditahan 1",
        "[likely spam] murah!!!",
    ]
    spam.status = "published"
    found, _cursor = await run(fake, who, cursor, job="held")
    assert len(found) == 2
    found, _cursor = await run(fake, who)
    assert "murah!!!" in {one.body for one in found}


async def test_a_thread_that_goes_while_its_answers_are_read_holds_up_nothing(fake: FakeYouTube) -> None:
    gone, kept = fake.thread(RINA, "a", 60), fake.thread(RINA, "b", 50)
    for one in (gone, kept):
        for number in range(7):
            fake.answer_to(one, BUDI, f"{one.text} {number}", 40 - number)
    who = credentials()
    pulled = await once(fake, who)
    fake.threads.remove(gone)
    fake.spoil = lambda request: (
        error(404, "commentNotFound") if request.url.params.get("parentId") == gone.id else None
    )
    found, _cursor = await run(fake, who, pulled.cursor)
    assert {one.remote_id for one in found if not one.deleted} == {one.id for one in kept.replies}
    assert gone.id in {one.remote_id for one in found if one.deleted}


@pytest.mark.parametrize("job", ["comments", "held"])
async def test_a_page_that_is_not_there_any_more_begins_the_list_anew(fake: FakeYouTube, job: str) -> None:
    fake.page = 2
    for number in range(6):
        fake.thread(RINA, f"halo {number}", number + 1, "published" if job == "comments" else "heldForReview")
    who = credentials()
    pulled = await once(fake, who, job=job)
    fake.spoil = lambda request: error(400, "invalidPageToken") if "pageToken" in request.url.params else None
    broken = await once(fake, who, pulled.cursor, job=job)
    assert broken.notice is not None and "invalidPageToken" in broken.notice
    fake.spoil = lambda _request: None
    found, _cursor = await run(fake, who, broken.cursor, job=job)
    assert len({one.remote_id for one in found}) == 6


# Fields


def changed(fake: FakeYouTube, change: Callable[[dict[str, Any]], object]) -> None:
    """Have something done to each thread on its way."""
    plain = fake._thread

    def spoiled(one: Any) -> dict[str, Any]:
        found = plain(one)
        change(found)
        return found

    fake._thread = spoiled  # type: ignore[method-assign]


def top(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = item["snippet"]["topLevelComment"]["snippet"]
    return found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda item: item.pop("id"), "id"),
        (lambda item: item.update(id=7), "id"),
        (lambda item: item.update(snippet=[]), "snippet"),
        (lambda item: item["snippet"].pop("topLevelComment"), "snippet"),
        (lambda item: top(item).pop("publishedAt"), "publishedAt"),
        (lambda item: top(item).update(publishedAt="kemarin"), "publishedAt"),
        (lambda item: top(item).update(textDisplay=None), "textDisplay"),
        (lambda item: (top(item).pop("authorDisplayName"), top(item).pop("authorChannelId")), "authorDisplayName"),
    ],
)
async def test_what_lacks_a_field_is_left_out_and_said(
    fake: FakeYouTube, change: Callable[[dict[str, Any]], object], field: str
) -> None:
    fake.thread(RINA, "halo", 5)
    changed(fake, change)
    pulled = await once(fake, credentials())
    assert not pulled.mentions and pulled.notice == f"1 item was skipped: {field} missing or malformed"


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.update(future={"a": [1]}, replies="none"),
        lambda item: item["snippet"].pop("videoId"),
        lambda item: item["snippet"].update(totalReplyCount="many"),
        lambda item: top(item).update(updatedAt=5, authorChannelId=None, likeCount="x"),
        lambda item: top(item).pop("authorDisplayName"),
        lambda item: top(item).update(textOriginal=5),
    ],
)
async def test_what_is_not_needed_may_be_of_any_kind(
    fake: FakeYouTube, change: Callable[[dict[str, Any]], object]
) -> None:
    fake.thread(RINA, "halo", 5)
    changed(fake, change)
    pulled = await once(fake, credentials())
    assert [one.body for one in pulled.mentions] == ["halo"] and pulled.notice is None


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "[]", '{"me": 5, "known": [], "waiting": [1], "run": "x"}', "{" * 9]
)
async def test_a_cursor_that_can_not_be_read_starts_anew(fake: FakeYouTube, cursor: str) -> None:
    fake.thread(RINA, "halo", 5)
    assert [one.body for one in (await run(fake, credentials(), cursor))[0]] == ["halo"]


# Units


def test_midnight_in_california() -> None:
    for now, then in (
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 7, 59, tzinfo=UTC), datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),
        # Clocks there go forward on 8 March, and back on 1 November.
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), datetime(2026, 3, 9, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, tzinfo=UTC)),
    ):
        assert youtube_units.next_midnight(now) == then


async def test_units_are_counted_over_all_jobs_and_shown(fake: FakeYouTube) -> None:
    fake.thread(RINA, "halo", 5)
    who = credentials()
    first = await once(fake, who)
    assert first.quota is not None and first.not_before is None
    assert first.quota == (9_998, 10_000, datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    held = await once(fake, who, job="held")
    assert held.quota is not None and held.quota.left == 9_996
    tomorrow = await once(fake, who, first.cursor, NOW + timedelta(days=1))
    assert tomorrow.quota is not None and tomorrow.quota.left == 9_999


async def test_pulls_stop_before_what_deliveries_need(fake: FakeYouTube) -> None:
    fake.page = 1
    for number in range(9):
        fake.thread(RINA, f"halo {number}", number + 1)
    who = credentials(options={"daily_units": "1,004"})
    pulled = await once(fake, who)
    while pulled.more:
        pulled = await once(fake, who, pulled.cursor)
    assert pulled.not_before == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    before = len(fake.requests)
    caught = await refused(fake, who, pulled.cursor)
    assert (caught.kind, caught.retry_at) == (ErrorKind.QUOTA, datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert len(fake.requests) == before
    # What was not read is read on the next day.
    found, _cursor = await run(fake, replace(who, options={}), pulled.cursor, NOW + timedelta(days=1))
    assert {one.body for one in found} >= {f"halo {number}" for number in range(4, 9)}


async def test_youtube_s_own_word_ends_the_day(fake: FakeYouTube) -> None:
    who = credentials()
    fake.spoil = lambda _request: error(403, "quotaExceeded", "The request cannot be completed")
    caught = await refused(fake, who)
    assert (caught.kind, caught.retry_at) == (ErrorKind.QUOTA, datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    before = len(fake.requests)
    assert (await refused(fake, who)).kind is ErrorKind.QUOTA
    assert len(fake.requests) == before


ERRORS = [
    (401, "authError", ErrorKind.AUTH),
    (403, "accountDelegationForbidden", ErrorKind.AUTH),
    (400, "keyInvalid", ErrorKind.AUTH),
    (403, "someNewAuthTrouble", ErrorKind.AUTH),
    (403, "forbidden", ErrorKind.PERMISSION),
    (403, "insufficientPermissions", ErrorKind.PERMISSION),
    (403, "authenticatedUserAccountSuspended", ErrorKind.PERMISSION),
    (403, "rateLimitExceeded", ErrorKind.RATE),
    (403, "dailyLimitExceeded", ErrorKind.QUOTA),
    (403, "SERVICE_UNAVAILABLE", ErrorKind.PERMISSION),
    (404, "commentThreadNotFound", ErrorKind.GONE),
    (400, "invalidPageToken", ErrorKind.REJECTED),
    (403, "commentsDisabled", ErrorKind.REJECTED),
    (500, "backendError", ErrorKind.SERVER),
    (503, "", ErrorKind.SERVER),
]


@pytest.mark.parametrize(("status", "reason", "kind"), ERRORS)
async def test_what_an_error_means(fake: FakeYouTube, status: int, reason: str, kind: ErrorKind) -> None:
    fake.spoil = lambda _request: error(status, reason, "because \x1b[31mso")
    caught = await refused(fake, credentials())
    assert caught.kind is kind and str(caught).isprintable()


# Tokens


async def test_a_token_is_made_kept_and_made_anew(fake: FakeYouTube) -> None:
    who = by_client()
    await run(fake, who)
    await run(fake, who)
    assert fake.renewals == 1
    await run(fake, who, now=NOW + timedelta(minutes=59))
    assert fake.renewals == 2
    assert "refresh-token-1" not in repr(who) and "access" not in repr(who)


async def test_a_token_that_dies_in_the_middle_is_renewed_once(fake: FakeYouTube) -> None:
    fake.page = 1
    for number in range(4):
        fake.thread(RINA, f"halo {number}", number + 1)
    who = by_client()
    pulled = await once(fake, who)
    fake.access = "another"
    found, _cursor = await run(fake, who, pulled.cursor)
    assert fake.renewals == 2 and {one.body for one in found} == {"halo 1", "halo 2", "halo 3"}


async def test_a_new_refresh_token_takes_the_old_one_s_place(fake: FakeYouTube) -> None:
    who = by_client()
    fake.grant = {"refresh_token": "refresh-token-2", "refresh_token_expires_in": 604_800}
    await run(fake, who)
    fake.refresh, fake.grant = "refresh-token-2", {}
    await run(fake, who, now=NOW + timedelta(hours=2))
    held = sessions.load(who.vault.load())
    assert held is not None
    assert (held.refresh, held.refresh_expires_at) == ("refresh-token-2", datetime(2026, 11, 30, 9, tzinfo=UTC))
    # Another token in sync.toml counts at once.
    fake.refresh = "refresh-token-3"
    await run(fake, replace(by_client("refresh-token-3"), vault=who.vault))
    held = sessions.load(who.vault.load())
    assert held is not None and held.refresh == "refresh-token-3"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={}),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": None, "refresh_token": ""}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(500),
        httpx.Response(400, json={"error": "invalid_grant"}),
    ],
)
async def test_a_good_token_is_never_overwritten_with_nothing(fake: FakeYouTube, answer: httpx.Response) -> None:
    who = by_client()
    await run(fake, who)
    before = sessions.load(who.vault.load())
    fake.access = "another"
    fake.spoil = lambda request: answer if request.url.host == "oauth2.googleapis.com" else None
    caught = await refused(fake, who)
    assert caught.kind in (ErrorKind.AUTH, ErrorKind.SERVER)
    assert sessions.load(who.vault.load()) == before and before is not None


async def test_a_permission_that_ended_and_a_client_that_is_wrong(fake: FakeYouTube) -> None:
    caught = await refused(fake, by_client("gone-refresh-token"))
    assert caught.kind is ErrorKind.AUTH and "connect the account once more" in str(caught)
    assert "Token has been revoked." in str(caught)
    caught = await refused(fake, by_client(secret="another-secret"))
    assert caught.kind is ErrorKind.AUTH and "does not accept the app" in str(caught)


# Verify and figures


async def verified(fake: FakeYouTube, who: Credentials) -> Verified:
    async with Client(transport=fake.transport()) as client:
        return await YouTube().verify(who, client, NOW)


async def test_whose_it_is(fake: FakeYouTube) -> None:
    found = await verified(fake, credentials())
    assert (found.remote_id, found.handle, found.name) == (ME, "kopisenja", "Kopi Senja")
    assert found.url == "https://www.youtube.com/channel/UCkopi" and found.missing_scopes == ()
    assert found.quota is not None and found.quota.left == 9_999
    fake.grant = {"scope": "https://www.googleapis.com/auth/youtube.readonly", "refresh_token_expires_in": 604_800}
    found = await verified(fake, by_client())
    assert found.missing_scopes == (FORCE_SSL, UPLOAD)
    assert found.expires_at == NOW + timedelta(days=7)
    fake.grant = {"scope": FORCE_SSL}
    assert (await verified(fake, by_client())).missing_scopes == ()


async def test_a_login_without_a_channel(fake: FakeYouTube) -> None:
    fake.spoil = lambda _request: httpx.Response(200, json={"kind": "youtube#channelListResponse"})
    with pytest.raises(PlatformError) as caught:
        await verified(fake, credentials())
    assert caught.value.kind is ErrorKind.PERMISSION


async def test_figures(fake: FakeYouTube) -> None:
    from .fake_youtube import Video

    fake.videos = [Video(f"v{number}", {}, b"", NOW) for number in range(60)]
    ids = [one.id for one in fake.videos]
    async with Client(transport=fake.transport()) as client:
        found = await YouTube().measure(credentials(), [*ids, "gone"], client, NOW)
    assert found[:2] == [Measured("followers", 345, NOW), Measured("views", 1200, NOW)]
    assert len(found) == 2 + 3 * 60 and Measured("likes", 7, NOW, "v59") in found
    assert fake.calls.count("GET /videos") == 2
