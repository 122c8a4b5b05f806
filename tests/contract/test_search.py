"""Searches of every network that says it has them: hits come once and none is lost, whatever interrupts the walk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind, Quota
from smdash.platforms import registry
from smdash.platforms.base import Credentials, MemoryVault, Platform, Pull, Pulled, Searcher
from smdash.platforms.client import Client
from smdash.platforms.search_walk import FIRST_SYNC

from . import fake_instagram, fake_threads, fake_x, mastodon_fake
from .fake_reddit import FakeReddit
from .fake_youtube import FakeYouTube
from .faulty import FAULTS, serve
from .test_bluesky import ME as BLUESKY_ME
from .test_bluesky import RINA
from .test_bluesky import Fake as FakeBluesky
from .test_bluesky import credentials as bluesky_credentials
from .test_bluesky import notice as bluesky_post
from .test_faults import DEADLINE, NOW, SLOW, TLS, judge
from .test_faults import TOKEN as SECRET

TEXT = "kopi gayo enak sekali #kopi"
CAN = [one for one in registry.all_platforms() if one.abilities.search and not one.hidden]
Say = Callable[[datetime, bool], str]


@dataclass
class Network:
    """A network in memory: what to look for, whose account asks, and ``say`` puts a post there and returns its id."""

    credentials: Credentials
    transport: Callable[[], httpx.MockTransport]
    say: Say
    fake: Any
    query: str = "kopi"


def mastodon(query: str = "kopi") -> Network:
    fake = mastodon_fake.Fake()

    def say(at: datetime, own: bool) -> str:
        number = len(fake.said) + 1
        author = {"id": "1" if own else "77", "acct": "kopi" if own else "rina@toko.example"}
        made = mastodon_fake.status(
            number, id=fake.name(number), account=author, content=f"<p>{TEXT}</p>", created_at=at.isoformat()
        )
        fake.said.append(made)
        fake.said.sort(key=lambda one: str(one["created_at"]))
        return str(made["id"])

    one = Credentials("mastodon", "kopi", mastodon_fake.BASE, "token-of-kopi")
    return Network(one, fake.transport, say, fake, query)


def bluesky() -> Network:
    fake = FakeBluesky()

    def say(at: datetime, own: bool) -> str:
        number, who = len(fake.posts) + 1, BLUESKY_ME if own else RINA
        made = bluesky_post(number, at)
        made |= {"uri": f"at://{who}/app.bsky.feed.post/r{number}", "author": {"did": who, "handle": "x.example"}}
        made["record"]["text"] = TEXT
        del made["reason"]
        fake.posts.insert(0, made)
        return str(made["uri"])

    return Network(bluesky_credentials(), fake.transport, say, fake)


def x() -> Network:
    fake = fake_x.FakeX()

    def say(at: datetime, own: bool) -> str:
        made = fake.add(TEXT, fake_x.ME if own else fake_x.RINA, created_at=fake_x.stamp(at))
        fake.posts.sort(key=lambda one: str(one["created_at"]))
        return str(made["id"])

    return Network(fake.credentials(), fake.transport, say, fake)


def threads() -> Network:
    fake = fake_threads.Fake()

    def say(at: datetime, own: bool) -> str:
        who = "kopisenja" if own else "rina"
        return str(fake.add(TEXT, (at - fake_threads.START).total_seconds(), who)["id"])

    one = Credentials("threads", "kopi", fake_threads.BASE, fake_threads.TOKEN, vault=MemoryVault())
    return Network(one, fake.transport, say, fake)


def reddit() -> Network:
    fake = FakeReddit(NOW)

    def say(at: datetime, own: bool) -> str:
        return str(fake.post("kopisenja" if own else "rina", TEXT, (NOW - at).total_seconds() / 60)["name"])

    one = Credentials("reddit", "kopi", token="access-1", vault=MemoryVault())
    return Network(one, fake.transport, say, fake)


def youtube() -> Network:
    fake = FakeYouTube(NOW)

    def say(at: datetime, own: bool) -> str:
        made = {"id": f"v{len(fake.clips)}", "channel": "UCkopi" if own else "UCrina", "title": TEXT}
        fake.clips.append(made | {"at": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
        return made["id"]

    one = Credentials("youtube", "kopi", token="access-1", vault=MemoryVault())
    return Network(one, fake.transport, say, fake)


def instagram() -> Network:
    fake = fake_instagram.Fake(tokens={fake_instagram.TOKEN, fake_instagram.PAGE_TOKEN})

    def say(at: datetime, own: bool) -> str:
        seconds = (at - fake_instagram.START).total_seconds()
        return str((fake.add_post(TEXT, seconds) if own else fake.add_tag(TEXT, seconds))["id"])

    options = {"page_id": fake_instagram.PAGE}
    one = Credentials("instagram", "kopi", fake_instagram.BASE, fake_instagram.TOKEN, options=options)
    return Network(one, fake.transport, say, fake, "#kopi")


NETWORKS: dict[str, Callable[[], Network]] = {
    "mastodon": mastodon,
    "mastodon tag": lambda: mastodon("#kopi"),
    "bluesky": bluesky,
    "x": x,
    "threads": threads,
    "reddit": reddit,
    "youtube": youtube,
    "instagram": instagram,
}
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def searcher(name: str) -> Searcher:
    platform = registry.find_live(name)
    assert platform.load is not None
    return cast(Searcher, platform.load())


async def one_page(net: Network, cursor: str | None, now: datetime = NOW, query: str = "", *, among: int = 1) -> Pulled:
    async with Client(transport=net.transport()) as client:
        pull = Pull("search", net.credentials, cursor, now, among=among)
        return await searcher(net.credentials.platform).search(pull, query or net.query, client)


async def drain(
    net: Network, cursor: str | None, now: datetime = NOW, between: Callable[[], object] = lambda: None
) -> tuple[list[IncomingMention], str | None]:
    """A whole run, each page by a process of its own; *between* happens between two pages."""
    found: list[IncomingMention] = []
    for _page in range(100):
        pulled = await one_page(net, cursor, now)
        found += pulled.mentions
        cursor = pulled.cursor
        if not pulled.more:
            return found, cursor
        between()
    raise AssertionError("it asks for more without end")


def ids(found: list[IncomingMention]) -> list[str]:
    return [one.remote_id for one in found]


# The registry


def test_who_says_search_has_one_and_says_how() -> None:
    for platform in registry.all_platforms():
        has = platform.load is not None and callable(getattr(platform.load(), "search", None))
        assert platform.abilities.search == has == (platform.searching is not None), platform.name
        if platform.searching is not None:
            assert (
                platform.hidden or platform.searching.interval_s >= 60
            ) and 10 <= platform.searching.longest <= 5_000
    assert {one.name for one in CAN} == {name.split()[0] for name in NETWORKS}, "a network without its test here"
    for name in ("facebook_page", "messenger", "whatsapp", "telegram", "linkedin", "tiktok", "snapchat"):
        assert not registry.find(name).abilities.search


# What every network does


@every_network
async def test_hits_are_hits_and_nothing_of_our_own(network: Callable[[], Network]) -> None:
    net = network()
    theirs = net.say(NOW - timedelta(minutes=50), False)
    net.say(NOW - timedelta(minutes=40), True)
    (hit,), _cursor = await drain(net, None)
    assert (hit.kind, hit.remote_id, hit.own, hit.deleted) == (MentionKind.LISTENING, theirs, False, False)
    assert (hit.platform, hit.account) == (net.credentials.platform, "kopi")
    assert "kopi gayo enak sekali" in hit.body and hit.author_handle and hit.url
    assert hit.sent_at == NOW - timedelta(minutes=50)


@every_network
async def test_nothing_found_is_no_error_and_costs_one_look(network: Callable[[], Network]) -> None:
    net = network()
    first = await one_page(net, None)
    assert not first.mentions and not first.more
    theirs = net.say(NOW, False)
    found, cursor = await drain(net, first.cursor, NOW + timedelta(minutes=1))
    assert ids(found) == [theirs]
    again, _cursor = await drain(net, cursor, NOW + timedelta(days=1))
    assert ids(again) in ([], [theirs])


@every_network
async def test_a_walk_neither_loses_nor_repeats_while_more_comes_in(network: Callable[[], Network]) -> None:
    """Each page is read anew as after a restart; new hits arrive between pages and in the same second."""
    net = network()
    net.fake.page = net.fake.most = 40
    begin = NOW - timedelta(hours=2)
    known = {net.say(begin + timedelta(seconds=number // 4), False) for number in range(30)}
    found, cursor = await drain(net, None)
    assert set(ids(found)) == known and len(found) == 30
    late = begin + timedelta(minutes=60)
    # More than a page, four in each second, and others while it is read.
    for number in range(130):
        known.add(net.say(late + timedelta(seconds=number // 4), False))
    arrivals = iter(range(200))

    def meanwhile() -> None:
        number = next(arrivals)
        if number < 3:
            known.add(net.say(late + timedelta(minutes=2, seconds=number // 2), False))

    for turn in range(3):
        more, cursor = await drain(net, cursor, late + timedelta(minutes=3 + turn), meanwhile)
        found += more
    assert set(ids(found)) == known
    quiet, cursor = await drain(net, cursor, late + timedelta(hours=3))
    assert len(quiet) <= 40, "what is read again is at most the newest page"
    assert set(ids(quiet)) <= known


@every_network
async def test_a_run_that_is_cut_off_goes_on_where_it_was(network: Callable[[], Network]) -> None:
    net = network()
    net.fake.page = net.fake.most = 20
    first = net.say(NOW - timedelta(hours=5), False)
    found, cursor = await drain(net, None)
    wanted = {net.say(NOW - timedelta(hours=1) + timedelta(seconds=number), False) for number in range(50)}
    page = await one_page(net, cursor, NOW)
    # The same page once more, as where its records were written by nobody.
    assert ids(list((await one_page(net, cursor, NOW)).mentions)) == ids(list(page.mentions))
    rest, _cursor = await drain(net, page.cursor, NOW)
    assert set(ids([*page.mentions, *rest])) - {first} == wanted and ids(found) == [first]


@every_network
async def test_cursors_that_are_none_and_items_that_are_none(network: Callable[[], Network]) -> None:
    net = network()
    theirs = net.say(NOW - timedelta(minutes=5), False)
    for cursor in ("", "null", "[]", "{", '{"me": 5, "mark": [], "back": {}, "pages": "x", "top": 7}', "9" * 5000):
        found, _cursor = await drain(net, cursor)
        assert ids(found) == [theirs], cursor


@every_network
async def test_a_clock_that_was_wrong_ends_nothing(network: Callable[[], Network]) -> None:
    net = network()
    net.say(NOW - timedelta(hours=1), False)
    _found, cursor = await drain(net, None, NOW + timedelta(hours=20))
    theirs = net.say(NOW - timedelta(minutes=1), False)
    found, _cursor = await drain(net, cursor, NOW)
    assert theirs in ids(found)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("platform", CAN, ids=[one.name for one in CAN])
async def test_a_fault_ends_in_one_sentence(platform: Platform, fault: str) -> None:
    async with serve(FAULTS[fault]) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:
        one = Credentials(platform.name, "kopi", server.url, SECRET, "kopi.example", options={"page_id": "100"})
        if platform.name != "instagram":
            one = replace(one, options={})
        begun = time.monotonic()
        with pytest.raises(PlatformError) as caught:
            await searcher(platform.name).search(Pull("search", one, None, NOW), "#kopi", client)
        assert time.monotonic() - begun < DEADLINE + 0.7
        judge(caught.value)
        if fault in SLOW:
            assert caught.value.kind is ErrorKind.NETWORK


# Each one's own


async def test_mastodon_keeps_private_messages_out_and_says_when_it_can_not_search() -> None:
    net = mastodon()
    first = await one_page(net, None)
    assert first.notice is not None and "full-text search" in first.notice
    net.fake.said.append(mastodon_fake.status(1, content=TEXT, visibility="direct"))
    net.fake.said.append(mastodon_fake.status(2, content=TEXT, in_reply_to_account_id="1"))
    found, cursor = await drain(net, first.cursor)
    assert [(one.remote_id, one.kind) for one in found] == [("s2", MentionKind.LISTENING)]
    assert (await one_page(net, cursor)).notice is None
    assert (await one_page(mastodon("#kopi"), None)).notice is None


async def test_mastodon_asks_for_a_gap_by_both_of_its_ends() -> None:
    net = mastodon()
    net.say(NOW - timedelta(hours=2), False)
    _found, cursor = await drain(net, None)
    before = len(net.fake.calls)
    known = {net.say(NOW - timedelta(hours=1) + timedelta(seconds=number), False) for number in range(90)}
    found, _cursor = await drain(net, cursor)
    assert set(ids(found)) == known and len(found) == 90
    asked = [call.params for call in net.fake.calls[before:]]
    assert [("min_id" in one, "max_id" in one) for one in asked[:2]] == [(True, False), (True, True)]
    assert len(asked) <= 5, "nothing that was read before is read again"


@pytest.mark.parametrize("habit", ["vanilla", "ignores_min", "min_is_since", "ignores_all", "no_link", "prev_only"])
async def test_tags_on_servers_of_all_habits(habit: str) -> None:
    net = mastodon("#kopi")
    net.fake.habit = habit
    known = {net.say(NOW - timedelta(hours=2) + timedelta(seconds=number), False) for number in range(10)}
    found, cursor = await drain(net, None)
    # Whatever the server makes of its parameters: as many as its newest page holds are found.
    for turn in range(3):
        known |= {net.say(NOW + timedelta(minutes=turn, seconds=number), False) for number in range(30)}
        more, cursor = await drain(net, cursor, NOW + timedelta(minutes=turn + 1))
        found += more
    assert set(ids(found)) == known and len(found) == len(known)


async def test_bluesky_sorts_by_the_earlier_time_and_takes_what_was_listed_late() -> None:
    net = bluesky()
    net.say(NOW - timedelta(minutes=10), False)
    _found, cursor = await drain(net, None)
    late = net.say(NOW - timedelta(minutes=20), False)
    net.fake.posts[0]["indexedAt"] = "2026-11-23T09:01:00Z"
    found, _cursor = await drain(net, cursor, NOW + timedelta(minutes=2))
    assert late in ids(found)
    net.fake.override["searchPosts"] = httpx.Response(400, json={"error": "BadQueryString", "message": "bad query"})
    with pytest.raises(PlatformError, match="bad query") as caught:
        await one_page(net, None)
    assert caught.value.kind is ErrorKind.REJECTED


async def test_x_reads_each_hit_once_and_keeps_to_the_budget_of_searches() -> None:
    net = x()
    for number in range(120):
        net.say(NOW - timedelta(hours=1) + timedelta(seconds=number), False)
    first = await one_page(net, None)
    assert len(first.mentions) == 100 and not first.more, "a new search reads one page"
    quiet = await one_page(net, first.cursor, NOW + timedelta(minutes=5))
    assert not quiet.mentions and net.fake.requests[-1].url.params["since_id"]
    # What the mark stands for is older than X holds.
    await one_page(net, quiet.cursor, NOW + timedelta(days=8))
    asked = net.fake.requests[-1].url.params
    assert "since_id" not in asked and asked["start_time"] > fake_x.stamp(NOW + timedelta(days=1))

    one = x()
    one.credentials = one.fake.credentials(monthly_search_reads="240")
    for number in range(120):
        one.say(NOW - timedelta(hours=1) + timedelta(seconds=number), False)
    made = await one_page(one, None, among=2)
    assert made.quota is not None and made.quota.limit == 120 and made.quota.left == 19, "a post each, and its author"
    for _again in range(4):
        one.say(NOW, False)
        one.fake.clock = NOW
        try:
            made = await one_page(one, made.cursor, NOW + timedelta(minutes=1), among=2)
        except PlatformError as error:
            assert error.kind is ErrorKind.QUOTA
            break
    one.credentials = one.fake.credentials(monthly_reads="500")
    asked_before = len(one.fake.requests)
    with pytest.raises(PlatformError, match="monthly_search_reads"):
        await one_page(one, None)
    one.credentials = one.fake.credentials(monthly_search_reads="banyak")
    with pytest.raises(PlatformError, match="no whole number"):
        await one_page(one, None)
    assert len(one.fake.requests) == asked_before


async def test_threads_tells_when_only_own_posts_are_searched() -> None:
    net = threads()
    net.fake.approved = False
    net.say(NOW - timedelta(minutes=5), True)
    net.say(NOW - timedelta(minutes=4), False)
    made = await one_page(net, None)
    assert not made.mentions and made.notice is not None and "threads_keyword_search" in made.notice
    await one_page(net, None, query="#kopi")
    asked = net.fake.calls[-1][2]
    assert (asked["q"], asked["search_mode"]) == ("kopi", "TAG")
    many = await one_page(net, None, among=50)
    assert many.interval is not None
    assert timedelta(days=1) / many.interval * 50 <= 2_200


async def test_reddit_keeps_to_a_subreddit_and_leaves_out_what_is_gone() -> None:
    net = reddit()
    inside = net.fake.post("rina", TEXT, 5)["name"]
    net.fake.post("budi", TEXT, 4, subreddit="teh")
    link = net.fake.post("budi", "kopi lagi", 3, is_self=False, url="https://toko.example/kopi")
    assert ids(list((await one_page(net, None, query="r/kopi kopi")).mentions)) == [link["name"], inside]
    found = {one.remote_id: one for one in (await one_page(net, None)).mentions}
    assert len(found) == 3 and found[link["name"]].body == "kopi lagi\n\nhttps://toko.example/kopi"
    assert found[inside].url == f"https://www.reddit.com/r/kopi/comments/{inside[3:]}/x/"


async def test_youtube_counts_a_hundred_searches_a_day_for_all_of_the_account() -> None:
    net = youtube()
    net.fake.clips.append(
        {
            "id": "v&1",
            "channel": "UCrina",
            "title": "kopi & teh",
            "at": (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
    made = await one_page(net, None, among=3)
    assert made.mentions[0].body == "kopi & teh"
    assert made.quota is not None and (made.quota.left, made.quota.limit) == (99, 100)
    assert made.interval == timedelta(days=1) / 100 * 3
    cursor = made.cursor
    for _call in range(99):
        cursor = (await one_page(net, cursor)).cursor
    with pytest.raises(PlatformError, match="searches that YouTube allows") as caught:
        await one_page(net, cursor)
    assert caught.value.kind is ErrorKind.QUOTA and caught.value.retry_at == datetime(
        2026, 11, 24, 8, tzinfo=NOW.tzinfo
    )
    searches = [call for call in net.fake.calls if call.endswith("/search")]
    assert len(searches) == 100, "nothing is asked any more"
    assert (await one_page(net, cursor, NOW + timedelta(days=1))).quota == Quota(
        99, 100, datetime(2026, 11, 25, 8, tzinfo=NOW.tzinfo)
    )


async def test_instagram_refuses_what_it_can_not_search_before_anything_is_asked() -> None:
    net = instagram()
    with pytest.raises(PlatformError, match="single hashtags") as caught:
        await one_page(net, None, query="kopi senja")
    assert caught.value.kind is ErrorKind.REJECTED
    net.credentials = replace(net.credentials, options={})
    with pytest.raises(PlatformError, match="connected through Facebook"):
        await one_page(net, None)
    assert net.fake.calls == []


async def test_instagram_asks_for_a_hashtag_once() -> None:
    net = instagram()
    net.say(NOW - timedelta(minutes=5), False)
    _found, cursor = await drain(net, None)
    await drain(net, cursor)
    assert [path for path in net.fake.asked() if path == "ig_hashtag_search"] == ["ig_hashtag_search"]


def test_the_first_look_goes_back_a_week() -> None:
    assert timedelta(days=7) == FIRST_SYNC
