"""The database as it was at an earlier time: a private copy in which everything that came later is taken back.

What the book of events and ``past`` tell is put back: states, holders, labels, deliveries, hours, campaigns. Texts are
today's, and of the sync jobs nothing is known but that. Times are UTC.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import StoreReadOnly
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import backup, driver, goals, media
from smdash.store.driver import Connection

# When a row of each table came to be; what came later than the time that is looked at was not there.
_BEGAN = {
    "mention": "received_at", "delivery": "created_at", "post": "created_at", "attempt": "at",
    "time_entry": "created_at", "campaign": "created_at", "milestone": "created_at",
    "decision": "at", "note": "created_at", "asset": "asked_at",
    "approval": "at", "attachment": "at", "overrule": "at", "search": "created_at", "search_hit": "found_at",
    "feed": "created_at", "feed_item": "first_seen_at", "metric": "at", "saved_reply": "created_at",
    "absence": "created_at", "refused_span": "at", "account": "created_at", "event": "at", "pulse": "at",
}  # fmt: skip
# Times at which something happened to a row; one that is later has not happened yet. Others go with the first.
_HAPPENED: dict[str, dict[str, tuple[str, ...]]] = {
    "mention": {"answered_at": ("answered_by", "response_s", "handling_s"), "done_at": ("done_by",), "edited_at": ()},
    "delivery": {"sent_at": ("remote_id", "remote_url"), "gone_at": (), "checked_at": (), "first_at": ()},
    "time_entry": {"ended_at": (), "removed_at": ()},
    "campaign": {"removed_at": ()},
    "phase": {"removed_at": ()},
    "milestone": {"done_at": ("done_by",), "removed_at": ()},
    "decision": {"done_at": (), "removed_at": ()},
    "asset": {"done_at": ("done_by",), "dropped_at": ()},
    "search": {"removed_at": ()},
    "refused_span": {"removed_at": ()},
    "member": {"left_at": ()},
    "sync_job": {"last_started_at": (), "last_ok_at": ()},
}
# What the book of events tells of a row's past; texts are not among it.
_TOLD: dict[str, set[str]] = {
    "mention": {
        "state", "done_at", "done_by", "assignee_id", "priority", "star", "snooze", "snoozed_until", "woke", "due_at",
        "answered_at", "answered_by", "response_s", "handling_s",
    },
    "post": {"due_at", "due_zone", "category", "campaign_id", "offer_until"},
    "time_entry": {"activity_id", "started_at", "ended_at", "brand_id", "campaign_id", "state", "removed_at"},
    "campaign": {"kind", "starts_at", "ends_at", "zone", "brand_id", "removed_at"},
    "phase": {"starts_at", "ends_at", "removed_at"},
    "milestone": {"due_at", "owner_id", "done_at", "done_by", "removed_at"},
    "decision": {"owner_id", "done_at", "removed_at"},
    "asset": {"done_at", "done_by", "dropped_at", "owner_id", "due_at"},
    "search": {"status", "removed_at", "interval_s"},
    "note": {"deleted"},
    "member": {"role", "left_at"},
}  # fmt: skip
# What an event tells of rows beside the one that it is about.
_BESIDE = {"mention": {"labels"}, "post": {"deliveries"}}
# What an event without a ``before`` says of the time before it.
_WOKE_FROM = {"state": "snoozed"}
_NAME = "smdash-at-"


def copy(source: Path, at: datetime) -> Path:
    """Make the copy in a folder of this process's own, which goes with the process. Raises StoreError."""
    _sweep()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-"))
    except OSError as problem:
        raise StoreReadOnly(
            _("can't make a copy to look back in: {reason}; set TMPDIR to a folder that you may write").format(
                reason=why(problem)
            )
        ) from problem
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = folder / source.name
    backup.save(source, made)
    if (files := media.folder_of(source)).is_dir():
        media.folder_of(made).symlink_to(files.absolute(), target_is_directory=True)
    conn = driver.connect(str(made), isolation_level=None)
    try:
        # Nobody else reads it, and a copy that is lost is made again.
        conn.execute("PRAGMA journal_mode = MEMORY")
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("BEGIN IMMEDIATE")
        rewind(conn, at)
        conn.execute("COMMIT")
        conn.execute(f"PRAGMA journal_mode = {driver.journal_mode()}")
    finally:
        conn.close()
    return made


def _sweep() -> None:
    """Remove what processes that were killed left."""
    with suppress(OSError):
        for one in Path(tempfile.gettempdir()).iterdir():
            found = re.fullmatch(rf"{_NAME}(\d+)-\w+", one.name)
            if found and one.stat().st_uid == os.getuid() and not Path(f"/proc/{found[1]}").exists():
                shutil.rmtree(one, ignore_errors=True)


def rewind(conn: Connection, at: datetime) -> None:
    """Take back what came after a time, in a database that nobody else uses. The caller holds the write lock."""
    moment = encode(at)
    columns = {table: _columns(conn, table) for table in {*_BEGAN, *_HAPPENED, *_TOLD}}
    # What was written by any program is told by the rows; what was there before, by the book.
    before = _before(conn, moment)
    conn.execute("DROP TRIGGER IF EXISTS event_is_kept")
    for trigger in ("post_past", "delivery_past"):
        conn.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    states = _states(conn, moment)
    for table, column in _BEGAN.items():
        if column in columns[table]:
            conn.execute(f"DELETE FROM {table} WHERE {column} > ?", (moment,))
    for table in ("claim", "draft", "post_draft"):
        conn.execute(f"DELETE FROM {table}")
    for table, told in before.items():
        _put(conn, table, told, columns[table])
    unanswered = [row[0] for row in conn.execute("SELECT id FROM mention WHERE answered_at > ?", (moment,))]
    for table, times in _HAPPENED.items():
        for column, others in times.items():
            if column in columns[table]:
                cleared = ", ".join(f"{one} = NULL" for one in (column, *others) if one in columns[table])
                conn.execute(f"UPDATE {table} SET {cleared} WHERE {column} > ?", (moment,))
    # When an answer is due follows from the rest.
    goals.recompute(conn, sorted({*unanswered, *before.get("mention", ())}), at)
    for (table, row), state in states.items():
        conn.execute(f"UPDATE {table} SET state = ? WHERE id = ?", (state, row))
    _errors(conn)
    conn.execute("UPDATE sync_job SET failures = 0, error = NULL, error_kind = NULL, next_at = NULL")
    _orphans(conn)


