"""X, inwards: mentions, our own answers and messages once each, a budget that holds, tokens that rotate."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind, Quota
from smdash.platforms import sessions
from smdash.platforms.base import Credentials, MemoryVault, Pull, Pulled, Verified
from smdash.platforms.client import Client
from smdash.platforms.connect import Attempt, CodeFlow
from smdash.platforms.registry import find
from smdash.platforms.x import X
from smdash.platforms.x_records import full_text

from .fake_x import BASE, BUDI, CLOCK, ME, RINA, FakeX, refusal, stamp

NOW = CLOCK + timedelta(hours=1)


async def pull(fake: FakeX, cursor: str | None, job: str = "mentions", one: Credentials | None = None) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await X().pull(Pull(job, one or fake.credentials(), cursor, NOW), client)


async def walk(
    fake: FakeX, cursor: str | None = None, job: str = "mentions", one: Credentials | None = None, most: int = 30
) -> tuple[list[Any], str | None, list[Pulled]]:
    """As the service does: call for as long as there is more."""
    found, pulls = [], []
    for _turn in range(most):
        pulls.append(await pull(fake, cursor, job, one))
        found += pulls[-1].mentions
        cursor = pulls[-1].cursor
        if not pulls[-1].more:
            return found, cursor, pulls
    pytest.fail("the list never ended")


async def failed(fake: FakeX, cursor: str | None = None, job: str = "mentions", one: Credentials | None = None) -> PlatformError:  # fmt: skip
    with pytest.raises(PlatformError) as caught:
        await pull(fake, cursor, job, one)
    assert str(caught.value).isprintable() and "access-" not in str(caught.value)
    return caught.value


# What a mention is


async def test_a_mention_and_an_answer_are_read_whole() -> None:
    fake = FakeX()
    ours = fake.add("Panen raya di Gayo")
    asked = fake.add("Enak & murah? lihat kopi.id/menu @kopi", RINA)
    answer = fake.add("Jam <8> ya?", BUDI, ours["id"], attachments={"media_keys": ["3_1"]})
    found, _cursor, _pulls = await walk(fake)
    assert [one.remote_id for one in found] == [asked["id"], answer["id"]]
    first, second = found
    assert first.body == "Enak & murah? lihat http://kopi.id/menu @kopi"
    assert (first.kind, first.author_handle, first.author_name, first.followers) == (
        MentionKind.MENTION, "rina_s", "Rina", 1234,
    )  # fmt: skip
    assert first.url == f"https://x.com/rina_s/status/{asked['id']}" and first.sent_at == CLOCK + timedelta(seconds=1)
    assert (second.kind, second.parent_id, second.thread_key) == (MentionKind.REPLY, ours["id"], ours["id"])
    assert second.body == "Jam <8> ya?\n\n[image: Cangkir]" and not second.own


async def test_both_spellings_of_the_fields_are_read() -> None:
    fake = FakeX(renamed=True)
    ours = fake.add("Panen raya")
    fake.add("@kopi ya", RINA, ours["id"])
    (found,), _cursor, _pulls = await walk(fake)
    assert (found.parent_id, found.thread_key) == (ours["id"], ours["id"])


async def test_an_edit_is_the_same_mention_with_its_new_text() -> None:
    fake = FakeX()
    first = fake.add("@kopi buka jam brp", RINA)
    (before,), cursor, _pulls = await walk(fake)
    fake.add("@kopi buka jam berapa", RINA, id="77", edit_history_tweet_ids=[first["id"], "77"])
    (after,), _cursor, _pulls = await walk(fake, cursor)
    assert after.remote_id == before.remote_id == first["id"]
    assert after.body == "@kopi buka jam berapa" and after.edited_at is not None and before.edited_at is None
    assert after.url is not None and after.url.endswith("/77")


def test_a_long_post_is_read_to_its_end_and_media_links_are_left_out() -> None:
    note = {
        "text": "panjang https://t.co/a",
        "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://kopi.id/"}]},
    }
    assert full_text({"text": "panj…", "note_tweet": note}) == "panjang https://kopi.id/"
    media = {"urls": [{"url": "https://t.co/m", "expanded_url": "https://x.com/1/photo/1", "media_key": "3_1"}]}
    assert full_text({"text": "foto https://t.co/m", "entities": media}) == "foto"
    assert full_text({"text": 5, "entities": {"urls": [{"url": None}, "x"]}}) == ""


async def test_fields_of_other_types_and_fields_that_lack() -> None:
    fake = FakeX()
    for changes in (
        {"created_at": None}, {"created_at": "kemarin"}, {"author_id": {"a": 1}}, {"text_": 1}, {"id": None}, {"id": "a\nb"},
    ):  # fmt: skip
        fake.add("@kopi satu", RINA, **changes)
    fake.posts[3].pop("entities", None)
    odd = {
        "entities": 5,
        "attachments": [],
        "referenced_tweets": "x",
        "edit_history_tweet_ids": {},
        "conversation_id": 7,
    }
    fake.add("@kopi dua", "777", **odd, unknown={"deep": [1]})  # nobody comes along for this author
    found, cursor, pulls = await walk(fake)
    assert [(one.body, one.author_handle, one.thread_key) for one in found] == [("@kopi satu", "rina_s", found[0].remote_id), ("@kopi dua", "777", "7")]  # fmt: skip
    assert pulls[0].notice == "5 items were skipped: author_id, created_at, id missing or malformed"
    assert cursor is not None


# Cursors


async def test_only_what_is_new_is_asked_for() -> None:
    fake = FakeX()
    fake.add("@kopi satu", RINA)
    found, cursor, _pulls = await walk(fake)
    assert len(found) == 1
    fake.requests.clear()
    found, cursor, _pulls = await walk(fake, cursor)
    assert found == [] and len(fake.requests) == 1
    assert fake.requests[-1].url.params["since_id"] == fake.posts[0]["id"]
    fake.add("@kopi dua", RINA)
    found, cursor, _pulls = await walk(fake, cursor)
    assert [one.body for one in found] == ["@kopi dua"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 130), min_size=1, max_size=5), st.integers(0, 3))
def test_nothing_is_lost_and_nothing_comes_twice_under_restarts(batches: list[int], die: int) -> None:
    """The service dies before a page is kept now and then, and what comes in meanwhile waits for the next walk."""

    async def run() -> None:
        fake, cursor, seen = FakeX(), None, []
        one = fake.credentials()
        for turn, batch in enumerate(batches):
            for _count in range(batch):
                fake.add(f"@kopi {len(fake.posts)}", RINA)
            for step in range(40):
                made = await pull(fake, cursor, one=one)
                if step == die and turn % 2:
                    fake.add(f"@kopi {len(fake.posts)}", RINA)
                    continue  # died before it was written down: the same call again
                seen += [mention.remote_id for mention in made.mentions]
                cursor = made.cursor
                if not made.more:
                    break
        found, cursor, _pulls = await walk(fake, cursor, one=one)
        seen += [mention.remote_id for mention in found]
        assert sorted(seen) == sorted(post["id"] for post in fake.posts)

    asyncio.run(run())


async def test_a_forgotten_page_begins_the_walk_anew() -> None:
    fake = FakeX()
    for _count in range(150):
        fake.add("@kopi", RINA)
    first = await pull(fake, None)
    assert first.more and first.cursor is not None
    fake.spoil = lambda request, made: (
        refusal(400, "invalid pagination token") if "mentions" in str(request.url) else made
    )
    again = await pull(fake, first.cursor, one=fake.credentials(MemoryVault()))
    assert not again.mentions and again.notice is not None and "invalid pagination token" in again.notice
    fake.spoil = lambda _request, made: made
    found, _cursor, _pulls = await walk(fake, again.cursor)
    assert len(found) == 150


async def test_a_first_sync_goes_back_a_week_and_ends() -> None:
    fake = FakeX(clock=CLOCK - timedelta(days=9))
    fake.add("@kopi lama", RINA)
    fake.clock = CLOCK
    for _count in range(450):
        fake.add("@kopi", RINA)
    found, cursor, pulls = await walk(fake)
    assert len(pulls) == 3 and len(found) == 300
    assert fake.requests[1].url.params["start_time"] == "2026-11-16T10:00:00Z"
    found, _cursor, _pulls = await walk(fake, cursor)
    assert found == []


@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"mark": 5, "used": "x", "pages": -1, "month": {}}', "[" * 9000])
async def test_a_cursor_that_is_none_begins_anew(cursor: str) -> None:
    fake = FakeX()
    fake.add("@kopi", RINA)
    found, _cursor, _pulls = await walk(fake, cursor)
    assert len(found) == 1


async def test_our_own_answers_are_ours_and_threads_are_no_answers() -> None:
    fake = FakeX()
    asked = fake.add("@kopi jam berapa?", RINA)
    fake.add("Jam 8", ME, asked["id"])
    root = fake.add("satu")
    fake.add("dua", ME, root["id"])
    (found,), _cursor, _pulls = await walk(fake, job="answers")
    assert (found.body, found.own, found.parent_id, found.author_handle) == ("Jam 8", True, asked["id"], "kopi")
    assert fake.requests[-1].url.params["exclude"] == "retweets"


# Messages


async def test_messages_come_once_and_few_are_asked_for() -> None:
    fake = FakeX()
    fake.say("Kak, pesanan saya?")
    fake.say("Sebentar ya", ME)
    found, cursor, _pulls = await walk(fake, job="messages")
    assert [(one.body, one.own, one.kind, one.thread_key) for one in found] == [
        ("Kak, pesanan saya?", False, MentionKind.DM, "dm:900-901"),
        ("Sebentar ya", True, MentionKind.DM, "dm:900-901"),
    ]
    assert found[1].parent_id == found[0].remote_id and found[0].author_handle == "rina_s"
    assert found[0].url == "https://x.com/messages/900-901"
    found, cursor, pulls = await walk(fake, cursor, "messages")
    assert found == [] and len(pulls) == 1
    assert fake.requests[-1].url.params["max_results"] == "10"
    for count in range(35):
        fake.say(f"halo {count}", conversation=f"900-90{count % 3}")
    found, cursor, _pulls = await walk(fake, cursor, "messages")
    assert sorted(one.body for one in found) == sorted(f"halo {count}" for count in range(35))


async def test_a_marked_message_that_was_deleted_does_not_bring_the_old_ones_again() -> None:
    fake = FakeX()
    for count in range(12):
        fake.say(f"halo {count}")
    _found, cursor, _pulls = await walk(fake, job="messages")
    fake.events.pop()
    fake.say("baru")
    found, _cursor, _pulls = await walk(fake, cursor, "messages")
    assert [one.body for one in found] == ["baru"]


async def test_a_token_without_the_right_to_messages_is_a_remark() -> None:
    fake = FakeX(
        spoil=lambda request, made: (
            refusal(403, "no", f"{BASE}/2/problems/client-forbidden") if "dm_events" in request.url.path else made
        )
    )
    made = await pull(fake, None, "messages")
    assert made.notice is not None and "may not read direct messages" in made.notice
    assert made.interval == timedelta(hours=6) and made.cursor is None


# What it costs


async def test_a_page_says_how_many_things_were_read_for_it() -> None:
    fake = FakeX()
    for _count in range(11):
        fake.add("@kopi", RINA)
    made = await pull(fake, None)
    # Eleven posts and their author.
    assert len(made.mentions) == 11 and made.spent == 12
    again = await pull(fake, made.cursor)
    assert again.spent == 1, "a call that brings nothing counts as one"


async def test_a_page_asks_for_no_more_than_the_budget_has_left() -> None:
    fake = FakeX()
    for left, asked in ((30, "30"), (2, "5"), (5_000, "100")):  # X takes no fewer than five
        async with Client(transport=fake.transport()) as client:
            await X().pull(Pull("mentions", fake.credentials(), None, NOW, left=left), client)
        assert fake.requests[-1].url.params["max_results"] == asked


async def test_who_we_are_is_asked_once() -> None:
    fake = FakeX()
    for job in ("mentions", "messages", "answers"):
        _found, cursor, _pulls = await walk(fake, job=job)
        await walk(fake, cursor, job)
    assert [path for _method, path in fake.asked()].count("/2/users/me") == 3


async def test_headers_of_the_limit_are_read() -> None:
    reset = str(int((NOW + timedelta(minutes=9)).timestamp()))
    fake = FakeX(headers={"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset})
    made = await pull(fake, None)
    assert made.quota == Quota(0, 300, NOW + timedelta(minutes=9)) and made.not_before == NOW + timedelta(minutes=9)


# Errors


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(401, "Unauthorized"), ErrorKind.AUTH, "does not accept the token"),
        (httpx.Response(400, json={"errors": [{"code": 89, "message": "Invalid or expired token"}]}), ErrorKind.AUTH, "expired"),
        (refusal(402, "CreditsDepleted"), ErrorKind.QUOTA, "used up"),
        (refusal(429, "cap", f"{BASE}/2/problems/usage-capped"), ErrorKind.QUOTA, "used up"),
        (refusal(429, "Too Many"), ErrorKind.RATE, "fewer calls"),
        (refusal(403, "no", f"{BASE}/2/problems/unsupported-authentication"), ErrorKind.AUTH, "not one of an app"),
        (refusal(403, "no", f"{BASE}/2/problems/client-forbidden"), ErrorKind.PERMISSION, "does not permit"),
        (refusal(403, "suspended", errors="x"), ErrorKind.PERMISSION, "suspended"),
        (refusal(404, "x", f"{BASE}/2/problems/resource-not-found"), ErrorKind.GONE, "does not have"),
        (refusal(503, "Over capacity"), ErrorKind.SERVER, "trouble"),
        (httpx.Response(200, json={"data": "x", "meta": {}}), ErrorKind.SERVER, "not as X does"),
        (httpx.Response(200, json={"data": []}), ErrorKind.SERVER, "not as X does"),
        (httpx.Response(200, json=[]), ErrorKind.SERVER, "not as X does"),
        (
            httpx.Response(200, json={"errors": [{"type": "x/not-authorized-for-resource", "detail": "protected"}]}),
            ErrorKind.PERMISSION, "protected",
        ),
        (httpx.Response(200, json={"data": [{}] * 1_001, "meta": {}}), ErrorKind.SERVER, "1001 items"),
    ],
)  # fmt: skip
async def test_errors_are_of_a_kind_and_say_so(answer: httpx.Response, kind: ErrorKind, words: str) -> None:
    fake = FakeX(spoil=lambda request, made: answer if "mentions" in request.url.path else made)
    error = await failed(fake, '{"mark": "5"}')
    assert error.kind is kind and words in str(error), str(error)


async def test_waits_that_x_asks_for() -> None:
    reset = str(int((NOW + timedelta(minutes=4)).timestamp()))
    fake = FakeX(spoil=lambda _request, _made: refusal(429, "x", x_rate_limit_reset=reset))
    assert (await failed(fake)).retry_at == NOW + timedelta(minutes=4)
    day = str(int((NOW + timedelta(hours=5)).timestamp()))
    daily = {"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": day}
    fake.spoil = lambda _request, _made: refusal(429, "x", **daily)
    error = await failed(fake)
    assert (error.kind, error.retry_at) == (ErrorKind.QUOTA, NOW + timedelta(hours=5))


# Tokens


async def test_a_token_that_ended_is_renewed_and_the_pair_is_kept_before_it_is_used() -> None:
    fake = FakeX(access="access-of-later")  # access-0 is not good any more
    vault = MemoryVault()
    one = fake.renewing(vault)
    seen: list[str | None] = []
    fake.spoil = lambda _request, made: (seen.append(vault.load()), made)[1]
    await pull(fake, None, one=one)
    assert fake.renewals == 1
    token = next(request for request in fake.requests if request.url.path == "/2/oauth2/token")
    form = parse_qs(token.content.decode())
    assert form == {"grant_type": ["refresh_token"], "refresh_token": ["refresh-0"]}
    assert token.headers["authorization"].startswith("Basic ") and "client_secret" not in form
    place = fake.requests.index(token)
    assert seen[place + 1] is not None and "refresh-1" in str(seen[place + 1]), "in the vault before the next call"
    await pull(fake, None, one=one)
    assert fake.renewals == 1


async def test_a_token_that_ends_soon_is_renewed_before_it_is_used() -> None:
    fake = FakeX(access="access-x")
    one = fake.renewing()
    await pull(fake, None, one=one)
    fake.requests.clear()
    async with Client(transport=fake.transport()) as client:
        await X().pull(Pull("mentions", one, None, NOW + timedelta(hours=1, minutes=59)), client)
    assert fake.asked()[0] == ("POST", "/2/oauth2/token") and fake.renewals == 2


async def test_jobs_at_once_renew_once() -> None:
    fake = FakeX(access="access-x")
    one = fake.renewing()
    async with Client(transport=fake.transport()) as client:
        await asyncio.gather(
            *(X().pull(Pull(job, one, None, NOW), client) for job in ("mentions", "messages", "answers"))
        )
    assert fake.renewals == 1


async def test_a_renewal_without_a_refresh_token_keeps_the_good_one() -> None:
    fake = FakeX(access="access-x")
    vault = MemoryVault()

    def bare(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        if request.url.path != "/2/oauth2/token":
            return made
        return httpx.Response(200, json={"access_token": fake.access, "expires_in": 7200})

    fake.spoil = bare
    await pull(fake, None, one=fake.renewing(vault))
    assert json.loads(vault.load() or "")["refresh"] == "refresh-0"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), ErrorKind.AUTH),
        (httpx.Response(401, json={"error": "invalid_client"}), ErrorKind.AUTH),
        (httpx.Response(503), ErrorKind.SERVER),
        (httpx.Response(200, json={}), ErrorKind.SERVER),
        (httpx.Response(200, json={"access_token": None, "refresh_token": ""}), ErrorKind.SERVER),
        (httpx.ReadTimeout("no answer"), ErrorKind.NETWORK),
    ],
)
async def test_a_renewal_that_fails_spoils_nothing(answer: httpx.Response | Exception, kind: ErrorKind) -> None:
    fake = FakeX(access="access-x")
    vault = MemoryVault()
    one = fake.renewing(vault)
    before = vault.load()
    fake.spoil = lambda request, made: answer if request.url.path == "/2/oauth2/token" else made
    error = await failed(fake, one=one)
    assert error.kind is kind
    assert "refresh-0" not in str(error) and "geheim" not in str(error)
    assert vault.load() == before, "nothing was put in the place of what is good"


async def test_without_a_refresh_token_a_dead_token_needs_a_person() -> None:
    fake = FakeX(access="access-x")
    error = await failed(fake)
    assert (error.kind, error.needs_person) == (ErrorKind.AUTH, True)


# Connecting and checking


async def verify(fake: FakeX, one: Credentials) -> Verified:
    async with Client(transport=fake.transport()) as client:
        return await X().verify(one, client, NOW)


async def test_verify_says_whose_it_is() -> None:
    fake = FakeX()
    found = await verify(fake, fake.credentials())
    assert (found.remote_id, found.handle, found.name, found.url) == (ME, "kopi", "Kopi Senja", "https://x.com/kopi")
    assert found.missing_scopes == () and found.expires_at is None
    fake.spoil = lambda request, made: refusal(403) if "dm_events" in request.url.path else made
    assert (await verify(fake, fake.credentials())).missing_scopes == ("dm.read",)


async def test_verify_knows_the_scopes_that_a_renewal_told() -> None:
    fake = FakeX(access="access-x", scopes="tweet.read tweet.write users.read offline.access")
    one = fake.renewing()
    found = await verify(fake, one)
    assert found.missing_scopes == (
        "tweet.moderate.write",
        "like.read",
        "like.write",
        "media.write",
        "dm.read",
        "dm.write",
    )
    assert found.expires_at is None, "it is renewed by itself"


async def test_connecting_by_a_pasted_code() -> None:
    flow = find("x").connect
    assert flow is not None
    connector, attempt = flow(), Attempt()
    assert isinstance(connector, CodeFlow)
    fake = FakeX(scopes="tweet.read dm.read")
    one = Credentials("x", "kopi", BASE, options={"client_id": "app-1"})
    async with Client(transport=fake.transport()) as client:
        opened = await connector.authorize_url(one, attempt, client, NOW)
        asked = parse_qs(urlsplit(opened.url).query)
        assert asked["code_challenge"] == [attempt.challenge] and asked["state"] == [attempt.state]
        assert attempt.verifier not in opened.url and "offline.access" in asked["scope"][0]
        assert asked["redirect_uri"] == ["http://127.0.0.1:8765/"] and not fake.requests
        grant = await connector.exchange(one, attempt, opened, "kode-1", client, NOW)
        tokens = sessions.load(grant.session)
        assert tokens is not None and (tokens.access, tokens.refresh) == ("access-1", "refresh-1")
        assert tokens.expires_at == NOW + timedelta(hours=2) and grant.scopes == ("tweet.read", "dm.read")
        form = parse_qs(fake.requests[0].content.decode())
        assert form["client_id"] == ["app-1"] and form["code_verifier"] == [attempt.verifier]
        vault = MemoryVault()
        vault.save(grant.session)
        assert (await X().verify(replace(one, vault=vault), client, NOW)).handle == "kopi"
        with pytest.raises(PlatformError, match="invalid"):
            await connector.exchange(one, attempt, opened, "lain", client, NOW)
        with pytest.raises(PlatformError, match="client_id"):
            await connector.authorize_url(Credentials("x", "kopi", BASE), attempt, client, NOW)


# Figures


@pytest.mark.parametrize("renamed", [False, True])
async def test_figures(renamed: bool) -> None:
    fake = FakeX(clock=CLOCK - timedelta(days=40), renamed=renamed)
    old = fake.add("lama")["id"]
    fake.clock = CLOCK
    new = fake.add("baru")["id"]
    async with Client(transport=fake.transport()) as client:
        found = await X().measure(fake.credentials(), [old, new, "404", new], client, NOW)
    figures = {(one.remote_id, one.name): one.value for one in found}
    assert figures[(None, "followers")] == 1234
    assert figures[(new, "clicks")] == 7 and (old, "clicks") not in figures
    for post in (old, new):
        names = ("likes", "shares", "replies", "quotes", "saves", "views")
        assert [figures[(post, name)] for name in names] == [3, 2, 1, 0, 4, 90]
    assert all(one.at == NOW for one in found) and stamp(NOW)
