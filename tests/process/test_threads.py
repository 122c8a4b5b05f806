"""A thread goes out part by part, each below the one before, and never with a gap or twice."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, Category, DeliveryState, Format
from smdash.store import attachments, freezing, linting, media, post_flow, posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.post_flow import Edit
from tests.publishing import Network, Rig

MINUTE = timedelta(minutes=1)
THREAD = "Satu\n---\nDua\n---\nTiga"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "taken.jsonl", random.Random(1))


@pytest.fixture
def rig(store: Store, network: Network, tmp_path: Path, own_folders: None) -> Rig:
    with store.writing() as conn:
        ids = [teams.put_account(conn, "x", f"kopi{number}", store.clock.now()) for number in range(2)]
    return Rig(store, network, tmp_path / "service", ids)


def plan(store: Store, actor: Actor, text: str, *, comment: str | None = None, second: str | None = None) -> int:
    """A thread that is due now, at one account or (with a *second* version) at both."""
    with store.writing() as conn:
        known = teams.accounts(conn)
        return posts.add(
            conn, actor, store.clock.now(), accounts=known if second else known[:1], category=Category.EDUCATION,
            format=Format.TEXT, body=text, due_at=store.clock.now(), zone="Asia/Jakarta", first_comment=comment,
            versions={known[1].id: second} if second else {},
        )  # fmt: skip


def rows(store: Store) -> list[resolving.Row]:
    with store.reading() as conn:
        return [one for one in resolving.select(conn, tuple(DeliveryState)) if one.state is not DeliveryState.CANCELLED]


def shown(store: Store, post_id: int) -> str:
    with store.reading() as conn:
        return posts.get(conn, post_id).shown


async def turns(rig: Rig, clock: FixedClock, most: int = 12) -> None:
    """Until nothing more begins."""
    for _turn in range(most):
        await rig.turn()
        clock.move(timedelta(seconds=1))


async def test_each_part_goes_below_the_one_before_and_the_comment_below_the_first(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    post_id = plan(store, actor, THREAD, comment="Resep di bio")
    await rig.turn()
    assert shown(store, post_id) == "sending"
    await turns(rig, clock)
    out = network.taken()
    assert [one["text"] for one in out] == ["Satu", "Dua", "Tiga", "Resep di bio"]
    first, second, third, comment = (one["id"] for one in out)
    assert [one["above"] for one in out] == [None, first, second, first]
    assert [one["root"] for one in out] == [None, first, first, first]
    assert shown(store, post_id) == "sent"
    assert [row.body for row in rows(store)] == ["Satu", "Dua", "Tiga", "Resep di bio"]
    assert third and comment


async def test_a_version_has_its_own_parts(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    plan(store, actor, "Satu\n---\nDua", second="Semua dalam satu")
    await turns(rig, clock)
    assert sorted(one["text"] for one in network.taken()) == ["Dua", "Satu", "Semua dalam satu"]


async def test_a_line_of_hyphens_in_an_answer_parts_nothing(store: Store, rig: Rig) -> None:
    with store.reading() as conn:
        assert posts.select(conn) == ()
    from smdash.core import threads

    assert threads.pieces("instagram", THREAD, None) == [(1, THREAD)]
    assert threads.pieces("mastodon", "a\n----\nb --- c", None) == [(1, "a\n----\nb --- c")]
    assert threads.parts("---\n\n---") == [""]


async def test_what_comes_behind_waits_for_a_part_that_is_not_known_to_be_out(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    post_id = plan(store, actor, THREAD)
    network.plan = ["ok", "cut after"]
    await turns(rig, clock, 4)
    assert [row.state.value for row in rows(store)] == ["sent", "unknown", "queued"]
    assert len(network.taken()) == 2 and shown(store, post_id) == "unknown"
    clock.move(MINUTE)
    await turns(rig, clock)
    assert [one["text"] for one in network.taken()] == ["Satu", "Dua", "Tiga"]
    assert shown(store, post_id) == "sent"


async def test_two_parts_that_say_the_same_are_two(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    plan(store, actor, "Ulang\n---\nUlang")
    network.plan = ["ok", "lost"]
    await turns(rig, clock, 3)
    clock.move(5 * MINUTE)
    await turns(rig, clock)
    clock.move(5 * MINUTE)
    await turns(rig, clock)
    first, second = network.taken()
    assert second["above"] == first["id"]


async def test_calling_a_part_off_calls_off_what_would_go_below_it(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    post_id = plan(store, actor, THREAD, comment="Resep di bio")
    network.plan = ["ok", "refuse"]
    await turns(rig, clock)
    assert shown(store, post_id) == "partly"
    failed = next(row for row in rows(store) if row.state is DeliveryState.FAILED)
    with store.writing() as conn:
        resolving.cancel(conn, actor, failed.id, clock.now())
    await turns(rig, clock)
    assert [one["text"] for one in network.taken()] == ["Satu", "Resep di bio"]
    assert shown(store, post_id) == "sent"


async def test_a_thread_that_a_freeze_held_is_let_go_by_its_first_part(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    plan(store, actor, "Satu\n---\nDua")
    with store.writing() as conn:
        freezing.on(conn, actor, clock.now(), "salah harga")
    await turns(rig, clock)
    assert [row.state.value for row in rows(store)] == ["held", "queued"] and network.asked == 0
    clock.move(timedelta(hours=3))
    with store.writing() as conn:
        freezing.off(conn, actor, clock.now())
    await turns(rig, clock)
    assert network.asked == 0
    with store.writing() as conn:
        resolving.send_again(conn, actor, rows(store)[0].id, clock.now())
    await turns(rig, clock)
    # The second part was due hours ago, too, but only now could it go.
    assert [one["text"] for one in network.taken()] == ["Satu", "Dua"]


async def test_an_edit_before_it_is_due_takes_all_parts_back(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    clock.move(-10 * MINUTE)
    post_id = plan(store, actor, THREAD, comment="Resep di bio")
    with store.writing() as conn:
        post_flow.edit(
            conn, actor, post_id, clock.now(), Edit(body="Satu\n---\nDua lagi", clears=frozenset({"first_comment"})),
            "Asia/Jakarta",
        )  # fmt: skip
    await turns(rig, clock)
    assert [one["text"] for one in network.taken()] == ["Satu", "Dua lagi"]


async def test_a_part_that_is_too_long_holds_the_post_before_anything_is_out(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock
) -> None:
    post_id = plan(store, actor, "Satu\n---\n" + "x" * 281)
    with store.reading() as conn:
        assert [one.finding.rule.value for one in linting.remarks(conn, post_id, clock.now()) if one.holds] == [
            "too_long"
        ]
    await turns(rig, clock)
    assert shown(store, post_id) == "held"
    assert network.taken() == []


def attached(store: Store, actor: Actor, post_id: int, path: Path, *, part: int = 1) -> Path:
    """A picture of a part of the post; where its content lies."""
    from PIL import Image

    Image.new("RGB", (40, 30), "brown").save(path)
    taken = media.take(store.path, path)
    with store.writing() as conn:
        attachments.add(conn, actor, post_id, taken, store.clock.now(), alt="Biji kopi", part=part)
    return media.path_of(media.folder_of(store.path), taken.digest)


async def test_each_part_takes_its_own_files_along(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, tmp_path: Path
) -> None:
    clock.move(-10 * MINUTE)
    post_id = plan(store, actor, "Satu\n---\nDua", comment="Resep di bio")
    attached(store, actor, post_id, tmp_path / "a.png", part=2)
    await turns(rig, clock)
    assert [one["media"] for one in network.taken()] == [[], ["image/png Biji kopi"], []]


async def test_a_file_that_was_changed_since_does_not_go_out(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, tmp_path: Path
) -> None:
    clock.move(-10 * MINUTE)
    post_id = plan(store, actor, "Satu")
    content = attached(store, actor, post_id, tmp_path / "a.png")
    content.chmod(0o600)
    content.write_bytes(b"other")
    await turns(rig, clock)
    (row,) = rows(store)
    assert row.state is DeliveryState.FAILED and "is not the file that was attached any more" in (row.error or "")
    assert network.asked == 0


async def test_a_post_can_be_a_picture_without_words(
    store: Store, actor: Actor, rig: Rig, network: Network, clock: FixedClock, tmp_path: Path
) -> None:
    clock.move(-10 * MINUTE)
    post_id = plan(store, actor, "")
    attached(store, actor, post_id, tmp_path / "a.png")
    await turns(rig, clock)
    assert [one["media"] for one in network.taken()] == [["image/png Biji kopi"]]
    network.removed.add(network.taken()[0]["id"])
    clock.move(6 * MINUTE)
    await turns(rig, clock, 2)
    assert shown(store, post_id) == "gone"
