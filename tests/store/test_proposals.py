"""Proposals in the store: from the member's own steps alone, the same rows each time, and what accept, drop and undo do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, MentionKind, Role, TimeEntry
from smdash.store import events, moderation, notes, people, proposals, replies, teams, time_entries, triage, undoing
from smdash.store.connection import Store
from smdash.store.driver import Connection
from tests.desk import arrive

TODAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)
Work = Callable[[Connection], object]


@pytest.fixture
def ids(store: Store, actor: Actor) -> list[int]:
    """Ten comments, and after them two hits of a search."""
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", store.clock.now())
    arrive(store, *(f"komentar {n}" for n in range(10)), minutes_ago=600)
    arrive(store, "temuan satu", "temuan dua", minutes_ago=500, kind=MentionKind.LISTENING)
    with store.reading() as conn:
        return [row[0] for row in conn.execute("SELECT id FROM mention ORDER BY id")]


def do(store: Store, work: Work) -> None:
    with store.writing() as conn:
        work(conn)


def refresh(store: Store, who: Actor, of: date = TODAY) -> tuple[TimeEntry, ...]:
    with store.writing() as conn:
        return proposals.refresh(conn, who, of, store.clock.now())


def told(found: tuple[TimeEntry, ...]) -> list[tuple[str, int, dict[str, int]]]:
    """Activity, minutes and evidence of each."""
    return [
        (one.activity, round(((one.ended_at or one.started_at) - one.started_at) / MINUTE), dict(one.evidence))
        for one in found
    ]


def work_an_hour(store: Store, who: Actor, clock: FixedClock, ids: list[int]) -> None:
    """Three replies and a batch of three, with five minutes between, then half an hour later two hits."""
    for one in ids[:3]:
        do(store, lambda conn, one=one: replies.send(conn, who, one, f"Baik {one}", clock.now()))  # type: ignore[misc]
        clock.move(5 * MINUTE)
    do(store, lambda conn: triage.finish(conn, who, ids[:3], clock.now()))
    clock.move(30 * MINUTE)
    do(store, lambda conn: triage.finish(conn, who, ids[10:12], clock.now()))


WORKED = [("conversation", 23, {"reply": 3, "done": 3}), ("listening", 5, {"hit": 2})]


def test_a_days_steps_become_entries_with_their_evidence(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    work_an_hour(store, actor, clock, ids)
    assert told(refresh(store, actor)) == WORKED
    assert refresh(store, actor, TODAY - timedelta(days=1)) == ()


def test_computing_again_writes_nothing(store: Store, actor: Actor, clock: FixedClock, ids: list[int]) -> None:
    work_an_hour(store, actor, clock, ids)
    first = refresh(store, actor)
    with store.reading() as conn:
        before = conn.execute("SELECT seq FROM change WHERE topic = 'hours'").fetchone()
        assert proposals.day(conn, actor.member_id, TODAY, clock.now()) == proposals.Day(TODAY, (), first, True)
    assert refresh(store, actor) == first
    with store.reading() as conn:
        assert conn.execute("SELECT seq FROM change WHERE topic = 'hours'").fetchone() == before


def test_a_proposal_that_grows_stays_the_same_row(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    do(store, lambda conn: replies.send(conn, actor, ids[0], "Baik", clock.now()))
    (first,) = refresh(store, actor)
    clock.move(6 * MINUTE)
    do(store, lambda conn: replies.send(conn, actor, ids[1], "Baik juga", clock.now()))
    (second,) = refresh(store, actor)
    assert (second.id, told((second,))) == (first.id, [("conversation", 14, {"reply": 2})])


def test_what_was_accepted_is_not_proposed_again_and_undo_proposes_it_anew(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    work_an_hour(store, actor, clock, ids)
    talk, hits = refresh(store, actor)
    do(store, lambda conn: time_entries.confirm(conn, actor, [talk.id], clock.now(), activity="community"))
    assert refresh(store, actor) == (hits,)
    with store.reading() as conn:
        assert [one.activity for one in proposals.day(conn, actor.member_id, TODAY, clock.now()).confirmed] == [
            "community"
        ]
    do(store, lambda conn: undoing.undo(conn, actor, clock.now()))
    assert refresh(store, actor) == (talk, hits)


def test_what_was_dropped_stays_away_until_undo(store: Store, actor: Actor, clock: FixedClock, ids: list[int]) -> None:
    work_an_hour(store, actor, clock, ids)
    talk, hits = refresh(store, actor)
    do(store, lambda conn: proposals.drop(conn, actor, [talk.id, hits.id], clock.now()))
    assert refresh(store, actor) == ()
    with store.writing() as conn:
        undone = undoing.undo(conn, actor, clock.now())
    assert (undone.verb, undone.refused) == ("refuse", 0)
    assert refresh(store, actor) == (talk, hits)
    do(store, lambda conn: undoing.redo(conn, actor, clock.now()))
    assert refresh(store, actor) == ()


def test_never_over_the_timer_and_what_was_written_down(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    begun = clock.now()
    work_an_hour(store, actor, clock, ids)
    do(store, lambda conn: time_entries.log(conn, actor, clock.now(), "blogging", Span(begun, begun + 10 * MINUTE)))
    assert told(refresh(store, actor)) == [
        ("conversation", 8, {"reply": 1}),
        ("conversation", 5, {"done": 3}),
        WORKED[1],
    ]
    do(store, lambda conn: time_entries.start(conn, actor, clock.now(), "updates", at=begun + 12 * MINUTE))
    assert told(refresh(store, actor)) == [("conversation", 8, {"reply": 1})]


def test_nobody_is_shown_a_proposal_over_what_was_written_down_since(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    begun = clock.now()
    work_an_hour(store, actor, clock, ids)
    talk, hits = refresh(store, actor)
    do(store, lambda conn: time_entries.log(conn, actor, clock.now(), "blogging", Span(begun, begun + 10 * MINUTE)))
    whole = Span(begun - 60 * MINUTE, clock.now())
    with store.reading() as conn:
        assert time_entries.select(conn, actor.member_id, whole, states=("proposed",)) == (hits,)
    # The row that is covered becomes one of what is left beside it.
    assert talk.id in {one.id for one in refresh(store, actor)}
    with store.reading() as conn:
        assert len(time_entries.select(conn, actor.member_id, whole, states=("proposed",))) == 3


def test_what_undo_took_back_says_nothing_and_redo_says_it_again(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    do(store, lambda conn: triage.finish(conn, actor, ids[:4], clock.now()))
    done = refresh(store, actor)
    assert told(done) == [("conversation", 5, {"done": 4})]
    clock.move(MINUTE)
    for way, found in ((undoing.undo, ()), (undoing.redo, done), (undoing.undo, ()), (undoing.redo, done)):
        do(store, lambda conn, way=way: way(conn, actor, clock.now()))  # type: ignore[misc]
        assert told(refresh(store, actor)) == told(found)
    # The answer that is taken back as well, with what the mention's own history tells of it.
    clock.move(60 * MINUTE)
    do(store, lambda conn: replies.send(conn, actor, ids[5], "Baik", clock.now()))
    assert len(refresh(store, actor)) == 2
    do(store, lambda conn: undoing.undo(conn, actor, clock.now()))
    assert told(refresh(store, actor)) == told(done)


def test_what_another_member_or_the_service_did_is_not_mine(
    store: Store, actor: Actor, second: Actor, clock: FixedClock, ids: list[int]
) -> None:
    work_an_hour(store, second, clock, ids)
    with store.writing() as conn:
        conn.execute(
            "INSERT INTO event (at, login, verb, subject, subject_id) SELECT at, 'smdash', 'done', 'mention', 1 FROM event"
        )
    assert refresh(store, actor) == ()
    assert told(refresh(store, second)) == WORKED


def test_nobody_decides_about_anothers_proposals_not_even_a_lead(
    store: Store, actor: Actor, second: Actor, clock: FixedClock, ids: list[int]
) -> None:
    work_an_hour(store, actor, clock, ids)
    talk, _hits = refresh(store, actor)
    with store.writing() as conn:
        conn.execute("UPDATE member SET role = ? WHERE id = ?", (Role.LEAD.value, second.member_id))
    for work in (
        lambda conn: proposals.drop(conn, second, [talk.id], clock.now()),
        lambda conn: time_entries.confirm(conn, second, [talk.id], clock.now()),
        lambda conn: time_entries.edit(conn, second, talk.id, clock.now(), activity="updates"),
        lambda conn: time_entries.remove(conn, second, [talk.id], clock.now()),
    ):
        with pytest.raises(Refused, match="another member's"):
            do(store, work)
    assert len(refresh(store, actor)) == 2


def test_dropping_what_counts_or_is_not_there_is_refused_in_words(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    work_an_hour(store, actor, clock, ids)
    talk, hits = refresh(store, actor)
    do(store, lambda conn: time_entries.confirm(conn, actor, [talk.id], clock.now()))
    with pytest.raises(InputError, match="counts already"):
        do(store, lambda conn: proposals.drop(conn, actor, [hits.id, talk.id], clock.now()))
    with pytest.raises(InputError, match="there is no time entry 999"):
        do(store, lambda conn: proposals.drop(conn, actor, [999], clock.now()))
    # Refused as a whole.
    assert refresh(store, actor) == (hits,)


def test_each_kind_of_work_is_told_from_the_book_as_it_is_written(
    store: Store, actor: Actor, clock: FixedClock, ids: list[int]
) -> None:
    def hour(work: Work) -> tuple[str, dict[str, int]]:
        clock.move(20 * MINUTE)
        do(store, work)
        last = refresh(store, actor)[-1]
        assert last.ended_at == clock.now()
        return last.activity, dict(last.evidence)

    now = clock.now
    assert hour(lambda conn: moderation.hide(conn, actor, ids[:2], now())) == ("updates", {"comment": 2})
    assert hour(lambda conn: notes.add(conn, actor, now(), "lihat", mention_id=ids[0])) == ("conversation", {"note": 1})
    assert hour(lambda conn: people.note(conn, actor, ids[0], "baik", now())) == ("community", {"person": 1})
    assert hour(lambda conn: people.label(conn, actor, ids[0], "setia", True, now())) == ("community", {"person": 1})
    assert hour(lambda conn: events.record(conn, actor, now(), "add", "milestone", 1)) == (
        "campaigns",
        {"milestone": 1},
    )


def test_the_days_that_have_something_left(store: Store, actor: Actor, clock: FixedClock, ids: list[int]) -> None:
    work_an_hour(store, actor, clock, ids)
    clock.move(timedelta(days=1))
    do(store, lambda conn: triage.finish(conn, actor, ids[3:5], clock.now()))
    days = [TODAY + timedelta(days=n) for n in range(-1, 3)]
    with store.reading() as conn:
        found = proposals.left(conn, actor.member_id, days, clock.now())
    assert found == (
        proposals.Left(TODAY, 2, 28 * MINUTE), proposals.Left(TODAY + timedelta(days=1), 1, 5 * MINUTE),
    )  # fmt: skip
