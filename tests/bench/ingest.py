"""``smdash mention ingest`` of a file against bare ``executemany`` into the same schema with its triggers and indexes."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import datetime
from pathlib import Path

from smdash.store.connection import open_store
from smdash.store.mentions import _INSERT, BATCH
from tests.bench.common import SMDASH, arguments, build, report, rows, run_quietly

NAMES = ("instagram", "facebook_page", "x", "whatsapp", "linkedin", "mastodon")


def main() -> None:
    asked = arguments(mentions=100_000, runs=3)
    floors: list[float] = []
    real: list[float] = []
    with tempfile.TemporaryDirectory(prefix="smdash-bench-") as folder:
        source = list(rows(asked.mentions, open_part=1.0))
        file = Path(folder) / "lines.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for row in source:
                fields = {
                    "platform": NAMES[row[0] - 1], "account": "kopi", "remote_id": row[1], "kind": row[2],
                    "author_handle": row[3], "author_name": row[4], "body": row[5], "url": None, "sent_at": row[7],
                }  # fmt: skip
                out.write(json.dumps(fields) + "\n")
        for turn in range(asked.runs):
            bare, ours = Path(folder) / f"bare{turn}.db", Path(folder) / f"ours{turn}.db"
            build(bare, 0)
            build(ours, 0)
            with open_store(bare) as store:
                began = time.perf_counter()
                for at in range(0, len(source), BATCH):
                    with store.writing() as conn:
                        conn.executemany(_INSERT, source[at : at + BATCH])
                floors.append(asked.mentions / (time.perf_counter() - began))
            began = time.perf_counter()
            run_quietly([*SMDASH, "--db", str(ours), "mention", "ingest", str(file)])
            real.append(asked.mentions / (time.perf_counter() - began))
    figures = {
        "mentions": asked.mentions,
        "bare_rows_per_s": round(max(floors)),
        "ingest_rows_per_s": round(max(real)),
        "ratio": round(max(real) / max(floors), 3),
        "goal": ">= 0.6",
        "measured": datetime.now().astimezone().isoformat(timespec="minutes"),
    }
    report("ingest", figures, asked.json)


if __name__ == "__main__":
    main()
