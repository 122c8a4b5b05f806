"""The write-ahead log, kept short.

SQLite begins the log anew only when everything in it is in the database and nobody reads an older state. With a
hundred desks reading there may be no such moment by itself, and a long log makes every read slower. So the service
asks for one. Source: sqlite.org/wal.html, "Avoiding Excessively Large WAL Files".
"""

from __future__ import annotations

from contextlib import suppress

from smdash.core.errors import StoreBusy, StoreError
from smdash.store.connection import Store
from smdash.store.troubles import translated

# From which size on the log is begun anew (bytes): twice what a checkpoint after each thousand pages leaves.
LONG = 8_000_000
# How long writers and readers are waited for (ms): meanwhile nobody else can begin to write.
PATIENCE_MS = 20
# The same for a log that grew to four times that and more: a moment for all is better than slow reads for all.
MOST_PATIENCE_MS = 250
# A log so long that nobody seems to serve the database (bytes), and how often a desk looks (seconds). SQLite's own
# checkpoints come with every commit from there on: a hundred desks that make them are what keeps the log long.
ABANDONED = 16_000_000
SELDOM_S = 30.0


def size(store: Store) -> int:
    """Bytes in the log; 0 where there is none."""
    try:
        return store.path.with_name(store.path.name + "-wal").stat().st_size
    except OSError:
        return 0


def shorten(store: Store) -> bool:
    """Begin a long log anew if nobody is in the way; returns whether it is short now.

    A lock is no error; what else SQLite says is raised as StoreError.
    """
    found = size(store)
    if found < LONG or store.read_only:
        return True
    patience = min(PATIENCE_MS * (found // LONG) ** 2, MOST_PATIENCE_MS)
    try:
        with translated(store.path):
            # Most of the work first, while all others go on; what is left for the second step takes a moment.
            store.conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            store.turn.take(patience / 1000)
            store.conn.execute(f"PRAGMA busy_timeout = {patience}")
            busy, _pages, _moved = store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except StoreBusy:
        return False
    finally:
        store.turn.give_back()
        store.conn.execute(f"PRAGMA busy_timeout = {store.busy_ms}")
    return not busy


def leave_to_service(store: Store) -> None:
    """Make no checkpoints with commits."""
    with translated(store.path):
        store.conn.execute("PRAGMA wal_autocheckpoint = 0")


def relieve(store: Store) -> None:
    """Move an abandoned log into the database while all others go on; what fails is tried another time."""
    if size(store) < ABANDONED:
        return
    with suppress(StoreError), translated(store.path):
        store.conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
