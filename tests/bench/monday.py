"""Sixty mentions of a seeded Monday, from the first key to the last: how many key presses, typed text not counted.

A real dashboard in a pseudo-terminal clears them from the top: 20 done, 15 with a saved reply, 10 with a typed one, 5
given to a colleague, 5 put aside, 5 made urgent. The database says afterwards whether each came to what was meant.
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smdash.core.records import IncomingMention, MentionKind
from smdash.store import mentions, saved_replies, teams
from smdash.store.connection import create_file, open_store
from tests.bench.common import SMDASH, Terminal, arguments, report

PLAN = {"done": 20, "saved": 15, "typed": 10, "assigned": 5, "snoozed": 5, "urgent": 5}
# What each takes: keys as bytes; TEXT is typed and not counted.
TEXT = b"Siap kak, kami cek dulu ya"
KEYS: dict[str, list[bytes]] = {
    "done": [b"d"],
    "saved": [b"m", b"1", b"\x13"],
    "typed": [b"r", TEXT, b"\x13"],
    "assigned": [b"a", b"2", b"j"],
    "snoozed": [b"z", b"2"],
    "urgent": [b"!", b"j"],
}
# Between two keys (seconds): a quick hand.
PAUSE_S = 0.15


def seed(path: Path) -> list[str]:
    """The file with its Monday; returns what is to be done with each, from the longest waiting on."""
    create_file(path)
    now = datetime.now(UTC)
    wanted = [name for name, count in PLAN.items() for _ in range(count)]
    random.Random(60).shuffle(wanted)
    with open_store(path) as store, store.writing() as conn:
        actor = teams.join(conn, "ana", "Ana", "ana", now)
        teams.join(conn, "budi", "Budi", "budi", now)
        teams.put_account(conn, "instagram", "kopi", now)
        saved_replies.add(conn, actor, now, "jam buka", "Hai {first_name}, kami buka jam 8 sampai 22 setiap hari")
        batch = [
            IncomingMention(
                "instagram", "kopi", f"m{at}", MentionKind.COMMENT, f"tamu{at}", f"Tamu {at}", f"{name} {at}", None,
                now - timedelta(minutes=300 - at),
            )
            for at, name in enumerate(wanted)
        ]  # fmt: skip
        mentions.apply(conn, batch, {"comment": 600}, now)
    return wanted


def outcome(path: Path) -> Counter[str]:
    """What each mention came to, where it is what its text says."""
    found: Counter[str] = Counter()
    with sqlite3.connect(path) as conn:
        rows = conn.execute(
            "SELECT body, state, priority, (SELECT login FROM member WHERE id = assignee_id), "
            "(SELECT body FROM delivery WHERE mention_id = mention.id AND state = 'queued') FROM mention"
        ).fetchall()
    for body, state, priority, holder, answer in rows:
        name = body.split()[0]
        came_to = {
            "done": state == "done", "saved": bool(answer) and "jam 8" in answer, "typed": answer == TEXT.decode(),
            "assigned": holder == "budi", "snoozed": state == "snoozed", "urgent": priority == 1,
        }  # fmt: skip
        alone = sum([state == "done", bool(answer), holder is not None, state == "snoozed", priority > 0]) == 1
        found[name] += came_to[name] and alone
    return found


def main() -> None:
    asked = arguments()
    os.environ["SMDASH_MEMBER"] = "ana"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        wanted = seed(path)
        desk = Terminal([*SMDASH, "--db", str(path)])
        presses = 0
        began = time.perf_counter()
        try:
            desk.wait_for(b"60 open", 30)
            time.sleep(1)
            for name in wanted:
                for key in KEYS[name]:
                    os.write(desk.fd, key)
                    presses += key is not TEXT
                    desk.quiet(PAUSE_S)
            desk.quiet(1.0)
        finally:
            desk.close()
        took = time.perf_counter() - began
        found = outcome(path)
    report(
        "monday",
        {
            "mentions": len(wanted),
            "key_presses": presses,
            "presses_a_mention": round(presses / len(wanted), 2),
            "as_meant": sum(found.values()),
            "not_as_meant": {name: count - found[name] for name, count in PLAN.items() if found[name] != count},
            "seconds": round(took, 1),
            "goal": "presses_a_mention <= 2, all as meant",
        },
        asked.json,
    )


if __name__ == "__main__":
    main()
