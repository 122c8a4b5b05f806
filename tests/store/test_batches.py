"""A long step is written in parts, and is one step all the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from smdash.cli import mention_acts
from smdash.cli.desk import Desk
from smdash.core.errors import Refused, StoreBusy
from smdash.core.records import Actor
from smdash.store import batches, triage
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.steps import Stepped
from tests.conftest import Smdash
from tests.desk import arrive
from tests.store.conftest import NOW

IDS = list(range(1, 26))


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr(batches, "ROWS", 10)
    arrive(store, *(f"nomor {at}" for at in IDS))


def finish(ids: list[int]) -> batches.Batch:
    return batches.Batch(ids, lambda conn, actor, ids, step: triage.finish(conn, actor, ids, NOW, step=step))


def one_part(store: Store, actor: Actor, work: batches.Parts[object]) -> bool:
    with store.writing() as conn:
        part = work.part(conn, actor)
    work.add(part)
    return work.more


def is_done(store: Store) -> list[int]:
    with store.reading() as conn:
        return [row[0] for row in conn.execute("SELECT id FROM mention WHERE state = 'done' ORDER BY id").fetchall()]


def test_each_part_is_a_transaction_and_all_parts_are_one_step(store: Store, actor: Actor) -> None:
    batch, undo, redo = finish(IDS), batches.undo(NOW), batches.redo(NOW)
    seen = []
    for work in (batch, undo, redo):
        while one_part(store, actor, work):
            seen.append(len(is_done(store)))
        seen.append(len(is_done(store)))
    assert seen == [10, 20, 25, 15, 5, 0, 10, 20, 25]
    assert batch.changed == 25 and sorted(undo.undone.ids) == sorted(redo.undone.ids) == IDS
    assert undo.undone.verb == redo.undone.verb == "done"
    with store.reading() as conn:
        assert batch.ids(conn) == IDS
    with pytest.raises(Refused, match="nothing of yours to do again"):
        one_part(store, actor, batches.redo(NOW))


def test_who_writes_between_two_parts_keeps_their_own_step(store: Store, actor: Actor, second: Actor) -> None:
    batch, others = finish(IDS), finish([25])
    one_part(store, actor, batch)
    one_part(store, second, others)
    while one_part(store, actor, batch):
        pass
    assert batch.changed == 24
    undo = batches.undo(NOW)
    while one_part(store, actor, undo):
        pass
    assert is_done(store) == [25] and len(undo.undone.ids) == 24
    assert not one_part(store, second, batches.undo(NOW)) and is_done(store) == []


def test_parts_that_change_nothing_begin_no_step(store: Store, actor: Actor, second: Actor) -> None:
    one_part(store, actor, finish(IDS[:10]))
    batch = finish(IDS)
    one_part(store, actor, batch)
    # Takes the number that the part before would have had.
    one_part(store, second, batches.Batch([1], lambda conn, who, ids, step: triage.star(conn, who, ids, True, NOW)))
    while one_part(store, actor, batch):
        pass
    with store.reading() as conn:
        assert batch.ids(conn) == IDS[10:]


def test_one_wrong_id_at_the_end_leaves_the_others_as_they_were(store: Store, smdash: Smdash) -> None:
    assert "there is no mention 99" in smdash.refused("mention", "done", *map(str, IDS), "99")
    assert is_done(store) == []


def test_what_is_written_when_a_later_part_is_refused_is_told_and_one_step(
    store: Store, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(conn: Connection, actor: Actor, ids: Sequence[int], step: int | None) -> Stepped:
        if 21 in ids:
            raise StoreBusy("somebody else is writing")
        return triage.finish(conn, actor, ids, NOW, step=step)

    with pytest.raises(StoreBusy):
        mention_acts._step(Desk(db), tuple(map(str, IDS)), act)
    assert capsys.readouterr().err.strip() == "20 mentions were changed before it; smdash undo takes that back"
    assert is_done(store) == IDS[:20]


def test_the_command_line_writes_a_thousand_and_more(smdash: Smdash, store: Store) -> None:
    arrive(store, *(f"lagi {at}" for at in range(2_100)), minutes_ago=5_000)
    ids = smdash.ok("mention", "list", "-q").lines
    assert smdash.ok("mention", "done", "-", "--json", stdin="\n".join(ids)).json["changed"] == len(ids) == 2_125
    found = smdash.ok("undo", "--json").json
    assert found["changed"] == 2_125 and found["refused"] == 0
    assert sorted(found["ids"]) == sorted(map(int, ids))
    assert smdash.ok("redo", "--json").json["changed"] == 2_125
    assert smdash.ok("mention", "list", "-q").lines == []
