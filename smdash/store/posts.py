"""Posts and their deliveries."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from smdash.core.approval import Approval, first_state, mode
from smdash.core.clock import Span, decode_optional, encode, encode_optional, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.formats import short_moment
from smdash.core.posts import refuse_move, shown_state
from smdash.core.records import Account, Actor, Category, Delivery, DeliveryState, Format, Post, PostState
from smdash.locale import gettext as _
from smdash.store import approving, events, teams
from smdash.store.driver import Connection, new_id

_COLUMNS = (
    "p.id, p.state, p.category, p.format, p.body, c.name, m.name, p.due_at, p.due_zone, p.offer, p.offer_until, p.key, "
    "p.first_comment "
)
_FROM = "FROM post p JOIN member m ON m.id = p.author_id LEFT JOIN campaign c ON c.id = p.campaign_id "
# Overdue posts of earlier days that a screen still shows.
CARRY_OVER_LIMIT = 50


def find_account(conn: Connection, name: str) -> Account:
    """The account called ``name`` or ``platform/name``. Raises InputError for none or several."""
    known = teams.accounts(conn)
    found = [one for one in known if name in (one.name, f"{one.platform}/{one.name}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            _("“{name}” is an account on several networks; say which: {choices}").format(
                name=name, choices=", ".join(f"{one.platform}/{one.name}" for one in found)
            )
        )
    raise InputError(
        _("there is no account “{name}”; known: {known}").format(
            name=name, known=", ".join(f"{one.platform}/{one.name}" for one in known) or _("none yet")
        )
    )


def add(
    conn: Connection,
    actor: Actor,
    now: datetime,
    *,
    accounts: Sequence[Account],
    category: Category,
    format: Format,
    body: str,
    due_at: datetime | None,
    zone: str,
    campaign: str | None = None,
    offer: str | None = None,
    offer_until: datetime | None = None,
    wish: PostState | None = None,
    key: str | None = None,
    imported: str | None = None,
    versions: Mapping[int, str] = MappingProxyType({}),
    first_comment: str | None = None,
) -> int:
    """Write a post; with a time it is ready and has a delivery per account, without one it is a draft.

    Where the team requires approval, or its author *wish*es it, it waits for that and has no deliveries yet. *versions*
    are the texts of accounts, by their ids, that have one of their own. *key* and *imported* are those of a file. The
    caller holds the write lock. Raises InputError for an unknown campaign, Refused as ``planned_state`` does.
    """
    campaign_id = find_campaign(conn, campaign)
    state = planned_state(conn, due_at, now, wish)
    stamp = encode(now)
    cursor = conn.execute(
        "INSERT INTO post (state, category, format, body, campaign_id, author_id, due_at, due_zone, offer, "
        "offer_until, created_at, updated_at, key, imported, first_comment) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            state,
            category,
            format,
            body,
            campaign_id,
            actor.member_id,
            encode_optional(due_at),
            zone if due_at else None,
            offer,
            encode_optional(offer_until),
            stamp,
            stamp,
            key or new_key(),
            imported,
            first_comment,
        ),
    )
    post_id = new_id(cursor)
    conn.executemany(
        "INSERT INTO post_account (post_id, account_id, body) VALUES (?, ?, ?)",
        [(post_id, one.id, versions.get(one.id)) for one in accounts],
    )
    if state is PostState.READY and due_at is not None:
        queue(conn, post_id, [one.id for one in accounts], due_at, now)
    events.record(conn, actor, now, "import" if imported else "add", "post", post_id)
    if state is PostState.REVIEW:
        events.record(conn, actor, now, "submit", "post", post_id)
    return post_id


def new_key() -> str:
    """A name for a post in files; it begins with a letter, so that no spreadsheet takes it for a number."""
    return "p" + os.urandom(10).hex()


def approval(conn: Connection) -> Approval:
    """What the team says of approval."""
    return mode(teams.get(conn, "approval"))


def planned_state(conn: Connection, due_at: datetime | None, now: datetime, wish: PostState | None = None) -> PostState:
    """The state that a new post will have.

    Raises Refused where approval is wished for and the team has none, or where nobody could approve it in time.
    """
    asked = approval(conn)
    if wish is PostState.REVIEW and asked is Approval.NONE:
        raise Refused(_("approval is off in this team; turn it on with: smdash team edit"))
    state = first_state(asked, due_at, wish)
    if state is PostState.REVIEW and due_at is not None and due_at <= now:
        raise Refused(_("somebody has to approve it first, so it needs a time that is still to come"))
    return state


def find_campaign(conn: Connection, name: str | None, *, of_post: int | None = None) -> int | None:
    """The campaign of that name, or nothing for none; one that was called off only where a post has it already.

    Raises InputError for one that does not exist.
    """
    if name is None:
        return None
    row = conn.execute(
        "SELECT id FROM campaign WHERE name = ? AND (removed_at IS NULL OR id = "
        "(SELECT campaign_id FROM post WHERE id = ?))",
        (name, of_post),
    ).fetchone()
    if row is None:
        raise InputError(_("there is no campaign “{name}”; see: smdash campaign list").format(name=name))
    return int(row[0])


def queue(conn: Connection, post_id: int, account_ids: Sequence[int], due_at: datetime, now: datetime) -> None:
    """A delivery to each of these accounts, and one for each further part. The caller holds the write lock."""
    # Screens that only read need nothing of what networks count.
    from smdash.core import threads

    rows = conn.execute(
        "SELECT pa.account_id, a.platform, coalesce(pa.body, p.body), p.first_comment FROM post_account pa "
        "JOIN post p ON p.id = pa.post_id JOIN account a ON a.id = pa.account_id WHERE pa.post_id = ? "
        "AND pa.account_id IN (SELECT value FROM json_each(?)) ORDER BY pa.account_id",
        (post_id, json.dumps(list(account_ids))),
    ).fetchall()
    stamp = encode(now)
    conn.executemany(
        "INSERT INTO delivery (kind, account_id, post_id, part, key, due_at, created_at, updated_at) "
        "VALUES ('post', ?, ?, ?, ?, ?, ?, ?)",
        [
            (account_id, post_id, number, os.urandom(16).hex(), encode(due_at), stamp, stamp)
            for account_id, platform, text, comment in rows
            for number, _text in threads.pieces(platform, text, comment)
        ],
    )


def move(
    conn: Connection,
    actor: Actor,
    post_id: int,
    due_at: datetime,
    zone: str,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> bool:
    """Give a post another time, and so what of it waits to go out; whether that was another one than it had.

    *zone* is where the time was chosen. *seen* is the time that the mover had before them: where it is another one
    by now, nothing is written. The caller holds the write lock. Raises InputError where there is no such post or the
    time is over; Refused where the post has no time or is at its end, where any of it is out, may be out or failed, and
    where another time has to be approved.
    """
    post = get(conn, post_id)
    if seen is not None and post.due_at is not None and post.due_at != seen:
        raise Refused(
            _("post {id} was moved to {moment} meanwhile").format(
                id=post_id, moment=short_moment(post.due_at, find_zone(zone))
            )
        )
    refuse_move(post)
    if post.state is PostState.READY and approval(conn).is_required:
        raise Refused(
            _("another time needs approval again; set it with: smdash post edit {id} --at …").format(id=post_id)
        )
    if due_at < now:
        raise InputError(_("that time is over already; choose one that is still to come"))
    if encode(due_at) == encode_optional(post.due_at):
        return False
    waiting = [one for one in post.deliveries if one.state in (DeliveryState.QUEUED, DeliveryState.HELD)]
    stamp = encode(now)
    conn.execute(
        "UPDATE post SET due_at = ?, due_zone = ?, updated_at = ? WHERE id = ?", (encode(due_at), zone, stamp, post_id)
    )
    conn.executemany(
        "UPDATE delivery SET due_at = ?, updated_at = ? WHERE id = ?",
        [(encode(due_at), stamp, one.id) for one in waiting],
    )
    approving.changed(conn, actor, post_id, touches=True)
    before = {str(one.id): encode_optional(one.due_at) for one in waiting}
    events.record(
        conn,
        actor,
        now,
        "move",
        "post",
        post_id,
        before={"due_at": encode_optional(post.due_at), "due_zone": post.due_zone, "deliveries": before},
        after={"due_at": encode(due_at), "due_zone": zone, "deliveries": dict.fromkeys(before, encode(due_at))},
        step=events.next_step(conn),
    )
    return True


def of_day(conn: Connection, day: Span) -> tuple[Post, ...]:
    """The posts of a local day by time, after those of earlier days that still wait."""
    late = conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.state = 'ready' AND p.due_at < ? AND p.id IN (SELECT post_id FROM delivery "
        "WHERE due_at < ? AND state IN ('queued', 'sending', 'failed', 'unknown', 'held') AND post_id IS NOT NULL) "
        "ORDER BY p.due_at, p.id LIMIT ?",
        (encode(day.start), encode(day.start), CARRY_OVER_LIMIT),
    ).fetchall()
    return _posts(conn, late) + between(conn, day)


def between(conn: Connection, span: Span, limit: int = -1) -> tuple[Post, ...]:
    """Posts due within the span, by time, without cancelled ones."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.due_at >= ? AND p.due_at < ? AND p.state NOT IN ('cancelled', 'idea') "
        "ORDER BY p.due_at, p.id LIMIT ?",
        (encode(span.start), encode(span.end), limit),
    ).fetchall()
    return _posts(conn, rows)


