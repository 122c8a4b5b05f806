"""Targets and pace over the rows: of one member, of the team, and what a lead or a member sets."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.clock import Span, Week, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.core.targets import WeekPace
from smdash.core.team import LONGEST_TARGET
from smdash.core.worktime import parse_week_times, to_plain
from smdash.store import brands, hours, member_targets, members, targets, teams, time_entries, undoing
from smdash.store.connection import Store
from smdash.store.driver import Connection
from tests.store.conftest import scratch

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)  # Monday 14:05 in Jakarta
WEEK = Week(2026, 48)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(days=60)
WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # 17:00


def read(store: Store, who: Actor | None, now: datetime = NOW, week: Week = WEEK, **more: int) -> WeekPace:
    with store.reading() as conn:
        return targets.read(conn, week, now, who.member_id if who else None, **more)


def change(store: Store, who: Actor, **wishes: str | None) -> None:
    with store.writing() as conn:
        members.change(conn, who, NOW, who.login, wishes)


def part_time(store: Store, who: Actor, words: str) -> None:
    change(store, who, hours=json.dumps(to_plain(parse_week_times(words))))


def log(store: Store, who: Actor, activity: str, begin: datetime, length: timedelta, note: str | None = None) -> None:
    with store.writing() as conn:
        time_entries.log(conn, who, WEDNESDAY, activity, Span(begin, begin + length), note)


def test_a_full_time_member_has_exactly_the_plan(store: Store, actor: Actor) -> None:
    found = read(store, actor)
    assert found.total.target_minutes == 39.5 * 60 and found.part == 1.0
    with store.reading() as conn:
        assert [(one.key, one.target_minutes) for one in found.targets] == conn.execute(
            "SELECT key, target_minutes FROM activity ORDER BY position"
        ).fetchall()
    # 5 h 5 min of 40 h have passed.
    assert found.total.expected_minutes == pytest.approx(39.5 * 60 * 305 / 2400)


def test_somebody_who_never_wrote_anything_has_the_plan_too(store: Store) -> None:
    with store.reading() as conn:
        assert targets.read(conn, WEEK, NOW, 0).total.target_minutes == 39.5 * 60


def test_hours_are_cut_at_the_weeks_edges_and_run_up_to_now(store: Store, actor: Actor) -> None:
    start = Week(2026, 48).span(ZoneInfo("Asia/Jakarta")).start
    log(store, actor, "blogging", start - HOUR, 3 * HOUR)
    with store.writing() as conn:
        time_entries.start(conn, actor, NOW, "listening", at=NOW - HOUR / 2)
    done = {one.key: one.done_minutes for one in read(store, actor).targets if one.done_minutes}
    assert done == {"blogging": 120, "listening": 30}
    done = {one.key: one.done_minutes for one in read(store, actor, week=Week(2026, 47)).targets if one.done_minutes}
    assert done == {"blogging": 60}


def test_part_time_absences_and_holidays(store: Store, actor: Actor, second: Actor) -> None:
    part_time(store, actor, "mon-thu 09:00-14:00")
    found = read(store, actor, WEDNESDAY)
    assert found.part == 0.5 and found.total.target_minutes == 1185
    assert found.total.expected_minutes == pytest.approx(1185 * 3 / 4)
    with store.writing() as conn:
        members.absent(conn, actor, NOW, "ana", date(2026, 11, 26), date(2026, 11, 30), "leave")
        teams.put(conn, "holidays", {"2026-11-24": "Libur"})
    found = read(store, actor, WEDNESDAY)
    assert (found.off_minutes, found.room_minutes) == (600, 0)
    # Two of their four days; each activity is rounded to a whole minute.
    assert abs(found.total.target_minutes - 592.5) <= 5.5
    assert found.total.expected_minutes == pytest.approx(found.total.target_minutes)
    assert read(store, second).total.target_minutes == 39.5 * 60 * 4 / 5


def test_the_teams_figures_are_the_sums_over_its_members(store: Store, actor: Actor, second: Actor) -> None:
    part_time(store, second, "mon-fri 09:00-13:00")
    log(store, actor, "blogging", NOW - 4 * HOUR, HOUR)
    log(store, second, "blogging", NOW - 4 * HOUR, 2 * HOUR)
    alone, other, both = read(store, actor), read(store, second), read(store, None)
    for one, two, team in zip(alone.targets, other.targets, both.targets, strict=True):
        assert team.target_minutes == one.target_minutes + two.target_minutes
        assert team.expected_minutes == pytest.approx(one.expected_minutes + two.expected_minutes)
        assert team.done_minutes == one.done_minutes + two.done_minutes
    assert both.room_minutes == alone.room_minutes + other.room_minutes
    change(store, second, left_at=encode(NOW))
    assert read(store, None).total.target_minutes == alone.total.target_minutes
    # Last week they were there still.
    assert read(store, None, week=Week(2026, 47)).total.target_minutes > alone.total.target_minutes


def test_a_zone_of_their_own_moves_the_pace(store: Store, actor: Actor) -> None:
    at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 07:30 in Jakarta, 09:30 in Jayapura
    assert read(store, actor, at).total.expected_minutes == 0
    change(store, actor, zone="Asia/Jayapura")
    assert read(store, actor, at).total.expected_minutes == pytest.approx(39.5 * 60 * 30 / 2400)


def test_a_warning_when_the_rest_no_longer_fits(store: Store, actor: Actor) -> None:
    assert read(store, actor).total.fits
    found = read(store, actor, WEDNESDAY)
    assert not found.total.fits and all(one.fits for one in found.targets)
    found = read(store, actor, datetime(2026, 11, 27, 4, 0, tzinfo=UTC))
    assert [one.key for one in found.targets if not one.fits] == ["blogging"]


def test_of_one_brand_only_what_was_done_is_counted(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        brand = brands.add(conn, actor, NOW, "Teh")
        time_entries.log(conn, actor, NOW, "blogging", Span(NOW - HOUR, NOW), brand="Teh")
    log(store, actor, "blogging", NOW - 3 * HOUR, HOUR)
    found = read(store, actor, WEDNESDAY, brand_id=brand)
    assert found.total.done_minutes == 60 and found.total.fits


def test_the_reserve_says_what_ate_it(store: Store, actor: Actor, second: Actor) -> None:
    log(store, actor, "contingency", NOW - 3 * HOUR, HOUR / 2, "Server mati")
    log(store, actor, "contingency", NOW - 2 * HOUR, HOUR, "Server mati")
    log(store, second, "contingency", NOW - 6 * HOUR, 4 * HOUR)
    budget = read(store, actor).budget
    assert budget is not None and [(one.words, one.minutes) for one in budget.eaten] == [("Server mati", 90)]
    assert not budget.is_spent
    budget = read(store, None).budget
    assert budget is not None and [(one.words, one.minutes) for one in budget.eaten] == [("", 240), ("Server mati", 90)]
    assert budget.target_minutes == 600


def test_what_is_taken_away_or_proposed_counts_nothing(store: Store, actor: Actor) -> None:
    log(store, actor, "blogging", NOW - 3 * HOUR, HOUR)
    log(store, actor, "blogging", NOW - 2 * HOUR, HOUR)
    with store.writing() as conn:
        conn.execute("UPDATE time_entry SET state = 'proposed' WHERE id = 1")
        conn.execute("UPDATE time_entry SET removed_at = ? WHERE id = 2", (encode(NOW),))
    assert read(store, actor).total.done_minutes == 0


def put(store: Store, who: Actor, whose: Actor, **wishes: int | None) -> list[str]:
    with store.writing() as conn:
        return member_targets.put(conn, who, NOW, whose.member_id, wishes)


def test_a_members_own_target(store: Store, actor: Actor) -> None:
    assert put(store, actor, actor, blogging=600, listening=0) == ["blogging", "listening"]
    assert put(store, actor, actor, blogging=600) == []
    found = {one.key: one.target_minutes for one in read(store, actor).targets}
    assert (found["blogging"], found["listening"], found["updates"]) == (600, 0, 240)
    assert put(store, actor, actor, blogging=None) == ["blogging"]
    assert {one.key: one.target_minutes for one in read(store, actor).targets}["blogging"] == 450
    with store.reading() as conn:
        rows = conn.execute("SELECT verb, subject, subject_id, detail FROM event ORDER BY id DESC LIMIT 2").fetchall()
    assert rows == [
        ("target", "member", 1, "blogging –"),
        ("target", "member", 1, "blogging 10h, listening 0m"),
    ]


def test_only_a_lead_sets_somebody_elses(store: Store, actor: Actor, second: Actor) -> None:
    with pytest.raises(Refused, match="only a lead"):
        put(store, actor, second, blogging=600)
    change(store, actor, role="lead")
    assert put(store, actor, second, blogging=600) == ["blogging"]


def test_undo_leaves_what_a_lead_set_since(store: Store, actor: Actor, second: Actor) -> None:
    put(store, second, second, blogging=600)
    put(store, second, second, blogging=500, listening=60)
    with store.writing() as conn:
        assert undoing.undo(conn, second, NOW).ids == (second.member_id,)
    assert {one.key: one.target_minutes for one in read(store, second).targets}["blogging"] == 600
    change(store, actor, role="lead")
    put(store, actor, second, blogging=300)
    with store.writing() as conn:
        left = undoing.undo(conn, second, NOW)
        assert left.ids == () and undoing.refusal(left).startswith("Ana changed it since")
    assert {one.key: one.target_minutes for one in read(store, second).targets}["blogging"] == 300


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(-20_000, 12_000), st.integers(1, 1440), st.integers(0, 10)), max_size=5))
def test_what_was_done_is_what_the_week_counts(memory: Connection, shapes: list[tuple[int, int, int]]) -> None:
    who = Actor(1, "ana", "Ana", "ana")
    span = WEEK.span(ZoneInfo("Asia/Jakarta"))
    with scratch(memory) as conn:
        keys = hours.activities(conn)
        for begin, length, activity in shapes:
            at = span.start + begin * MINUTE
            with suppress(Refused):
                time_entries.log(conn, who, LATER, keys[activity], Span(at, at + length * MINUTE))
        counted = {one.key: one.done_minutes for one in hours.week(conn, span, LATER, 1).activities}
        for member_id in (1, None):
            found = {one.key: one.done_minutes for one in targets.targets(conn, WEEK, LATER, member_id)}
            assert found == pytest.approx(counted)


def test_a_timer_that_was_forgotten_counts_up_to_now(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        time_entries.start(conn, actor, NOW - timedelta(days=40), "blogging")
    assert read(store, actor).total.done_minutes == (NOW - WEEK.span(ZoneInfo("Asia/Jakarta")).start) / MINUTE


@pytest.mark.parametrize(("key", "minutes"), [("juggling", 60), ("blogging", -1), ("blogging", LONGEST_TARGET + 1)])
def test_bad_targets_are_refused(store: Store, actor: Actor, key: str, minutes: int) -> None:
    with pytest.raises(InputError, match=r"choose one of updates|expected from 0 to"):
        put(store, actor, actor, **{key: minutes})


def test_odd_rows_of_another_program_hide_nothing(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        conn.execute("UPDATE member SET zone = 'Nowhere/Land', hours = '[1]' WHERE id = 1")
        teams.put(conn, "working_hours", "x")
    assert read(store, actor).total.target_minutes == 0  # hours that can't be read are none
    change(store, actor, hours=None)
    assert read(store, actor).total.target_minutes == 39.5 * 60
