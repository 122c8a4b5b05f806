"""The demo's adapter: the same play each time, every record once, and strangers who write anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.core.text import clean, clean_name, safe_link
from smdash.platforms import demo_texts
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.demo import PAGE, Demo, Play, is_filled, parse_url, rows_so_far
from smdash.platforms.demo_networks import JOBS, NETWORKS, shares

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
NO_CLIENT: Any = None


async def pull(job: str, play: Play, cursor: str | None = None, now: datetime = NOW) -> Pulled:
    return await Demo().pull(Pull(job, Credentials("demo", "kopi", play.url), cursor, now), NO_CLIENT)


async def fill(play: Play) -> tuple[list[IncomingMention], dict[str, str]]:
    """The whole first reading of all networks, with the cursors at its end; time goes on between pages."""
    records: list[IncomingMention] = []
    cursors: dict[str, str] = {}
    for job in JOBS:
        cursor, now, more = None, NOW, True
        while more:
            pulled = await pull(job.key, play, cursor, now)
            assert len(pulled.mentions) <= PAGE
            records += pulled.mentions
            cursor, more, now = pulled.cursor, pulled.more, now + timedelta(seconds=3)
        assert cursor is not None
        cursors[job.key] = cursor
    return records, cursors


@pytest.mark.parametrize("mentions", [0, 1, 5, 60, 501, 4_321])
async def test_pages_neither_lose_nor_repeat(mentions: int) -> None:
    records, cursors = await fill(Play(7, mentions))
    assert len(records) == mentions
    assert len({(one.platform, one.account, one.remote_id) for one in records}) == mentions
    assert all(is_filled(cursor) for cursor in cursors.values())
    assert sum(rows_so_far(Play(7, mentions), job, cursor) for job, cursor in cursors.items()) == mentions


def test_shares_add_up() -> None:
    for total in range(300):
        assert sum(shares(total)) == total


async def test_the_same_seed_plays_the_same() -> None:
    first, cursors = await fill(Play(7, 300))
    assert first == (await fill(Play(7, 300)))[0]
    assert first != (await fill(Play(8, 300)))[0]
    later = NOW + timedelta(minutes=1)
    for job, cursor in cursors.items():
        assert await pull(job, Play(7, 300), cursor, later) == await pull(job, Play(7, 300), cursor, later)


async def test_the_last_two_days_in_order() -> None:
    records, _cursors = await fill(Play(7, 2_000))
    for network in NETWORKS:
        times = [one.sent_at for one in records if one.platform == network.key]
        assert times == sorted(times)
        assert times[0] >= NOW - timedelta(days=2)
        assert times[-1] <= NOW
    recent = sum(one.sent_at > NOW - timedelta(days=1) for one in records)
    assert recent > len(records) / 2


async def test_threads_hold_together() -> None:
    records, _cursors = await fill(Play(7, 2_000))
    known = {(one.platform, one.remote_id): one for one in records}
    answers = [one for one in records if one.own]
    assert answers
    for one in records:
        if one.parent_id is not None:
            parent = known[one.platform, one.parent_id]
            assert parent.sent_at <= one.sent_at
            assert parent.thread_key == one.thread_key is not None
    assert any(one.edited_at for one in records)
    assert {one.reply_until is not None for one in records if one.platform == "whatsapp" and not one.own} == {True}


async def test_strangers_write_anything_and_it_comes_clean() -> None:
    records, _cursors = await fill(Play(7, 3_000))
    bodies = {one.body for one in records}
    for hostile in demo_texts.HOSTILE:
        assert any(body.startswith(clean(hostile)[:300]) for body in bodies)
    for one in records:
        assert clean(one.body) == one.body
        assert clean_name(one.author_name) == one.author_name
        assert one.url is None or safe_link(one.url)
        assert "{" not in one.body or "${PATH}" in one.body


async def test_traffic_goes_on() -> None:
    play = Play(7, 200)
    records, cursors = await fill(play)
    known = {(one.platform, one.remote_id): one for one in records}
    new = edits = failures = 0
    silent: dict[str, int] = {}
    for step in range(1, 361):
        now = NOW + timedelta(seconds=10 * step)
        for job in JOBS:
            try:
                pulled = await pull(job.key, play, cursors[job.key], now)
            except PlatformError as problem:
                assert problem.kind is ErrorKind.SERVER
                failures += 1
                silent[job.key] = silent.get(job.key, 0) + 1
                assert silent[job.key] <= 3  # the next minute it answers again
                continue
            silent[job.key] = 0
            assert pulled.cursor is not None
            assert not pulled.more
            cursors[job.key] = pulled.cursor
            for one in pulled.mentions:
                assert NOW < one.sent_at <= now or one.edited_at is not None
                old = known.get((one.platform, one.remote_id))
                if old is None:
                    new += 1
                else:
                    edits += 1
                    assert not old.own
                known[one.platform, one.remote_id] = one
    # An hour: one in five to fifteen seconds, now and then an edit, rarely a silence.
    assert 3_600 / 15 < new < 3_600 / 5
    assert 0 < edits < new / 4
    assert 0 < failures < 60


async def test_something_arrives_at_once() -> None:
    play = Play(7, 60)
    _records, cursors = await fill(play)
    pulled = await pull("instagram", play, cursors["instagram"], NOW + timedelta(seconds=6))
    assert pulled.mentions
    again = await pull("instagram", play, pulled.cursor, NOW + timedelta(seconds=6))
    assert not again.mentions
    assert again.cursor == pulled.cursor


async def test_after_a_long_sleep_little_is_caught_up() -> None:
    play = Play(7, 60)
    _records, cursors = await fill(play)
    later = NOW + timedelta(days=3, seconds=-(NOW + timedelta(days=3)).second + 50)
    pulled = await pull("instagram", play, cursors["instagram"], later)
    assert len(pulled.mentions) < 100


async def test_a_clock_that_goes_back_brings_nothing() -> None:
    play = Play(7, 60)
    _records, cursors = await fill(play)
    pulled = await pull("x", play, cursors["x"], NOW + timedelta(minutes=1))
    back = await pull("x", play, pulled.cursor, NOW)
    assert not back.mentions
    assert back.cursor == pulled.cursor


@pytest.mark.parametrize(
    "url",
    ["", "demo://", "demo://seed=7", "demo://mentions=60&seed=7", "demo://seed=-1&mentions=60",
     "demo://seed=7&mentions=60&more=1", "demo://seed=7&mentions=99999999", "https://demo.example"],
)  # fmt: skip
async def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(PlatformError, match="demo://seed=7&mentions=60"):
        parse_url(url)
    with pytest.raises(PlatformError):
        await Demo().verify(Credentials("demo", "kopi", url), NO_CLIENT, NOW)


@pytest.mark.parametrize("cursor", ["", "fill", "live 2026-11-23T07:05:00.000Z", "ready 2026-13-40T99:00:00.000Z", "x"])
async def test_another_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(PlatformError, match="not a cursor"):
        await pull("x", Play(7, 60), cursor)


async def test_another_job_is_refused() -> None:
    with pytest.raises(PlatformError, match="instagram"):
        await pull("notifications", Play(7, 60))


async def test_verify_names_the_brand() -> None:
    found = await Demo().verify(Credentials("demo", "kopi", Play(7, 60).url), NO_CLIENT, NOW)
    assert found.name == "Kopi Senja"


async def search(query: str, cursor: str | None, now: datetime = NOW) -> Pulled:
    pull = Pull("mastodon", Credentials("demo", "kopi", Play(7, 60).url), cursor, now)
    return await Demo().search(pull, query, NO_CLIENT)


async def test_a_search_finds_people_who_speak_of_the_brand() -> None:
    first = await search("#kopisenja", None)
    assert first == await search("#kopisenja", None) and len(first.mentions) >= 5
    found = list(first.mentions)
    cursor, now = first.cursor, NOW
    for _minute in range(40):
        now += timedelta(minutes=1)
        pulled = await search("#kopisenja", cursor, now)
        found, cursor = found + list(pulled.mentions), pulled.cursor
    at_once = await search("#kopisenja", first.cursor, now)
    assert [*first.mentions, *at_once.mentions] == found, "in steps or at once, it is the same"
    assert len(found) > len(first.mentions) + 3 and len({one.remote_id for one in found}) == len(found)
    for one in found:
        assert (one.platform, one.kind, one.own) == ("mastodon", "listening", False)
        assert "#kopisenja" in one.body and clean(one.body) == one.body and one.sent_at <= now
    others = await search('"kopi senja"', None)
    assert not {one.remote_id for one in others.mentions} & {one.remote_id for one in found}
