"""What arrives, and what members do with it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Counts, IncomingMention, MentionKind, MentionState
from smdash.store import inbox, mentions, teams, triage, undoing
from smdash.store.connection import Store, open_store
from smdash.store.inbox import MentionWhole

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
GOALS = {"mention": 240, "dm": 60}
Incoming = Callable[..., IncomingMention]


def arrive(store: Store, *batch: IncomingMention) -> Counts:
    with store.writing() as conn:
        return mentions.apply(conn, batch, GOALS, store.clock.now())


def find(store: Store, remote_id: str) -> MentionWhole:
    with store.reading() as conn:
        (mention_id,) = conn.execute("SELECT id FROM mention WHERE remote_id = ?", (remote_id,)).fetchone()
        whole = inbox.whole(conn, mention_id)
    assert whole is not None
    return whole


def state(store: Store, remote_id: str) -> MentionState:
    return find(store, remote_id).mention.state


def test_what_arrives_is_open_with_its_goal(store: Store, mention: Incoming) -> None:
    assert arrive(store, mention("1"), mention("2", kind=MentionKind.LISTENING)) == Counts(new=2)
    one = find(store, "1")
    assert one.mention.state is MentionState.OPEN
    assert one.mention.due_at == one.mention.sent_at + timedelta(minutes=240)
    assert one.received_at == NOW
    assert find(store, "2").mention.due_at is None


def test_a_repeat_changes_nothing(store: Store, mention: Incoming) -> None:
    batch = [mention(str(number)) for number in range(20)]
    arrive(store, *batch)
    assert arrive(store, *batch) == Counts(unchanged=20)


def test_a_repeat_within_one_batch_is_kept_once_as_it_was_last(store: Store, mention: Incoming) -> None:
    counts = arrive(store, mention("1", body="lama"), mention("1", body="baru"), mention("1", body="baru"))
    assert (counts.new, counts.new + counts.changed + counts.unchanged) == (1, 3)
    assert find(store, "1").mention.body == "baru"


def test_an_edit_is_taken_over(store: Store, mention: Incoming) -> None:
    arrive(store, mention("1"))
    assert arrive(store, mention("1", body="Kak, jadi dua ya", edited_at=NOW)) == Counts(changed=1)
    one = find(store, "1")
    assert (one.mention.body, one.edited_at) == ("Kak, jadi dua ya", NOW)


def test_a_batch_of_all_sorts_is_counted_right(store: Store, mention: Incoming) -> None:
    arrive(store, mention("1"), mention("2"), mention("3"))
    counts = arrive(store, mention("1"), mention("2", body="lain"), mention("3", deleted=True), mention("4"))
    assert counts == Counts(new=1, changed=2, unchanged=1)
    assert state(store, "3") is MentionState.HIDDEN


def test_the_same_id_of_another_account_is_another_mention(store: Store, mention: Incoming) -> None:
    assert arrive(store, mention("1"), mention("1", account="teh"), mention("1", platform="x")) == Counts(new=3)


def test_an_account_not_known_yet_is_recorded_as_external(store: Store, mention: Incoming) -> None:
    with store.writing() as conn:
        teams.put_account(conn, "mastodon", "kopi", NOW)
    arrive(store, mention("1"), mention("2", account="warung"))
    with store.reading() as conn:
        assert {one.name: one.status for one in teams.accounts(conn)} == {"kopi": "active", "warung": "external"}


def test_our_own_answer_is_kept_for_the_thread_and_counts_as_an_answer(store: Store, mention: Incoming) -> None:
    answered = NOW - timedelta(minutes=5)
    arrive(store, mention("1"), mention("2", own=True, parent_id="1", sent_at=answered))
    one = find(store, "1").mention
    assert (one.answered_at, one.due_at) == (answered, None)
    assert state(store, "2") is MentionState.DONE
    with store.reading() as conn:
        assert inbox.counts(conn, NOW, None).open == 1
        assert [row.body for row in inbox.select(conn, list(MentionState))] == [one.body]


def test_the_first_answer_counts(store: Store, mention: Incoming) -> None:
    arrive(store, mention("1"), mention("2", own=True, parent_id="1", sent_at=NOW - timedelta(minutes=5)))
    arrive(store, mention("3", own=True, parent_id="1", sent_at=NOW))
    assert find(store, "1").mention.answered_at == NOW - timedelta(minutes=5)


def test_done_and_open_again(store: Store, actor: Actor, mention: Incoming) -> None:
    arrive(store, mention("1"), mention("2"))
    with store.writing() as conn:
        assert triage.finish(conn, actor, [1, 2, 2], NOW).changed == 2
        assert triage.finish(conn, actor, [1], NOW).changed == 0
    assert state(store, "1") is MentionState.DONE
    with store.writing() as conn:
        assert triage.reopen(conn, actor, [1], NOW).changed == 1
        assert triage.reopen(conn, actor, [1], NOW).changed == 0
    assert state(store, "1") is MentionState.OPEN
    assert [(one.who, one.verb) for one in find(store, "1").history] == [("Ana", "done"), ("Ana", "reopen")]


def test_one_wrong_id_leaves_the_others_as_they_were(store: Store, actor: Actor, mention: Incoming) -> None:
    arrive(store, mention("1"))
    with pytest.raises(InputError, match="no mention 99"), store.writing() as conn:
        triage.finish(conn, actor, [1, 99], NOW)
    assert state(store, "1") is MentionState.OPEN
    assert find(store, "1").history == ()


def test_our_own_words_cannot_be_worked_on(store: Store, actor: Actor, mention: Incoming) -> None:
    arrive(store, mention("1", own=True))
    for act in (triage.finish, triage.reopen):
        with pytest.raises(Refused, match="own account"), store.writing() as conn:
            act(conn, actor, [1], NOW)


def test_a_done_one_comes_back_when_its_author_writes_anew(store: Store, actor: Actor, mention: Incoming) -> None:
    arrive(store, mention("1"))
    with store.writing() as conn:
        triage.finish(conn, actor, [1], NOW)
    arrive(store, mention("1", body="Kak? Kok belum dibalas?"))
    assert state(store, "1") is MentionState.OPEN
    with store.reading() as conn:
        assert conn.execute("SELECT done_at, done_by FROM mention").fetchall() == [(None, None)]


def test_undo_brings_a_done_mention_back(store: Store, actor: Actor, mention: Incoming) -> None:
    arrive(store, mention("1"))
    with store.writing() as conn:
        triage.finish(conn, actor, [1], NOW)
        undone = undoing.undo(conn, actor, NOW)
    assert (undone.verb, undone.subject, undone.ids, undone.refused) == ("done", "mention", (1,), 0)
    assert state(store, "1") is MentionState.OPEN
    assert [(one.verb, one.detail) for one in find(store, "1").history] == [("done", ""), ("undo", "done")]


def test_undo_takes_a_batch_back_as_one_step_and_goes_on_with_the_one_before(
    store: Store, actor: Actor, mention: Incoming
) -> None:
    arrive(store, *(mention(str(number)) for number in range(1, 6)))
    with store.writing() as conn:
        triage.finish(conn, actor, [1], NOW)
        triage.finish(conn, actor, [2, 3, 4], NOW)
        assert sorted(undoing.undo(conn, actor, NOW).ids) == [2, 3, 4]
        assert [row.id for row in inbox.select(conn, [MentionState.DONE])] == [1]
        assert undoing.undo(conn, actor, NOW).ids == (1,)
        with pytest.raises(Refused, match="nothing of yours"):
            undoing.undo(conn, actor, NOW)


def test_undo_takes_back_ones_own_steps_only(store: Store, actor: Actor, second: Actor, mention: Incoming) -> None:
    arrive(store, mention("1"), mention("2"))
    with store.writing() as conn:
        triage.finish(conn, actor, [1], NOW)
        triage.finish(conn, second, [2], NOW)
        assert undoing.undo(conn, actor, NOW).ids == (1,)
        with pytest.raises(Refused, match="nothing of yours"):
            undoing.undo(conn, actor, NOW)
    assert state(store, "2") is MentionState.DONE


def test_undo_is_refused_by_name_when_somebody_else_changed_it_since(
    store: Store, actor: Actor, second: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1"))
    with store.writing() as conn:
        triage.finish(conn, actor, [1], NOW)
        triage.reopen(conn, second, [1], NOW)
        triage.finish(conn, second, [1], NOW)
    with store.writing() as conn:
        undone = undoing.undo(conn, actor, NOW)
        assert (undone.ids, undone.refused, undone.by) == ((), 1, "Budi")
        # It isn't asked about again.
        with pytest.raises(Refused, match="nothing of yours"):
            undoing.undo(conn, actor, NOW)
    assert state(store, "1") is MentionState.DONE


def test_undo_of_a_batch_leaves_what_somebody_else_changed_since(
    store: Store, actor: Actor, second: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1"), mention("2"))
    with store.writing() as conn:
        triage.assign(conn, actor, [1, 2], actor.member_id, NOW)
        triage.assign(conn, second, [2], second.member_id, NOW)
        undone = undoing.undo(conn, actor, NOW)
    assert (undone.ids, undone.refused) == ((1,), 1)
    assert find(store, "1").mention.assignee is None
    assert find(store, "2").mention.assignee == "Budi"


def test_undo_leaves_other_columns_that_others_changed(
    store: Store, actor: Actor, second: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1"))
    with store.writing() as conn:
        triage.finish(conn, actor, [1], NOW)
        triage.assign(conn, second, [1], second.member_id, NOW)
        undoing.undo(conn, actor, NOW)
    one = find(store, "1").mention
    assert (one.state, one.assignee) == (MentionState.OPEN, "Budi")


def test_giving_a_mention_to_a_member(store: Store, actor: Actor, second: Actor, mention: Incoming) -> None:
    arrive(store, mention("1"))
    with store.writing() as conn:
        assert triage.assign(conn, actor, [1], second.member_id, NOW).changed == 1
        assert triage.assign(conn, actor, [1], second.member_id, NOW).changed == 0
        assert inbox.counts(conn, NOW, second.member_id).mine == 1
        assert triage.assign(conn, actor, [1], None, NOW).changed == 1
    with pytest.raises(InputError, match="no member 99"), store.writing() as conn:
        triage.assign(conn, actor, [1], 99, NOW)


def test_an_event_names_the_real_login_beside_the_member(store: Store, mention: Incoming) -> None:
    arrive(store, mention("1"))
    with store.writing() as conn:
        teams.join(conn, "ana", "Ana", "ana", NOW)
        ana_by_root = teams.find_member(conn, "ana", "root")
        assert ana_by_root is not None
        triage.finish(conn, ana_by_root, [1], NOW)
        assert conn.execute("SELECT m.login, e.login FROM event e JOIN member m ON m.id = e.member_id").fetchall() == [
            ("ana", "root")
        ]


def test_two_dashboards_work_on_the_same_list(store: Store, db: Path, actor: Actor, mention: Incoming) -> None:
    arrive(store, *(mention(str(number)) for number in range(10)))
    with open_store(db, clock=store.clock) as other:
        for number in range(1, 11):
            with (store if number % 2 else other).writing() as conn:
                triage.finish(conn, actor, [number], NOW)
        for each in (store, other):
            with each.reading() as conn:
                assert inbox.counts(conn, NOW, None).open == 0


WORKER = """
import sys
from pathlib import Path
from smdash.core.clock import SystemClock
from smdash.store import mentions, teams
from smdash.store.connection import open_store
from tests.store.conftest import incoming
with open_store(Path(sys.argv[1])) as store:
    for start in range(0, 200, 20):
        with store.writing() as conn:
            batch = [incoming(str(number)) for number in range(start, start + 20)]
            print(mentions.apply(conn, batch, {}, store.clock.now()).new)