def select(conn: Connection, *, limit: int = -1) -> tuple[Post, ...]:
    """All posts, by due time, drafts last."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM} ORDER BY p.due_at IS NULL, p.due_at, p.id LIMIT ?", (limit,)
    ).fetchall()
    return _posts(conn, rows)


def of_campaign(conn: Connection, campaign_id: int) -> tuple[Post, ...]:
    """All posts of a campaign by time, those without one last; cancelled and expired ones too."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.campaign_id = ? ORDER BY p.due_at IS NULL, p.due_at, p.id", (campaign_id,)
    ).fetchall()
    return _posts(conn, rows)


def awaiting(conn: Connection, limit: int = -1) -> tuple[Post, ...]:
    """Those that wait for approval, the next to go out first."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.state = 'review' ORDER BY p.due_at, p.id LIMIT ?", (limit,)
    ).fetchall()
    return _posts(conn, rows)


def awaiting_member(conn: Connection, member_id: int, now: datetime) -> tuple[Post, ...]:
    """Those that this member may approve, the next to go out first."""
    ids = [post_id for post_id, _due_at in approving.waiting_for(conn, member_id, now)]
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.due_at, p.id",
        (json.dumps(ids),),
    ).fetchall()
    return _posts(conn, rows)


def by_key(conn: Connection, key: str) -> Post | None:
    """The post of that name in files, or nothing."""
    rows = conn.execute(f"SELECT {_COLUMNS} {_FROM} WHERE p.key = ?", (key,)).fetchall()
    return _posts(conn, rows)[0] if rows else None


def get(conn: Connection, post_id: int) -> Post:
    """One post. Raises InputError when there is none."""
    rows = conn.execute(f"SELECT {_COLUMNS} {_FROM} WHERE p.id = ?", (post_id,)).fetchall()
    if not rows:
        raise InputError(_("there is no post {id}").format(id=post_id))
    return _posts(conn, rows)[0]


def _posts(conn: Connection, rows: Sequence[Sequence[Any]]) -> tuple[Post, ...]:
    if not rows:
        return ()
    ids = json.dumps([row[0] for row in rows])
    accounts: dict[int, list[tuple[str, str]]] = {}
    versions: dict[int, list[tuple[tuple[str, str], str]]] = {}
    for post_id, platform, name, body in conn.execute(
        "SELECT pa.post_id, a.platform, a.name, pa.body FROM post_account pa JOIN account a ON a.id = pa.account_id "
        "WHERE pa.post_id IN (SELECT value FROM json_each(?)) ORDER BY a.platform, a.name",
        (ids,),
    ).fetchall():
        accounts.setdefault(post_id, []).append((platform, name))
        if body is not None:
            versions.setdefault(post_id, []).append(((platform, name), body))
    deliveries: dict[int, list[Delivery]] = {}
    for found in conn.execute(
        "SELECT d.id, d.post_id, a.name, a.platform, d.state, d.due_at, d.sent_at, d.remote_url, d.error, "
        "d.gone_at IS NOT NULL, d.part FROM delivery d JOIN account a ON a.id = d.account_id WHERE d.kind = 'post' "
        "AND d.replaced = 0 AND d.post_id IN (SELECT value FROM json_each(?)) ORDER BY d.id",
        (ids,),
    ).fetchall():
        deliveries.setdefault(found[1], []).append(
            Delivery._make(
                (
                    *found[:4],
                    DeliveryState(found[4]),
                    decode_optional(found[5]),
                    decode_optional(found[6]),
                    *found[7:9],
                    bool(found[9]),
                    found[10],
                )
            )
        )
    made = [
        _post(row, tuple(deliveries.get(row[0], ())), tuple(accounts.get(row[0], ())))._replace(
            versions=tuple(versions.get(row[0], ()))
        )
        for row in rows
    ]
    return approving.fill(conn, made)


def _post(row: Sequence[Any], deliveries: tuple[Delivery, ...], accounts: tuple[tuple[str, str], ...]) -> Post:
    post_id, state, category, format, body, campaign, author, due_at, due_zone, offer, offer_until, key, comment = row
    own_state = PostState(state)
    return Post(
        post_id,
        own_state,
        shown_state(own_state, deliveries),
        Category(category),
        Format(format),
        body,
        campaign,
        author,
        decode_optional(due_at),
        due_zone,
        offer,
        decode_optional(offer_until),
        deliveries,
        accounts,
        key,
        comment,
    )
