"""Members in processes of their own do the same with the same mentions in the same moment."""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from smdash.core.errors import Refused
from smdash.core.records import Actor
from smdash.store import batches, claims, driver, health, steps, teams, triage
from smdash.store.connection import Store, open_store
from tests.conftest import Smdash
from tests.process.test_many import write_lines

NAMES = ("Ana", "Budi", "Citra", "Dewi", "Eka", "Fajar")
ROUNDS = 40
FRESH = multiprocessing.get_context("spawn")

Work = Callable[[Store, Actor, Barrier], list[Any]]


def work_on(db: Path, name: str, work: Work, barrier: Barrier, found: Queue[tuple[str, list[Any]]]) -> None:
    """One member's process."""
    with open_store(db) as store:
        with store.writing() as conn:
            actor = teams.join(conn, name.lower(), name, name.lower(), datetime.now(UTC))
        barrier.wait(60)
        found.put((name, work(store, actor, barrier)))


def at_once(db: Path, work: Work, names: Sequence[str] = NAMES) -> dict[str, list[Any]]:
    """What each member's process brought."""
    barrier, found = FRESH.Barrier(len(names)), FRESH.Queue()
    running = [FRESH.Process(target=work_on, args=(db, name, work, barrier, found)) for name in names]
    for one in running:
        one.start()
    results = dict(found.get(timeout=120) for _one in running)
    for one in running:
        one.join(60)
        assert one.exitcode == 0
    return results


def hold_each(store: Store, actor: Actor, barrier: Barrier) -> list[str | None]:
    """Claim one mention after the other; who had it already."""
    brought = []
    for mention_id in range(1, ROUNDS + 1):
        barrier.wait(60)
        with store.writing() as conn:
            other = claims.hold(conn, actor, mention_id, datetime.now(UTC))
        brought.append(other.name if other else None)
    return brought


def take_each(store: Store, actor: Actor, barrier: Barrier) -> list[str | None]:
    """Take one mention after the other by what the screen showed before; who was faster."""
    brought = []
    for mention_id in range(1, ROUNDS + 1):
        with store.reading() as conn:
            seen = steps.last_seen(conn)
        barrier.wait(60)
        with store.writing() as conn:
            done = triage.assign(conn, actor, [mention_id], actor.member_id, datetime.now(UTC), seen=seen)
        assert done.changed + len(done.faster) == 1
        brought.append(done.faster.get(mention_id))
        barrier.wait(60)
    return brought


@pytest.mark.parametrize("work", [hold_each, take_each])
def test_of_six_who_want_one_mention_one_has_it_and_the_others_are_told_who(
    smdash: Smdash, tmp_path: Path, work: Work
) -> None:
    smdash.ok("mention", "ingest", write_lines(tmp_path / "lines.jsonl", ROUNDS))
    told = at_once(smdash.db, work)
    for turn in range(ROUNDS):
        (winner,) = [name for name in NAMES if told[name][turn] is None]
        assert {told[name][turn] for name in NAMES if name != winner} == {winner}


def triage_in_parts(store: Store, actor: Actor, _barrier: Barrier) -> list[tuple[str, int]]:
    """A second of long steps, undo and redo over rows that the others want too; the steps that changed something."""
    dice = random.Random(actor.login)
    with store.reading() as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM mention ORDER BY id").fetchall()]
    brought: list[tuple[str, int]] = []
    end = time.monotonic() + 4
    while time.monotonic() < end:
        now = datetime.now(UTC)
        some = dice.sample(ids, dice.choice([3, 400, 2_500]))
        verb = dice.choice(["done", "reopen", "star", "label", "undo", "redo"])
        act: dict[str, batches.Act] = {
            "done": lambda conn, who, rows, step: triage.finish(conn, who, rows, datetime.now(UTC), step=step),
            "reopen": lambda conn, who, rows, step: triage.reopen(conn, who, rows, datetime.now(UTC), step=step),
            "star": lambda conn, who, rows, step: triage.star(conn, who, rows, True, datetime.now(UTC), step=step),
            "label": lambda conn, who, rows, step: triage.label(
                conn, who, rows, "promo", True, datetime.now(UTC), step=step
            ),
        }
        work: Any = batches.Batch(some, act[verb]) if verb in act else getattr(batches, verb)(now)
        try:
            while work.more:
                with store.writing() as conn:
                    part = work.part(conn, actor)
                work.add(part)
        except Refused:
            continue
        brought.append((verb, work.changed if verb in act else len(work.undone.ids)))
    return brought


def test_long_steps_of_six_members_and_what_arrives_meanwhile_leave_a_file_that_adds_up(
    smdash: Smdash, tmp_path: Path
) -> None:
    smdash.ok("mention", "ingest", write_lines(tmp_path / "lines.jsonl", 4_000))
    more = tmp_path / "more.jsonl"
    more.write_text("".join(line.replace('"remote_id": "', '"remote_id": "more-') + "\n"
                            for line in write_lines(tmp_path / "again.jsonl", 3_000).read_text().splitlines()))  # fmt: skip
    arriving = [smdash.start("mention", "ingest", more, "--json") for _ in range(2)]
    told = at_once(smdash.db, triage_in_parts)
    taken = [json.loads(one.communicate(timeout=90)[0]) for one in arriving]
    assert sum(one["new"] for one in taken) == 3_000

    said: Counter[str] = Counter()
    for brought in told.values():
        for verb, rows in brought:
            said[verb] += rows
    assert all(said[verb] for verb in ("done", "reopen", "star", "label", "undo"))
    with closing(driver.connect(f"file:{smdash.db}?mode=ro", uri=True)) as conn:
        # Each row that a member was told of has its line in the book, and no other has.
        verbs = dict(
            conn.execute("SELECT verb, count(*) FROM event WHERE subject = 'mention' GROUP BY verb").fetchall()
        )
        assert {verb: verbs.get(verb, 0) for verb in said} == dict(said)
        # The row is as the last line says.
        assert conn.execute(
            "SELECT count(*) FROM mention m JOIN event e ON e.id = (SELECT max(id) FROM event l WHERE l.subject = "
            "'mention' AND l.subject_id = m.id AND json_extract(l.after, '$.state') IS NOT NULL) "
            "WHERE json_extract(e.after, '$.state') <> m.state"
        ).fetchone() == (0,)
        assert conn.execute(
            "SELECT count(*) FROM mention m JOIN event e ON e.id = (SELECT max(id) FROM event l WHERE l.subject = "
            "'mention' AND l.subject_id = m.id AND json_extract(l.after, '$.star') IS NOT NULL) "
            "WHERE json_extract(e.after, '$.star') <> m.star"
        ).fetchone() == (0,)
        assert not health.counters_off(conn)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*), count(DISTINCT remote_id) FROM mention").fetchone() == (7_000, 7_000)
    # Looking whether the index of words agrees is a statement that writes.
    with open_store(smdash.db) as store, store.writing() as conn:
        assert not health.index_disagrees(conn)