"""


def test_many_processes_write_the_same_mentions_and_each_is_kept_once(store: Store, db: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(db)]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(6)]
    new = sum(int(line) for one in running for line in one.communicate(timeout=60)[0].split())
    assert [one.returncode for one in running] == [0] * 6
    with store.reading() as conn:
        assert conn.execute("SELECT count(*), count(DISTINCT remote_id) FROM mention").fetchone() == (200, 200)
        assert inbox.counts(conn, NOW, None).open == 200
    assert new == 200


def test_undo_costs_the_same_however_long_the_book_is(store: Store, actor: Actor, mention: Incoming) -> None:
    arrive(store, *(mention(str(number)) for number in range(1, 4)))

    def steps_of_sqlite(act: Callable[[], object]) -> int:
        """How many hundreds of its own steps SQLite takes."""
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        store.conn.set_progress_handler(count, 100)
        try:
            act()
        finally:
            store.conn.set_progress_handler(None, 0)
        return counted

    def turn() -> tuple[int, int]:
        with store.writing() as conn:
            triage.finish(conn, actor, [1, 2], NOW)
            back = steps_of_sqlite(lambda: undoing.undo(conn, actor, NOW))
            again = steps_of_sqlite(lambda: undoing.redo(conn, actor, NOW))
            triage.reopen(conn, actor, [1, 2], NOW)
        return back, again

    first = turn()
    for _step in range(400):
        last = turn()
    assert max(last) <= max(first) + 3
