"""What a member types into the composer of posts: kept until it is saved as a post, then written as one.

It is the member's alone until then, so that half a sentence never stands on a colleague's screen nor takes back what
was approved.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core import drafting
from smdash.core.clock import decode, encode
from smdash.core.drafting import Place, Typed
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Post, PostState
from smdash.core.text import BODY_LIMIT, clean, clean_name, one_line
from smdash.locale import gettext as _
from smdash.store import post_flow, posts, teams
from smdash.store.driver import Connection

# The place of a new post among a member's drafts.
NEW = 0
LONGEST_OFFER = 500


class Kept(NamedTuple):
    """A draft, and when it was last typed at (UTC)."""

    typed: Typed
    at: datetime


def places(conn: Connection) -> list[Place]:
    """The accounts that posts can go to, the team's own before those that others feed."""
    # The account behind the demo is none that anybody has.
    rows = conn.execute(
        "SELECT id, platform, name, status, limits FROM account WHERE status <> 'archived' AND platform <> 'demo' "
        "ORDER BY status = 'external', platform, name"
    ).fetchall()
    return [Place(key, platform, name, status, teams.told(told)) for key, platform, name, status, told in rows]


def usual_accounts(conn: Connection, member_id: int) -> tuple[str, ...]:
    """Where the member's last post went, as ``platform/name``."""
    rows = conn.execute(
        "SELECT a.platform || '/' || a.name FROM post_account pa JOIN account a ON a.id = pa.account_id "
        "WHERE a.status <> 'archived' AND pa.post_id = (SELECT max(id) FROM post WHERE author_id = ?) "
        "ORDER BY a.platform, a.name",
        (member_id,),
    ).fetchall()
    return tuple(row[0] for row in rows)


def kept(conn: Connection, member_id: int, post_id: int = NEW) -> Kept | None:
    """What the member typed of a post, or (NEW) of a new one, and did not save."""
    row = conn.execute(
        "SELECT fields, at FROM post_draft WHERE member_id = ? AND post_id = ?", (member_id, post_id)
    ).fetchone()
    return None if row is None else Kept(drafting.from_json(row[0]), decode(row[1]))


def keep(conn: Connection, member_id: int, post_id: int, typed: Typed, now: datetime) -> None:
    """Keep what stands in the fields, as it is. The caller holds the write lock."""
    conn.execute(
        "INSERT INTO post_draft (member_id, post_id, fields, at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET fields = excluded.fields, at = excluded.at",
        (member_id, post_id, drafting.to_json(typed), encode(now)),
    )


def discard(conn: Connection, member_id: int, post_id: int) -> None:
    """Forget what was typed. The caller holds the write lock."""
    conn.execute("DELETE FROM post_draft WHERE member_id = ? AND post_id = ?", (member_id, post_id))


def save(
    conn: Connection,
    actor: Actor,
    post_id: int,
    typed: Typed,
    now: datetime,
    zone: str,
    *,
    wish: PostState | None = None,
    anyway: bool = False,
    unready: bool = False,
) -> Post:
    """Write the fields as a post (NEW: a new one) and forget the draft; returns the post.

    *wish* is DRAFT to keep a post with a time here, REVIEW to ask for approval where that is optional; a draft that is
    edited becomes ready, or goes to review, unless that is wished. *unready*: a post without accounts or text is kept
    as a draft. What somebody else changed since writing began is overwritten only *anyway*. The caller holds the write
    lock. Raises InputError for what is missing or too long, Refused as ``posts.add`` and ``post_flow.edit`` do.
    """
    body = clean(typed.body).strip()
    if len(body) > BODY_LIMIT:
        raise InputError(_("the text is longer than any network takes"))
    chosen = [posts.find_account(conn, name) for name in typed.accounts]
    if not unready:
        if not chosen:
            raise InputError(_("choose an account first"))
        if not body and len(typed.versions) < len(chosen) and not _has_files(conn, post_id):
            raise InputError(_("write something first"))
    comment = clean(typed.first_comment or "").strip() or None
    offer = one_line(clean(typed.offer or "", limit=LONGEST_OFFER)) or None
    campaign = clean_name(typed.campaign or "") or None
    versions = {account: clean(text) for account, text in typed.versions.items()}
    if post_id == NEW:
        by_id = {one.id: versions[key] for one in chosen if (key := f"{one.platform}/{one.name}") in versions}
        done = posts.add(
            conn, actor, now, accounts=chosen, category=typed.category, format=typed.format, body=body,
            due_at=typed.due_at, zone=zone, campaign=campaign, offer=offer, offer_until=typed.offer_until,
            wish=PostState.DRAFT if unready else wish, versions=by_id, first_comment=comment,
        )  # fmt: skip
    else:
        done = post_id
        before = posts.get(conn, post_id)
        if typed.seen and drafting.of_post(before).seen != typed.seen and not anyway:
            raise Refused(_("somebody changed this post meanwhile; save again to write yours over it"))
        nothing = {
            "campaign": campaign, "offer": offer, "offer_until": typed.offer_until, "first_comment": comment,
            "due_at": typed.due_at,
        }  # fmt: skip
        post_flow.edit(
            conn, actor, post_id, now,
            post_flow.Edit(
                body, typed.due_at, tuple(chosen), typed.category, typed.format, campaign, offer, typed.offer_until,
                comment, versions, frozenset(name for name, value in nothing.items() if value is None),
            ),
            zone, stays_draft=True,
        )  # fmt: skip
        if not unready:
            post_flow.settle(conn, actor, post_id, now, wish)
    discard(conn, actor.member_id, post_id)
    return posts.get(conn, done)


def _has_files(conn: Connection, post_id: int) -> bool:
    found = conn.execute("SELECT 1 FROM attachment WHERE post_id = ? LIMIT 1", (post_id,)).fetchone()
    return found is not None
