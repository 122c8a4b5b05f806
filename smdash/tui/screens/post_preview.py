"""A post as each network would show it, in lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from smdash.core import drafting, formats
from smdash.core.approval import Approval
from smdash.core.drafting import Place, Shown, Typed
from smdash.core.networks import code
from smdash.core.records import Post, PostState
from smdash.locale import gettext as _
from smdash.tui.cells import literal
from smdash.tui.screens.picker import Choice
from smdash.tui.widgets.lines import Line, Piece


def name(place: Place) -> str:
    """An account in a few cells."""
    return f"{code(place.platform)} {place.name}"


def chosen(typed: Typed, places: Sequence[Place]) -> list[Place]:
    """The accounts that the post goes to, in the order of the list."""
    return [one for one in places if one.key in typed.accounts]


def texts(typed: Typed, places: Sequence[Place]) -> list[tuple[str, str]]:
    """The texts that can be written, with their words: that for all, and each account's own."""
    found = [(drafting.ALL, _("text for all"))]
    for place in chosen(typed, places):
        own = " *" if place.key in typed.versions else ""
        found.append((place.key, literal(name(place)) + own))
    return found


def room(one: Shown) -> str:
    """How much of the network's room a text takes: ``123/500``."""
    used = formats.number(one.room.used)
    return used if one.room.limit is None else f"{used}/{formats.number(one.room.limit)}"


def counts(typed: Typed, places: Sequence[Place]) -> Line:
    """The room of each account in one line, what is too long first."""
    found = [(place, drafting.preview(typed, place)) for place in chosen(typed, places)]
    found.sort(key=lambda pair: not any(one.room.over for one in pair[1]))
    line: Line = []
    for place, posts in found:
        line.append(Piece(("" if not line else "  ") + name(place), "dim"))
        line += [Piece(" " + room(one), "error" if one.room.over else "base") for one in posts]
    return line


def paragraphs(typed: Typed, places: Sequence[Place], remarks: Sequence[Piece] = ()) -> list[Piece]:
    """The whole of it: each account's posts with their counts, and what speaks against them."""
    pieces: list[Piece] = []
    for place in chosen(typed, places):
        posts = drafting.preview(typed, place)
        parts = sum(1 for one in posts if one.number)
        own = place.key in typed.versions
        for one in posts:
            if one.number == 0:
                which = _("first comment")
            elif parts > 1:
                which = f"{formats.number(one.number)}/{formats.number(parts)}"
            else:
                which = _("its own text") if own else ""
            words = " · ".join(filter(None, (name(place), which, room(one))))
            pieces += [Piece(words, "error" if one.room.over else "bold"), Piece(one.text or "…"), Piece("")]
    if not pieces:
        pieces = [Piece(_("choose an account, and this shows what would stand there"), "dim")]
    return [*pieces, *remarks]


def saved_words(post: Post, zone: tzinfo) -> str:
    """What to say of a post that was saved."""
    moment = formats.short_moment(post.due_at, zone) if post.due_at else ""
    if post.state is PostState.READY:
        return _("post {id} goes out {moment}").format(id=post.id, moment=moment)
    if post.state is PostState.REVIEW:
        return _("post {id} waits for approval; it goes out on {moment} if somebody approves it by then").format(
            id=post.id, moment=moment
        )
    return _("post {id} is kept as a draft").format(id=post.id)


def wishes(typed: Typed, post: Post | None, approval: Approval, zone: tzinfo) -> list[Choice]:
    """What a post can become when it is saved; nothing to choose for one that waits for its time or for a yes."""
    if post is not None and post.state in (PostState.READY, PostState.REVIEW):
        return [Choice("", _("save"))]
    draft = Choice("draft", _("a draft, for now"))
    if typed.due_at is None:
        return [draft]
    moment = formats.short_moment(typed.due_at, zone)
    ready = Choice("", _("ready: it goes out on {moment}").format(moment=moment))
    words = _("for approval: it goes out on {moment} if somebody approves it by then").format(moment=moment)
    if approval is Approval.NONE:
        return [ready, draft]
    if approval is Approval.OPTIONAL:
        return [ready, Choice("review", words), draft]
    return [Choice("", words), draft]
