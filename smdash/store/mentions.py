"""Mentions: what arrives, and what members do with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from smdash.core.clock import encode, encode_optional
from smdash.core.mentions import Kept, decide, goal
from smdash.core.records import Counts, IncomingMention, MentionState
from smdash.store import erase, teams
from smdash.store.driver import Connection

_INSERT = (
    "INSERT INTO mention (account_id, remote_id, kind, author_handle, author_name, body, url, sent_at, received_at, "
    "edited_at, thread_key, parent_id, own, state, due_at, reply_until) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# One that comes back to the open ones is not done any more.
_UPDATE = (
    "UPDATE mention SET author_handle = ?1, author_name = ?2, body = ?3, url = ?4, edited_at = ?5, state = ?6, "
    "done_at = iif(?6 = 'open', NULL, done_at), done_by = iif(?6 = 'open', NULL, done_by) WHERE id = ?7"
)
# How many records one transaction takes: some milliseconds of the write lock.
BATCH = 500


def apply(
    conn: Connection, incoming: Sequence[IncomingMention], goals_minutes: Mapping[str, int], now: datetime
) -> Counts:
    """Write what arrived; a repeat changes nothing. The caller holds the write lock.

    Accounts not known yet are recorded as external.
    """
    by_account: dict[tuple[str, str], list[IncomingMention]] = {}
    for one in incoming:
        by_account.setdefault((one.platform, one.account), []).append(one)
    inserts: list[tuple[object, ...]] = []
    updates: list[tuple[object, ...]] = []
    received_at = encode(now)
    answers: list[tuple[str, int, str]] = []
    for (platform, name), batch in by_account.items():
        account_id = teams.ensure_account(conn, platform, name, now)
        kept = _kept(conn, account_id, [one.remote_id for one in batch])
        gone = erase.gone(conn, account_id, [one.remote_id for one in batch])
        # Where a batch brings the same id twice, the last one counts.
        for one in {one.remote_id: one for one in batch}.values():
            if one.remote_id in gone:
                continue
            old = kept.get(one.remote_id)
            intent = decide(old, one)
            if intent.what == "new":
                inserts.append(_columns(account_id, one, intent.state, received_at, goals_minutes))
            elif intent.what == "changed" and old is not None:
                edited_at = encode_optional(one.edited_at)
                state = intent.state.value
                updates.append((one.author_handle, one.author_name, one.body, one.url, edited_at, state, old.id))
            if one.own and one.parent_id is not None:
                answers.append((encode(one.sent_at), account_id, one.parent_id))
    if inserts:
        conn.executemany(_INSERT, inserts)
    if updates:
        conn.executemany(_UPDATE, updates)
    if answers:
        # An answer that was written on the network's own site counts as one; nothing is due after it.
        conn.executemany(
            "UPDATE mention SET answered_at = ?, due_at = NULL "
            "WHERE account_id = ? AND remote_id = ? AND answered_at IS NULL",
            answers,
        )
    return Counts(len(inserts), len(updates), len(incoming) - len(inserts) - len(updates))


def _columns(
    account_id: int, one: IncomingMention, state: MentionState, received_at: str, goals: Mapping[str, int]
) -> tuple[object, ...]:
    """A new row, in the order of ``_INSERT``."""
    due_at = None if one.own else goal(one, goals)
    return (
        account_id,
        one.remote_id,
        one.kind.value,
        one.author_handle,
        one.author_name,
        one.body,
        one.url,
        encode(one.sent_at),
        received_at,
        None if one.edited_at is None else encode(one.edited_at),
        one.thread_key,
        one.parent_id,
        1 if one.own else 0,
        state.value,
        None if due_at is None else encode(due_at),
        None if one.reply_until is None else encode(one.reply_until),
    )


def _kept(conn: Connection, account_id: int, remote_ids: list[str]) -> dict[str, Kept]:
    rows = conn.execute(
        "SELECT remote_id, id, state, author_handle, author_name, body, url FROM mention "
        "WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
        (account_id, json.dumps(remote_ids)),
    ).fetchall()
    return {remote_id: Kept._make((*rest, None)) for remote_id, *rest in rows}
