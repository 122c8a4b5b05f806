"""What an incoming mention does to the one that is kept: a pure decision of old and new."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.records import IncomingMention, MentionKind, MentionState

# Minutes until a mention of this kind should be answered, unless the team says otherwise; a kind that is
# not named has no goal.
DEFAULT_GOALS = {"dm": 60, "reply": 240, "mention": 240, "comment": 240, "review": 1440}


class Kept(NamedTuple):
    """What the store holds of a mention that came before."""

    id: int
    state: str
    author_handle: str
    author_name: str
    body: str
    url: str | None
    edited_at: datetime | None
    kind: str = ""


class Intent(NamedTuple):
    """What to do: ``new``, ``changed`` or ``unchanged``; a changed one has its new state and what is to be kept."""

    what: str
    state: MentionState
    row: Kept | None = None


_NEW = Intent("new", MentionState.OPEN)
_NEW_OWN = Intent("new", MentionState.DONE)
_NEW_HIDDEN = Intent("new", MentionState.HIDDEN)


def is_more_than_a_hit(old: Kept, new: IncomingMention) -> bool:
    """Whether what a search found first now comes as what it is to the account: a mention, a reply, a comment."""
    return old.kind == MentionKind.LISTENING and new.kind is not MentionKind.LISTENING and not new.deleted


def decide(old: Kept | None, new: IncomingMention, *, pushed: bool = False) -> Intent:
    """Compare an incoming mention with the kept one.

    One that its author wrote anew comes back to the open ones; one that the network took away is hidden;
    what our own account wrote is kept for its thread and never asks for work. What is older than the kept text, by its
    own times, changes nothing; *pushed* says that it tells of a moment, and not of how things are now. What it does
    not tell, such as a deletion the text, stays as it is kept, and what was not told before is taken from any.
    """
    if old is None:
        return _NEW_HIDDEN if new.deleted else _NEW_OWN if new.own else _NEW
    if new.kind is MentionKind.LISTENING and old.kind not in ("", MentionKind.LISTENING) and not new.deleted:
        # The account's own lists say more of it than a search does.
        return Intent("unchanged", MentionState(old.state))
    state = MentionState.HIDDEN if new.deleted else MentionState(old.state)
    if new.deleted and old.state == state:
        return Intent("unchanged", state)
    told = Kept(old.id, state, new.author_handle, new.author_name, new.body, new.url, new.edited_at, old.kind)
    row = _filled(old, told) if _is_older(old, new, pushed=pushed) else _filled(told, old, pushed=pushed)
    row = row._replace(state=state, edited_at=_last(old.edited_at, new.edited_at))
    if state == old.state and row._replace(edited_at=None, state="") == old._replace(edited_at=None, state=""):
        return Intent("unchanged", state)
    if old.state == "done" and state is MentionState.DONE and row.body != old.body and not new.own:
        state = MentionState.OPEN
    return Intent("changed", state, row._replace(state=state))


def joined(earlier: IncomingMention, later: IncomingMention, *, pushed: bool = False) -> IncomingMention:
    """Two of the same id that came together, as one: the *later*, and what only the *earlier* tells."""
    first = Kept(0, "", later.author_handle, later.author_name, later.body, later.url, later.edited_at)
    other = Kept(0, "", earlier.author_handle, earlier.author_name, earlier.body, earlier.url, earlier.edited_at)
    row = _filled(first, other, pushed=pushed)
    # An edit or a deletion tells its own time; a window counts from the message.
    written = min(earlier, later, key=lambda one: one.sent_at)
    return later._replace(
        author_handle=row.author_handle, author_name=row.author_name, body=row.body, url=row.url,
        edited_at=_last(earlier.edited_at, later.edited_at), sent_at=written.sent_at, reply_until=written.reply_until,
        thread_key=later.thread_key or earlier.thread_key, parent_id=later.parent_id or earlier.parent_id,
        followers=earlier.followers if later.followers is None else later.followers,
    )  # fmt: skip


def _is_older(old: Kept, new: IncomingMention, *, pushed: bool) -> bool:
    """Whether it tells of a time before that of the kept text; a deletion has no text of its own."""
    if old.edited_at is None:
        return False
    # A pull of a network that names no time of an edit brings the text of now.
    written_at = new.edited_at or (new.sent_at if pushed else None)
    return written_at is not None and written_at < old.edited_at


def _filled(first: Kept, other: Kept, *, pushed: bool = False) -> Kept:
    """The *first*, and from the *other* what that leaves empty."""
    name = first.author_name or other.author_name
    # Where a push does not tell a name, the handle stands for it.
    if pushed and other.author_name and name in (first.author_handle, other.author_handle):
        name = other.author_name
    return first._replace(
        author_handle=first.author_handle or other.author_handle,
        author_name=name,
        body=first.body or other.body,
        url=first.url or other.url,
    )


def _last(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other
