"""Mentions: what arrives, and what members do with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from smdash.core.clock import decode, decode_optional, encode, encode_optional
from smdash.core.goals import ResponseGoals
from smdash.core.mentions import Kept, decide, is_more_than_a_hit, joined
from smdash.core.records import Counts, IncomingMention, MentionKind, MentionState
from smdash.store import erase, goals, rules, teams, waking
from smdash.store.driver import Connection

_INSERT = (
    "INSERT INTO mention (account_id, remote_id, kind, author_handle, author_name, body, url, sent_at, received_at, "
    "edited_at, thread_key, parent_id, own, state, due_at, reply_until, followers) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# One that comes back to the open ones is not done any more.
_UPDATE = (
    "UPDATE mention SET author_handle = ?1, author_name = ?2, body = ?3, url = ?4, edited_at = ?5, state = ?6, "
    "done_at = iif(?6 = 'open', NULL, done_at), done_by = iif(?6 = 'open', NULL, done_by) WHERE id = ?7"
)
# The book tells who moved a row; here it was the network, or who wrote it.
_MOVED = (
    "INSERT INTO event (at, login, verb, subject, subject_id, before, after) SELECT ?, ?, ?, 'mention', id, "
    "json_object('state', state, 'done_at', done_at, 'done_by', done_by), json_object('state', ?) "
    "FROM mention WHERE id = ?"
)
_BECOMES = "UPDATE mention SET kind = ?, thread_key = ?, parent_id = ?, reply_until = ? WHERE id = ?"
# How many records one transaction takes: some milliseconds of the write lock.
BATCH = 500


def apply(
    conn: Connection,
    incoming: Sequence[IncomingMention],
    goals_minutes: ResponseGoals | Mapping[str, int],
    now: datetime,
    *,
    pushed: bool = False,
) -> Counts:
    """Write what arrived; a repeat changes nothing. The caller holds the write lock.

    Accounts not known yet are recorded as external. The team's rules act on what is new, and what waits for its
    author wakes. What was *pushed* comes in any order, so that its own times decide.
    """
    known = goals_minutes if isinstance(goals_minutes, ResponseGoals) else ResponseGoals.by_kind(goals_minutes)
    ruling = rules.active(conn, known, now)
    any_snoozed = waking.any_snoozed(conn)
    by_account: dict[tuple[str, str], list[IncomingMention]] = {}
    for one in incoming:
        by_account.setdefault((one.platform, one.account), []).append(one)
    received_at = encode(now)
    new = changed = 0
    for (platform, name), batch in by_account.items():
        account_id = teams.ensure_account(conn, platform, name, now)
        kept = _kept(conn, account_id, [one.remote_id for one in batch])
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        written: list[waking.Written] = []
        edited: list[int] = []
        moved: list[tuple[object, ...]] = []
        more: list[tuple[object, ...]] = []
        answers: list[tuple[str, str]] = []
        gone = erase.gone(conn, account_id, [one.remote_id for one in batch])
        # Where a batch brings the same id twice, the last one counts, beside what only the first tells.
        last: dict[str, IncomingMention] = {}
        for one in batch:
            before = last.get(one.remote_id)
            last[one.remote_id] = one if before is None else joined(before, one, pushed=pushed)
        for one in last.values():
            if one.remote_id in gone:
                continue
            old = kept.get(one.remote_id)
            intent = decide(old, one, pushed=pushed)
            if intent.what == "new":
                row = _columns(account_id, one, intent.state, received_at, known)
                inserts.append(row)
                if intent.state is MentionState.OPEN:
                    if ruling is not None:
                        ruling.look_at(one)
                    if any_snoozed:
                        dm = one.kind is MentionKind.DM
                        written.append(waking.Written(row[3], one.thread_key, one.parent_id, dm, row[7]))
            elif intent.row is not None and old is not None:
                row_now = intent.row
                updates.append((
                    row_now.author_handle, row_now.author_name, row_now.body, row_now.url,
                    encode_optional(row_now.edited_at), intent.state.value, old.id,
                ))  # fmt: skip
                if intent.state != old.state:
                    verb = "rewrite" if intent.state is MentionState.OPEN else "gone"
                    moved.append((received_at, waking.LOGIN, verb, intent.state.value, old.id))
                if intent.state is MentionState.SNOOZED and old.body != row_now.body:
                    edited.append(old.id)
            if old is not None and is_more_than_a_hit(old, one):
                until = encode_optional(one.reply_until)
                more.append((one.kind.value, one.thread_key, one.parent_id, until, old.id))
                changed += intent.what == "unchanged"
            if one.own and one.parent_id is not None:
                answers.append((encode(one.sent_at), one.parent_id))
        if inserts:
            conn.executemany(_INSERT, inserts)
        if moved:
            conn.executemany(_MOVED, moved)
        if updates:
            conn.executemany(_UPDATE, updates)
        if more:
            conn.executemany(_BECOMES, more)
            goals.recompute(conn, [int(str(row[-1])) for row in more], now)
        if ruling is not None:
            ruling.carry_out(conn, account_id)
        if written:
            waking.written_again(conn, account_id, written, now)
        if edited:
            waking.edited(conn, edited, now)
        if answers:
            _note_answers(conn, account_id, answers)
        new += len(inserts)
        changed += len(updates)
    return Counts(new, changed, len(incoming) - new - changed)


def _note_answers(conn: Connection, account_id: int, answers: Sequence[tuple[str, str]]) -> None:
    """An answer that was written on the network's own site counts as one; the first of several does."""
    rows = conn.execute(
        "SELECT m.id, min(json_extract(j.value, '$[0]')) FROM json_each(?) j CROSS JOIN mention m "
        "ON m.account_id = ? AND m.remote_id = json_extract(j.value, '$[1]') "
        "WHERE m.answered_at IS NULL GROUP BY m.id",
        (json.dumps(answers), account_id),
    ).fetchall()
    for mention_id, at in rows:
        goals.answered(conn, mention_id, decode(at), None)


def _columns(
    account_id: int, one: IncomingMention, state: MentionState, received_at: str, known: ResponseGoals
) -> tuple[Any, ...]:
    """A new row, in the order of ``_INSERT``."""
    due_at = None if one.own else known.due_at(one.kind, one.platform, 0, one.sent_at, one.reply_until)
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
        one.followers,
    )


def _kept(conn: Connection, account_id: int, remote_ids: list[str]) -> dict[str, Kept]:
    rows = conn.execute(
        "SELECT remote_id, id, state, author_handle, author_name, body, url, edited_at, kind FROM mention "
        "WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
        (account_id, json.dumps(remote_ids)),
    ).fetchall()
    return {
        remote_id: Kept._make((*rest, decode_optional(edited_at), kind)) for remote_id, *rest, edited_at, kind in rows
    }