def _columns(conn: Connection, table: str) -> frozenset[str]:
    return frozenset(row[1] for row in conn.execute(f"PRAGMA table_info({table})"))


def _states(conn: Connection, moment: str) -> dict[tuple[str, int], str]:
    """The state of each post and delivery that changed since: the one before its first change."""
    found: dict[tuple[str, int], str] = {}
    for subject, row, state in conn.execute(
        "SELECT subject, subject_id, state FROM past WHERE at > ? ORDER BY id", (moment,)
    ):
        found.setdefault((subject, row), state)
    return found


def _before(conn: Connection, moment: str) -> dict[str, dict[int, dict[str, Any]]]:
    """By table and row, what its columns held before the first event after the moment that changed them."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    untold: dict[tuple[str, int], set[str]] = {}
    seen: dict[tuple[str, int], set[str]] = {}
    rows = conn.execute(
        f"SELECT subject, subject_id, verb, before, after FROM event WHERE at > ? AND subject IN ({_subjects()}) "
        "AND subject_id IS NOT NULL AND (before IS NOT NULL OR after IS NOT NULL) ORDER BY id",
        (moment,),
    )
    for subject, row, verb, before, after in rows:
        known, wanted = json.loads(before or "{}"), {*json.loads(after or "{}"), *json.loads(before or "{}")}
        if verb == "wake":
            known = _WOKE_FROM | known
            wanted |= {"snooze", "snoozed_until", "woke"}
        fresh = (wanted & _kept(subject)) - seen.setdefault((subject, row), set())
        seen[subject, row] |= fresh
        told = found.setdefault(subject, {}).setdefault(row, {})
        for column in fresh:
            if column in known:
                told[column] = known[column]
            else:
                untold.setdefault((subject, row), set()).add(column)
    for (subject, row), missing in untold.items():
        found[subject][row] |= _last(conn, subject, row, missing, moment)
    return found


def _kept(subject: str) -> set[str]:
    return _TOLD[subject] | _BESIDE.get(subject, set())


def _subjects() -> str:
    return ", ".join(f"'{table}'" for table in _TOLD)


def _last(conn: Connection, subject: str, row: int, missing: Iterable[str], moment: str) -> dict[str, Any]:
    """What the last event up to the moment made of these columns, where one did."""
    left, found = set(missing), {}
    for (after,) in conn.execute(
        "SELECT after FROM event WHERE subject = ? AND subject_id = ? AND at <= ? AND after IS NOT NULL "
        "ORDER BY id DESC",
        (subject, row, moment),
    ).fetchall():
        values = json.loads(after)
        for column in left & set(values):
            found[column] = values[column]
        left -= set(values)
        if not left:
            break
    return found


def _put(conn: Connection, table: str, told: Mapping[int, Mapping[str, Any]], columns: frozenset[str]) -> None:
    for row, values in told.items():
        plain = {key: value for key, value in values.items() if key in columns and not isinstance(value, list | dict)}
        if plain:
            put = ", ".join(f"{key} = ?" for key in plain)
            conn.execute(f"UPDATE OR IGNORE {table} SET {put} WHERE id = ?", (*plain.values(), row))
        if isinstance(labels := values.get("labels"), list):
            conn.execute("DELETE FROM mention_label WHERE mention_id = ?", (row,))
            conn.executemany(
                "INSERT OR IGNORE INTO mention_label (mention_id, label_id) SELECT ?, id FROM label WHERE id = ?",
                [(row, one) for one in labels],
            )
        if isinstance(due := values.get("deliveries"), dict):
            conn.executemany("UPDATE delivery SET due_at = ? WHERE id = ?", [(time, one) for one, time in due.items()])


def _errors(conn: Connection) -> None:
    """What was wrong with a delivery is what its last try up to then said; one that goes well says nothing."""
    conn.execute(
        "UPDATE delivery SET error = (SELECT a.error FROM attempt a WHERE a.delivery_id = delivery.id "
        "ORDER BY a.id DESC LIMIT 1) WHERE state IN ('queued', 'sending', 'unknown', 'failed') AND error IS NOT NULL"
    )


def _orphans(conn: Connection) -> None:
    """Rows that belong to what was not there go too; those that only name it forget it."""
    for table in sorted(row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")):
        nullable = {row[1] for row in conn.execute(f"PRAGMA table_info({table})") if not row[3] and not row[5]}
        for row in conn.execute(f"PRAGMA foreign_key_list({table})").fetchall():
            parent, column, on_delete = row[2], row[3], row[6]
            if parent not in _BEGAN:
                continue
            lost = f"{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {table}.{column})"
            if column in nullable and on_delete != "CASCADE":
                conn.execute(f"UPDATE {table} SET {column} = NULL WHERE {lost}")
            else:
                conn.execute(f"DELETE FROM {table} WHERE {lost}")
