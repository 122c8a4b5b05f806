"""Decisions: written down, changed, done, taken away, and each of these put back."""

import pytest

from smdash.core.clock import Week
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.core.reports import Decision
from smdash.store import decisions, undoing
from smdash.store.connection import Store

WEEK = Week(2026, 47)


def all_of(store: Store) -> tuple[Decision, ...]:
    with store.reading() as conn:
        return decisions.select(conn, every=True)


def undo(store: Store, who: Actor) -> None:
    with store.writing() as conn:
        assert undoing.undo(conn, who, store.clock.now()).ids


def redo(store: Store, who: Actor) -> None:
    with store.writing() as conn:
        assert undoing.redo(conn, who, store.clock.now()).ids


def test_every_step_can_be_put_back_and_done_again(store: Store, actor: Actor, second: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        one = decisions.add(conn, actor, now, WEEK, " Lebih  banyak\nedukasi ", owner="budi")
    (written,) = all_of(store)
    assert (written.body, written.owner, written.author, written.week) == (
        "Lebih banyak edukasi", "Budi", "Ana", "2026-W47",
    )  # fmt: skip
    with store.writing() as conn:
        assert decisions.edit(conn, actor, one, now, body="Dua artikel", owner="", week=Week(2026, 48))
        assert not decisions.edit(conn, actor, one, now, body="Dua artikel")
    (changed,) = all_of(store)
    assert (changed.body, changed.owner, changed.week) == ("Dua artikel", None, "2026-W48")
    with store.writing() as conn:
        decisions.done(conn, actor, one, now)
    with store.reading() as conn:
        assert decisions.select(conn) == ()
        assert [found.done_at for found in decisions.select(conn, Week(2026, 48))] == [now]
    with store.writing() as conn:
        decisions.remove(conn, actor, one, now)
    assert all_of(store) == ()
    undo(store, actor)
    undo(store, actor)
    assert all_of(store) == (changed,)
    undo(store, actor)
    assert all_of(store) == (written,)
    undo(store, actor)
    assert all_of(store) == ()
    redo(store, actor)
    assert all_of(store) == (written,)


def test_what_somebody_else_changed_since_stays(store: Store, actor: Actor, second: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        one = decisions.add(conn, actor, now, WEEK, "Dua artikel")
        decisions.edit(conn, actor, one, now, body="Tiga artikel")
        decisions.edit(conn, second, one, now, body="Empat artikel")
        assert undoing.undo(conn, actor, now).by == "Budi"
    assert [found.body for found in all_of(store)] == ["Empat artikel"]


def test_what_is_no_decision_is_refused_in_words(store: Store, actor: Actor, second: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        with pytest.raises(InputError, match="needs words"):
            decisions.add(conn, actor, now, WEEK, " \n ")
        with pytest.raises(InputError, match="no member “x”"):
            decisions.add(conn, actor, now, WEEK, "Ya", owner="x")
        with pytest.raises(InputError, match="no campaign “x”"):
            decisions.add(conn, actor, now, WEEK, "Ya", campaign="x")
        conn.execute("UPDATE member SET left_at = joined_at WHERE login = 'budi'")
        with pytest.raises(Refused, match="budi has left"):
            decisions.add(conn, actor, now, WEEK, "Ya", owner="budi")
        one = decisions.add(conn, actor, now, WEEK, "Ya")
        decisions.done(conn, actor, one, now)
        with pytest.raises(Refused, match="done already"):
            decisions.done(conn, actor, one, now)
        decisions.remove(conn, actor, one, now)
        with pytest.raises(InputError, match="no decision 1"):
            decisions.remove(conn, actor, one, now)
