"""What networks pushed: kept as it came, understood later, removed in the end (tables ``received`` and its mentions).

A body is told again by its digest, so that a network that sends twice changes nothing. Several processes may keep and
read at the same time: what one has read by the time of another's transaction is passed over there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import decode, decode_optional, encode, encode_optional
from smdash.core.records import Counts
from smdash.store.driver import Connection

# How many bodies one transaction of reading takes at most, and of how many bytes together.
BATCH = 200
BATCH_BYTES = 8_000_000
# How long bodies stay: those that were understood, and those that were not.
KEPT = timedelta(days=7)
KEPT_UNREAD = timedelta(days=30)
# How many are removed in one transaction.
REMOVED_AT_ONCE = 2_000
# An id of fewer letters may be a part of any word.
SHORT = 6
# What the health row of an account's pushes is called: the account and this.
JOB = "push"
_CHOSEN = "(SELECT value FROM json_each(:ids))"


class Arrived(NamedTuple):
    """A genuine body, of the account whose address was called."""

    platform: str
    account_id: int
    body: bytes
    at: datetime


class Waiting(NamedTuple):
    """A body that nobody has understood yet."""

    id: int
    platform: str
    account_id: int
    body: bytes
    received_at: datetime


class Addressed(NamedTuple):
    """An account as pushes name it: by the network's id of it."""

    id: int
    platform: str
    name: str
    remote_id: str | None


class Outcome(NamedTuple):
    """What came of a body: the mentions in it (account, network's id), events for nobody of ours, what was wrong."""

    id: int
    mentions: tuple[tuple[int, str], ...] = ()
    left_out: int = 0
    problem: str | None = None
    erased: bool = False


class Health(NamedTuple):
    """The pushes of one account: how many wait and since when, how many could not be understood, and why the last."""

    account_id: int
    waiting: int
    since: datetime | None
    unread: int
    problem: str | None


def job_name(platform: str, account: str) -> str:
    """The name of the health row of an account's pushes."""
    return f"{platform}/{account}/{JOB}"


def is_push(name: str) -> bool:
    """Whether a job's name is that of such a health row, which nobody pulls."""
    return name.endswith(f"/{JOB}")


def keep(conn: Connection, arrived: Iterable[Arrived]) -> None:
    """Keep bodies; one that is there already changes nothing. The caller holds the write lock and syncs the commit."""
    conn.executemany(
        "INSERT INTO received (platform, account_id, digest, body, received_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, digest) DO NOTHING",
        [
            (one.platform, one.account_id, hashlib.sha256(one.body).digest(), one.body, encode(one.at))
            for one in arrived
        ],
    )


def waiting(conn: Connection, *, before: datetime | None = None) -> list[Waiting]:
    """The oldest that nobody has understood yet, as many as one transaction takes; only those that came *before*.

    Those of accounts whose health row is paused wait on.
    """
    rows = conn.execute(
        "SELECT r.id, r.platform, r.account_id, r.body, r.received_at FROM received r WHERE r.processed_at IS NULL "
        "AND (:before IS NULL OR r.received_at < :before) AND r.body IS NOT NULL "
        "AND r.account_id NOT IN (SELECT account_id FROM sync_job WHERE state = 'paused' AND account_id IS NOT NULL "
        f"AND name LIKE '%/{JOB}') ORDER BY r.id LIMIT :most",
        {"before": encode_optional(before), "most": BATCH},
    ).fetchall()
    found: list[Waiting] = []
    room = BATCH_BYTES
    for key, platform, account_id, body, at in rows:
        room -= len(body)
        if found and room < 0:
            break
        found.append(Waiting(key, platform, account_id, body, decode(at)))
    return found


