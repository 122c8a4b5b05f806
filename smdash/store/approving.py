"""Who approved a post since it last changed, who still may, and what a change of the team's rule means for them.

A row of ``approval`` is a yes that counts: whatever touches what goes out empties a post's (``changed``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from smdash.core import approval
from smdash.core.approval import Policy
from smdash.core.clock import decode, encode
from smdash.core.errors import Refused
from smdash.core.records import Actor, Approved, Happening, Post, PostState
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import teams
from smdash.store.driver import Connection

if TYPE_CHECKING:
    from smdash.core.approval_words import Way

# What a member did that made a post another one, and is not undone. ``e`` is the event.
_CHANGES = (
    "(e.verb IN ('edit', 'import', 'move', 'attach', 'detach', 'describe', 'rearrange') "
    "OR e.verb = 'redo' AND e.detail = 'move') AND e.undone = 0"
)
# The last event that let the post ``p`` go: what was changed before it has been approved by somebody.
_LET_GO = (
    "coalesce((SELECT max(x.id) FROM event x WHERE x.subject = 'post' AND x.subject_id = p.id AND x.verb = 'approve' "
    "AND x.undone = 0 AND json_extract(x.after, '$.state') = 'ready'), 0)"
)
# Whether ``:member`` wrote the post ``p``, or changed it since it was last approved. The sign keeps SQLite from going
# through all that the member ever did.
_WROTE = (
    "(p.author_id = :member OR EXISTS (SELECT 1 FROM event e WHERE e.subject = 'post' AND e.subject_id = p.id "
    f"AND +e.member_id = :member AND {_CHANGES} AND e.id > {_LET_GO}))"
)


def policy(conn: Connection) -> Policy:
    """What the team says of approval."""
    return Policy(approval.mode(teams.get(conn, "approval")), approval.approvers(teams.get(conn, "approvers")))


def fill(conn: Connection, found: Sequence[Post]) -> tuple[Post, ...]:
    """The posts with who approved them, and how many more of those in review have to be."""
    given = _given(conn, [post.id for post in found])
    if not given and not any(post.state is PostState.REVIEW for post in found):
        return tuple(found)
    rule = policy(conn)
    filled = []
    for post in found:
        yes = given.get(post.id, ())
        missing = rule.missing(len(yes)) if post.state is PostState.REVIEW else 0
        filled.append(post._replace(approvals=yes, approvals_missing=missing) if yes or missing else post)
    return tuple(filled)


def _given(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[Approved, ...]]:
    found: dict[int, tuple[Approved, ...]] = {}
    for post_id, member_id, name, at in conn.execute(
        "SELECT a.post_id, a.member_id, m.name, a.at FROM approval a JOIN member m ON m.id = a.member_id "
        "WHERE a.post_id IN (SELECT value FROM json_each(?)) ORDER BY a.at, a.member_id",
        (json.dumps(list(ids)),),
    ).fetchall():
        found[post_id] = (*found.get(post_id, ()), Approved(member_id, name, decode(at)))
    return found


def hindrance(conn: Connection, post: Post, member_id: int) -> str | None:
    """Why the member can't approve a post that is in review; nothing where they can.

    Who approved already can again once enough have: that is how a post goes on after the team asks for fewer.
    """
    if policy(conn).mode.is_required:
        wrote = conn.execute(
            f"SELECT 1 FROM post p WHERE p.id = :post AND {_WROTE}", {"post": post.id, "member": member_id}
        ).fetchone()
        if wrote is not None:
            return _("post {id} is yours, or you changed it; somebody else has to approve it").format(id=post.id)
    if post.approvals_missing and any(one.member_id == member_id for one in post.approvals):
        return ngettext(
            "you approved post {id} already; {n} more member has to",
            "you approved post {id} already; {n} more members have to", post.approvals_missing,
        ).format(id=post.id, n=post.approvals_missing)  # fmt: skip
    return None


def waiting_for(conn: Connection, member_id: int, now: datetime) -> tuple[tuple[int, datetime], ...]:
    """The posts that this member may approve, with their times (UTC), the next to go out first.

    A few statements' worth of index look-ups for each post in review, so that a title may count them.
    """
    rule = policy(conn)
    mine = f"AND NOT {_WROTE} " if rule.mode.is_required else ""
    rows = conn.execute(
        f"SELECT p.id, p.due_at FROM post p WHERE p.state = 'review' AND p.due_at > :now {mine}"
        "AND (NOT EXISTS (SELECT 1 FROM approval a WHERE a.post_id = p.id AND a.member_id = :member) "
        "OR (SELECT count(*) FROM approval a WHERE a.post_id = p.id) >= :needed) ORDER BY p.due_at, p.id",
        {"member": member_id, "now": encode(now), "needed": rule.needed},
    ).fetchall()
    return tuple((post_id, decode(due_at)) for post_id, due_at in rows)


def asked(conn: Connection, ids: Sequence[int]) -> dict[int, Happening]:
    """Who last asked for approval of each of these posts, and when."""
    rows = conn.execute(
        "SELECT e.subject_id, e.at, coalesce(m.name, e.login), e.verb, coalesce(e.detail, '') FROM event e "
        "LEFT JOIN member m ON m.id = e.member_id WHERE e.subject = 'post' AND e.verb = 'submit' "
        "AND e.subject_id IN (SELECT value FROM json_each(?)) ORDER BY e.id",
        (json.dumps(list(ids)),),
    ).fetchall()
    return {post_id: Happening(decode(at), *rest) for post_id, at, *rest in rows}


def sent_back(conn: Connection, post_id: int) -> Happening | None:
    """Who last sent a post back and why, where nobody asked for approval again since and it was not undone."""
    row = conn.execute(
        "SELECT e.at, coalesce(m.name, e.login), e.verb, coalesce(e.detail, '') FROM event e "
        "LEFT JOIN member m ON m.id = e.member_id WHERE e.subject = 'post' AND e.subject_id = ? "
        "AND e.verb IN ('submit', 'reject') AND e.undone = 0 ORDER BY e.id DESC LIMIT 1",
        (post_id,),
    ).fetchone()
    if row is None or row[2] != "reject":
        return None
    return Happening(decode(row[0]), *row[1:])


def way(conn: Connection, post: Post, member_id: int) -> Way:
    """Where a post is on its way, for this member (0: nobody that the team knows yet)."""
    from smdash.core.approval_words import Way

    why = hindrance(conn, post, member_id) if post.state is PostState.REVIEW else None
    return Way(asked(conn, [post.id]).get(post.id), sent_back(conn, post.id), policy(conn).needed, why)


def give(conn: Connection, actor: Actor, post: Post, now: datetime) -> int:
    """Write down that the member says yes; returns how many more have to. The caller holds the write lock.

    Raises Refused where the member may not.
    """
    if (why := hindrance(conn, post, actor.member_id)) is not None:
        raise Refused(why)
    conn.execute(
        "INSERT INTO approval (post_id, member_id, at) VALUES (?, ?, ?) "
        "ON CONFLICT (post_id, member_id) DO UPDATE SET at = excluded.at",
        (post.id, actor.member_id, encode(now)),
    )
    given = {one.member_id for one in post.approvals} | {actor.member_id}
    return policy(conn).missing(len(given))


def forget(conn: Connection, post_id: int) -> None:
    """Nobody approved this post any more. The caller holds the write lock."""
    conn.execute("DELETE FROM approval WHERE post_id = ?", (post_id,))


def changed(conn: Connection, actor: Actor, post_id: int, *, touches: bool) -> None:
    """A member changed a post: what *touches* what goes out is to be approved anew, by others than who changed it.

    The caller holds the write lock.
    """
    if touches:
        forget(conn, post_id)
    else:
        conn.execute(
            "DELETE FROM approval WHERE post_id = ?1 AND member_id = ?2 "
            "AND EXISTS (SELECT 1 FROM post WHERE id = ?1 AND state = 'review')",
            (post_id, actor.member_id),
        )


class Rest(NamedTuple):
    """What another rule of approval leaves as it is: posts that are ready and wait for their time, posts in review,

    and those of them that enough members approved by the new rule.
    """

    ready: int
    review: int
    enough: int


def rest(conn: Connection, rule: Policy) -> Rest:
    """What stays as it is when the team's rule becomes this one."""
    (ready,) = conn.execute(
        "SELECT count(DISTINCT d.post_id) FROM delivery d JOIN post p ON p.id = d.post_id WHERE d.kind = 'post' "
        "AND d.state IN ('queued', 'held') "
        "AND d.replaced = 0 AND p.state = 'ready'"
    ).fetchone()
    review, enough = conn.execute(
        "SELECT count(*), count(*) FILTER (WHERE (SELECT count(*) FROM approval a WHERE a.post_id = p.id) >= ?) "
        "FROM post p WHERE p.state = 'review'",
        (rule.needed,),
    ).fetchone()
    return Rest(ready, review, enough)


