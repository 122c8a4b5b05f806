"""Which ledger the service of this database keeps (``sync.ledger``): a lost one holds everything that would go out."""

from __future__ import annotations

from datetime import datetime

from smdash.store import outbox, teams
from smdash.store.driver import Connection

KEY = "ledger"


def meet(conn: Connection, name: str, now: datetime, why: str) -> int:
    """Note the ledger's name; where another one was known, hold what is queued and return how much that was.

    Of what was being sent this ledger knows nothing, so it is looked for. The caller holds the write lock. *why* is
    said of each.
    """
    known = teams.get(conn, KEY)
    if known == name:
        return 0
    teams.put(conn, KEY, name)
    if known is None:
        return 0
    for one in outbox.sending(conn):
        outbox.unknown(conn, one, now, why, at=now)
    return outbox.hold_all(conn, now, "ledger", why)


def forget(conn: Connection) -> None:
    """Begin with whatever ledger comes next: for the demo, whose ledger goes with its folder, and nothing went out.

    The caller holds the write lock.
    """
    teams.put(conn, KEY, None)
