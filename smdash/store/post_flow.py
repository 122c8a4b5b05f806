"""From draft to ready: asking for approval, giving it, sending back, running out of time, and edits on the way.

A post has deliveries only while it is ready, so nothing goes out that nobody approved. An edit never changes a
delivery: it cancels it and puts another in its place, so that a service that read the old one may not send it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from smdash.core.approval import BEYOND_EDIT, edited, submitted
from smdash.core.clock import encode, encode_optional
from smdash.core.errors import InputError, Refused
from smdash.core.labels import state as state_label
from smdash.core.records import Account, Actor, Category, DeliveryState, Format, Post, PostState
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.store import approving, events, outbox, posts
from smdash.store.driver import Connection

LONGEST_REASON = 500
# What of a post somebody else sees.
GOES_OUT = frozenset({"body", "due_at", "accounts", "versions", "first_comment"})


class Edit(NamedTuple):
    """What an edit sets; nothing stands for what stays. ``clears`` names columns that become empty.

    ``versions`` are all the texts of accounts (by ``platform/name``) that have one of their own from now on.
    """

    body: str | None = None
    due_at: datetime | None = None
    accounts: tuple[Account, ...] | None = None
    category: Category | None = None
    format: Format | None = None
    campaign: str | None = None
    offer: str | None = None
    offer_until: datetime | None = None
    first_comment: str | None = None
    versions: Mapping[str, str] | None = None
    clears: frozenset[str] = frozenset()


def submit(conn: Connection, actor: Actor, post_id: int, now: datetime) -> PostState:
    """The author thinks that a draft is done; returns what it is now: in review, or ready where approval is off.

    The caller holds the write lock. Raises InputError for no such post; Refused where it is no draft, or has no account
    or no time to come.
    """
    post = posts.get(conn, post_id)
    _refuse_unless(post, (PostState.IDEA, PostState.DRAFT))
    due_at = _time_to_come(post, now)
    _refuse_without_account(post)
    state = submitted(posts.approval(conn))
    _asked_for(conn, actor, post, state, now)
    if state is PostState.READY:
        _queue_missing(conn, post_id, due_at, now)
    return state


def approve(
    conn: Connection, actor: Actor, post_id: int, now: datetime, *, seen: int | None = None, step: int | None = None
) -> int:
    """Say yes to a post: the last who has to lets it go out at its time. Returns how many more have to.

    *seen* is the last event that the member's picture of it knows: what somebody changed since is to be looked at
    again. *step* adds to a step that was begun. The caller holds the write lock. Raises InputError for no such post;
    Refused where it is not in review, its time has passed, it goes nowhere, the member approved it already and that is
    not enough, or (where approval is required) the member wrote it.
    """
    post = _in_review(conn, actor, post_id, seen)
    due_at = _time_to_come(post, now)
    _refuse_without_account(post)
    missing = approving.give(conn, actor, post, now)
    state = PostState.REVIEW if missing else PostState.READY
    needed = approving.policy(conn).needed
    detail = f"{needed - missing}/{needed}" if needed > 1 else None
    _decide(conn, actor, post, state, now, "approve", detail, step)
    if state is PostState.READY:
        _queue_missing(conn, post_id, due_at, now)
    return missing


def reject(
    conn: Connection, actor: Actor, post_id: int, now: datetime, why: str, *, seen: int | None = None,
    step: int | None = None,
) -> None:  # fmt: skip
    """Send a post back to its author; *seen* and *step* as in ``approve``. The caller holds the write lock.

    Raises InputError for no such post and for no reason; Refused where it is not in review.
    """
    reason = one_line(clean(why, limit=LONGEST_REASON)).strip()
    if not reason:
        raise InputError(_("the author needs a reason, so that the next try is a better one"))
    post = _in_review(conn, actor, post_id, seen)
    approving.forget(conn, post_id)
    _decide(conn, actor, post, PostState.DRAFT, now, "reject", reason, step)


def _in_review(conn: Connection, actor: Actor, post_id: int, seen: int | None) -> Post:
    post = posts.get(conn, post_id)
    refuse_unless_in_review(post)
    if seen is not None and (who := approving.others_changes(conn, post_id, actor.member_id, seen)) is not None:
        raise Refused(_("{who} changed post {id} meanwhile; look at it again").format(who=who, id=post_id))
    return post


def refuse_unless_in_review(post: Post) -> None:
    """Raise Refused for a post that waits for nobody's approval."""
    _refuse_unless(post, (PostState.REVIEW,))


