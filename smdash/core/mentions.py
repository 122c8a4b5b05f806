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
    """What to do: ``new``, ``changed`` or ``unchanged``; a changed one has its new state."""

    what: str
    state: MentionState


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
    own times, changes nothing; *pushed* says that it tells of a moment, and not of how things are now.
    """
    if old is None:
        return _NEW_HIDDEN if new.deleted else _NEW_OWN if new.own else _NEW
    if new.kind is MentionKind.LISTENING and old.kind not in ("", MentionKind.LISTENING) and not new.deleted:
        # The account's own lists say more of it than a search does.
        return Intent("unchanged", MentionState(old.state))
    if new.deleted:
        return Intent("unchanged" if old.state == "hidden" else "changed", MentionState.HIDDEN)
    if old.edited_at is not None:
        # A pull of a network that names no time of an edit brings the text of now.
        written_at = new.edited_at or (new.sent_at if pushed else None)
        if written_at is not None and written_at < old.edited_at:
            return Intent("unchanged", MentionState(old.state))
    same_text = (old.body, old.author_handle, old.author_name, old.url) == (
        new.body,
        new.author_handle,
        new.author_name,
        new.url,
    )
    if same_text:
        return Intent("unchanged", MentionState(old.state))
    wrote_again = old.state == "done" and old.body != new.body and not new.own
    return Intent("changed", MentionState.OPEN if wrote_again else MentionState(old.state))
