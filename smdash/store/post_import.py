"""What becomes of a line of an imported plan: a new post, a changed one, or nothing, since it is there already.

A post has a name in files (its key) and each line of ours tells what stood there when it was written. So a file may be
imported twice, or late: a line that nobody touched changes nothing, one that was edited in the file is taken over, and
one that was edited in both places is refused. A line without a key gets one of its contents.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from smdash.core import plan
from smdash.core.errors import InputError, Refused
from smdash.core.plan import Content, Line
from smdash.core.posts import is_over
from smdash.core.records import Account, Actor, Post, PostState
from smdash.locale import gettext as _
from smdash.store import post_flow, posts
from smdash.store.driver import Connection
from smdash.store.post_flow import Edit

# How many lines one transaction takes in.
BATCH = 200


class What(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Decision(NamedTuple):
    """What a line comes to. ``content`` names accounts in full; ``post`` is the one that is here already.

    ``state`` is what the post is then.
    """

    what: What
    key: str
    content: Content
    accounts: tuple[Account, ...]
    post: Post | None
    state: PostState


def decide(conn: Connection, line: Line, now: datetime, taken: Collection[str] = ()) -> Decision:
    """What is to be done with a line; nothing is written. *taken*: keys of lines before it that are not written yet.

    Raises InputError and Refused with what is wrong with the line.
    """
    accounts = tuple(
        {one.id: one for one in (posts.find_account(conn, name) for name in line.content.accounts)}.values()
    )
    content = line.content._replace(accounts=tuple(sorted(f"{one.platform}/{one.name}" for one in accounts)))
    digest = content.digest
    key = line.key or plan.foreign_key("c", digest)
    post = posts.by_key(conn, key)
    if post is None and line.key is None and line.id is not None:
        post = _by_id(conn, line.id, digest)
    posts.find_campaign(conn, content.campaign, of_post=post.id if post else None)
    if post is not None or key in taken:
        return _known(conn, line, Decision(What.UNCHANGED, key, content, accounts, post, PostState.DRAFT), now)
    if line.over:
        raise InputError(
            _("“{field}” is “{text}”, and such a post is not here; expected one that is still to come").format(
                field="state", text=line.over
            )
        )
    if line.wish not in (PostState.IDEA, PostState.DRAFT):
        _refuse_new(line, content, now)
    return Decision(What.NEW, key, content, accounts, None, posts.planned_state(conn, content.due_at, now, line.wish))


def write(conn: Connection, actor: Actor, now: datetime, found: Decision, zone: str) -> int | None:
    """Do what was decided; returns the post's id where anything was written. The caller holds the write lock.

    Raises InputError and Refused as ``posts.add`` and ``post_flow.edit`` do.
    """
    if found.what is What.UNCHANGED:
        return None
    content, digest = found.content, found.content.digest
    if found.post is None:
        return posts.add(
            conn, actor, now, accounts=found.accounts, category=content.category, format=content.format,
            body=content.body, due_at=content.due_at, zone=zone, campaign=content.campaign, offer=content.offer,
            offer_until=content.offer_until, key=found.key, imported=digest,
            wish=None if found.state is PostState.READY else found.state,
        )  # fmt: skip
    post_flow.edit(conn, actor, found.post.id, now, _edit(found.post, found), zone, verb="import")
    conn.execute("UPDATE post SET imported = ? WHERE id = ?", (digest, found.post.id))
    return found.post.id


def _by_id(conn: Connection, post_id: int, digest: str) -> Post | None:
    try:
        post = posts.get(conn, post_id)
    except InputError:
        return None
    if plan.of_post(post).digest != digest:
        raise Refused(
            _("post {id} here is another one; empty the cell “id” to add this as a new post").format(id=post_id)
        )
    return post


def _known(conn: Connection, line: Line, found: Decision, now: datetime) -> Decision:
    """A line whose post is here: three versions tell what to do, the file's, the exported one, and the one here."""
    post = found.post
    if post is None:
        return found
    found = found._replace(state=post.state)
    digest, here = found.content.digest, plan.of_post(post).digest
    (imported,) = conn.execute("SELECT imported FROM post WHERE id = ?", (post.id,)).fetchone()
    if digest in (here, line.base, imported):
        return found
    if here not in (line.base, imported):
        raise Refused(
            _("post {id} was changed here since, so this line was not written over it; export it again").format(
                id=post.id
            )
        )
    if post.due_at is not None and found.content.due_at is None:
        raise Refused(
            _("“{field}” is empty; to call post {id} off: smdash post cancel {id}").format(field="due_at", id=post.id)
        )
    post_flow.refuse_edit(post)
    if is_over(post) and found.content.due_at == post.due_at:
        raise Refused(_("the time of post {id} has passed; expected a new “due_at”").format(id=post.id))
    if found.content.due_at != post.due_at:
        _refuse_past(found.content, now)
    return found._replace(what=What.CHANGED)


def _refuse_new(line: Line, content: Content, now: datetime) -> None:
    """What a post needs that is to go out."""
    if content.due_at is None:
        if line.wish is PostState.REVIEW:
            raise InputError(_("“{field}” is empty; a post in review needs a time").format(field="due_at"))
    else:
        _refuse_past(content, now)
    if not content.accounts:
        raise InputError(
            _("“{field}” is empty; expected such as instagram/kopi mastodon/kopi").format(field="accounts")
        )


def _refuse_past(content: Content, now: datetime) -> None:
    if content.due_at is not None and content.due_at <= now:
        raise InputError(
            _("“{field}” has passed; expected a time to come, or “draft” as “state”").format(field="due_at")
        )


def _edit(post: Post, found: Decision) -> Edit:
    content = found.content
    old = plan.of_post(post)
    empty = {name for name in ("campaign", "offer", "offer_until") if getattr(content, name) is None}
    return Edit(
        body=content.body if content.body != old.body else None,
        # A calendar's whole seconds are no other time.
        due_at=None if content._replace(due_at=old.due_at).digest == content.digest else content.due_at,
        accounts=found.accounts if set(content.accounts) != set(old.accounts) else None,
        category=content.category,
        format=content.format,
        campaign=content.campaign,
        offer=content.offer,
        offer_until=content.offer_until,
        clears=frozenset(empty),
    )
