"""Key to first changed byte, and bytes a key sends: move, mark, done, undo, scrolling moves, and a letter of a post."""

from __future__ import annotations

import statistics

from tests.bench.common import SMDASH, Terminal, arguments, database, p95, report


def main() -> None:
    asked = arguments(mentions=10_000, times=60)
    figures: dict[str, object] = {"mentions": asked.mentions}
    with database(asked.mentions) as path, Terminal([*SMDASH, "--db", str(path)]) as terminal:
        terminal.wait_for(b"open")
        terminal.quiet(1.0)
        steps = {
            "move": [b"j", b"k"],
            "mark": [b" ", b"k"],
            "done": [b"d"],
            "undo": [b"u"],
            "scroll": [b"\x04"],
        }
        for name, keys in steps.items():
            times: list[float] = []
            sizes: list[int] = []
            turns = asked.times if name not in ("undo", "done") else asked.times // 2
            for turn in range(turns):
                took, size = terminal.key(keys[turn % len(keys)], 0.12 if name in ("done", "undo") else 0.05)
                times.append(took * 1000)
                sizes.append(size)
            figures[f"{name}_p50_ms"] = round(statistics.median(times), 2)
            figures[f"{name}_p95_ms"] = round(p95(times), 2)
            figures[f"{name}_bytes"] = int(statistics.median(sizes))
            terminal.key(b"\x1b", 0.3)
        # A letter of a new post for three accounts: its counts and its preview follow.
        for key in (b"N", b"\t", b"\r", b"1", b"2", b"3", b"\x1b", b"\t"):
            terminal.key(key, 0.4)
        written = [terminal.key(b"kopi susu "[at % 10 : at % 10 + 1], 0.05) for at in range(asked.times)]
        figures["write_p50_ms"] = round(statistics.median(took * 1000 for took, _size in written), 2)
        figures["write_p95_ms"] = round(p95([took * 1000 for took, _size in written]), 2)
        figures["write_bytes"] = int(statistics.median(size for _took, size in written))
    figures["goal"] = "p95 <= 10 ms; move <= 400 bytes, scroll <= 6000"
    report("keys", figures, asked.json)


if __name__ == "__main__":
    main()