def still_waiting(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Those of these that nobody has read meanwhile. The caller holds the write lock."""
    rows = conn.execute(
        f"SELECT id FROM received WHERE id IN {_CHOSEN} AND processed_at IS NULL AND body IS NOT NULL",
        {"ids": json.dumps(list(ids))},
    ).fetchall()
    return {row[0] for row in rows}


def accounts(conn: Connection) -> list[Addressed]:
    """All accounts with the network's ids of them."""
    return [
        Addressed._make(row)
        for row in conn.execute("SELECT id, platform, name, remote_id FROM account ORDER BY id").fetchall()
    ]


def finish(conn: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write down what came of bodies; one that brought something erased is removed. The caller holds the lock."""
    conn.executemany(
        "UPDATE received SET processed_at = ?, left_out = ?, problem = ?, body = iif(?, NULL, body) WHERE id = ?",
        [(encode(now), one.left_out, one.problem, one.erased, one.id) for one in outcomes],
    )
    conn.executemany(
        "INSERT INTO received_mention (account_id, remote_id, received_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(account, remote, one.id) for one in outcomes if not one.erased for account, remote in one.mentions],
    )


def drop_empty(conn: Connection, ids: Sequence[int]) -> None:
    """Remove those of these bodies that were understood and brought nothing that is ours; that they came is kept.

    They may name people whom nothing else leads to, such as who reads what. The caller holds the write lock.
    """
    conn.execute(
        f"UPDATE received SET body = NULL WHERE id IN {_CHOSEN} AND problem IS NULL AND processed_at IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM received_mention l WHERE l.received_id = received.id)",
        {"ids": json.dumps(list(ids))},
    )


def try_again(conn: Connection) -> int:
    """Let those be read anew that could not be understood; returns how many. The caller holds the write lock."""
    return conn.execute(
        "UPDATE received SET processed_at = NULL, problem = NULL WHERE problem IS NOT NULL AND body IS NOT NULL"
    ).rowcount


def remove_old(conn: Connection, now: datetime) -> int:
    """Remove some that were understood long ago; returns how many rows. The caller holds the write lock."""
    return conn.execute(
        "DELETE FROM received WHERE id IN (SELECT id FROM received WHERE processed_at < :kept "
        "AND (problem IS NULL OR received_at < :unread) ORDER BY processed_at LIMIT :most)",
        {"kept": encode(now - KEPT), "unread": encode(now - KEPT_UNREAD), "most": REMOVED_AT_ONCE},
    ).rowcount


def any_old(conn: Connection, now: datetime) -> bool:
    """Whether ``remove_old`` would find something."""
    return (
        conn.execute(
            "SELECT 1 FROM received WHERE processed_at < ? AND (problem IS NULL OR received_at < ?) LIMIT 1",
            (encode(now - KEPT), encode(now - KEPT_UNREAD)),
        ).fetchone()
        is not None
    )


def health(conn: Connection) -> dict[int, Health]:
    """How the pushes of each account are, by the account's id; accounts without anything to tell are left out."""
    found: dict[int, Health] = {}
    for account_id, number, since in conn.execute(
        "SELECT account_id, count(*), min(received_at) FROM received WHERE processed_at IS NULL GROUP BY account_id"
    ).fetchall():
        found[account_id] = Health(account_id, number, decode_optional(since), 0, None)
    for account_id, number, problem in conn.execute(
        "SELECT account_id, n, (SELECT problem FROM received WHERE id = last) FROM (SELECT account_id, count(*) AS n, "
        "max(id) AS last FROM received WHERE problem IS NOT NULL GROUP BY account_id)"
    ).fetchall():
        known = found.get(account_id, Health(account_id, 0, None, 0, None))
        found[account_id] = known._replace(unread=number, problem=problem)
    return found


def unread(conn: Connection, account_id: int) -> int:
    """How many bodies of an account's address could not be understood and are kept."""
    (number,) = conn.execute(
        "SELECT count(*) FROM received WHERE account_id = ? AND problem IS NOT NULL", (account_id,)
    ).fetchone()
    return int(number)


def note_read(conn: Connection, account_id: int, now: datetime, counts: Counts, notice: str | None) -> None:
    """Write into the health row that something was pushed, and what is to be said. The caller holds the lock."""
    conn.execute(
        "UPDATE sync_job SET last_ok_at = ?, last_new = ?, last_changed = ?, failures = 0, error = ?, "
        f"error_kind = NULL WHERE account_id = ? AND name LIKE '%/{JOB}'",
        (encode(now), counts.new, counts.changed, notice, account_id),
    )


def left_out(conn: Connection, account_id: int, since: datetime) -> int:
    """How many events for nobody of the team's came to an account's address since then."""
    (number,) = conn.execute(
        "SELECT coalesce(sum(left_out), 0) FROM received WHERE account_id = ? AND processed_at >= ?",
        (account_id, encode(since)),
    ).fetchone()
    return int(number)


def forget(conn: Connection, mention_ids: Sequence[int]) -> int:
    """Remove the bodies that brought these mentions, and those not understood that name their authors or ids.

    Returns how many. That they came is kept, so that a repeat is known. Called before a mention's own id is blanked;
    the caller holds the write lock and has set ``secure_delete``.
    """
    values = {"ids": json.dumps(list(mention_ids))}
    bodies = {
        row[0]
        for row in conn.execute(
            "SELECT l.received_id FROM mention m JOIN received_mention l ON l.account_id = m.account_id "
            f"AND l.remote_id = m.remote_id WHERE m.id IN {_CHOSEN}",
            values,
        ).fetchall()
    }
    unread = conn.execute("SELECT id, body FROM received WHERE problem IS NOT NULL AND body IS NOT NULL").fetchall()
    if unread:
        rows = conn.execute(
            f"SELECT remote_id, author_handle, author_name FROM mention WHERE id IN {_CHOSEN} AND own = 0", values
        ).fetchall()
        named = {needle for *ids, name in rows for needle in _needles(ids, name)}
        bodies |= {key for key, body in unread if any(needle in body for needle in named)}
    chosen = {"ids": json.dumps(sorted(bodies))}
    conn.execute(f"UPDATE received SET body = NULL, problem = NULL WHERE id IN {_CHOSEN}", chosen)
    conn.execute(f"DELETE FROM received_mention WHERE received_id IN {_CHOSEN}", chosen)
    return len(bodies)


def _needles(ids: Iterable[str], name: str) -> set[bytes]:
    """Ids and a person's name as they may stand in a body: as they are, and as JSON escapes them.

    What is short, and a name, counts only where it is the whole of a value, since it is a part of others' words, too.
    """
    found: set[bytes] = set()
    for text, alone in ((name, True), *((one.removeprefix("@"), len(one) < SHORT) for one in ids)):
        if text:
            for form in (text, json.dumps(text)[1:-1]):
                found.add((f'"{form}"' if alone else form).encode("utf-8", "replace"))
    return found


def note_heartbeat(conn: Connection, names: Mapping[str, datetime], now: datetime) -> None:
    """Say in the health rows that their receiver listens, and by when it says so again. The caller holds the lock."""
    conn.executemany(
        "UPDATE sync_job SET last_started_at = ?, next_at = ? WHERE name = ?",
        [(encode(now), encode(again), name) for name, again in names.items()],
    )
