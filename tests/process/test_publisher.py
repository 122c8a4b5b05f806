"""What goes out goes out once: each fault and each death of the service, and what people see of it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock, encode
from smdash.core.errors import Refused
from smdash.core.lint import Rule
from smdash.core.records import Actor, Category, DeliveryState, Format
from smdash.store import freezing, inbox, linting, posts, replies, resolving, teams
from smdash.store.connection import Store, open_store
from tests.conftest import Smdash
from tests.desk import arrive
from tests.examination import ailing
from tests.publishing import POINTS, Network, Rig, summary

MINUTE = timedelta(minutes=1)


def accounts(store: Store, count: int = 1) -> list[int]:
    with store.writing() as conn:
        return [teams.put_account(conn, "x", f"kopi{number}", store.clock.now()) for number in range(count)]


def plan(store: Store, actor: Actor, text: str, due_at: datetime, account_ids: list[int]) -> int:
    with store.writing() as conn:
        chosen = [one for one in teams.accounts(conn) if one.id in account_ids]
        return posts.add(
            conn, actor, store.clock.now(), accounts=chosen, category=Category.EDUCATION, format=Format.TEXT, body=text,
            due_at=due_at, zone="Asia/Jakarta",
        )  # fmt: skip


def rows(store: Store) -> list[resolving.Row]:
    with store.reading() as conn:
        return resolving.select(conn, tuple(DeliveryState))


def states(store: Store) -> list[str]:
    return [row.state.value for row in rows(store)]


def tried(store: Store, delivery_id: int) -> list[tuple[str, str]]:
    with store.reading() as conn:
        return [(one.what, one.outcome) for one in resolving.attempts(conn, delivery_id)]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "taken.jsonl", random.Random(1))


@pytest.fixture
def rig(store: Store, network: Network, tmp_path: Path, own_folders: None) -> Rig:
    return Rig(store, network, tmp_path / "service", accounts(store))


@pytest.fixture
def due(store: Store, actor: Actor, rig: Rig) -> Iterator[int]:
    """One post that is due now; its id."""
    yield plan(store, actor, "Cara seduh V60", store.clock.now(), list(rig.sources))


async def test_a_post_goes_out_at_its_minute_and_once(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    post_id = plan(store, actor, "Cara seduh V60", clock.now() + 5 * MINUTE, list(rig.sources))
    assert await rig.turn() == 0 and states(store) == ["queued"]
    clock.move(5 * MINUTE)
    assert await rig.turn() == 1
    assert await rig.turn() == 0
    (row,) = rows(store)
    assert row.state is DeliveryState.SENT and row.sent_at == clock.now()
    assert row.remote_url == f"https://kopi.example/{network.taken()[0]['id']}" and len(network.taken()) == 1
    with store.reading() as conn:
        assert posts.get(conn, post_id).shown == "sent"


async def test_those_of_an_account_go_out_one_after_the_other_in_their_order(
    store: Store, actor: Actor, network: Network, tmp_path: Path, clock: FixedClock, own_folders: None
) -> None:
    rig = Rig(store, network, tmp_path / "service", accounts(store, 2))
    first, second = rig.sources
    for number in range(3):
        plan(store, actor, f"nomor {number}", clock.now() - number * timedelta(seconds=1), [first, second])
    seen = []
    while await rig.turn():
        clock.move(timedelta(seconds=2))
        seen.append(sorted(one["text"] for one in network.taken()))
    assert [len(one) for one in seen] == [2, 4, 6]
    assert seen[0] == ["nomor 2", "nomor 2"] and seen[1] == ["nomor 1"] * 2 + ["nomor 2"] * 2


@pytest.mark.parametrize("fault", ["cut before", "rate"])
async def test_what_surely_did_not_arrive_is_tried_again(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int, fault: str
) -> None:
    network.plan = [fault, "ok"]
    await rig.turn()
    (row,) = rows(store)
    assert row.state is DeliveryState.QUEUED and row.error is not None and "kopi.example" in row.error
    assert row.next_at is not None and await rig.turn() == 0
    clock.move(row.next_at - clock.now())
    assert await rig.turn() == 1
    assert states(store) == ["sent"] and tried(store, row.id) == [("send", "later"), ("send", "sent")]
    assert len(network.taken()) == 1


async def test_what_never_gets_through_ends_failed_with_its_reason(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    network.plan = ["cut before"] * 100
    while states(store) == ["queued"]:
        clock.move(MINUTE)
        await rig.turn()
    (row,) = rows(store)
    assert row.state is DeliveryState.FAILED and "connection refused" in (row.error or "")
    assert timedelta(hours=1) < clock.now() - row.due_at < timedelta(hours=3)


async def test_what_may_have_arrived_is_found_and_not_sent_again(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    network.plan = ["cut after"]
    await rig.turn()
    assert states(store) == ["unknown"]
    clock.move(timedelta(seconds=20))
    await rig.turn()
    (row,) = rows(store)
    assert row.state is DeliveryState.SENT and row.remote_id == network.taken()[0]["id"] and network.asked == 1


async def test_what_was_lost_is_looked_for_twice_before_it_is_sent_again(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    network.plan = ["lost", "ok"]
    await rig.turn()
    for _look in range(20):
        clock.move(timedelta(seconds=10))
        await rig.turn()
    (row,) = rows(store)
    assert row.state is DeliveryState.SENT and len(network.taken()) == 1
    assert tried(store, row.id) == [("send", "unknown"), ("look", "missing"), ("look", "missing"), ("send", "sent")]


async def test_what_is_lost_again_and_again_is_left_to_a_person(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    network.plan = ["lost"] * 9
    for _turn in range(100):
        clock.move(timedelta(seconds=20))
        await rig.turn()
    (row,) = rows(store)
    assert row.state is DeliveryState.UNKNOWN and row.next_at is None and network.asked == 5
    assert f"smdash delivery resolve {row.id}" in (row.error or "")
    network.plan = []
    with store.writing() as conn:
        resolving.send_again(conn, actor, row.id, clock.now())
    await rig.turn()
    assert states(store) == ["sent"] and len(network.taken()) == 1


async def test_only_tries_that_may_have_arrived_count_for_giving_up(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    network.plan = ["rate"] * 6 + ["lost", "ok"]
    for _turn in range(150):
        clock.move(timedelta(seconds=20))
        await rig.turn()
    assert states(store) == ["sent"] and len(network.taken()) == 1 and network.asked == 8


async def test_a_refusal_is_final_until_a_person_says_otherwise(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    network.plan = ["refuse", "ok"]
    await rig.turn()
    (row,) = rows(store)
    assert row.state is DeliveryState.FAILED and row.error == "kopi.example refused the request (422): too long"
    clock.move(timedelta(hours=5))
    assert await rig.turn() == 0
    with store.writing() as conn:
        resolving.send_again(conn, actor, row.id, clock.now())
    await rig.turn()
    assert states(store) == ["sent"]


async def test_what_was_due_while_nobody_was_awake_is_held(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    plan(store, actor, "Selamat pagi", clock.now() + MINUTE, list(rig.sources))
    clock.jump(timedelta(hours=9))
    await rig.turn()
    (row,) = rows(store)
    assert (row.state, row.held_for, network.asked) == (DeliveryState.HELD, "late", 0)
    with store.writing() as conn:
        resolving.send_again(conn, actor, row.id, clock.now())
    await rig.turn()
    assert states(store) == ["sent"]


async def test_a_freeze_holds_what_becomes_due_and_lifting_it_sends_nothing(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    with store.writing() as conn:
        freezing.on(conn, actor, clock.now(), "gempa di Bandung")
    await rig.turn()
    (row,) = rows(store)
    assert (row.state, row.held_for) == (DeliveryState.HELD, "freeze") and "gempa di Bandung" in (row.error or "")
    with store.writing() as conn, pytest.raises(Refused, match="smdash freeze off"):
        resolving.send_again(conn, actor, row.id, clock.now())
    with store.writing() as conn:
        assert freezing.off(conn, actor, clock.now()) == 1
    clock.move(MINUTE)
    assert await rig.turn() == 0 and network.asked == 0
    with store.writing() as conn:
        resolving.send_again(conn, actor, row.id, clock.now())
    await rig.turn()
    assert states(store) == ["sent"]


async def test_a_banned_word_is_held_and_goes_out_when_it_is_overruled(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    with store.writing() as conn:
        teams.put(conn, "banned_words", ["gratis"])
    post_id = plan(store, actor, "Kopi GRATIS hari ini", clock.now(), list(rig.sources))
    await rig.turn()
    (row,) = rows(store)
    assert (row.state, row.held_for, network.asked) == (DeliveryState.HELD, "lint", 0)
    assert "“gratis”" in (row.error or "") and f"smdash post overrule {post_id} banned_word" in (row.error or "")
    with store.writing() as conn:
        resolving.send_again(conn, actor, row.id, clock.now())  # without a reason nothing changes
    await rig.turn()
    assert rows(store)[0].held_for == "lint" and network.asked == 0
    clock.move(timedelta(hours=9))
    with store.writing() as conn:
        assert linting.overrule(conn, actor, post_id, Rule.BANNED_WORD, "memang gratis", clock.now()) == [row.id]
    await rig.turn()
    assert states(store) == ["sent"] and [one["text"] for one in network.taken()] == ["Kopi GRATIS hari ini"]


async def test_what_is_too_long_for_one_account_goes_out_at_the_others(
    store: Store, actor: Actor, network: Network, tmp_path: Path, clock: FixedClock, own_folders: None
) -> None:
    with store.writing() as conn:
        short = teams.put_account(conn, "x", "kopi0", clock.now())
        long = teams.put_account(conn, "linkedin", "kopi", clock.now())
    rig = Rig(store, network, tmp_path / "service", [short, long])
    plan(store, actor, "k" * 281, clock.now(), [short, long])
    plan(store, actor, "k" * 280, clock.now() + MINUTE, [short])
    await rig.turn()
    clock.move(MINUTE)
    await rig.turn()
    found = {(row.platform, len(row.body)): row.state.value for row in rows(store)}
    assert found == {("x", 281): "held", ("linkedin", 281): "sent", ("x", 280): "sent"}


async def test_only_what_holds_a_post_keeps_it_here(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    with store.writing() as conn:
        teams.put(conn, "utm", True)
        teams.put(conn, "holidays", {"2026-11-23": "libur"})
    for _time in range(2):
        plan(store, actor, "Lihat https://kopi.example", clock.now(), list(rig.sources))
    while await rig.turn():
        clock.move(timedelta(seconds=2))
    assert states(store) == ["sent", "sent"]


async def test_a_row_that_somebody_flipped_sends_nothing_twice(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    await rig.turn()
    for flipped in ("queued", "sending", "unknown"):
        with store.writing() as conn:
            conn.execute(
                "UPDATE delivery SET state = ?, next_at = NULL, remote_id = NULL, sent_at = NULL, updated_at = ?",
                (flipped, encode(clock.now())),
            )
        for _turn in range(5):
            clock.move(MINUTE)
            await rig.turn()
        # What is not known and is to be looked for at no time is a person's.
        assert states(store) == (["unknown"] if flipped == "unknown" else ["sent"])
    assert len(network.taken()) == 1 == network.asked


async def test_a_database_of_before_sends_nothing_twice(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int, tmp_path: Path
) -> None:
    copy = tmp_path / "before.db"
    store.conn.execute("VACUUM INTO ?", (str(copy),))
    await rig.turn()
    await rig.publisher.close()
    with open_store(copy, clock=clock) as old:
        again = Rig(old, network, tmp_path / "service", list(rig.sources))
        await again.turn()
        (row,) = rows(old)
        assert row.state is DeliveryState.SENT and row.remote_id == network.taken()[0]["id"] and network.asked == 1


async def test_a_database_of_before_an_unsure_sending_is_looked_for_from_then_on(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int, tmp_path: Path
) -> None:
    copy = tmp_path / "before.db"
    store.conn.execute("VACUUM INTO ?", (str(copy),))
    network.plan = ["cut after"]
    await rig.turn()
    clock.move(30 * MINUTE)
    await rig.publisher.close()
    with open_store(copy, clock=clock) as old:
        again = Rig(old, network, tmp_path / "service", list(rig.sources))
        for _turn in range(10):
            await again.turn()
            clock.move(MINUTE)
        (row,) = rows(old)
        assert row.state is DeliveryState.SENT and len(network.taken()) == 1 == network.asked


async def test_without_its_record_of_what_went_out_the_service_holds_everything(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int, tmp_path: Path
) -> None:
    await rig.turn()
    plan(store, actor, "Panen Gayo", clock.now(), list(rig.sources))
    await rig.publisher.close()
    (tmp_path / "service" / "ledger.jsonl").unlink()
    clock.move(MINUTE)
    anew = Rig(store, network, tmp_path / "service", list(rig.sources))
    await anew.turn()
    assert states(store) == ["sent", "held"] and rows(store)[1].held_for == "ledger" and network.asked == 1


async def test_of_two_that_are_equal_the_one_that_is_out_is_not_taken_for_both(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    plan(store, actor, "Cara seduh V60", clock.now(), list(rig.sources))
    network.plan = ["ok", "lost"]
    await rig.turn()
    clock.move(timedelta(seconds=1))
    await rig.turn()
    clock.move(timedelta(seconds=20))
    await rig.turn()
    assert states(store) == ["sent", "unknown"] and "just like it" in (rows(store)[1].error or "")
    assert len(network.taken()) == 1


async def test_an_answer_that_went_out_answers_the_mention(
    store: Store, actor: Actor, network: Network, tmp_path: Path, clock: FixedClock, own_folders: None
) -> None:
    arrive(store, "Buka jam berapa?")
    with store.writing() as conn:
        conn.execute("UPDATE account SET status = 'active'")
        (account,) = conn.execute("SELECT id FROM account").fetchone()
        replies.send(conn, actor, 1, "Jam delapan kak", clock.now())
    rig = Rig(store, network, tmp_path / "service", [account])
    assert await rig.turn() == 0
    clock.move(timedelta(seconds=10))
    await rig.turn()
    assert network.taken()[0]["text"] == "Jam delapan kak" and states(store) == ["sent"]
    with store.reading() as conn:
        found = inbox.whole(conn, 1)
    assert found is not None and found.mention.answered_at == clock.now()


async def test_undo_within_the_wait_sends_nothing(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    with store.writing() as conn:
        resolving.cancel_post(conn, actor, due, clock.now())
        assert posts.get(conn, due).shown == "cancelled"
    await rig.turn()
    assert network.asked == 0 and states(store) == ["cancelled"]
    with store.writing() as conn, pytest.raises(Refused):
        resolving.send_again(conn, actor, 1, clock.now())


async def test_some_minutes_later_it_is_looked_whether_the_post_is_there(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    await rig.turn()
    clock.move(4 * MINUTE)
    assert await rig.turn() == 0
    network.removed.add(network.taken()[0]["id"])
    network.plan = ["cut"]
    clock.move(MINUTE)
    assert await rig.turn() == 1 and rows(store)[0].gone_at is None and await rig.turn() == 0
    clock.move(15 * MINUTE)
    assert await rig.turn() == 1
    (row,) = rows(store)
    assert row.gone_at == clock.now() and row.state is DeliveryState.SENT
    with store.reading() as conn:
        assert posts.get(conn, due).shown == "gone"
    clock.move(timedelta(hours=1))
    assert await rig.turn() == 0 and network.asked == 1


async def test_a_post_that_is_there_is_looked_at_once(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    await rig.turn()
    clock.move(5 * MINUTE)
    assert await rig.turn() == 1
    clock.move(30 * MINUTE)
    assert await rig.turn() == 0 and rows(store)[0].gone_at is None
    with store.reading() as conn:
        assert posts.get(conn, due).shown == "sent"


async def test_a_post_whose_page_is_gone_is_gone_and_one_that_does_not_answer_is_asked_again(
    store: Store, rig: Rig, network: Network, clock: FixedClock, due: int
) -> None:
    await rig.turn()
    network.pages = [None, False]
    clock.move(5 * MINUTE)
    assert await rig.turn() == 1 and rows(store)[0].gone_at is None and await rig.turn() == 0
    clock.move(15 * MINUTE)
    assert await rig.turn() == 1 and network.pages == []
    assert rows(store)[0].gone_at == clock.now()
    with store.reading() as conn:
        assert posts.get(conn, due).shown == "gone"


async def test_doctor_and_lists_name_what_waits_for_a_person(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, due: int, smdash: Smdash
) -> None:
    with store.writing() as conn:
        conn.execute("UPDATE account SET status = 'active'")
    # The clock of the tests stands before doctor's, so what was due then is late by now.
    assert any("1 delivery should have gone out" in sentence for _check, sentence in ailing(store.path))
    network.plan = ["refuse"]
    await rig.turn()
    with store.writing() as conn:
        freezing.on(conn, actor, clock.now(), "gempa")
    said = [sentence for check, sentence in ailing(store.path) if check == "deliveries"]
    assert any("1 delivery waits for a person" in one for one in said)
    assert any("gempa" in one and "smdash freeze off" in one for one in said)
    shown = smdash.ok("delivery", "list").out
    assert "failed" in shown and "too long" in shown


@pytest.mark.parametrize("honours", [False, True])
def test_killed_at_any_step_with_faults_nothing_is_lost_twice_or_falsely_sent(
    store: Store, actor: Actor, tmp_path: Path, own_folders: None, honours: bool
) -> None:
    base = datetime.now(UTC)
    ids = accounts(store, 4)
    for number in range(40):
        plan(store, actor, f"nomor {number}", base, [ids[number % 4]])
    taken, passes = tmp_path / "taken.jsonl", tmp_path / "passes.jsonl"
    given = {
        "db": str(store.path), "folder": str(tmp_path / "service"), "taken": str(taken), "base": encode(base),
        "speed": 60, "faults": 40, "honours": honours, "passes": str(passes), "patience": 60,
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.publishing", json.dumps(given)]
    deaths = int(subprocess.run(command, check=True, timeout=300, capture_output=True).stdout)
    met = {point for point, times in summary(passes)["killed"].items() if times}
    assert deaths >= 50 and len(met) >= 40, set(POINTS) - met
    texts = [json.loads(line)["text"] for line in taken.read_text().splitlines()]
    assert len(texts) == len(set(texts)), "sent twice"
    for row in rows(store):
        if row.state is DeliveryState.SENT:
            assert row.body in texts
        else:
            # A person is asked, with a reason; nothing is on its way any more.
            assert row.state in (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.HELD) and row.error
            assert row.state is DeliveryState.UNKNOWN or row.body not in texts
    assert states(store).count("sent") >= 36
    assert os.stat(tmp_path / "service" / "ledger.jsonl").st_mode & 0o077 == 0