def settle(conn: Connection, actor: Actor, post_id: int, now: datetime, wish: PostState | None = None) -> PostState:
    """A draft that has a time becomes what a new post with that time would be; returns what the post is now.

    *wish* as in ``posts.add``. The caller holds the write lock. Raises InputError for no such post; Refused where it
    has no account, and as ``posts.planned_state`` does.
    """
    post = posts.get(conn, post_id)
    if post.state not in (PostState.IDEA, PostState.DRAFT):
        return post.state
    state = posts.planned_state(conn, post.due_at, now, wish)
    if state in (post.state, PostState.DRAFT):
        return post.state
    _refuse_without_account(post)
    _asked_for(conn, actor, post, state, now)
    if state is PostState.READY and post.due_at is not None:
        _queue_missing(conn, post_id, post.due_at, now)
    return state


def edit(conn: Connection, actor: Actor, post_id: int, now: datetime, wanted: Edit, zone: str, *,
         verb: str = "edit", stays_draft: bool = False) -> bool:  # fmt: skip
    """Change a post; returns whether anything is other than before. The caller holds the write lock.

    Where approval is required, another text, time or account of a ready post needs approval again. *zone* is that of a
    new time; without a time a post is a draft, and with *stays_draft* a draft is one also with a new time. What is held
    stays held. Raises InputError for no such post or campaign; Refused as ``refuse_edit`` does,
    and where approval would come too late.
    """
    post = posts.get(conn, post_id)
    after = _after(post, wanted)
    before = _plain(post)
    changed = sorted(key for key in before if before[key] != after[key])
    if not changed:
        return False
    refuse_edit(post)
    due_at = None if "due_at" in wanted.clears else wanted.due_at or post.due_at
    new_time = wanted.due_at is not None and wanted.due_at != post.due_at
    touches = not GOES_OUT.isdisjoint(changed)
    state = edited(posts.approval(conn), post.state, new_time=new_time and not stays_draft, touches=touches)
    if (due_at is None and state in (PostState.READY, PostState.REVIEW)) or (
        stays_draft and new_time and state is PostState.EXPIRED
    ):
        state = PostState.DRAFT
    if touches:
        _refuse_too_late(state, due_at, now)
    conn.execute(
        "UPDATE post SET state = :state, body = :body, due_at = :due_at, due_zone = iif(:new_time, :zone, due_zone), "
        "category = :category, format = :format, campaign_id = :campaign_id, offer = :offer, "
        "offer_until = :offer_until, first_comment = :first_comment, updated_at = :now WHERE id = :id",
        {key: value for key, value in after.items() if key not in ("accounts", "campaign", "versions")}
        | {"state": state, "new_time": new_time, "zone": zone, "now": encode(now), "id": post_id,
           "campaign_id": posts.find_campaign(conn, after["campaign"], of_post=post_id)},
    )  # fmt: skip
    approving.changed(conn, actor, post_id, touches=touches)
    if wanted.accounts is not None:
        _put_accounts(conn, post_id, [one.id for one in wanted.accounts])
    if "versions" in changed:
        _put_versions(conn, post_id, after["versions"])
    if touches:
        _put_anew(conn, post_id, state, due_at, now)
    if state is not post.state:
        changed.append("state")
    events.record(
        conn, actor, now, verb, "post", post_id, detail=", ".join(changed),
        before=_of(before | {"state": post.state}, changed), after=_of(after | {"state": state}, changed),
    )  # fmt: skip
    if state is PostState.REVIEW and post.state is not PostState.REVIEW:
        events.record(conn, actor, now, "submit", "post", post_id)
    return True


def _refuse_without_account(post: Post) -> None:
    if not post.accounts:
        raise Refused(
            _("post {id} has no account; give it one first: smdash post edit {id} --account").format(id=post.id)
        )


