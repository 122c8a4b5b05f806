"""Saved searches: kept and undone, what they found, and what is both a hit and a mention."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdash.core.errors import InputError, Refused
from smdash.core.records import Account, Actor, IncomingMention, MentionKind
from smdash.core.searches import Search, checked, label, tag_of
from smdash.store import jobs, mentions, replies, rules, searches, teams, undoing
from smdash.store.connection import Store
from smdash.store.driver import Connection

from .conftest import NOW, incoming, matching


def account(conn: Connection, name: str = "kopi", status: str = "active") -> Account:
    teams.put_account(conn, "mastodon", name, NOW, status=status)
    return next(one for one in teams.accounts(conn) if one.name == name)


def hit(remote_id: str, **changes: object) -> IncomingMention:
    return incoming(remote_id, **({"kind": MentionKind.LISTENING} | changes))


def take_in(conn: Connection, search_id: int, *found: IncomingMention) -> None:
    """As the service does it."""
    mentions.apply(conn, found, {"mention": 240, "reply": 60}, NOW)
    searches.note_hits(conn, search_id, found, NOW)


def row(conn: Connection, remote_id: str) -> tuple[object, ...]:
    found: tuple[object, ...] = conn.execute(
        "SELECT kind, state, due_at IS NOT NULL FROM mention WHERE remote_id = ?", (remote_id,)
    ).fetchone()
    return found


def one(conn: Connection, search_id: int) -> Search:
    return searches.get(conn, search_id, NOW)


def test_what_a_query_may_be() -> None:
    assert checked("  kopi\n senja ", longest=20) == "kopi senja"
    for bad in ("", " \x07 ", "k" * 21):
        with pytest.raises(InputError):
            checked(bad, longest=20)
    with pytest.raises(InputError, match="hashtags"):
        checked("kopi senja", longest=20, tags_only=True)
    assert [tag_of(text) for text in ("#kopi", "#kopi senja", "kopi", "#123", "#kopi_2", "#")] == [
        "kopi", None, None, None, "kopi_2", None,
    ]  # fmt: skip
    assert label("MA", "k" * 50) == "MA " + "k" * 39 + "…"


def test_saved_changed_paused_and_removed(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        where = account(conn)
        found = searches.add(conn, actor, NOW, where, "kopi senja")
        made = one(conn, found)
        assert made[:8] == (found, "kopi senja", "mastodon", "kopi", where.id, None, "active", "ana")
        with pytest.raises(Refused, match=f"search {found} already"):
            searches.add(conn, actor, NOW, where, "Kopi SENJA")
        with pytest.raises(Refused, match="needs an account that is connected"):
            searches.add(conn, actor, NOW, account(conn, "luar", "external"), "kopi")
        before = searches.stamp(conn)
        assert searches.edit(conn, actor, NOW, found, query="kopi gayo", interval_s=900)
        assert not searches.edit(conn, actor, NOW, found, query="kopi gayo", interval_s=900)
        assert searches.stamp(conn) != before
        assert one(conn, found)[1:6:4] == ("kopi gayo", 900)
        assert searches.edit(conn, actor, NOW, found, usual=True) and one(conn, found).interval_s is None
        searches.pause(conn, actor, NOW, found, on=True)
        with pytest.raises(Refused, match="paused already"):
            searches.pause(conn, actor, NOW, found, on=True)
        searches.pause(conn, actor, NOW, found, on=False)
        searches.remove(conn, actor, NOW, found)
        for gone in (found, 999):
            with pytest.raises(InputError, match="no search"):
                searches.get(conn, gone)
        # What was removed may be saved anew.
        assert searches.add(conn, actor, NOW, where, "kopi gayo") != found


def test_every_step_is_undone_and_done_again(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        found = searches.add(conn, actor, NOW, account(conn), "kopi")
        searches.edit(conn, actor, NOW, found, query="teh")
        searches.pause(conn, actor, NOW, found, on=True)
        searches.remove(conn, actor, NOW, found)
        assert undoing.undo(conn, actor, NOW).ids == (found,)
        assert one(conn, found)[1:7:5] == ("teh", "paused")
        undoing.undo(conn, actor, NOW)
        assert one(conn, found).status == "active"
        undoing.undo(conn, actor, NOW)
        assert one(conn, found).query == "kopi"
        undoing.undo(conn, actor, NOW)
        assert searches.planned(conn) == []
        for _step in range(3):
            undoing.redo(conn, actor, NOW)
        assert one(conn, found)[1:7:5] == ("teh", "paused")


def test_undo_brings_no_search_back_that_was_saved_anew(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        where = account(conn)
        searches.remove(conn, actor, NOW, searches.add(conn, actor, NOW, where, "kopi"))
        again = searches.add(conn, second, NOW, where, "Kopi")
        assert undoing.undo(conn, actor, NOW).ids == ()
        assert [found.id for found in searches.planned(conn)] == [again]


def test_a_job_follows_its_search_whoever_changed_the_row(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        where = account(conn)
        found = searches.add(conn, actor, NOW, where, "kopi")
        name = one(conn, found).job
        jobs.ensure(conn, jobs.JobSpec(name, "MA kopi", "mastodon", where.id, None, 300))
        jobs.keep_cursor(conn, name, "here")
        searches.pause(conn, actor, NOW, found, on=True)
        assert [(job.state, job.cursor) for job in jobs.select(conn)] == [("paused", "here")]
        undoing.undo(conn, actor, NOW)
        assert [(job.state, job.cursor) for job in jobs.select(conn)] == [("active", "here")]
        searches.edit(conn, actor, NOW, found, interval_s=60)
        assert jobs.select(conn)[0].cursor == "here"
        conn.execute("UPDATE search SET query = 'teh'")
        assert jobs.select(conn)[0].cursor is None
        assert searches.is_asked(conn, found, "teh") and not searches.is_asked(conn, found, "kopi")
        searches.remove(conn, actor, NOW, found)
        assert not searches.is_asked(conn, found, "teh")


def test_what_a_search_found_is_told_once(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        where = account(conn)
        first, second = (searches.add(conn, actor, NOW, where, query) for query in ("kopi", "senja"))
        take_in(conn, first, hit("1"), hit("2"))
        take_in(conn, first, hit("2"), hit("3"))
        take_in(conn, second, hit("3"))
        assert [(it.found, it.week, it.open, it.answered) for it in searches.select(conn, NOW)] == [
            (3, 3, 3, 0), (1, 1, 1, 0),
        ]  # fmt: skip
        assert searches.get(conn, first, NOW + timedelta(days=8)).week == 0
        third = conn.execute("SELECT id FROM mention WHERE remote_id = '3'").fetchone()[0]
        assert searches.of_mention(conn, third) == ["kopi", "senja"]
        conn.execute("UPDATE mention SET state = 'done', answered_at = '2026' WHERE id = ?", (third,))
        assert one(conn, first)[-2:] == (2, 1)
        assert len(matching(conn, _order(), "kind:listening").rows) == 2


def _order() -> object:
    from smdash.store.inbox import Order

    return next(iter(Order))


def test_what_is_a_mention_as_well_stays_one_in_either_order(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        found = searches.add(conn, actor, NOW, account(conn), "kopi")
        # First a mention, then a hit that tells less of it.
        mentions.apply(conn, [incoming("1")], {"mention": 240}, NOW)
        counts = mentions.apply(conn, [hit("1", author_handle="?", body="lain")], {"mention": 240}, NOW)
        assert counts == (0, 0, 1, 0)
        searches.note_hits(conn, found, [hit("1")], NOW)
        assert row(conn, "1") == ("mention", "open", 1) and one(conn, found).found == 1
        # First a hit, which has no goal, then the reply that it is.
        take_in(conn, found, hit("2"))
        assert row(conn, "2") == ("listening", "open", 0)
        counts = mentions.apply(conn, [incoming("2", kind=MentionKind.REPLY, parent_id="1")], {"reply": 60}, NOW)
        assert counts == (0, 1, 0, 0)
        assert row(conn, "2") == ("reply", "open", 1)
        assert conn.execute("SELECT count(*) FROM mention").fetchone() == (2,)


def test_rules_act_on_hits(store: Store, actor: Actor) -> None:
    from smdash.core import rules as core

    rule = core.from_plain({"name": "dengar", "query": "kind:listening kopi", "label": ["pendengaran"]})
    with store.writing() as conn:
        found = searches.add(conn, actor, NOW, account(conn), "kopi")
        rules.replace(conn, [rule])
        take_in(conn, found, hit("1", body="kopi enak"), incoming("2", body="kopi enak"))
        shown = matching(conn, _order(), "label:pendengaran").rows
        assert [it.kind for it in shown] == [MentionKind.LISTENING]


def test_hits_that_take_no_answer_refuse_one_at_once(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        for platform in ("youtube", "mastodon"):
            teams.put_account(conn, platform, "kopi", NOW)
        mentions.apply(conn, [hit("1", platform="youtube"), hit("2")], {}, NOW)
        with pytest.raises(Refused, match="what a search found"):
            replies.send(conn, actor, 1, "Terima kasih!", NOW)
        assert replies.send(conn, actor, 2, "Terima kasih!", NOW).delivery_id
