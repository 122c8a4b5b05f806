"""Time entries: starting, switching, stopping, logging, and the week."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smdash.core.clock import FixedClock, Span, Week
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.store import hours, time_entries
from smdash.store.connection import Store, open_store

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = Week(2026, 48).span(ZoneInfo("Asia/Jakarta"))


def done(store: Store, member: Actor | None, week: Span = WEEK, now: datetime = NOW) -> dict[str, float]:
    """Minutes by activity, those with none left out."""
    with store.reading() as conn:
        found = hours.week(conn, week, now, member.member_id if member else None)
    assert len(found.activities) == 11
    return {one.key: one.done_minutes for one in found.activities if one.done_minutes}


def log(store: Store, who: Actor, activity: str, begin: datetime, length: timedelta) -> int:
    with store.writing() as conn:
        return time_entries.log(conn, who, NOW, activity, Span(begin, begin + length))


def start(store: Store, who: Actor, activity: str, now: datetime, at: datetime | None = None) -> None:
    with store.writing() as conn:
        time_entries.start(conn, who, now, activity, at=at)


def test_what_runs_counts_up_to_now(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 42 * MINUTE)
    with store.reading() as conn:
        running = hours.running(conn, actor.member_id)
    assert running is not None and (running.activity, running.started_at) == ("conversation", NOW - 42 * MINUTE)
    assert done(store, actor) == {"conversation": 42}


def test_switching_ends_one_activity_where_the_next_begins(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    start(store, actor, "blogging", NOW - 20 * MINUTE)
    assert done(store, actor) == {"conversation": 40, "blogging": 20}


def test_switching_at_an_earlier_time(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    start(store, actor, "blogging", NOW, at=NOW - 45 * MINUTE)
    assert done(store, actor) == {"conversation": 15, "blogging": 45}


def test_starting_what_runs_already_goes_on(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    start(store, actor, "conversation", NOW)
    assert done(store, actor) == {"conversation": 60}


def test_switching_twice_within_a_millisecond_counts_nothing(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW)
    start(store, actor, "blogging", NOW)
    assert done(store, actor, now=NOW + HOUR) == {"blogging": 60}


def test_a_clock_that_is_set_back_takes_no_timer_away(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW)
    start(store, actor, "blogging", NOW - HOUR)
    assert done(store, actor, now=NOW + HOUR) == {"blogging": 60}
    with pytest.raises(Refused, match="later than the clock says now; it is kept"), store.writing() as conn:
        time_entries.stop(conn, actor, NOW - HOUR)
    with store.writing() as conn:
        time_entries.stop(conn, actor, NOW + HOUR)
    assert done(store, actor, now=NOW + HOUR) == {"blogging": 60}


def test_stopping(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    with store.writing() as conn:
        time_entries.stop(conn, actor, NOW, at=NOW - 10 * MINUTE)
    assert done(store, actor, now=NOW + HOUR) == {"conversation": 50}
    with pytest.raises(Refused, match="no activity is running"), store.writing() as conn:
        time_entries.stop(conn, actor, NOW)


@pytest.mark.parametrize("minutes", [1, 600])
def test_the_future_can_neither_start_nor_stop_anything(store: Store, actor: Actor, minutes: int) -> None:
    with pytest.raises(InputError, match="future"):
        start(store, actor, "conversation", NOW, at=NOW + minutes * MINUTE)
    start(store, actor, "conversation", NOW)
    with pytest.raises(InputError, match="future"), store.writing() as conn:
        time_entries.stop(conn, actor, NOW, at=NOW + minutes * MINUTE)
    with pytest.raises(InputError, match="future"):
        log(store, actor, "conversation", NOW, minutes * MINUTE)


def test_nothing_ends_before_it_began(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 10 * MINUTE)
    with pytest.raises(InputError, match="later time"), store.writing() as conn:
        time_entries.stop(conn, actor, NOW, at=NOW - 20 * MINUTE)
    with pytest.raises(InputError, match="later time"):
        start(store, actor, "blogging", NOW, at=NOW - 20 * MINUTE)
    assert done(store, actor) == {"conversation": 10}


def test_an_unknown_activity_names_the_known_ones(store: Store, actor: Actor) -> None:
    with pytest.raises(InputError, match="choose one of updates, research_planning"):
        start(store, actor, "juggling", NOW)
    with pytest.raises(InputError, match="choose one of"):
        log(store, actor, "juggling", NOW - HOUR, HOUR)


def test_logged_time_counts(store: Store, actor: Actor) -> None:
    log(store, actor, "conversation", NOW - 90 * MINUTE, 90 * MINUTE)
    assert done(store, actor) == {"conversation": 90}


@pytest.mark.parametrize(("begin", "length"), [(-90, 60), (-61, 2), (-59, 10), (-31, 10), (-60, 30), (-120, 120)])
def test_nobody_does_two_things_at_once(store: Store, actor: Actor, begin: int, length: int) -> None:
    log(store, actor, "conversation", NOW - 60 * MINUTE, 30 * MINUTE)
    with pytest.raises(Refused, match="overlaps with conversation"):
        log(store, actor, "blogging", NOW + begin * MINUTE, length * MINUTE)
    assert done(store, actor) == {"conversation": 30}


@pytest.mark.parametrize(("begin", "length"), [(-90, 30), (-30, 30)])
def test_times_may_touch(store: Store, actor: Actor, begin: int, length: int) -> None:
    log(store, actor, "conversation", NOW - 60 * MINUTE, 30 * MINUTE)
    log(store, actor, "blogging", NOW + begin * MINUTE, length * MINUTE)
    assert done(store, actor) == {"conversation": 30, "blogging": 30}


def test_logged_time_may_not_lie_in_what_is_running(store: Store, actor: Actor) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    with pytest.raises(Refused, match="overlaps with conversation"):
        log(store, actor, "blogging", NOW - 30 * MINUTE, 10 * MINUTE)
    log(store, actor, "blogging", NOW - 90 * MINUTE, 30 * MINUTE)


def test_an_earlier_start_may_not_cover_what_was_logged(store: Store, actor: Actor) -> None:
    log(store, actor, "conversation", NOW - 60 * MINUTE, 30 * MINUTE)
    with pytest.raises(Refused, match="overlaps with conversation"):
        start(store, actor, "blogging", NOW, at=NOW - 45 * MINUTE)
    start(store, actor, "blogging", NOW, at=NOW - 30 * MINUTE)
    assert done(store, actor) == {"conversation": 30, "blogging": 30}


def test_members_do_not_get_in_each_others_way(store: Store, actor: Actor, second: Actor, db: Path) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    with open_store(db, clock=FixedClock(NOW)) as other:
        start(other, second, "blogging", NOW - 30 * MINUTE)
    log(store, second, "conversation", NOW - 90 * MINUTE, 60 * MINUTE)
    assert done(store, actor) == {"conversation": 60}
    assert done(store, second) == {"blogging": 30, "conversation": 60}
    assert done(store, None) == {"blogging": 30, "conversation": 120}


def test_one_member_in_two_terminals_has_one_timer(store: Store, actor: Actor, db: Path) -> None:
    start(store, actor, "conversation", NOW - 60 * MINUTE)
    with open_store(db, clock=FixedClock(NOW)) as other:
        start(other, actor, "blogging", NOW - 30 * MINUTE)
    with store.writing() as conn:
        assert time_entries.stop(conn, actor, NOW).activity == "blogging"
    assert done(store, actor) == {"conversation": 30, "blogging": 30}


def test_an_entry_over_midnight_on_sunday_is_cut_for_counting_only(store: Store, actor: Actor) -> None:
    log(store, actor, "analytics", WEEK.start - 30 * MINUTE, 90 * MINUTE)
    before = Week(2026, 47).span(ZoneInfo("Asia/Jakarta"))
    assert done(store, actor) == {"analytics": 60}
    assert done(store, actor, before) == {"analytics": 30}
    with store.reading() as conn:
        assert conn.execute("SELECT count(*) FROM time_entry").fetchone() == (1,)


def test_a_proposed_entry_does_not_count_yet(store: Store, actor: Actor) -> None:
    entry = log(store, actor, "analytics", NOW - HOUR, HOUR)
    with store.writing() as conn:
        conn.execute("UPDATE time_entry SET state = 'proposed' WHERE id = ?", (entry,))
    assert done(store, actor) == {}


def test_the_week_of_the_team_shows_what_runs_for_one_member(store: Store, actor: Actor, second: Actor) -> None:
    start(store, second, "blogging", NOW - HOUR)
    with store.reading() as conn:
        assert hours.week(conn, WEEK, NOW, None, second.member_id).running is not None
        assert hours.week(conn, WEEK, NOW, None, actor.member_id).running is None
        assert hours.week(conn, WEEK, NOW, None).running is None


def test_the_plan_adds_up_to_the_sources_hours(store: Store, actor: Actor) -> None:
    with store.reading() as conn:
        found = hours.week(conn, WEEK, NOW, actor.member_id)
    assert sum(one.target_minutes for one in found.activities) == 39.5 * 60