def touched(
    conn: Connection, actor: Actor, post: Post, now: datetime, verb: str, *, detail: str,
    before: Mapping[str, Any], after: Mapping[str, Any],
) -> PostState:  # fmt: skip
    """What an edit of the text does, for what of a post is kept in other tables (its files); returns its state.

    The caller writes that in the same transaction and holds the write lock. Raises Refused as ``refuse_edit`` does, and
    where approval would come too late.
    """
    refuse_edit(post)
    state = edited(posts.approval(conn), post.state, new_time=False, touches=True)
    _refuse_too_late(state, post.due_at, now)
    conn.execute("UPDATE post SET state = ?, updated_at = ? WHERE id = ?", (state, encode(now), post.id))
    approving.changed(conn, actor, post.id, touches=True)
    _put_anew(conn, post.id, state, post.due_at, now)
    events.record(conn, actor, now, verb, "post", post.id, detail=detail, before=before, after=after)
    if state is PostState.REVIEW and post.state is not PostState.REVIEW:
        events.record(conn, actor, now, "submit", "post", post.id)
    return state


def _refuse_too_late(state: PostState, due_at: datetime | None, now: datetime) -> None:
    if state is PostState.REVIEW and (due_at is None or due_at <= now):
        raise Refused(_("somebody has to approve it first, so it needs a time that is still to come"))


def _put_anew(conn: Connection, post_id: int, state: PostState, due_at: datetime | None, now: datetime) -> None:
    """Put other deliveries in the place of those that are not out yet, if it is ready; what was held stays held."""
    held = _take_back(conn, post_id, now)
    if state is PostState.READY and due_at is not None:
        _queue_missing(conn, post_id, due_at, now)
        _hold_again(conn, post_id, held, now, still_late=due_at <= now)


def refuse_edit(post: Post) -> None:
    """Raise Refused for a post that is called off, and for one of which something is out, may be, or is on its way."""
    if post.state is PostState.CANCELLED:
        raise Refused(_("post {id} is called off; plan a new one").format(id=post.id))
    for one in post.deliveries:
        if one.state in BEYOND_EDIT:
            raise Refused(
                _("post {id} can't be changed any more: {account} is “{state}”").format(
                    id=post.id, account=f"{one.platform}/{one.account}", state=state_label(one.state)
                )
            )


def _refuse_unless(post: Post, allowed: Sequence[PostState]) -> None:
    if post.state not in allowed:
        raise Refused(
            _("post {id} is “{state}”; that is only for: {states}").format(
                id=post.id, state=state_label(post.shown), states=", ".join(state_label(state) for state in allowed)
            )
        )


def _time_to_come(post: Post, now: datetime) -> datetime:
    if post.due_at is None:
        raise Refused(_("post {id} has no time; give it one first: smdash post edit {id} --at").format(id=post.id))
    if post.due_at <= now:
        raise Refused(
            _("the time of post {id} has passed; give it a new one first: smdash post edit {id} --at").format(
                id=post.id
            )
        )
    return post.due_at


def _asked_for(conn: Connection, actor: Actor, post: Post, state: PostState, now: datetime) -> None:
    """Its author thinks that it is done; what is asked for anew nobody approved."""
    approving.forget(conn, post.id)
    conn.execute("UPDATE post SET state = ?, updated_at = ? WHERE id = ?", (state, encode(now), post.id))
    events.record(conn, actor, now, "submit", "post", post.id, before={"state": post.state}, after={"state": state})


def _decide(
    conn: Connection, actor: Actor, post: Post, state: PostState, now: datetime, verb: str, detail: str | None,
    step: int | None,
) -> None:  # fmt: skip
    """A member's word on a post in review; undo can put it back, approvals and all (``approving.put_back``)."""
    conn.execute("UPDATE post SET state = ?, updated_at = ? WHERE id = ?", (state, encode(now), post.id))
    before, after = ([[one.member_id, encode(one.at)] for one in given]
                     for given in (post.approvals, posts.get(conn, post.id).approvals))  # fmt: skip
    events.record(
        conn, actor, now, verb, "post", post.id, detail=detail, before={"state": post.state, "approvals": before},
        after={"state": state, "approvals": after}, step=events.next_step(conn) if step is None else step,
    )  # fmt: skip


