"""A week played by commands and keys under a clock that is set, and its report against what was counted by hand.

The network is played by the service's own steps in the store; everything else is what a team types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smdash.cli.app import run
from smdash.core.clock import FixedClock, SystemClock
from smdash.core.records import Actor
from smdash.store import outbox, teams
from smdash.store.connection import Store, open_store
from tests.conftest import member
from tests.desk import desk_app
from tests.played_week import at
from tests.tui.conftest import until

pytestmark = pytest.mark.usefixtures("own_folders")
Say = Callable[..., str]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """The clock of everything in this test, on the Sunday before."""
    clock = FixedClock(at(15, 20, 30))
    monkeypatch.setattr(SystemClock, "now", lambda _self: clock.now())
    return clock


@pytest.fixture
def store(db: Path, clock: FixedClock) -> Iterator[Store]:
    with open_store(db, clock=clock) as opened:
        with opened.writing() as conn:
            teams.put(conn, "response_goals", {"dm": 60})
            for platform in ("instagram", "x"):
                teams.put_account(conn, platform, "kopi", clock.now())
        yield opened


@pytest.fixture
def say(db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """What a member types, Ana unless told; returns what is said."""

    def type_in(*words: str | Path, who: str = "ana") -> str:
        monkeypatch.setenv("SMDASH_MEMBER", who)
        code = run(["--db", str(db), *map(str, words)])
        told = capsys.readouterr()
        assert code == 0, told.err
        return told.out

    return type_in


def set_to(clock: FixedClock, day: int, hour: int, minute: int = 0) -> None:
    clock.move(at(day, hour, minute) - clock.now())


def serve(store: Store, *, refuses: bool = False) -> int:
    """Send what is due, as the service does; how many."""
    with store.writing() as conn:
        orders = outbox.due(conn, store.clock.now(), ())
        for one in orders:
            outbox.begin(conn, one, store.clock.now())
            if refuses:
                outbox.failed(conn, one, store.clock.now(), "the picture is missing")
            else:
                outbox.sent(conn, one, store.clock.now(), f"r{one.id}", None, what="send", seconds=1.0)
    return len(orders)


async def test_the_report_of_a_played_week_is_what_was_counted_by_hand(
    store: Store, db: Path, clock: FixedClock, say: Say, tmp_path: Path
) -> None:
    ana: Actor = member(store, "ana", "Ana")
    member(store, "budi", "Budi")

    def arrives(name: str, kind: str, day: int, hour: int, minute: int) -> None:
        line = {
            "platform": "instagram", "account": "kopi", "remote_id": name, "kind": kind, "author_handle": "rina",
            "body": name, "sent_at": at(day, hour, minute).isoformat(),
        }  # fmt: skip
        file = tmp_path / "mentions.jsonl"
        file.write_text(json.dumps(line))
        say("mention", "ingest", file)

    arrives("minggu lalu", "comment", 15, 20, 0)

    # Monday: posts are planned, one message is answered late, a thank-you is done without an answer.
    set_to(clock, 16, 9)
    say("hours", "start", "conversation")
    set_to(clock, 16, 9, 8)
    arrives("pesanan saya", "dm", 16, 8, 0)
    arrives("terima kasih", "comment", 16, 9, 5)
    for body, category, accounts, day in (
        ("Lima cara seduh", "education", ("instagram/kopi", "x/kopi"), 17),
        ("Kata petani", "quote", ("instagram/kopi",), 18),
        ("Cerita kebun", "soft_sell", ("x/kopi",), 19),
    ):
        chosen = [word for one in accounts for word in ("--account", one)]
        say("post", "add", "--body", body, *chosen, "--category", category, "--at", f"2026-11-{day} 10:00")
    set_to(clock, 16, 9, 15)
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda text: "terima kasih" in text)
        await pilot.press("j", "r", *"Sudah kami kirim", "ctrl+s")
        await until(pilot, lambda text: "queued; u takes it back" in text)
        clock.move(at(16, 9, 16) - clock.now())
        assert serve(store) == 1
        await until(pilot, lambda text: "queued 0:" not in text)
        await pilot.press("g", "j", "d")
        await until(pilot, lambda text: "pesanan saya" not in text.split("2 Mentions")[1])
        await pilot.press("d")
        await until(pilot, lambda text: "terima kasih" not in text.split("2 Mentions")[1])
    set_to(clock, 16, 11)
    say("hours", "start", "blogging")
    set_to(clock, 16, 12, 30)
    say("hours", "stop")

    # The week goes on: one post goes out at both accounts, one fails, one is held; there is an hour's freeze.
    set_to(clock, 17, 10)
    assert serve(store) == 2
    set_to(clock, 17, 14)
    say("freeze", "on", "harga salah di poster")
    set_to(clock, 17, 15)
    say("freeze", "off", who="budi")
    set_to(clock, 18, 10)
    assert serve(store, refuses=True) == 1
    set_to(clock, 18, 12)
    say("hours", "log", "listening", "45m", who="budi")
    set_to(clock, 19, 9)
    say("post", "hold", "3")
    set_to(clock, 19, 10)
    assert serve(store) == 0
    set_to(clock, 20, 16)
    say("decision", "add", "Harga dicek dua orang", "--owner", "budi")
    set_to(clock, 22, 22)
    arrives("buka jam berapa", "dm", 22, 21, 50)
    # An hour over the week's edge, written down after it.
    set_to(clock, 23, 1)
    say("hours", "log", "updates", "1h", "--at", "2026-11-22 23:30")

    set_to(clock, 23, 9)
    found = json.loads(say("report", "week", "--week", "2026-W47", "--json"))
    posts = {key: value for key, value in found["posts"].items() if isinstance(value, int)}
    assert posts == {"planned": 3, "published": 1, "failed": 1, "unknown": 0, "expired": 0, "waiting": 1}
    assert {one["account"]: (one["planned"], one["published"]) for one in found["posts"]["accounts"]} == {
        "instagram/kopi": (2, 1), "x/kopi": (2, 1),
    }  # fmt: skip
    came = found["mentions"]
    assert (came["incoming"], came["answered"], came["late"], came["overdue"]) == (3, 1, 1, 1)
    assert (came["median_s"], came["open"], came["left_open"]) == (76 * 60, 1, 1)
    hours = {one["key"]: one["done_minutes"] for one in found["hours"]["activities"] if one["done_minutes"]}
    assert hours == {"updates": 30, "blogging": 90, "conversation": 120, "listening": 45}
    assert {one["login"]: one["done_minutes"] for one in found["hours"]["members"]} == {"ana": 240, "budi": 45}
    assert [(one["at"], one["ended_at"], one["by"], one["ended_by"]) for one in found["incidents"]["freezes"]] == [
        ("2026-11-17T07:00:00.000Z", "2026-11-17T08:00:00.000Z", "Ana", "Budi")
    ]
    assert [one["error"] for one in found["incidents"]["deliveries"]] == ["the picture is missing"]
    left = found["carry_over"]
    assert [(one["id"], one["state"]) for one in left["posts"]] == [(2, "failed"), (3, "held")]
    assert [one["text"] for one in left["mentions"]] == ["buka jam berapa"]
    assert [(one["decision"], one["owner"]) for one in found["decisions"]] == [("Harga dicek dua orang", "budi")]
    assert found["over"] and ana.login == "ana"
    # The rest of that hour is the next week's.
    after = json.loads(say("report", "week", "--json"))
    assert (after["week"], after["over"]) == ("2026-W48", False)
    assert sum(one["done_minutes"] for one in after["hours"]["activities"]) == 30
