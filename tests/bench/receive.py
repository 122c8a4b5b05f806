"""Pushes: so many signed events a second; none of those answered 200 may be lost, also where the receiver is killed.

First a whole stretch, undisturbed; then half of one, in whose middle the receiver is killed and started anew on its port.

How long an answer takes is counted from the time at which the event was due to be sent, so that a queue shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smdash.store import driver, teams
from smdash.store.connection import create_file, open_store
from tests.bench.common import arguments, build, report
from tests.pushing import TOKEN, body_of, event, flood, put_beside, receiving

CALLERS = 64
PATIENCE_S = 120.0


def main() -> None:
    asked = arguments(mentions=0, rate=500, seconds=60)
    with tempfile.TemporaryDirectory(prefix="smdash-bench-") as name:
        figures = _measured(Path(name), asked)
    figures["goal"] = "500 a second; 0 lost across a kill -9; p99 <= 100 ms"
    report("receive", figures, asked.json)


def _measured(folder: Path, asked: Any) -> dict[str, Any]:
    db = folder / "desk.db"
    if asked.mentions:
        build(db, asked.mentions)
    create_file(db)
    with open_store(db) as store, store.writing() as conn:
        teams.start(conn, "Kopi Senja", "Asia/Jakarta")
        teams.put_account(conn, "warung", "kopi", datetime.now(UTC), remote_id="w1")
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join(
            [str(put_beside(folder / "site")), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        "SMDASH_CONFIG_DIR": str(folder / "config"),
        "SMDASH_STATE_DIR": str(folder / "state"),
    }
    (folder / "config").mkdir()
    settings = folder / "config" / "sync.toml"
    settings.write_text(f'[[account]]\nplatform = "warung"\nname = "kopi"\ntoken = "{TOKEN}"\n')
    settings.chmod(0o600)
    total = asked.rate * asked.seconds
    bodies = [
        body_of(event(number, f"kak, pesanan nomor {number} belum sampai", handle=f"user{number % 5_000}"))
        for number in range(total)
    ]
    with receiving(db, env) as receiver:
        steady = asyncio.run(flood(receiver.port, bodies, CALLERS, asked.seconds))
        read_s = _until_read(db)
        receiver.kill()
    more = [body_of(event(f"k{number}", "dan lagi")) for number in range(total // 2)]
    with ExitStack() as stack:
        first = stack.enter_context(receiving(db, env))
        back_s: list[float] = []

        def kill_and_start() -> None:
            time.sleep(asked.seconds / 4)
            first.kill()
            began = time.perf_counter()
            stack.enter_context(receiving(db, env, "--listen", f"127.0.0.1:{first.port}"))
            back_s.append(time.perf_counter() - began)

        killer = threading.Thread(target=kill_and_start)
        killer.start()
        killed = asyncio.run(flood(first.port, more, CALLERS, asked.seconds / 2))
        killer.join()
        _until_read(db)
    answered = {body for body, status, _took in [*steady, *killed] if status == 200}
    there = _ids(db)
    lost = [body for body in answered if json.loads(body)["events"][0]["id"] not in there]
    took = sorted(seconds for _body, status, seconds in steady if status == 200)
    return {
        "mentions_before": asked.mentions,
        "rate": asked.rate,
        "seconds": asked.seconds,
        "sent": len(steady) + len(killed),
        "answered_200": len(answered),
        "listens_again_after_s": round(back_s[0], 2),
        "steady_not_200": sum(status != 200 for _body, status, _took in steady),
        "lost": len(lost),
        "p50_ms": round(1_000 * took[len(took) // 2], 1) if took else None,
        "p99_ms": round(1_000 * took[int(len(took) * 0.99)], 1) if took else None,
        "max_ms": round(1_000 * took[-1], 1) if took else None,
        "read_after_the_last_s": round(read_s, 2),
    }


def _until_read(db: Path) -> float:
    """Seconds until nothing waits to be read."""
    began = time.perf_counter()
    conn = driver.connect(f"file:{db}?mode=ro", uri=True, timeout=10)
    try:
        while conn.execute("SELECT 1 FROM received WHERE processed_at IS NULL LIMIT 1").fetchone() is not None:
            if time.perf_counter() - began > PATIENCE_S:
                print("what was pushed is not read", file=sys.stderr)
                break
            time.sleep(0.05)
    finally:
        conn.close()
    return time.perf_counter() - began


def _ids(db: Path) -> set[str]:
    conn = driver.connect(f"file:{db}?mode=ro", uri=True, timeout=10)
    try:
        return {row[0] for row in conn.execute("SELECT remote_id FROM mention").fetchall()}
    finally:
        conn.close()


if __name__ == "__main__":
    main()
