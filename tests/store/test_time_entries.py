"""Time entries changed afterwards, what is refused, and undo of all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, CampaignKind, Role, TimeEntry
from smdash.store import brands, campaigns, events, hours, members, time_entries, undoing
from smdash.store.connection import Store, open_store

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EVER = Span(NOW - timedelta(days=9), NOW + timedelta(days=9))
# An entry as tests write it down: activity, minutes before NOW at which it begins and ends.
Line = tuple[str, float, float | None]


@pytest.fixture
def do(store: Store) -> Callable[..., Any]:
    """``do(time_entries.edit, who, …)`` in a transaction of its own."""

    def done(verb: Callable[..., Any], *words: Any, **options: Any) -> Any:
        with store.writing() as conn:
            return verb(conn, *words, **options)

    return done


@pytest.fixture
def log(do: Callable[..., Any]) -> Callable[..., int]:
    """``log(who, "blogging", 120, 60)``: an entry from so many minutes before now to so many."""

    def logged(who: Actor, activity: str, begin: float, end: float, **options: Any) -> int:
        span = Span(NOW - begin * MINUTE, NOW - end * MINUTE)
        return int(do(time_entries.log, who, NOW, activity, span, **options))

    return logged


def book(store: Store, who: Actor | None = None, states: tuple[str, ...] = ("confirmed",)) -> list[Line]:
    """What is written down."""
    with store.reading() as conn:
        found = time_entries.select(conn, who.member_id if who else None, EVER, states=states)
    return [
        (one.activity, (NOW - one.started_at) / MINUTE, None if one.ended_at is None else (NOW - one.ended_at) / MINUTE)
        for one in found
    ]


def get(store: Store, entry_id: int) -> TimeEntry:
    with store.reading() as conn:
        return time_entries.get(conn, entry_id)


def back(store: Store, who: Actor, way: Callable[..., undoing.Undone] = undoing.undo) -> undoing.Undone:
    with store.writing() as conn:
        return way(conn, who, NOW)


def test_a_moved_edge_takes_the_neighbours_along_as_one_step(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    first, second, third = (
        log(actor, "updates", 180, 120),
        log(actor, "blogging", 120, 60),
        log(actor, "strategy", 60, 0),
    )
    before = book(store)
    changed = do(time_entries.edit, actor, second, NOW, started_at=NOW - 150 * MINUTE, ended_at=NOW - 70 * MINUTE)
    assert (changed.started_at, changed.ended_at) == (NOW - 150 * MINUTE, NOW - 70 * MINUTE)
    after = [("updates", 180, 150), ("blogging", 150, 70), ("strategy", 70, 0)]
    assert book(store) == after
    for _turn in range(2):
        assert set(back(store, actor).ids) == {first, second, third}
        assert book(store) == before
        assert set(back(store, actor, undoing.redo).ids) == {first, second, third}
        assert book(store) == after


def test_a_neighbour_grows_into_what_is_left(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    log(actor, "updates", 180, 120)
    second = log(actor, "blogging", 120, 60)
    do(time_entries.start, actor, NOW, "strategy", at=NOW - 60 * MINUTE)
    do(time_entries.edit, actor, second, NOW, started_at=NOW - 100 * MINUTE, ended_at=NOW - 80 * MINUTE)
    assert book(store) == [("updates", 180, 100), ("blogging", 100, 80), ("strategy", 80, None)]
    back(store, actor)
    assert book(store) == [("updates", 180, 120), ("blogging", 120, 60), ("strategy", 60, None)]


def test_an_edge_does_not_go_past_its_neighbour(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    log(actor, "updates", 180, 120)
    second = log(actor, "blogging", 120, 60)
    log(actor, "strategy", 50, 10)
    before = book(store)
    with pytest.raises(Refused, match="nothing would be left of updates"):
        do(time_entries.edit, actor, second, NOW, started_at=NOW - 180 * MINUTE)
    with pytest.raises(Refused, match="overlaps with strategy"):
        do(time_entries.edit, actor, second, NOW, ended_at=NOW - 40 * MINUTE)
    with pytest.raises(Refused, match="overlaps with updates"):
        do(time_entries.edit, actor, second, NOW, started_at=NOW - 200 * MINUTE, ended_at=NOW - 130 * MINUTE)
    assert book(store) == before


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (60, 61, "ends after it begins"), (60, 60, "ends after it begins"), (25 * 60, 0, "at most 24 hours"),
        (10, -1, "in the future"), (-10, -20, "in the future"),
    ],
)  # fmt: skip
def test_times_that_can_not_be(
    store: Store,
    actor: Actor,
    do: Callable[..., Any],
    log: Callable[..., int],
    begin: float,
    end: float,
    words: str,
) -> None:
    entry = log(actor, "updates", 90, 80)
    with pytest.raises(InputError, match=words):
        do(time_entries.edit, actor, entry, NOW, started_at=NOW - begin * MINUTE, ended_at=NOW - end * MINUTE)
    with pytest.raises(InputError, match=words):
        log(actor, "blogging", begin, end)
    assert book(store) == [("updates", 90, 80)]


def test_a_day_is_the_most(store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]) -> None:
    log(actor, "updates", 24 * 60, 0)
    back(store, actor)
    with pytest.raises(InputError, match="at most 24 hours"):
        do(time_entries.start, actor, NOW, "updates", at=NOW - 25 * HOUR)
    do(time_entries.start, actor, NOW, "updates")
    later = NOW + 25 * HOUR
    for verb, words in ((time_entries.stop, ()), (time_entries.start, ("blogging",))):
        with pytest.raises(Refused, match=r"longer than the 24 hours .* hours stop --at"):
            do(verb, actor, later, *words)
    do(time_entries.stop, actor, later, at=NOW + HOUR)
    do(time_entries.start, actor, later, "blogging")
    assert book(store) == [("updates", 0, -60), ("blogging", -25 * 60, None)]


def test_what_an_entry_says_of_itself(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    do(brands.add, actor, NOW, "Kopi")
    campaign = do(
        campaigns.add, actor, NOW, name="Gajian", kind=CampaignKind.PROMOTION, starts_at=NOW, ends_at=NOW + HOUR, zone="UTC"
    )  # fmt: skip
    entry = log(actor, "updates", 90, 80, note="satu", brand="kopi", campaign="Gajian")
    found = get(store, entry)
    assert (found.note, found.brand, found.campaign, found.login) == ("satu", "Kopi", "Gajian", "ana")
    do(time_entries.edit, actor, entry, NOW, activity="blogging", note="", brand="", campaign="")
    found = get(store, entry)
    assert (found.activity, found.note, found.brand, found.campaign) == ("blogging", None, None, None)
    back(store, actor)
    found = get(store, entry)
    assert (found.activity, found.note, found.brand, found.campaign) == ("updates", "satu", "Kopi", "Gajian")
    do(time_entries.start, actor, NOW, "updates", campaign="Gajian")
    going_on = do(time_entries.start, actor, NOW, "updates", note="dua")
    assert get(store, going_on.id).note == "dua" and get(store, going_on.id).campaign == "Gajian"
    for verb, words in (
        (time_entries.edit, (entry, NOW)), (time_entries.start, (NOW, "blogging")),
        (time_entries.log, (NOW, "blogging", Span(NOW - HOUR, NOW))),
    ):  # fmt: skip
        with pytest.raises(InputError, match="no campaign “Harbolnas”"):
            do(verb, actor, *words, campaign="Harbolnas")
        with pytest.raises(InputError, match="no brand “Teh”"):
            do(verb, actor, *words, brand="Teh")
    with pytest.raises(InputError, match="choose one of updates"):
        do(time_entries.edit, actor, entry, NOW, activity="juggling")
    do(lambda conn: conn.execute("UPDATE campaign SET removed_at = '2026-11-23' WHERE id = ?", (campaign,)))
    with pytest.raises(InputError, match="campaign “Gajian”"):
        do(time_entries.edit, actor, entry, NOW, campaign="Gajian")


def test_what_was_done_last_is_resumed(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    with pytest.raises(Refused, match="nothing to resume"):
        do(time_entries.resume, actor, NOW)
    do(brands.add, actor, NOW, "Kopi")
    log(actor, "updates", 90, 80, note="satu", brand="Kopi")
    log(actor, "blogging", 120, 100)
    found = do(time_entries.resume, actor, NOW)
    assert (found.activity, found.note, get(store, found.id).brand) == ("updates", "satu", "Kopi")
    with pytest.raises(Refused, match="updates is running already, since Mon 23 Nov 14:05 WIB"):
        do(time_entries.resume, actor, NOW)
    back(store, actor)
    assert book(store) == [("blogging", 120, 100), ("updates", 90, 80)]


def test_an_entry_is_split_and_joined_by_undo(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    entry = log(actor, "updates", 90, 30, note="satu")
    one, other = do(time_entries.split, actor, entry, NOW - 50 * MINUTE, NOW)
    assert book(store) == [("updates", 90, 50), ("updates", 50, 30)]
    assert one == entry and get(store, other).note == "satu"
    for at in (90, 50, 91, -10):
        with pytest.raises(InputError, match="can be split between"):
            do(time_entries.split, actor, entry, NOW - at * MINUTE, NOW)
    back(store, actor)
    assert book(store) == [("updates", 90, 30)]
    back(store, actor, undoing.redo)
    assert book(store) == [("updates", 90, 50), ("updates", 50, 30)]


def test_what_runs_is_split_and_its_second_part_runs(store: Store, actor: Actor, do: Callable[..., Any]) -> None:
    do(time_entries.start, actor, NOW, "updates", at=NOW - 60 * MINUTE)
    with store.reading() as conn:
        running = hours.running(conn, actor.member_id)
    assert running is not None
    _one, other = do(time_entries.split, actor, running.id, NOW - 20 * MINUTE, NOW)
    assert book(store) == [("updates", 60, 20), ("updates", 20, None)]
    with store.reading() as conn:
        assert hours.running(conn, actor.member_id) == running._replace(id=other, started_at=NOW - 20 * MINUTE)
    back(store, actor)
    assert book(store) == [("updates", 60, None)]


def test_what_was_taken_away_comes_back(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    first, second = log(actor, "updates", 90, 60), log(actor, "blogging", 60, 30)
    before = book(store)
    assert do(time_entries.remove, actor, [first, second, first], NOW) == 2
    assert book(store) == []
    with store.reading() as conn:
        assert not any(one.done_minutes for one in hours.week(conn, EVER, NOW, actor.member_id).activities)
    for verb, words in ((time_entries.edit, (first, NOW)), (time_entries.remove, ([first], NOW))):
        with pytest.raises(InputError, match=f"no time entry {first}"):
            do(verb, actor, *words)
    back(store, actor)
    assert book(store) == before


def test_nothing_happens_to_what_was_taken_away(
    store: Store, actor: Actor, second: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    do(members.change, actor, NOW, "budi", {"role": Role.LEAD.value})
    entry = log(actor, "updates", 90, 60)
    do(time_entries.edit, second, entry, NOW, started_at=NOW - 80 * MINUTE)
    do(time_entries.remove, actor, [entry], NOW)
    assert back(store, second).ids == ()
    back(store, actor)
    assert book(store) == [("updates", 80, 60)]


def test_a_timer_that_was_taken_away_leaves_room_for_another(
    store: Store, actor: Actor, do: Callable[..., Any]
) -> None:
    found = do(time_entries.start, actor, NOW - HOUR, "updates")
    do(time_entries.remove, actor, [found.id], NOW)
    with pytest.raises(Refused, match="no activity is running"):
        do(time_entries.stop, actor, NOW)
    do(time_entries.start, actor, NOW, "blogging")
    assert book(store) == [("blogging", 0, None)]


def test_every_step_of_a_timer_is_undone_and_done_again(store: Store, actor: Actor, do: Callable[..., Any]) -> None:
    steps: list[list[Line]] = [[]]
    do(time_entries.start, actor, NOW - 60 * MINUTE, "updates")
    steps.append(book(store))
    do(time_entries.start, actor, NOW - 40 * MINUTE, "blogging")
    steps.append(book(store))
    assert steps[-1] == [("updates", 60, 40), ("blogging", 40, None)]
    do(time_entries.start, actor, NOW - 40 * MINUTE, "strategy")  # nothing of blogging is left
    steps.append(book(store))
    assert steps[-1] == [("updates", 60, 40), ("strategy", 40, None)]
    do(time_entries.stop, actor, NOW)
    steps.append(book(store))
    for step in reversed(steps[:-1]):
        back(store, actor)
        assert book(store) == step
    for step in steps[1:]:
        back(store, actor, undoing.redo)
        assert book(store) == step


def test_undo_never_makes_two_run_or_two_at_once(
    store: Store, actor: Actor, second: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    do(members.change, actor, NOW, "budi", {"role": Role.LEAD.value})
    other = log(actor, "blogging", 50, 40)
    entry = log(actor, "updates", 90, 60)
    do(time_entries.edit, actor, entry, NOW, ended_at=NOW - 80 * MINUTE)
    do(time_entries.edit, second, other, NOW, started_at=NOW - 75 * MINUTE)
    before = book(store)
    found = back(store, actor)
    assert found.ids == () and "another entry is at that time" in undoing.refusal(found)
    assert book(store) == before
    running = do(time_entries.start, actor, NOW - 30 * MINUTE, "strategy")
    do(time_entries.remove, second, [running.id], NOW)
    do(time_entries.start, actor, NOW - 10 * MINUTE, "community")
    before = book(store)
    found = back(store, second)
    assert found.ids == () and "another entry is at that time" in undoing.refusal(found)
    assert book(store) == before


def test_a_step_is_put_back_whole_or_not_at_all(
    store: Store, actor: Actor, second: Actor, do: Callable[..., Any]
) -> None:
    do(members.change, actor, NOW, "budi", {"role": Role.LEAD.value})
    first = do(time_entries.start, actor, NOW - 60 * MINUTE, "updates")
    do(time_entries.start, actor, NOW - 40 * MINUTE, "blogging")
    do(time_entries.edit, second, first.id, NOW, ended_at=NOW - 45 * MINUTE)
    before = book(store)
    assert before == [("updates", 60, 45), ("blogging", 45, None)]
    found = back(store, actor)
    assert found.ids == () and undoing.refusal(found) == "Budi changed it since, so it was not undone"
    assert book(store) == before


def test_only_a_lead_changes_what_is_anothers(
    store: Store, actor: Actor, second: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    entry = log(actor, "updates", 90, 60)
    for verb, words in (
        (time_entries.edit, (entry, NOW)), (time_entries.remove, ([entry], NOW)),
        (time_entries.split, (entry, NOW - 70 * MINUTE, NOW)),
    ):  # fmt: skip
        with pytest.raises(Refused, match="only ana and a lead may change it"):
            do(verb, second, *words)
    do(members.change, actor, NOW, "budi", {"role": Role.LEAD.value})
    _one, other = do(time_entries.split, second, entry, NOW - 70 * MINUTE, NOW)
    assert get(store, other).login == "ana"


def test_a_specialist_lets_no_proposal_of_another_count(
    store: Store, actor: Actor, second: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    entry = log(actor, "updates", 90, 60)
    do(lambda conn: conn.execute("UPDATE time_entry SET state = 'proposed' WHERE id = ?", (entry,)))
    with pytest.raises(Refused, match=f"entry {entry} is"):
        do(time_entries.confirm, second, [entry], NOW)
    assert book(store) == []


def test_a_proposal_counts_once_it_is_confirmed(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    entry = log(actor, "updates", 90, 60)
    do(lambda conn: conn.execute("UPDATE time_entry SET state = 'proposed', evidence = '[[\"reply\", 3]]'"))
    assert book(store) == [] and book(store, states=("proposed",)) == [("updates", 90, 60)]
    assert get(store, entry).evidence == (("reply", 3),)
    assert do(time_entries.confirm, actor, [entry], NOW, activity="community") == 1
    assert book(store) == [("community", 90, 60)]
    assert do(time_entries.confirm, actor, [entry], NOW) == 0
    back(store, actor)
    assert book(store, states=("proposed",)) == [("updates", 90, 60)]
    # A proposal may be moved over others' edges, never over what counts.
    log(actor, "blogging", 60, 30)
    do(time_entries.edit, actor, entry, NOW, ended_at=NOW - 70 * MINUTE)
    assert book(store) == [("blogging", 60, 30)]
    with pytest.raises(Refused, match="overlaps with blogging"):
        do(time_entries.edit, actor, entry, NOW, ended_at=NOW - 50 * MINUTE)
    with pytest.raises(Refused, match="overlaps with blogging"), store.writing() as conn:
        conn.execute("UPDATE time_entry SET ended_at = '2026-11-23T06:20:00.000Z' WHERE id = ?", (entry,))
        time_entries.confirm(conn, actor, [entry], NOW)


def test_an_entry_of_a_file_is_written_once(
    store: Store, actor: Actor, second: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    entry = log(actor, "updates", 90, 60, uid="a@file")
    assert get(store, entry).uid == "a@file"
    with pytest.raises(Refused, match=f"there already, as entry {entry}"):
        log(actor, "updates", 30, 20, uid="a@file")
    log(second, "updates", 90, 60, uid="a@file")
    do(time_entries.remove, actor, [entry], NOW)
    log(actor, "updates", 90, 60, uid="a@file")
    assert book(store, actor) == [("updates", 90, 60)]


def test_a_clock_that_was_set_back_makes_nothing_overlap(
    store: Store, actor: Actor, do: Callable[..., Any], log: Callable[..., int]
) -> None:
    log(actor, "updates", 60, 0)
    do(time_entries.start, actor, NOW - 30 * MINUTE, "blogging")
    assert book(store) == [("updates", 60, 0), ("blogging", 0, None)]
    do(time_entries.stop, actor, NOW + HOUR)
    do(time_entries.resume, actor, NOW)
    assert book(store)[-1] == ("blogging", -60, None)
    with pytest.raises(InputError, match="later time"):
        do(time_entries.start, actor, NOW, "strategy", at=NOW - 10 * MINUTE)


def test_two_terminals_that_stop_and_move_at_once_are_told(
    store: Store, actor: Actor, db: Path, do: Callable[..., Any]
) -> None:
    found = do(time_entries.start, actor, NOW - HOUR, "updates")
    with open_store(db, clock=FixedClock(NOW)) as other:
        with other.writing() as conn:
            time_entries.stop(conn, actor, NOW - 10 * MINUTE)
        with pytest.raises(Refused, match="no activity is running"):
            do(time_entries.stop, actor, NOW)
        do(time_entries.remove, actor, [found.id], NOW)
        with pytest.raises(InputError, match=f"no time entry {found.id}"), other.writing() as conn:
            time_entries.edit(conn, actor, found.id, NOW, note="x")


def test_every_change_is_in_the_book(store: Store, actor: Actor, do: Callable[..., Any]) -> None:
    found = do(time_entries.start, actor, NOW - HOUR, "updates")
    do(time_entries.start, actor, NOW - 30 * MINUTE, "blogging")
    do(time_entries.edit, actor, found.id, NOW, note="satu")
    back(store, actor)
    with store.reading() as conn:
        told = [one.verb for one in events.history(conn, "time_entry", found.id)]
    assert told == ["start", "switch", "edit", "undo"]


def test_entries_are_found_by_index_however_many_there_are(store: Store, actor: Actor) -> None:
    from smdash.store import time_rows

    with store.reading() as conn:
        for member, index in ((actor.member_id, "time_entry_by_member"), (None, "time_entry_by_start")):
            condition, values = time_rows.touching(EVER, member)
            plan = [
                str(row[3])
                for row in conn.execute(f"EXPLAIN QUERY PLAN SELECT * FROM time_entry t WHERE {condition}", values)
            ]
            assert any(index in line and "started_at>" in line for line in plan), plan
            assert any("time_entry_running" in line for line in plan), plan
            assert not any(line == "SCAN t" for line in plan), plan
