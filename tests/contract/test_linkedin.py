"""LinkedIn, inwards: comments and notices once each, what is told of a page and its token, figures, its text format."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms import sessions
from smdash.platforms.base import Credentials, MemoryVault, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.connect import Attempt, CodeFlow
from smdash.platforms.linkedin import LinkedIn
from smdash.platforms.linkedin_calls import VERSION, comment_parts, sunset
from smdash.platforms.linkedin_text import is_same, little, plain
from smdash.platforms.registry import find

from .fake_linkedin import CLOCK, PAGE, RINA, FakeLinkedIn, ms, refusal, unescaped

NOW = CLOCK + timedelta(hours=1)


async def pull(
    fake: FakeLinkedIn, cursor: str | None, job: str = "comments", one: Credentials | None = None, now: datetime = NOW
) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await LinkedIn().pull(Pull(job, one or fake.credentials(), cursor, now), client)


async def walk(
    fake: FakeLinkedIn, cursor: str | None = None, job: str = "comments", now: datetime = NOW
) -> tuple[list[Any], str | None, list[Pulled]]:
    """As the service does: call for as long as there is more."""
    found, pulls = [], []
    for _turn in range(200):
        pulls.append(await pull(fake, cursor, job, now=now))
        found += pulls[-1].mentions
        cursor = pulls[-1].cursor
        if not pulls[-1].more:
            return found, cursor, pulls
    pytest.fail("the list never ended")


async def failed(fake: FakeLinkedIn, cursor: str | None = None, job: str = "comments", **options: str) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await pull(fake, cursor, job, fake.credentials(**options))
    assert str(caught.value).isprintable() and "token-1" not in str(caught.value)
    return caught.value


# Comments


async def test_comments_and_their_answers_are_read_whole() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    asked = fake.comment(post, "Buka jam berapa?")
    ours = fake.comment(post, "Jam 8", PAGE, asked["commentUrn"])
    fake.comment(post, "", content=[{"type": "IMAGE"}], actor="urn:li:organization:5")
    found, _cursor, _pulls = await walk(fake)
    by_id = {one.remote_id: one for one in found}
    first, answer = by_id[asked["commentUrn"]], by_id[ours["commentUrn"]]
    assert (first.kind, first.body, first.author_handle, first.author_name) == (
        MentionKind.COMMENT, "Buka jam berapa?", "rina01", "a member of LinkedIn",
    )  # fmt: skip
    assert (
        first.thread_key == first.remote_id
        and first.edited_at is None
        and first.sent_at == CLOCK + timedelta(seconds=1)
    )
    assert first.url is not None and first.url.startswith("https://www.linkedin.com/feed/update/urn:li:activity:")
    assert (answer.kind, answer.own, answer.parent_id, answer.thread_key) == (
        MentionKind.REPLY, True, first.remote_id, first.remote_id,
    )  # fmt: skip
    (other,) = [one for one in found if one.author_handle == "5"]
    assert (other.body, other.author_name) == ("[image]", "page 5 on LinkedIn")


async def test_only_posts_with_news_are_read_and_one_more_in_turn() -> None:
    fake = FakeLinkedIn()
    posts = [fake.post(f"satu {count}") for count in range(10)]
    for post in posts[:4]:
        fake.comment(post, "halo")
    _found, cursor, _pulls = await walk(fake)
    fake.requests.clear()
    fake.comment(posts[0], "lagi")
    found, cursor, _pulls = await walk(fake, cursor)
    read = [path for _method, path in fake.asked() if "/comments" in path]
    assert len(read) == 2 and "lagi" in {one.body for one in found}
    # Edits change no count: in four rounds each post is read once.
    fake.comments[2]["message"]["text"] = "diubah"
    fake.comments[2]["lastModified"]["time"] += 60_000
    seen: list[str] = []
    for _round in range(4):
        found, cursor, _pulls = await walk(fake, cursor)
        seen += [one.body for one in found if one.edited_at is not None]
    assert seen == ["diubah"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=4), st.integers(1, 5), st.booleans(), st.integers(0, 4))
def test_nothing_is_lost_under_restarts_small_pages_and_without_counts(
    batches: list[int], most: int, counts: bool, die: int
) -> None:
    async def run() -> None:
        fake, cursor, seen = FakeLinkedIn(most=most, counts=counts), None, set()
        posts = [fake.post(f"{count}") for count in range(3)]
        for turn, batch in enumerate(batches):
            for count in range(batch):
                above = fake.comments[-1] if fake.comments and count % 3 == 2 else None
                parent = above["commentUrn"] if above is not None and "parentComment" not in above else None
                post = posts[(turn + count) % 3]
                if parent is not None:
                    post = next(one for one in posts if one.rsplit(":", 1)[1] in parent)
                fake.comment(post, f"{turn} {count}", parent=parent)
            for step in range(150):
                made = await pull(fake, cursor)
                if step == die and turn % 2:
                    fake.comment(posts[0], "di tengah")
                    continue  # died before it was written down
                seen |= {mention.remote_id for mention in made.mentions}
                cursor = made.cursor
                if not made.more:
                    break
            else:
                pytest.fail("the round never ended")
        found, cursor, _pulls = await walk(fake, cursor)
        seen |= {mention.remote_id for mention in found}
        assert seen == {one["commentUrn"] for one in fake.comments}

    asyncio.run(run())


async def test_a_first_sync_leaves_old_comments_out_for_good() -> None:
    fake = FakeLinkedIn(clock=CLOCK - timedelta(days=20))
    post = fake.post()
    fake.comment(post, "lama")
    fake.clock = CLOCK
    fake.comment(post, "baru")
    found, cursor, _pulls = await walk(fake)
    assert [one.body for one in found] == ["baru"]
    fake.comment(post, "lagi")
    found, _cursor, _pulls = await walk(fake, cursor)
    assert [one.body for one in found] == ["baru", "lagi"]


async def test_a_post_that_is_gone_holds_up_no_other() -> None:
    fake = FakeLinkedIn()
    gone, there = fake.post("satu"), fake.post("dua")
    fake.comment(gone, "x")
    fake.comment(there, "y")
    fake.spoil = lambda request, made: refusal(404) if gone.rsplit(":", 1)[1] in request.url.path else made
    found, _cursor, _pulls = await walk(fake)
    assert [one.body for one in found] == ["y"]


async def test_fields_of_other_types_and_fields_that_lack() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    for changes in (
        {"message": None}, {"message": {"text": 5}}, {"actor": None}, {"created": {}}, {"created": {"time": "x"}},
        {"created": {"time": 1e300}}, {"commentUrn": None, "id": None}, {"commentUrn": "urn:li:comment:x", "object": 7, "id": "a b"},
    ):  # fmt: skip
        fake.comment(post, "x", **changes, **({"object": fake.comments[0]["object"]} if fake.comments else {}) if "object" not in changes else {})  # fmt: skip
    good = fake.comment(post, "baik", commentUrn=None, lastModified="x", content=5, likesSummary=[], unknown={"a": [1]})
    found, _cursor, pulls = await walk(fake)
    assert [one.body for one in found] == ["baik"]
    assert found[0].remote_id == f"urn:li:comment:({good['object']},{good['id']})"
    said = "; ".join(one.notice for one in pulls if one.notice)
    assert "actor, commentUrn, created.time, message.text missing or malformed" in said


@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"waiting": 5, "counts": [], "start": -1, "floor": 7}', "[" * 9000])
async def test_a_cursor_that_is_none_begins_anew(cursor: str) -> None:
    fake = FakeLinkedIn()
    fake.comment(fake.post(), "halo")
    for job in ("comments", "mentions"):
        await walk(fake, cursor, job)


async def test_a_list_of_posts_with_odd_entries_is_read_as_far_as_it_goes() -> None:
    fake = FakeLinkedIn()
    fake.comment(fake.post(), "halo")
    fake.posts += [{"id": None}, {"id": "a b"}]
    found, _cursor, pulls = await walk(fake)
    assert len(found) == 1 and pulls[0].notice == "2 items were skipped: id missing or malformed"


# Notices


async def test_a_post_that_names_the_page_is_a_mention() -> None:
    fake = FakeLinkedIn()
    share = {"entity": "urn:li:share:9001", "owner": RINA, "text": "Kopi dari Kopi Senja"}
    fake.note("SHARE_MENTION", generatedActivity="urn:li:activity:1", decoratedGeneratedActivity={"share": share})
    fake.note("LIKE")
    fake.note("SHARE_MENTION", sourcePost="urn:li:share:9002", decoratedSourcePost={"text": "lagi", "owner": PAGE})
    found, _cursor, _pulls = await walk(fake, job="mentions")
    assert [(one.remote_id, one.kind, one.body, one.own) for one in found] == [
        ("urn:li:share:9001", MentionKind.MENTION, "Kopi dari Kopi Senja", False),
        ("urn:li:share:9002", MentionKind.MENTION, "lagi", True),
    ]
    assert (
        found[0].author_handle == "rina01" and found[0].url == "https://www.linkedin.com/feed/update/urn:li:share:9001"
    )


async def test_a_noticed_comment_comes_out_as_the_other_job_reads_it() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    made = fake.comment(post, "Buka jam berapa?")
    fake.of_comment("COMMENT", made)
    found, _cursor, _pulls = await walk(fake, job="mentions")
    same, _cursor, _pulls = await walk(fake)
    assert found == same and len(found) == 1


async def test_edits_and_deletions_are_followed() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    made, other = fake.comment(post, "satu"), fake.comment(post, "dua")
    fake.of_comment("COMMENT", made)
    made["message"]["text"] = "satu lagi"
    made["lastModified"]["time"] += 60_000
    fake.of_comment("COMMENT_EDIT", made)
    fake.comments.remove(other)
    fake.of_comment("COMMENT", other)
    fake.of_comment("COMMENT_DELETE", other)
    found, _cursor, _pulls = await walk(fake, job="mentions")
    by_id = {one.remote_id: one for one in found}
    assert by_id[made["commentUrn"]].body == "satu lagi" and by_id[made["commentUrn"]].edited_at is not None
    assert by_id[other["commentUrn"]].deleted and not by_id[made["commentUrn"]].deleted


async def test_notices_come_in_pages_and_late_ones_are_not_lost() -> None:
    fake = FakeLinkedIn()
    for count in range(45):
        fake.note(
            "SHARE_MENTION", decoratedGeneratedActivity={"share": {"entity": f"urn:li:share:{count}", "text": "x"}}
        )
    found, cursor, pulls = await walk(fake, job="mentions")
    assert len({one.remote_id for one in found}) == 45 and len(pulls) == 3
    late = {"share": {"entity": "urn:li:share:999", "text": "x"}}
    fake.note("SHARE_MENTION", NOW - timedelta(minutes=5), decoratedGeneratedActivity=late)
    found, cursor, _pulls = await walk(fake, cursor, "mentions", NOW + timedelta(minutes=15))
    assert {one.remote_id for one in found} == {"urn:li:share:999"}
    found, _cursor, _pulls = await walk(fake, cursor, "mentions", NOW + timedelta(minutes=45))
    assert found == []


async def test_a_token_without_the_right_to_notices_is_a_remark() -> None:
    fake = FakeLinkedIn(
        spoil=lambda request, made: (
            refusal(403, "Not enough permissions", "ACCESS_DENIED") if "Notifications" in request.url.path else made
        )
    )
    made = await pull(fake, None, "mentions")
    assert made.notice is not None and "Not enough permissions" in made.notice and made.interval == timedelta(hours=6)


async def test_odd_notices_are_counted() -> None:
    fake = FakeLinkedIn()
    fake.note("SHARE_MENTION")
    fake.note("COMMENT", generatedActivity="urn:li:share:1")
    fake.note("COMMENT_DELETE", generatedActivity=5)
    fake.notes.append({"action": "SHARE_MENTION", "lastModifiedAt": ms(CLOCK), "generatedActivity": {"a": 1}})
    _found, _cursor, pulls = await walk(fake, job="mentions")
    assert pulls[0].notice == "4 items were skipped: generatedActivity missing or malformed"


# The page, the version, errors


async def test_the_only_page_is_found_and_asked_for_once() -> None:
    fake = FakeLinkedIn()
    for job in ("comments", "mentions"):
        _found, cursor, _pulls = await walk(fake, job=job)
        await walk(fake, cursor, job)
    assert [path for _method, path in fake.asked()].count("/rest/organizationAcls") == 2
    fake.requests.clear()
    await pull(fake, cursor, "comments", fake.credentials(organization="77"))
    assert "/rest/organizationAcls" not in {path for _method, path in fake.asked()}


async def test_which_page_has_to_be_said_where_there_are_several() -> None:
    fake = FakeLinkedIn(pages=[(PAGE, "ADMINISTRATOR"), ("urn:li:organization:78", "CONTENT_ADMIN")])
    error = await failed(fake)
    assert error.kind is ErrorKind.REJECTED
    assert str(error) == "the token manages 2 pages; set “organization” to the number of one: 77, 78"
    fake.pages = []
    assert "manages no page" in str(await failed(fake))
    assert "is no page" in str(await failed(fake, organization="urn:li:person:1"))


async def test_the_version_is_told_and_warned_of() -> None:
    fake = FakeLinkedIn()
    await pull(fake, None, one=fake.credentials(version="202609"))
    assert {request.headers["linkedin-version"] for request in fake.requests} == {"202609"}
    assert sunset("202601") == date(2027, 1, 15) and sunset("202512") == date(2026, 12, 15)
    near = await pull(fake, None, one=fake.credentials(version="202512"))
    assert near.notice is not None and "ends version 202512 of its API about 2026-12-15" in near.notice
    assert (await pull(fake, None)).notice is None or sunset(VERSION) - NOW.date() < timedelta(days=60)
    error = await failed(fake, version="2026-7")
    assert error.kind is ErrorKind.REJECTED and "version" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(401, "x", serviceErrorCode=65601), ErrorKind.AUTH, "took the token back"),
        (refusal(401, "x", serviceErrorCode=65602), ErrorKind.AUTH, "has expired"),
        (refusal(401, "Empty oauth2 access token"), ErrorKind.AUTH, "does not accept the token"),
        (refusal(403, "Not enough permissions", serviceErrorCode=100), ErrorKind.PERMISSION, "Not enough permissions"),
        (refusal(426, "Version Header is Deprecated"), ErrorKind.REJECTED, "update smdash"),
        (refusal(400, "x", "VERSION_MISSING"), ErrorKind.REJECTED, "update smdash"),
        (refusal(400, "x", "NONEXISTENT_VERSION"), ErrorKind.REJECTED, "update smdash"),
        (refusal(429, "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."), ErrorKind.QUOTA, "for a day"),
        (refusal(429, "slow down"), ErrorKind.RATE, "fewer calls"),
        (refusal(500, "x"), ErrorKind.SERVER, "trouble"),
        (httpx.Response(200, json={"elements": {}}), ErrorKind.SERVER, "not as LinkedIn does"),
        (httpx.Response(200, json=[]), ErrorKind.SERVER, "not as LinkedIn does"),
        (httpx.Response(200, json={"elements": [{}] * 1_001}), ErrorKind.SERVER, "1001 items"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("job", ["comments", "mentions"])
async def test_errors_are_of_a_kind_and_say_so(answer: httpx.Response, kind: ErrorKind, words: str, job: str) -> None:
    if job == "mentions" and kind is ErrorKind.PERMISSION:
        return  # a remark there
    fake = FakeLinkedIn(spoil=lambda _request, _made: answer)
    error = await failed(fake, None, job, organization="77")
    assert error.kind is kind and words in str(error), str(error)
    if kind is ErrorKind.QUOTA:
        assert error.retry_at == datetime(2026, 11, 24, tzinfo=UTC)


# Connecting and checking


async def test_verify_says_which_page_and_until_when() -> None:
    fake = FakeLinkedIn()
    async with Client(transport=fake.transport()) as client:
        found = await LinkedIn().verify(fake.credentials(), client, NOW)
        assert (found.remote_id, found.handle, found.name) == (PAGE, "kopi-senja", "Kopi Senja")
        assert found.url == "https://www.linkedin.com/company/kopi-senja" and found.expires_at is None
        assert found.missing_scopes == ()
        one = replace(fake.credentials(client_id="app"), secrets={"client_secret": "geheim"})
        found = await LinkedIn().verify(one, client, NOW)
        assert found.expires_at == CLOCK + timedelta(days=40)
        assert found.missing_scopes == ("rw_organization_admin",)
        fake.pages = [(PAGE, "CONTENT_ADMIN")]
        found = await LinkedIn().verify(fake.credentials(), client, NOW)
        assert found.missing_scopes == ("the role of an administrator",)
        with pytest.raises(PlatformError, match="no role for the page 5"):
            await LinkedIn().verify(fake.credentials(organization="5"), client, NOW)
        fake.spoil = lambda request, made: (
            httpx.Response(200, json={"active": False}) if "introspect" in request.url.path else made
        )
        with pytest.raises(PlatformError) as caught:
            await LinkedIn().verify(one, client, NOW)
        assert caught.value.kind is ErrorKind.AUTH and "geheim" not in str(caught.value)


async def test_connecting_by_a_pasted_code() -> None:
    flow = find("linkedin").connect
    assert flow is not None
    connector, attempt, sent = flow(), Attempt(), []
    assert isinstance(connector, CodeFlow)

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(parse_qs(request.content.decode()))
        assert str(request.url) == "https://www.linkedin.com/oauth/v2/accessToken"
        if sent[-1]["code"] == ["lain"]:
            return httpx.Response(400, json={"error": "invalid_request", "error_description": "code is not valid"})
        return httpx.Response(200, json={"access_token": "AQ1", "expires_in": 5_184_000, "scope": "r_a,w_b"})

    one = Credentials(
        "linkedin", "kopi", options={"client_id": "app", "redirect_uri": "https://kopi.example/cb"},
        secrets={"client_secret": "geheim"},
    )  # fmt: skip
    async with Client(transport=httpx.MockTransport(handle)) as client:
        opened = await connector.authorize_url(one, attempt, client, NOW)
        asked = parse_qs(urlsplit(opened.url).query)
        assert asked["scope"] == ["r_organization_social w_organization_social rw_organization_admin"]
        assert asked["redirect_uri"] == ["https://kopi.example/cb"] and asked["state"] == [attempt.state]
        grant = await connector.exchange(one, attempt, opened, "kode", client, NOW)
        tokens = sessions.load(grant.session)
        assert tokens is not None and (tokens.access, tokens.refresh) == ("AQ1", "")
        assert grant.expires_at == NOW + timedelta(days=60) and grant.scopes == ("r_a", "w_b")
        assert sent[0]["client_secret"] == ["geheim"]
        with pytest.raises(PlatformError, match="code is not valid"):
            await connector.exchange(one, attempt, opened, "lain", client, NOW)
        with pytest.raises(PlatformError, match="client_id"):
            await connector.authorize_url(Credentials("linkedin", "kopi"), attempt, client, NOW)


async def test_a_refresh_token_renews_where_there_is_one() -> None:
    fake, renewals = FakeLinkedIn(), []

    def handle(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        if request.url.path == "/oauth/v2/accessToken":
            renewals.append(parse_qs(request.content.decode())["refresh_token"])
            return httpx.Response(200, json={"access_token": "token-1", "expires_in": 5_184_000})
        return made

    fake.spoil = handle
    vault = MemoryVault()
    year = NOW + timedelta(days=300)
    vault.save(sessions.Tokens("token-0", "segar", NOW + timedelta(days=9), year).dump())
    hidden = {"client_secret": "geheim"}
    one = Credentials("linkedin", "kopi", "", vault=vault, options={"client_id": "app"}, secrets=hidden)
    await pull(fake, None, one=one)
    await pull(fake, None, one=one)
    assert renewals == [["segar"]] and "segar" in (vault.load() or ""), "the good one is kept"
    async with Client(transport=fake.transport()) as client:
        assert (await LinkedIn().verify(one, client, NOW)).expires_at == year, "until then nobody has to act"


# Figures


async def test_figures() -> None:
    fake = FakeLinkedIn()
    share, ugc = fake.post("satu"), fake.post("dua")
    async with Client(transport=fake.transport()) as client:
        found = await LinkedIn().measure(fake.credentials(), [share, ugc, "urn:li:activity:1"], client, NOW)
    figures = {(one.remote_id, one.name): one.value for one in found}
    assert figures[(None, "followers")] == 4321
    for post in (share, ugc):
        names = ("likes", "replies", "views", "reach", "clicks")
        assert [figures[(post, name)] for name in names] == [5, 2, 300, 200, 9]
        assert (post, "shares") not in figures
    assert {one.remote_id for one in found} == {None, share, ugc}


# Text


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Halo (semua)", r"Halo \(semua\)"),
        (r"a\b", r"a\\b"),
        ("a|b {c} [d] <e> *f* _g_ ~h~", r"a\|b \{c\} \[d\] \<e\> \*f\* \_g\_ \~h\~"),
        ("surel a@kopi.id", r"surel a\@kopi.id"),
        ("#PanenRaya", r"{hashtag|\#|PanenRaya}"),
        ("(#kopi_gayo!)", r"\({hashtag|\#|kopi\_gayo}!\)"),
        ("＃コーヒー dan #2026", r"{hashtag|\#|コーヒー} dan \#2026"),
        ("C# ##x https://kopi.id/#menu a#b", r"C\# \#\#x https://kopi.id/\#menu a\#b"),
        ("@[Kopi (Senja)](urn:li:organization:77) hai", r"@[Kopi \(Senja\)](urn:li:organization:77) hai"),
        ("@[x](https://evil.example)", r"\@\[x\]\(https://evil.example\)"),
        ("", ""),
    ],
)
def test_what_the_format_uses_for_itself_is_escaped(typed: str, sent: str) -> None:
    assert little(typed) == sent
    assert unescaped(sent) == plain(sent), "all of it is shown"
    assert is_same(sent, typed)


@given(st.text(max_size=80) | st.text("\\|{}@[]()<>#*_~＃ab1 \n", max_size=40))
def test_no_text_is_cut_by_the_format(text: str) -> None:
    sent = little(text)
    shown = plain(sent)
    assert unescaped(sent) == shown
    assert is_same(sent, text)
    if "@[" not in text and "＃" not in text:
        assert shown == text


def test_a_comments_urn() -> None:
    assert comment_parts("urn:li:comment:(urn:li:activity:1,2)") == ("urn:li:activity:1", "2")
    assert comment_parts("urn:li:share:1") is None and comment_parts("urn:li:comment:(1)") is None