def _queue_missing(conn: Connection, post_id: int, due_at: datetime, now: datetime) -> None:
    """A delivery to each account that has none; what a member called off for one account stays called off."""
    rows = conn.execute(
        "SELECT account_id FROM post_account WHERE post_id = ?1 AND account_id NOT IN "
        "(SELECT account_id FROM delivery WHERE post_id = ?1 AND kind = 'post' AND replaced = 0) ORDER BY account_id",
        (post_id,),
    ).fetchall()
    posts.queue(conn, post_id, [row[0] for row in rows], due_at, now)


def _take_back(conn: Connection, post_id: int, now: datetime) -> dict[int, tuple[str, str]]:
    """Cancel what is not out yet, so that another can take its place; returns what was held, and why, by account."""
    rows = conn.execute(
        "SELECT id, account_id, state, held_for, error FROM delivery WHERE post_id = ? AND kind = 'post' "
        "AND state IN ('queued', 'held', 'failed') ORDER BY id",
        (post_id,),
    ).fetchall()
    held = {}
    for delivery_id, account_id, state, held_for, error in rows:
        if state == DeliveryState.HELD:
            held[account_id] = (held_for or "member", error or "")
        outbox.cancelled(conn, outbox.get(conn, delivery_id), now)
        conn.execute("UPDATE delivery SET replaced = 1 WHERE id = ?", (delivery_id,))
    return held


def _hold_again(
    conn: Connection, post_id: int, held: Mapping[int, tuple[str, str]], now: datetime, *, still_late: bool
) -> None:
    rows = conn.execute(
        "SELECT id, account_id FROM delivery WHERE post_id = ? AND state = 'queued' ORDER BY id", (post_id,)
    ).fetchall()
    for delivery_id, account_id in rows:
        held_for, error = held.get(account_id, ("", ""))
        # What was only held for being late has a new time.
        if held_for and (held_for != "late" or still_late):
            outbox.hold(conn, outbox.get(conn, delivery_id), now, held_for, error)


def _put_accounts(conn: Connection, post_id: int, account_ids: Sequence[int]) -> None:
    chosen = json.dumps(account_ids)
    conn.execute(
        "DELETE FROM post_account WHERE post_id = ? AND account_id NOT IN (SELECT value FROM json_each(?))",
        (post_id, chosen),
    )
    conn.execute(
        "INSERT INTO post_account (post_id, account_id) SELECT ?, value FROM json_each(?) WHERE true "
        "ON CONFLICT (post_id, account_id) DO NOTHING",
        (post_id, chosen),
    )


def _put_versions(conn: Connection, post_id: int, versions: Mapping[str, str]) -> None:
    conn.execute(
        "UPDATE post_account AS pa SET body = (SELECT v.value FROM json_each(?) v JOIN account a "
        "ON v.key = a.platform || '/' || a.name WHERE a.id = pa.account_id) WHERE pa.post_id = ?",
        (json.dumps(dict(versions)), post_id),
    )


def _plain(post: Post) -> dict[str, Any]:
    return {
        "body": post.body,
        "due_at": encode_optional(post.due_at),
        "accounts": sorted(f"{platform}/{name}" for platform, name in post.accounts),
        "category": post.category.value,
        "format": post.format.value,
        "campaign": post.campaign,
        "offer": post.offer,
        "offer_until": encode_optional(post.offer_until),
        "first_comment": post.first_comment,
        "versions": {"/".join(account): text for account, text in post.versions},
    }


def _after(post: Post, wanted: Edit) -> dict[str, Any]:
    after = _plain(post)
    given: dict[str, Any] = {
        "body": wanted.body,
        "due_at": encode_optional(wanted.due_at),
        "category": wanted.category and wanted.category.value,
        "format": wanted.format and wanted.format.value,
        "campaign": wanted.campaign,
        "offer": wanted.offer,
        "offer_until": encode_optional(wanted.offer_until),
        "first_comment": wanted.first_comment,
        "versions": wanted.versions,
    }
    if wanted.accounts is not None:
        given["accounts"] = sorted(f"{one.platform}/{one.name}" for one in wanted.accounts)
    after |= {key: value for key, value in given.items() if value is not None} | dict.fromkeys(wanted.clears)
    # A version that says what the text says is none, and one of an account that it leaves goes with it.
    after["versions"] = {
        account: text for account, text in after["versions"].items()
        if account in after["accounts"] and text != after["body"]
    }  # fmt: skip
    return after


def _of(values: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: values[key] for key in keys}
