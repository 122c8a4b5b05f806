"""The sync screen's lines and what may be asked of the service by a row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Counts, Quota
from smdash.core.sync_health import Look, advice, look_of
from smdash.store import budgets, feeds, jobs, posts, sync_health, teams
from smdash.store.connection import Store
from smdash.store.jobs import JobSpec

MINUTE = timedelta(minutes=1)


@pytest.fixture
def line(store: Store, clock: FixedClock) -> str:
    """A job of an account that ran well a minute ago."""
    now = clock.now()
    with store.writing() as conn:
        one = teams.put_account(conn, "mastodon", "kopi", now)
        jobs.ensure(conn, JobSpec("mastodon/kopi/mentions", "kopi mentions", "mastodon", one, None, 300))
        jobs.begin(conn, "mastodon/kopi/mentions", now - MINUTE)
        jobs.succeed(
            conn, "mastodon/kopi/mentions", now - MINUTE, next_at=now + 4 * MINUTE, counts=Counts(2, 1), seconds=0.4,
            quota=Quota(98, 300, now + 2 * MINUTE), notice=None,
        )  # fmt: skip
    return "mastodon/kopi/mentions"


def fail(store: Store, name: str, kind: str, minutes: int = 30) -> None:
    with store.writing() as conn:
        jobs.fail(conn, name, next_at=store.clock.now() + minutes * MINUTE, kind=kind, error="no")


def test_asking_makes_it_due_now(store: Store, line: str, clock: FixedClock) -> None:
    with store.writing() as conn:
        jobs.ask(conn, line, clock.now())
        assert jobs.get(conn, line).next_at == clock.now()
        with pytest.raises(InputError, match="no job “nobody”"):
            jobs.ask(conn, "nobody", clock.now())


def test_one_that_ran_a_moment_ago_is_not_asked_again(store: Store, line: str, clock: FixedClock) -> None:
    with store.writing() as conn:
        jobs.begin(conn, line, clock.now() - timedelta(seconds=5))
        with pytest.raises(Refused, match="a moment ago"):
            jobs.ask(conn, line, clock.now())


@pytest.mark.parametrize(("kind", "refused"), [("rate", True), ("quota", True), ("auth", False), ("network", False)])
def test_a_network_that_asked_to_wait_is_let_wait(store: Store, line: str, kind: str, refused: bool) -> None:
    fail(store, line, kind)
    with store.writing() as conn:
        if refused:
            with pytest.raises(Refused, match="another 30m"):
                jobs.ask(conn, line, store.clock.now())
        else:
            jobs.ask(conn, line, store.clock.now())


def test_pausing_and_resuming(store: Store, line: str, clock: FixedClock, actor: Actor) -> None:
    with store.writing() as conn:
        jobs.pause(conn, actor, line, clock.now(), on=True)
        with pytest.raises(Refused, match="paused already"):
            jobs.pause(conn, actor, line, clock.now(), on=True)
        with pytest.raises(Refused, match="resume it first"):
            jobs.ask(conn, line, clock.now())
        jobs.pause(conn, actor, line, clock.now(), on=False)
        assert jobs.get(conn, line)[6:8] == ("active", clock.now())
        with pytest.raises(Refused, match="is not paused"):
            jobs.pause(conn, actor, line, clock.now(), on=False)
        told = conn.execute("SELECT verb, detail FROM event WHERE subject = 'job' ORDER BY id").fetchall()
    assert [tuple(row) for row in told] == [("pause", line), ("resume", line)]


def test_resuming_goes_round_no_limit_of_the_network(store: Store, line: str, actor: Actor) -> None:
    fail(store, line, "rate")
    now = store.clock.now()
    with store.writing() as conn:
        jobs.pause(conn, actor, line, now, on=True)
        jobs.pause(conn, actor, line, now, on=False)
        assert jobs.get(conn, line).next_at == now + 30 * MINUTE


def test_lines_stand_by_account_then_what_goes_out_then_feeds(
    store: Store, line: str, clock: FixedClock, actor: Actor
) -> None:
    now = clock.now()
    with store.writing() as conn:
        feed, _new = feeds.add(conn, actor, now, "https://contoh.id/feed", "Kabar"), True
        jobs.ensure(conn, JobSpec("feeds/1", "Kabar", "feeds", None, 1, 3600))
        jobs.ensure(conn, JobSpec("links", "links", "links", None, None, 300))
        one = posts.find_account(conn, "mastodon/kopi").id
        budgets.checked(conn, one, now, now + timedelta(days=12, hours=3))
        found = sync_health.read(conn, now)
    assert feed
    assert [one.job.name for one in found.lines] == [line, "mastodon/kopi/deliveries", "links", "feeds/1"]
    first = found.lines[0]
    assert (first.new, first.changed, first.job.quota_left, first.quota_limit) == (2, 1, 98, 300)
    assert first.health is not None and first.health.token_days(now) == 12
    with store.reading() as conn:
        later = sync_health.read(conn, now + 3 * MINUTE).lines[0]
    assert later.left is None, "what was left before it was counted anew says nothing"


def test_each_kind_of_error_says_what_to_do(store: Store, line: str) -> None:
    now = store.clock.now()
    said = {}
    for kind in ("auth", "permission", "rate", "network", "gone", "rejected", "unknown"):
        fail(store, line, kind)
        with store.reading() as conn:
            shown = sync_health.read(conn, now).lines[0]
        assert look_of(shown.job, now) is Look.FAILING
        said[kind] = advice(shown)
    assert len(set(said.values())) == len(said) and all(said.values())
    assert "smdash account add mastodon --name kopi" in said["auth"]
    assert line in said["unknown"]
