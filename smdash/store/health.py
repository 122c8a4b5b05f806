"""What SQL can tell about the health of the file: its pages, references, kept figures, texts' index and schema."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import decode, encode
from smdash.store import driver, migrations, schema_tally, schema_text
from smdash.store.driver import Connection

# How many problems are named; a file that is broken in one place is broken in a thousand.
ENOUGH = 3
# Beside this many mentions the deep look at the full-text index would keep members waiting.
QUICK_MENTIONS = 100_000

_SHADOW = "SELECT name FROM pragma_table_list WHERE type = 'shadow'"


class Thing(NamedTuple):
    """Something in the schema: ``table``, ``index``, ``trigger`` or ``view``."""

    kind: str
    name: str


class Drift(NamedTuple):
    """How the schema differs from what the migrations make."""

    planted: tuple[Thing, ...]
    missing: tuple[Thing, ...]
    changed: tuple[Thing, ...]


def page_problems(conn: Connection) -> list[str]:
    """What SQLite finds wrong in the file's pages; nothing when all is well."""
    found = [str(row[0]) for row in conn.execute(f"PRAGMA quick_check({ENOUGH})").fetchall()]
    return [] if found == ["ok"] else found


def lost_references(conn: Connection) -> list[tuple[str, str, int]]:
    """Table, table that it refers to, and how many of its rows refer to nothing there."""
    counted: dict[tuple[str, str], int] = {}
    for table, _row, parent, _key in conn.execute("PRAGMA foreign_key_check").fetchall():
        counted[table, parent] = counted.get((table, parent), 0) + 1
    return [(*pair, number) for pair, number in sorted(counted.items())]


def counters_off(conn: Connection) -> bool:
    """Whether the kept numbers of open mentions differ from a recount."""
    kept = {tuple(row) for row in conn.execute("SELECT name, bucket, n FROM tally").fetchall()}
    return kept != {tuple(row) for row in conn.execute(schema_tally.RECOUNT).fetchall()}


def recount(conn: Connection) -> None:
    """Count the open mentions anew. The caller holds the write lock."""
    conn.execute("DELETE FROM tally")
    conn.execute(schema_tally.COUNT)
    conn.execute("UPDATE change SET seq = seq + 1 WHERE topic = 'mention'")


def mentions_up_to(conn: Connection, limit: int) -> bool:
    """Whether there are no more mentions than that."""
    (found,) = conn.execute("SELECT count(*) FROM (SELECT 1 FROM mention LIMIT ?)", (limit + 1,)).fetchone()
    return int(found) <= limit


def index_disagrees(conn: Connection) -> bool:
    """Whether the full-text index differs from the mentions. The caller holds the write lock: FTS5 asks for it."""
    try:
        conn.execute("INSERT INTO mention_text (mention_text, rank) VALUES ('integrity-check', 1)")
    except driver.DatabaseError as problem:
        if "malformed" in str(problem) or "corrupt" in str(problem):
            return True
        raise
    return False


def rebuild_index(conn: Connection) -> None:
    """Take all mentions into the full-text index anew. The caller holds the write lock."""
    conn.execute(schema_text.REBUILD)


def newest(conn: Connection) -> tuple[datetime | None, datetime | None]:
    """When the desk's newest event happened, and the newest mention came in, by the clock of then."""
    (event,) = conn.execute("SELECT at FROM event ORDER BY id DESC LIMIT 1").fetchone() or (None,)
    (mention,) = conn.execute("SELECT received_at FROM mention ORDER BY id DESC LIMIT 1").fetchone() or (None,)
    return decode(event) if event else None, decode(mention) if mention else None


def dated_after(conn: Connection, moment: datetime) -> int:
    """How many open mentions say that they were written after *moment*."""
    (found,) = conn.execute(
        "SELECT count(*) FROM mention WHERE state = 'open' AND sent_at > ?", (encode(moment),)
    ).fetchone()
    return int(found)


def journal(conn: Connection) -> str:
    """The file's journal mode, in lower case."""
    return str(conn.execute("PRAGMA journal_mode").fetchone()[0])


def drift(conn: Connection) -> Drift:
    """Compare the schema with a fresh one; the file must be at the current version."""
    ours, theirs = _wanted(), _objects(conn)
    return Drift(
        tuple(sorted(set(theirs) - set(ours))),
        tuple(sorted(set(ours) - set(theirs))),
        tuple(sorted(thing for thing in set(ours) & set(theirs) if not _same(ours[thing], theirs[thing]))),
    )


def remake(conn: Connection, found: Drift) -> None:
    """Drop planted triggers and make our triggers, views and indexes anew. The caller holds the write lock."""
    wanted = _wanted()
    for thing in found.planted:
        if thing.kind == "trigger":
            _drop(conn, thing)
    # Views first: triggers may read them.
    order = {"index": 0, "view": 1, "trigger": 2}
    mendable = [thing for thing in (*found.missing, *found.changed) if thing.kind in order]
    for thing in sorted(mendable, key=lambda one: order[one.kind]):
        _drop(conn, thing)
        conn.execute(wanted[thing])


def _drop(conn: Connection, thing: Thing) -> None:
    name = thing.name.replace('"', '""')
    conn.execute(f'DROP {thing.kind.upper()} IF EXISTS "{name}"')


def _wanted() -> dict[Thing, str]:
    conn = driver.connect(":memory:", isolation_level=None)
    try:
        migrations.apply(conn)
        return _objects(conn)
    finally:
        conn.close()


def _objects(conn: Connection) -> dict[Thing, str]:
    rows = conn.execute(
        "SELECT type, name, sql FROM sqlite_master "
        f"WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN ({_SHADOW})"
    ).fetchall()
    return {Thing(kind, name): sql for kind, name, sql in rows}


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()
