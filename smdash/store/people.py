"""The person behind a mention: what they wrote before, what we answered, labels and notes, and accounts that are one.

Most people are known by their mentions alone; ``author`` has a row for those whom the team noted, labelled or merged.
Two accounts are one person where ``author.person_id`` joins them, in whichever direction and over however many steps.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import decode, encode, find_zone
from smdash.core.errors import Refused
from smdash.core.records import Actor, DeliveryState, Mention
from smdash.locale import gettext as _
from smdash.store import events, inbox, notes, steps, teams, triage
from smdash.store.driver import Connection
from smdash.store.notes import Note, Noted

# A card shows so many, and counts no further than this.
RECENT = 20
MOST_COUNTED = 1_000
# Who wrote on so many different days (team's zone) of the last so many is a regular.
REGULAR_DAYS = 3
REGULAR_SPAN = timedelta(days=90)
# Who has written nothing older than this before the mention is there for the first time.
FIRST_SPAN = timedelta(days=1)
# A conversation is looked through for our own answers so far back (parts), and so many of them.
THREAD_PARTS = 100
THREADS = 10

_GROUP = (
    "WITH RECURSIVE one (id) AS (SELECT :id UNION SELECT a.id FROM author a JOIN one ON a.person_id = one.id "
    "UNION SELECT a.person_id FROM author a JOIN one ON a.id = one.id WHERE a.person_id IS NOT NULL) "
)


class PersonAccount(NamedTuple):
    """One account of a person; ``author_id`` where the team knows something about it."""

    platform: str
    handle: str
    name: str
    author_id: int | None


class OurReply(NamedTuple):
    """An answer of ours: by whom (empty where it was written on the network itself) and how far it is."""

    at: datetime
    who: str
    body: str
    state: DeliveryState
    mention_id: int | None


class Person(NamedTuple):
    """All for a card. ``mentions`` counts up to MOST_COUNTED, then ``more`` is set.

    ``standing``: ``first`` where nothing of theirs is older than a day before this mention, ``regular`` where they
    wrote on three or more different days of the last 90, else ``returning``.
    """

    name: str
    accounts: tuple[PersonAccount, ...]
    mentions: int
    more: bool
    first_at: datetime | None
    standing: str
    followers: int | None
    recent: tuple[Mention, ...]
    replies: tuple[OurReply, ...]
    labels: tuple[str, ...]
    notes: tuple[Note, ...]


def person(conn: Connection, mention_id: int, now: datetime) -> Person:
    """The person who wrote a mention.

    Raises InputError for an id that does not exist, Refused for our own account's and for one that was erased.
    """
    platform, handle, name = _written_by(conn, mention_id)
    accounts = accounts_of(conn, platform, handle, name)
    author_ids = [one.author_id for one in accounts if one.author_id is not None]
    rows: list[tuple[int, str]] = []
    for one in accounts:
        rows += conn.execute(
            "SELECT i.id, i.sent_at FROM mention i JOIN account a ON a.id = i.account_id "
            "WHERE i.author_handle = ? AND a.platform = ? AND i.own = 0 ORDER BY i.id DESC LIMIT ?",
            (one.handle, one.platform, MOST_COUNTED + 1),
        ).fetchall()
    rows.sort(key=lambda row: (row[1], row[0]), reverse=True)
    recent_ids = [row[0] for row in rows[:RECENT]]
    recent = conn.execute(
        f"SELECT {inbox.COLUMNS} {inbox.FROM} WHERE i.id IN (SELECT value FROM json_each(?)) "
        "ORDER BY i.sent_at DESC, i.id DESC",
        (json.dumps(recent_ids),),
    ).fetchall()
    (followers,) = conn.execute(
        "SELECT followers FROM (SELECT followers, sent_at FROM mention WHERE id IN (SELECT value FROM json_each(?)) "
        "AND followers IS NOT NULL UNION ALL SELECT NULL, '') ORDER BY sent_at DESC LIMIT 1",
        (json.dumps(recent_ids),),
    ).fetchone()
    return Person(
        name=name or handle,
        accounts=accounts,
        mentions=min(len(rows), MOST_COUNTED),
        more=len(rows) > MOST_COUNTED,
        first_at=decode(rows[-1][1]) if rows else None,
        standing=_standing(conn, rows, mention_id, now),
        followers=followers,
        recent=inbox.records(conn, recent),
        replies=_replies(conn, recent_ids),
        labels=_labels(conn, author_ids),
        notes=notes.of_people(conn, author_ids),
    )


def _written_by(conn: Connection, mention_id: int) -> tuple[str, str, str]:
    steps.refuse(conn, [mention_id])
    row = conn.execute(
        "SELECT a.platform, i.author_handle, i.author_name, i.erased_at FROM mention i "
        "JOIN account a ON a.id = i.account_id WHERE i.id = ?",
        (mention_id,),
    ).fetchone()
    if row[3] is not None:
        raise Refused(_("mention {id} was erased, so nothing is known of its author").format(id=mention_id))
    return row[0], row[1], row[2]


def accounts_of(conn: Connection, platform: str, handle: str, name: str = "") -> tuple[PersonAccount, ...]:
    """An account, and after it those that are the same person."""
    row = conn.execute("SELECT id FROM author WHERE platform = ? AND handle = ?", (platform, handle)).fetchone()
    if row is None:
        return (PersonAccount(platform, handle, name, None),)
    others = conn.execute(
        f"{_GROUP} SELECT a.platform, a.handle, a.name, a.id FROM author a JOIN one ON one.id = a.id "
        "WHERE a.id <> :id ORDER BY a.platform, a.handle",
        {"id": row[0]},
    ).fetchall()
    return (PersonAccount(platform, handle, name, row[0]), *(PersonAccount(*one) for one in others))


def _standing(conn: Connection, rows: Sequence[tuple[int, str]], mention_id: int, now: datetime) -> str:
    sent = {row[0]: row[1] for row in rows}
    here = decode(sent[mention_id]) if mention_id in sent else now
    if not any(decode(at) < here - FIRST_SPAN for at in sent.values()):
        return "first"
    zone = find_zone(teams.team(conn).zone)
    since = encode(now - REGULAR_SPAN)
    days = {decode(at).astimezone(zone).date() for at in sent.values() if at >= since}
    return "regular" if len(days) >= REGULAR_DAYS else "returning"


def _replies(conn: Connection, ids: Sequence[int]) -> tuple[OurReply, ...]:
    wanted = json.dumps(list(ids))
    rows = conn.execute(
        "SELECT coalesce(d.sent_at, d.created_at), coalesce(m.name, ''), coalesce(d.body, ''), d.state, d.mention_id, "
        "d.remote_id FROM delivery d LEFT JOIN member m ON m.id = d.member_id "
        "WHERE d.mention_id IN (SELECT value FROM json_each(?)) AND d.kind = 'reply' AND d.state <> 'cancelled' "
        "ORDER BY d.id DESC LIMIT ?",
        (wanted, RECENT),
    ).fetchall()
    found = [OurReply(decode(row[0]), row[1], row[2], DeliveryState(row[3]), row[4]) for row in rows]
    # What came back from the network as our own is the delivery again.
    sent = {row[5] for row in rows}
    threads = conn.execute(
        "SELECT account_id, thread_key, max(kind = 'dm'), json_group_array(remote_id) FROM mention "
        "WHERE id IN (SELECT value FROM json_each(?)) AND thread_key IS NOT NULL GROUP BY 1, 2 ORDER BY max(sent_at) "
        "DESC LIMIT ?",
        (wanted, THREADS),
    ).fetchall()
    for account_id, thread_key, direct, remote_ids in threads:
        own = conn.execute(
            "SELECT sent_at, body, remote_id FROM (SELECT * FROM mention WHERE account_id = ? AND thread_key = ? "
            "ORDER BY id DESC LIMIT ?) WHERE own = 1 AND (? OR parent_id IN (SELECT value FROM json_each(?)))",
            (account_id, thread_key, THREAD_PARTS, direct, remote_ids),
        ).fetchall()
        found += [OurReply(decode(at), "", body, DeliveryState.SENT, None) for at, body, key in own if key not in sent]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:RECENT])


def _labels(conn: Connection, author_ids: Sequence[int]) -> tuple[str, ...]:
    rows = conn.execute(
        "SELECT DISTINCT l.name FROM author_label al JOIN label l ON l.id = al.label_id "
        "WHERE al.author_id IN (SELECT value FROM json_each(?)) ORDER BY l.name",
        (json.dumps(list(author_ids)),),
    ).fetchall()
    return tuple(row[0] for row in rows)


def known(conn: Connection, mention_id: int, now: datetime) -> int:
    """The row of a mention's author, made where there is none; returns its id. The caller holds the write lock.

    Raises as ``person`` does.
    """
    platform, handle, name = _written_by(conn, mention_id)
    row = conn.execute(
        "INSERT INTO author (platform, handle, name, created_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (platform, handle) DO UPDATE SET name = excluded.name RETURNING id",
        (platform, handle, name, encode(now)),
    ).fetchall()
    return int(row[0][0])


def note(
    conn: Connection, actor: Actor, mention_id: int, body: str, now: datetime, *, step: int | None = None
) -> Noted:
    """Write a note on the person who wrote a mention. The caller holds the write lock. Raises as ``notes.add``."""
    return notes.add(conn, actor, now, body, author_id=known(conn, mention_id, now), step=step)


def label(conn: Connection, actor: Actor, mention_id: int, name: str, on: bool, now: datetime) -> int | None:
    """Put a label on the person who wrote a mention, or take it off all their accounts; returns the step.

    Nothing where it is so already. The caller holds the write lock. Raises InputError for a name that is none.
    """
    author_id = known(conn, mention_id, now)
    label_id = triage.label_named(conn, name, make=on)
    group = _group(conn, author_id)
    having = [one for one in group if label_id in _label_ids(conn, one)]
    if bool(having) == on:
        return None
    step = events.next_step(conn)
    for one in [author_id] if on else having:
        before = _label_ids(conn, one)
        if on:
            conn.execute("INSERT INTO author_label (author_id, label_id) VALUES (?, ?)", (one, label_id))
        else:
            conn.execute("DELETE FROM author_label WHERE author_id = ? AND label_id = ?", (one, label_id))
        events.record(
            conn, actor, now, "label" if on else "unlabel", "author", one, detail=name,
            before={"labels": before}, after={"labels": _label_ids(conn, one)}, step=step,
        )  # fmt: skip
    return step


def _label_ids(conn: Connection, author_id: int) -> list[int]:
    rows = conn.execute("SELECT label_id FROM author_label WHERE author_id = ? ORDER BY label_id", (author_id,))
    return [row[0] for row in rows.fetchall()]


def _group(conn: Connection, author_id: int) -> list[int]:
    rows = conn.execute(f"{_GROUP} SELECT id FROM one ORDER BY id", {"id": author_id}).fetchall()
    return [row[0] for row in rows]


def _head(conn: Connection, group: Sequence[int]) -> int:
    """The row of a person that joins no other; the first where redo has closed a ring."""
    row = conn.execute(
        "SELECT id FROM author WHERE id IN (SELECT value FROM json_each(?)) ORDER BY person_id IS NOT NULL, id LIMIT 1",
        (json.dumps(list(group)),),
    ).fetchone()
    return int(row[0])


def merge(conn: Connection, actor: Actor, mention_id: int, other_mention_id: int, now: datetime) -> int:
    """Say that the authors of two mentions are one person; returns the step. The caller holds the write lock.

    Raises Refused where they are one already, and as ``person`` does.
    """
    one, other = _group(conn, known(conn, mention_id, now)), _group(conn, known(conn, other_mention_id, now))
    if set(one) & set(other):
        raise Refused(_("they are one person already"))
    step = events.next_step(conn)
    _join(conn, actor, _head(conn, other), _head(conn, one), now, "merge", step)
    return step


def unmerge(conn: Connection, actor: Actor, mention_id: int, now: datetime) -> int:
    """Say that the account that wrote a mention is a person of its own; returns the step.

    The others stay one. The caller holds the write lock. Raises Refused where it is merged with none.
    """
    author_id = known(conn, mention_id, now)
    others = [one for one in _group(conn, author_id) if one != author_id]
    if not others:
        raise Refused(_("this account is merged with no other"))
    step = events.next_step(conn)
    head = _head(conn, others)
    for one in others:
        _join(conn, actor, one, None if one == head else head, now, "unmerge", step)
    _join(conn, actor, author_id, None, now, "unmerge", step)
    return step


def _join(
    conn: Connection, actor: Actor, author_id: int, person_id: int | None, now: datetime, verb: str, step: int
) -> None:
    (before,) = conn.execute("SELECT person_id FROM author WHERE id = ?", (author_id,)).fetchone()
    if before == person_id:
        return
    conn.execute("UPDATE author SET person_id = ? WHERE id = ?", (person_id, author_id))
    events.record(
        conn, actor, now, verb, "author", author_id, before={"person_id": before}, after={"person_id": person_id},
        step=step,
    )  # fmt: skip
