"""Answers to mentions: written as a delivery that waits a moment before it leaves, and drafts of answers.

A delivery is the only way out (DESIGN.md section 3). Until the service takes it, undo cancels it, and what was written
is the draft again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core import limits
from smdash.core.clock import decode, decode_optional, encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.formats import number, short_moment
from smdash.core.records import Actor, DeliveryState, MentionKind
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.store import claims, events, steps, teams
from smdash.store.driver import Connection, new_id

# An answer waits this long (seconds) before it leaves, unless the member set another time.
UNDO_S = 10
# The same words of the same member within this time are a key pressed twice.
TWICE = timedelta(minutes=10)
# How many answers on their way a screen is told of: more wait only where no service runs.
MOST_QUEUED = 1_000


class Sent(NamedTuple):
    """The delivery that was queued, and the step that undo puts back."""

    delivery_id: int
    step: int


class Target(NamedTuple):
    """What must be known of a mention before something is written to its network."""

    mention_id: int
    account_id: int
    platform: str
    account: str
    status: str
    limits: dict[str, int]
    kind: MentionKind
    url: str | None
    reply_until: datetime | None
    answered_at: datetime | None
    erased: bool


def target(conn: Connection, mention_id: int) -> Target:
    """The mention as its network knows it.

    Raises InputError where there is none, Refused for what our own account wrote, for one that was erased, and where
    no service of ours writes to the account.
    """
    steps.refuse(conn, [mention_id])
    row = conn.execute(
        "SELECT i.id, i.account_id, a.platform, a.name, a.status, a.limits, i.kind, i.url, i.reply_until, "
        "i.answered_at, i.erased_at FROM mention i JOIN account a ON a.id = i.account_id WHERE i.id = ?",
        (mention_id,),
    ).fetchone()
    found = Target(
        row[0], row[1], row[2], row[3], row[4], teams.told(row[5]), MentionKind(row[6]), row[7],
        decode_optional(row[8]), decode_optional(row[9]), row[10] is not None,
    )  # fmt: skip
    if found.erased:
        raise Refused(_("mention {id} was erased, so nothing can be written to its author").format(id=mention_id))
    if found.status in ("external", "archived"):
        raise Refused(_no_service(found))
    return found


def _no_service(found: Target) -> str:
    place = f"{found.platform}/{found.account}"
    if found.url is None:
        return _("no service of the team writes to {account}; answer on the network itself").format(account=place)
    return _("no service of the team writes to {account}; answer on the network itself: {url}").format(
        account=place, url=found.url
    )


def send(
    conn: Connection,
    actor: Actor,
    mention_id: int,
    body: str,
    now: datetime,
    *,
    undo_s: int = UNDO_S,
    seen: int | None = None,
    anyway: bool = False,
) -> Sent:
    """Queue an answer that leaves in *undo_s* seconds; the mention stays open. The caller holds the write lock.

    ``seen`` is the last event that the member's screen knew of when the answer was begun (``steps.last_seen``); without
    it every earlier answer counts as one of meanwhile. Raises InputError for an empty or too long text and for an id
    that does not exist; Refused where the network takes no answer, where the answer was sent already, and, unless
    *anyway*, where a colleague answered meanwhile (``answered_meanwhile`` says who).
    """
    text = clean(body).strip()
    if not text:
        raise InputError(_("an answer needs words"))
    found = target(conn, mention_id)
    _refuse_network(conn, found, text, now)
    _refuse_twice(conn, actor, mention_id, text, now)
    if not anyway and (why := answered_meanwhile(conn, actor, mention_id, now, seen=seen)):
        raise Refused(why)
    step = events.next_step(conn)
    delivery_id = queue(conn, actor, found, "reply", now, undo_s, step, body=text)
    claims.done_with(conn, actor.member_id, mention_id)
    drop_draft(conn, actor.member_id, mention_id)
    return Sent(delivery_id, step)


def queue(
    conn: Connection, actor: Actor, found: Target, kind: str, now: datetime, undo_s: int, step: int,
    body: str | None = None,
) -> int:  # fmt: skip
    """Write a delivery and what undoes it; returns its id. The caller holds the write lock."""
    cursor = conn.execute(
        "INSERT INTO delivery (kind, account_id, mention_id, state, key, due_at, body, member_id, created_at, "
        "updated_at) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)",
        (
            kind,
            found.account_id,
            found.mention_id,
            f"{kind}-{secrets.token_hex(16)}",
            encode(now + timedelta(seconds=max(undo_s, 0))),
            body,
            actor.member_id,
            encode(now),
            encode(now),
        ),
    )
    delivery_id = new_id(cursor)
    events.record(
        conn, actor, now, kind, "delivery", delivery_id, detail=str(found.mention_id),
        before={"state": DeliveryState.CANCELLED}, after={"state": DeliveryState.QUEUED}, step=step,
    )  # fmt: skip
    # For the mention's own history; there is nothing in it that undo could put back.
    events.record(conn, actor, now, kind, "mention", found.mention_id, step=step)
    return delivery_id


def answering(conn: Connection, mention_id: int) -> limits.Answering:
    """What decides how much room an answer to a mention has. Raises InputError where there is no such mention."""
    row = conn.execute(
        "SELECT a.platform, i.kind, i.author_handle, a.url, a.limits FROM mention i "
        "JOIN account a ON a.id = i.account_id WHERE i.id = ?",
        (mention_id,),
    ).fetchone()
    if row is None:
        raise InputError(_("there is no mention {id}").format(id=mention_id))
    return limits.Answering(row[0], MentionKind(row[1]), row[2], row[3] or "", teams.told(row[4]))


def _refuse_network(conn: Connection, found: Target, text: str, now: datetime) -> None:
    if not limits.answers(found.platform):
        raise Refused(_("{network} takes no answers from programs").format(network=found.platform))
    if found.kind is MentionKind.LISTENING and not limits.answers_hits(found.platform):
        raise Refused(
            _("{network} takes no answers to what a search found; open it there").format(network=found.platform)
        )
    if found.reply_until is not None and now >= found.reply_until:
        at = short_moment(found.reply_until, find_zone(teams.team(conn).zone))
        raise Refused(_("{network} takes no answer to this any more; its time ended {at}").format(
            network=found.platform, at=at
        ))  # fmt: skip
    room = answering(conn, found.mention_id).room_of(text)
    if room.over and room.limit is not None:
        raise InputError(
            _("the answer is too long for {network}: {used} of {limit}").format(
                network=found.platform, used=number(room.used), limit=number(room.limit)
            )
        )


def _refuse_twice(conn: Connection, actor: Actor, mention_id: int, text: str, now: datetime) -> None:
    row = conn.execute(
        "SELECT 1 FROM delivery WHERE mention_id = ? AND kind = 'reply' AND member_id = ? AND body = ? "
        "AND state NOT IN ('cancelled', 'failed') AND created_at > ? LIMIT 1",
        (mention_id, actor.member_id, text, encode(now - TWICE)),
    ).fetchone()
    if row is not None:
        raise Refused(_("you sent these words to mention {id} just now").format(id=mention_id))


def answered_meanwhile(
    conn: Connection, actor: Actor, mention_id: int, now: datetime, *, seen: int | None = None
) -> str:
    """A sentence that names who else answered the mention and when, or nothing; *seen* as for ``send``."""
    zone = find_zone(teams.team(conn).zone)
    row = conn.execute(
        "SELECT m.name, d.created_at FROM delivery d JOIN member m ON m.id = d.member_id "
        "WHERE d.mention_id = ? AND d.kind = 'reply' AND d.member_id <> ? AND d.state NOT IN ('cancelled', 'failed') "
        "AND (? IS NULL OR EXISTS (SELECT 1 FROM event e WHERE e.subject = 'delivery' AND e.subject_id = d.id "
        "AND e.id > ?)) ORDER BY d.id DESC LIMIT 1",
        (mention_id, actor.member_id, seen, seen),
    ).fetchone()
    if row is not None:
        return _("{who} answered this at {at}; send yours as well?").format(
            who=row[0], at=short_moment(decode(row[1]), zone)
        )
    row = conn.execute(
        "SELECT i.answered_at FROM mention i WHERE i.id = ? AND i.answered_at IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM delivery d WHERE d.mention_id = i.id AND d.kind = 'reply' AND d.state = 'sent') "
        "AND i.answered_at > coalesce((SELECT at FROM event WHERE id <= ? ORDER BY id DESC LIMIT 1), '')",
        (mention_id, seen),
    ).fetchone()
    if row is not None:
        return _("this was answered on the network itself at {at}; send yours as well?").format(
            at=short_moment(decode(row[0]), zone)
        )
    return ""


def queued(conn: Connection) -> dict[int, tuple[DeliveryState, datetime]]:
    """Of each mention the state of its newest answer that is not out yet, and when it is due; the latest thousand."""
    # The states as the index of deliveries on their way has them, or SQLite would not take it.
    rows = conn.execute(
        "SELECT mention_id, state, due_at FROM delivery "
        "WHERE state IN ('queued', 'sending', 'failed', 'unknown', 'held') AND kind = 'reply' "
        "ORDER BY due_at DESC LIMIT ?",
        (MOST_QUEUED,),
    ).fetchall()[::-1]
    return {mention_id: (DeliveryState(state), decode(due_at)) for mention_id, state, due_at in rows}


def taken_back(conn: Connection, actor: Actor, delivery_ids: Sequence[int], now: datetime, step: int) -> None:
    """What undo adds to cancelled deliveries: an answer is a draft again, and the mention's history says so.

    A draft that was begun since is kept. The caller holds the write lock.
    """
    chosen = json.dumps(list(delivery_ids))
    conn.execute(
        "UPDATE delivery SET updated_at = ? WHERE id IN (SELECT value FROM json_each(?))", (encode(now), chosen)
    )
    conn.execute(
        "INSERT INTO draft (mention_id, member_id, body, updated_at) "
        "SELECT mention_id, member_id, body, ? FROM delivery "
        "WHERE id IN (SELECT value FROM json_each(?)) AND kind = 'reply' AND mention_id IS NOT NULL "
        "AND member_id IS NOT NULL AND body IS NOT NULL ON CONFLICT DO NOTHING",
        (encode(now), chosen),
    )
    conn.execute(
        "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, step) "
        "SELECT ?, ?, ?, 'undo', 'mention', mention_id, kind, ? FROM delivery "
        "WHERE id IN (SELECT value FROM json_each(?)) AND mention_id IS NOT NULL",
        (encode(now), actor.member_id, actor.real_login, step, chosen),
    )


def draft(conn: Connection, member_id: int, mention_id: int) -> str | None:
    """What the member had begun to write, or nothing."""
    row = conn.execute(
        "SELECT body FROM draft WHERE mention_id = ? AND member_id = ?", (mention_id, member_id)
    ).fetchone()
    return None if row is None else str(row[0])


def keep_draft(conn: Connection, member_id: int, mention_id: int, body: str, now: datetime) -> None:
    """Keep what is being written; without words nothing is kept. The caller holds the write lock.

    Raises InputError where the mention does not exist.
    """
    text = clean(body)
    if not text.strip():
        drop_draft(conn, member_id, mention_id)
        return
    if conn.execute("SELECT 1 FROM mention WHERE id = ?", (mention_id,)).fetchone() is None:
        raise InputError(_("there is no mention {id}").format(id=mention_id))
    conn.execute(
        "INSERT INTO draft (mention_id, member_id, body, updated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (mention_id, member_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        (mention_id, member_id, text, encode(now)),
    )


def drop_draft(conn: Connection, member_id: int, mention_id: int) -> None:
    """Forget what was begun. The caller holds the write lock."""
    conn.execute("DELETE FROM draft WHERE mention_id = ? AND member_id = ?", (mention_id, member_id))
