"""The one place that imports SQLite, so that a process never holds two libraries for one file.

Two libraries in one process would drop each other's POSIX locks and lose rows. sqlite-utils takes
``pysqlite3`` when it is there, so this does too.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:  # no wheel for this machine
        import sqlite3

Connection = sqlite3.Connection
Error = sqlite3.Error
DatabaseError = sqlite3.DatabaseError
OperationalError = sqlite3.OperationalError
IntegrityError = sqlite3.IntegrityError
Cursor = sqlite3.Cursor
connect = sqlite3.connect
VERSION: tuple[int, ...] = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
MINIMUM = (3, 37, 0)  # STRICT tables


def has_wal_fix(version: tuple[int, ...] = VERSION) -> bool:
    """Whether this SQLite is free of the WAL-reset bug (3.7.0 to 3.51.2, mended in 3.51.3, 3.50.7, 3.44.6).

    Source: sqlite.org/releaselog for those versions.
    """
    if version >= (3, 51, 3):
        return True
    branch = version[:2]
    return (branch == (3, 50) and version >= (3, 50, 7)) or (branch == (3, 44) and version >= (3, 44, 6))


def journal_mode(version: tuple[int, ...] = VERSION) -> str:
    """The journal that ``init`` sets: WAL where it is safe among processes, else TRUNCATE."""
    return "wal" if has_wal_fix(version) else "truncate"


@cache
def triggers_may_index() -> bool:
    """Whether triggers may write a full-text index while ``trusted_schema`` is off (not so on 3.40).

    Asked of the library itself: which version began to allow it is not documented.
    """
    if VERSION >= (3, 53):
        return True
    conn = connect(":memory:", isolation_level=None)
    try:
        conn.execute("PRAGMA trusted_schema = OFF")
        conn.execute("CREATE TABLE t (x)")
        conn.execute("CREATE VIRTUAL TABLE f USING fts5(x)")
        conn.execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO f VALUES (NEW.x); END")
        conn.execute("INSERT INTO t VALUES ('x')")
    except Error:
        return False
    finally:
        conn.close()
    return True


def new_id(cursor: Cursor) -> int:
    """The id of the row that an INSERT has just written."""
    if cursor.lastrowid is None:
        raise TypeError("not an INSERT")
    return cursor.lastrowid