def rest_words(found: Rest, rule: Policy) -> list[str]:
    """A sentence for each thing that stays as it is."""
    said = []
    if rule.mode.is_required and found.ready:
        said.append(
            ngettext(
                "{n} post is ready already and stays so; a change of it asks for approval",
                "{n} posts are ready already and stay so; a change of one asks for approval", found.ready,
            ).format(n=found.ready)
        )  # fmt: skip
    if not rule.mode.is_required and found.review:
        said.append(
            ngettext(
                "{n} post is in review still; one approval lets it go: smdash post list --awaiting",
                "{n} posts are in review still; one approval lets each go: smdash post list --awaiting", found.review,
            ).format(n=found.review)
        )  # fmt: skip
    elif found.enough:
        said.append(
            ngettext(
                "{n} post in review has enough approvals now; approve it once more to let it go",
                "{n} posts in review have enough approvals now; approve each once more to let it go", found.enough,
            ).format(n=found.enough)
        )  # fmt: skip
    return said


def put_back(conn: Connection, event_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Undo approvals and rejections; returns the events that were undone, and their posts. The caller holds the lock.

    An approval is taken back while nothing that it let go has begun or is held, and the post is the one that was
    approved; a rejection while nothing happened to the post since. Redo approves nothing: that takes a person's look.
    """
    done = {}
    for event_id in event_ids:
        row = conn.execute(
            "SELECT e.subject_id, e.member_id, e.at, e.verb, e.before, e.after, p.state FROM event e "
            "JOIN post p ON p.id = e.subject_id WHERE e.id = ?",
            (event_id,),
        ).fetchone()
        if row is None:
            continue
        post_id, member_id, at, verb, before, after, state = row
        left = json.loads(after)
        if state != left.get("state"):
            continue
        if verb == "approve" and _is_as_approved(conn, post_id, member_id, at):
            _take_approval_back(conn, post_id, member_id, state, now)
        elif verb == "reject" and not _happened_since(conn, post_id, event_id):
            _put_review_back(conn, post_id, json.loads(before), now)
        else:
            continue
        done[event_id] = post_id
    return done


def _is_as_approved(conn: Connection, post_id: int, member_id: int, at: str) -> bool:
    """Whether that approval counts still, and nothing that the post sends has begun, is held or failed."""
    row = conn.execute(
        "SELECT 1 FROM approval a WHERE a.post_id = ?1 AND a.member_id = ?2 AND a.at = ?3 AND NOT EXISTS "
        "(SELECT 1 FROM delivery d WHERE d.post_id = ?1 AND d.kind = 'post' AND d.replaced = 0 "
        "AND d.state <> 'cancelled' AND (d.state <> 'queued' OR d.first_at IS NOT NULL))",
        (post_id, member_id, at),
    ).fetchone()
    return row is not None


def _take_approval_back(conn: Connection, post_id: int, member_id: int, state: str, now: datetime) -> None:
    conn.execute("DELETE FROM approval WHERE post_id = ? AND member_id = ?", (post_id, member_id))
    if state != PostState.READY:
        return
    # The first picture needs no outbox.
    from smdash.store import outbox

    conn.execute("UPDATE post SET state = 'review', updated_at = ? WHERE id = ?", (encode(now), post_id))
    rows = conn.execute(
        "SELECT id FROM delivery WHERE post_id = ? AND kind = 'post' AND replaced = 0 AND state = 'queued' ORDER BY id",
        (post_id,),
    ).fetchall()
    for (delivery_id,) in rows:
        outbox.cancelled(conn, outbox.get(conn, delivery_id), now)
        conn.execute("UPDATE delivery SET replaced = 1 WHERE id = ?", (delivery_id,))


def _happened_since(conn: Connection, post_id: int, event_id: int) -> bool:
    row = conn.execute(
        "SELECT 1 FROM event WHERE subject = 'post' AND subject_id = ? AND id > ? AND undone = 0 "
        "AND verb NOT IN ('undo', 'overrule', 'withdraw') LIMIT 1",
        (post_id, event_id),
    ).fetchone()
    return row is not None


def _put_review_back(conn: Connection, post_id: int, before: Mapping[str, object], now: datetime) -> None:
    conn.execute("UPDATE post SET state = 'review', updated_at = ? WHERE id = ?", (encode(now), post_id))
    conn.execute(
        "INSERT INTO approval (post_id, member_id, at) SELECT ?, json_extract(value, '$[0]'), "
        "json_extract(value, '$[1]') FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
        (post_id, json.dumps(before.get("approvals", []))),
    )


def others_changes(conn: Connection, post_id: int, member_id: int, seen: int) -> str | None:
    """Who else changed a post after that event, other than by approving or overruling; nothing where nobody did."""
    row = conn.execute(
        "SELECT coalesce(m.name, e.login) FROM event e LEFT JOIN member m ON m.id = e.member_id "
        "WHERE e.subject = 'post' AND e.subject_id = ? AND e.id > ? AND e.member_id IS NOT ? "
        "AND e.verb NOT IN ('approve', 'overrule', 'withdraw', 'hold', 'release') "
        "AND NOT (e.verb = 'undo' AND e.detail = 'approve') ORDER BY e.id DESC LIMIT 1",
        (post_id, seen, member_id),
    ).fetchone()
    return str(row[0]) if row else None
