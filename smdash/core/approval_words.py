"""Where a post is on its way to approval, in sentences for the command line and the dashboard alike."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from smdash.core import formats
from smdash.core.records import Approved, Happening, Post, PostState
from smdash.locale import gettext as _
from smdash.locale import ngettext


class Way(NamedTuple):
    """What the book tells: who asked last, who sent it back (while that stands), how many have to say yes,

    and why the member who looks can't (nothing where they can, or where it is not in review).
    """

    asked: Happening | None
    sent_back: Happening | None
    needed: int
    hindrance: str | None


def recorded() -> str:
    """What every place says once that leans on who somebody is."""
    return _("recorded, not verified: members are told apart by their logins")


def sentences(post: Post, way: Way, zone: tzinfo) -> list[str]:
    """The way of a post so far and what is next; nothing where approval plays no part in it."""
    said = []
    if post.state is PostState.REVIEW:
        said.append(waits(post, way.needed))
    elif post.state is PostState.EXPIRED:
        said.append(_("nobody approved it in time"))
    elif way.sent_back is not None and post.state is PostState.DRAFT:
        said.append(
            _("sent back by {who}, {moment}: {reason}").format(
                who=way.sent_back.who, moment=formats.short_moment(way.sent_back.at, zone), reason=way.sent_back.detail
            )
        )
    if post.approvals:
        said.append(_("approved by {names}").format(names=", ".join(_named(one, zone) for one in post.approvals)))
    if post.state is PostState.REVIEW:
        if way.asked is not None:
            said.append(
                _("asked by {who}, {moment}").format(who=way.asked.who, moment=formats.short_moment(way.asked.at, zone))
            )
        if post.due_at is not None:
            said.append(
                _("goes out {moment} if it is approved by then, else it expires").format(
                    moment=formats.short_moment(post.due_at, zone)
                )
            )
    return said


def waits(post: Post, needed: int) -> str:
    """How many approvals a post in review waits for."""
    missing = post.approvals_missing
    if not missing:
        return _("has enough approvals; the next one lets it go")
    if needed == 1:
        return _("waits for approval")
    return ngettext("waits for {n} of {needed} approvals", "waits for {n} of {needed} approvals", missing).format(
        n=missing, needed=needed
    )


def _named(one: Approved, zone: tzinfo) -> str:
    return f"{one.by} ({formats.short_moment(one.at, zone)})"
