"""Goals over the rows: counted anew where they change, and how long an answer took."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smdash.core.clock import FixedClock, decode_optional
from smdash.core.goals import Goal
from smdash.core.records import Actor, IncomingMention, MentionKind
from smdash.store import goals, mentions, steps, team_settings, teams, triage, undoing
from smdash.store.connection import Store

# A Monday, 14:05 in Jakarta.
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
SENT = NOW - timedelta(hours=1)
Incoming = Callable[..., IncomingMention]


def arrive(store: Store, *batch: IncomingMention) -> list[int]:
    with store.writing() as conn:
        mentions.apply(conn, batch, goals.current(conn), store.clock.now())
        return [
            conn.execute("SELECT id FROM mention WHERE remote_id = ?", (one.remote_id,)).fetchone()[0] for one in batch
        ]


def due_at(store: Store, mention_id: int) -> datetime | None:
    with store.reading() as conn:
        (found,) = conn.execute("SELECT due_at FROM mention WHERE id = ?", (mention_id,)).fetchone()
    return decode_optional(found)


def change(store: Store, actor: Actor, **settings: object) -> None:
    with store.writing() as conn:
        present = team_settings.read(conn)
        team_settings.write(conn, actor, store.clock.now(), present._replace(**settings), verb="edit")


def answered(store: Store, mention_id: int) -> tuple[object, ...]:
    with store.reading() as conn:
        row: tuple[object, ...] = conn.execute(
            "SELECT answered_by, response_s, handling_s, due_at FROM mention WHERE id = ?", (mention_id,)
        ).fetchone()
    return row


def test_a_team_that_says_nothing_counts_all_hours(store: Store, mention: Incoming) -> None:
    (night,) = arrive(store, mention("1", sent_at=datetime(2026, 11, 21, 20, 0, tzinfo=UTC)))
    assert due_at(store, night) == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def test_changed_goals_move_those_that_wait_and_no_others(
    store: Store, actor: Actor, mention: Incoming, clock: FixedClock
) -> None:
    waits, done, urgent, own = arrive(store, mention("1"), mention("2"), mention("3"), mention("4", own=True))
    with store.writing() as conn:
        triage.finish(conn, actor, [done], NOW)
        triage.set_priority(conn, actor, [urgent], 2, NOW)
    before = due_at(store, done)
    change(store, actor, closer_goals=(Goal(10, priority=2), Goal(30, platform="mastodon")))
    assert goals.catch_up(store) == 2
    assert due_at(store, waits) == SENT + timedelta(minutes=30)
    assert due_at(store, urgent) == SENT + timedelta(minutes=10)
    assert (due_at(store, done), due_at(store, own)) == (before, None)
    with store.reading() as conn:
        assert goals.to_count(conn) is None
    assert goals.catch_up(store) == 0


def test_working_hours_and_holidays_count_once_the_team_says_so(store: Store, actor: Actor, mention: Incoming) -> None:
    (one,) = arrive(store, mention("1"))
    change(store, actor, goals_count="working_hours")
    goals.catch_up(store)
    # Sent at 13:05 with four hours to go, of which the Monday has 3 h 55 min left.
    assert due_at(store, one) == datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
    (arrives_so,) = arrive(store, mention("2"))
    assert due_at(store, arrives_so) == due_at(store, one)


def test_the_word_stays_where_goals_change_while_rows_are_counted(store: Store, actor: Actor) -> None:
    change(store, actor, goals=(("mention", 5),))
    with store.reading() as conn:
        word = goals.to_count(conn)
    assert word is not None
    change(store, actor, goals=(("mention", 6),))
    with store.writing() as conn:
        goals.counted(conn, word)
        assert goals.to_count(conn) not in (None, word)


def test_a_higher_priority_is_due_sooner_and_undo_gives_the_time_back(
    store: Store, actor: Actor, mention: Incoming
) -> None:
    change(store, actor, closer_goals=(Goal(10, priority=2),))
    (one,) = arrive(store, mention("1"))
    with store.writing() as conn:
        triage.set_priority(conn, actor, [one], 2, NOW)
    assert due_at(store, one) == SENT + timedelta(minutes=10)
    with store.writing() as conn:
        undoing.undo(conn, actor, NOW)
    assert due_at(store, one) == SENT + timedelta(minutes=240)
    with store.writing() as conn:
        undoing.redo(conn, actor, NOW)
    assert due_at(store, one) == SENT + timedelta(minutes=10)


def test_settings_that_another_program_broke_count_as_not_set(store: Store, mention: Incoming) -> None:
    with store.writing() as conn:
        for key, value in (
            ("response_goal", [{"minutes": "x"}, 7]), ("goals_count", 3), ("working_hours", []), ("holidays", {"x": 1}),
        ):  # fmt: skip
            teams.put(conn, key, value)
    (one,) = arrive(store, mention("1"))
    assert due_at(store, one) == SENT + timedelta(minutes=240)


def test_an_answer_from_the_networks_own_site_is_timed(store: Store, mention: Incoming) -> None:
    (one,) = arrive(store, mention("1"))
    reply = mention("r", own=True, parent_id="1", sent_at=SENT + timedelta(minutes=20))
    arrive(store, reply, mention("r2", own=True, parent_id="1", sent_at=SENT + timedelta(minutes=10)))
    assert answered(store, one) == (None, 600, None, None)
    arrive(store, mention("r3", own=True, parent_id="1", sent_at=SENT + timedelta(minutes=50)))
    assert answered(store, one) == (None, 600, None, None)


@pytest.mark.parametrize(("counts", "seconds"), [("all_hours", 16.5 * 3600), ("working_hours", 30 * 60)])
def test_a_members_answer_is_timed_as_the_goals_are(
    store: Store, actor: Actor, mention: Incoming, counts: str, seconds: float
) -> None:
    change(store, actor, goals_count=counts)
    (one,) = arrive(store, mention("1", kind=MentionKind.DM, sent_at=datetime(2026, 11, 23, 9, 45, tzinfo=UTC)))
    at = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
    with store.writing() as conn:
        conn.execute(
            "INSERT INTO claim (kind, member_id, mention_id, session, since, beat_at) VALUES ('reply', ?, ?, 's', ?, ?)",
            (actor.member_id, one, "2026-11-24T02:14:00.000Z", "2026-11-24T02:14:50.000Z"),
        )
        assert goals.answered(conn, one, at, actor.member_id)
        assert not goals.answered(conn, one, at + timedelta(hours=1), actor.member_id)
    assert answered(store, one) == (actor.member_id, seconds, 60, None)


def test_an_answer_as_a_step_can_be_taken_back(store: Store, actor: Actor, mention: Incoming) -> None:
    (one,) = arrive(store, mention("1"))
    before = due_at(store, one)
    with store.writing() as conn:
        steps.change(conn, actor, [one], NOW, "reply", goals.answer(conn, one, NOW, actor.member_id))
    assert answered(store, one) == (actor.member_id, 3600, None, None)
    with store.writing() as conn:
        undoing.undo(conn, actor, NOW)
    assert answered(store, one)[:3] == (None, None, None)
    assert due_at(store, one) == before
