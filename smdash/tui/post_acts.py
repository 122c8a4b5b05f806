"""What the keys of a post do: one short transaction, and a line that says what came of it, for one post or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from smdash.core import formats
from smdash.core.errors import Refused
from smdash.core.records import PostState
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import deciding, post_flow
from smdash.store.deciding import Decided
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from smdash.core.records import Actor, Post
    from smdash.store.driver import Connection
    from smdash.tui.post_keys import PostKeys

# What one short transaction does with some of the posts, as part of the step with that number or of a new one.
Work = Callable[["Connection", "Actor", Sequence[int], int | None], Decided]


def approve(place: PostKeys, posts: Sequence[Post]) -> None:
    """Say yes to posts."""
    now, seen = place.host.clock.now(), place.seen
    place.host.spawn(
        _decide(
            place, posts,
            lambda conn, actor, ids, step: deciding.approve(conn, actor, ids, now, seen=seen, step=step),
            lambda done: _approved(place, posts, done),
        )
    )  # fmt: skip


def _approved(place: PostKeys, posts: Sequence[Post], done: dict[int, int]) -> str:
    waiting = [missing for missing in done.values() if missing]
    if len(done) > 1:
        words = ngettext("{n} post approved", "{n} posts approved", len(done)).format(n=len(done))
        if waiting:
            more = ngettext("{n} waits for others", "{n} wait for others", len(waiting))
            words += ", " + more.format(n=len(waiting))
        return words
    if waiting:
        words = ngettext("approved; {n} more member has to", "approved; {n} more members have to", waiting[0])
        return words.format(n=waiting[0])
    due_at = next((post.due_at for post in posts if post.id in done), None)
    moment = formats.short_moment(due_at, place.host.zone) if due_at else ""
    return _("approved: post {id} goes out {moment}").format(id=next(iter(done)), moment=moment)


def reject(place: PostKeys, posts: Sequence[Post]) -> None:
    """Ask why, and send posts back to their authors."""
    if place.host.backend.read_only:
        place.host.spawn(_say_read_only(place))
        return
    try:
        # What is in review by now is the store's to say; what was not, before anything is typed.
        if not any(post.state is PostState.REVIEW for post in posts):
            post_flow.refuse_unless_in_review(posts[0])
    except Refused as problem:
        place.host.say(str(problem), "error")
        return
    seen = place.seen
    asked = (
        _("Why does post {id} go back to {author}?").format(id=posts[0].id, author=posts[0].author)
        if len(posts) == 1
        else ngettext("Why does {n} post go back?", "Why do {n} posts go back?", len(posts)).format(n=len(posts))
    )

    def typed(why: str | None) -> None:
        if why is not None:
            now = place.host.clock.now()
            place.host.spawn(
                _decide(
                    place, posts,
                    lambda conn, actor, ids, step: deciding.reject(conn, actor, ids, now, why, seen=seen, step=step),
                    lambda done: _sent_back(posts, done),
                )
            )  # fmt: skip

    place.host.push_screen(Ask(asked, lambda _typed: ""), typed)


def _sent_back(posts: Sequence[Post], done: dict[int, int]) -> str:
    if len(done) > 1:
        return ngettext("{n} post is sent back", "{n} posts are sent back", len(done)).format(n=len(done))
    found = next(post for post in posts if post.id in done)
    return _("post {id} is sent back to {author}").format(id=found.id, author=found.author)


def hold(place: PostKeys, posts: Sequence[Post], *, late_too: bool = False) -> None:
    """Hold what posts still have to send; where all of it is held, let it go again, asked first if that is at once."""
    place.host.spawn(_turn(place, posts, late_too=late_too))


async def _turn(place: PostKeys, posts: Sequence[Post], *, late_too: bool) -> None:
    now, ids = place.host.clock.now(), [post.id for post in posts]
    turned = await place.host.perform(lambda conn, actor: deciding.turn(conn, actor, ids, now, late_too=late_too))
    if turned is None:
        return
    if turned.what == "late":
        place.host.push_screen(
            Picker(
                _("The time has passed: it would go out now"),
                [Choice("stay", _("keep it held")), Choice("go", _("let it go out now"))],
            ),
            lambda chosen: hold(place, posts, late_too=True) if chosen == "go" else None,
        )
        return
    done, refused, step = turned.decided
    place.decided(ids, done.keys(), step)
    told = _held(done) if turned.what == "hold" else _released(place, posts, done)
    _say(place, told if done else "", refused, alone=len(ids) == 1)


def _held(done: dict[int, int]) -> str:
    if len(done) != 1:
        return ngettext("{n} post is held", "{n} posts are held", len(done)).format(n=len(done))
    return _("post {id} is held; the same key lets it go again").format(id=next(iter(done)))


def _released(place: PostKeys, posts: Sequence[Post], done: dict[int, int]) -> str:
    if len(done) != 1:
        return ngettext("{n} post goes out again", "{n} posts go out again", len(done)).format(n=len(done))
    found = next(post for post in posts if post.id in done)
    if found.due_at is None or found.due_at <= place.host.clock.now():
        return _("post {id} goes out now").format(id=found.id)
    moment = formats.short_moment(found.due_at, place.host.zone)
    return _("post {id} goes out {moment}").format(id=found.id, moment=moment)


async def _decide(place: PostKeys, posts: Sequence[Post], work: Work, told: Callable[[dict[int, int]], str]) -> None:
    """Do it with all of them, in short transactions, and say what it was done with and what was refused and why."""
    app = place.host
    ids = [post.id for post in posts]
    place.deciding(ids)
    done: dict[int, int] = {}
    refused: dict[int, str] = {}
    step: int | None = None
    for at in range(0, len(ids), deciding.MOST):
        some = ids[at : at + deciding.MOST]
        part = await app.perform(partial(_part, work, some, step))
        if part is None:
            break
        # A part in which nothing was done began no step.
        step = part.step if part.done and step is None else step
        done |= part.done
        refused |= part.refused
    place.decided(ids, done.keys(), step or 0)
    if done:
        # Undo finds nothing of this step that it could put among the mentions by itself.
        app.left.append([])
    _say(place, told(done) if done else "", refused, alone=len(ids) == 1, undoes=True)


def _say(place: PostKeys, told: str, refused: dict[int, str], *, alone: bool, undoes: bool = False) -> None:
    """What was done, what was refused and why (a reason stands once), and how to take it back, where undo does."""
    said = [told] if told else []
    if refused:
        why = "; ".join(dict.fromkeys(refused.values()))
        said.append(why if alone else _("not {n}: {why}").format(n=len(refused), why=why))
    if told and undoes:
        said.append(_("{key} takes it back").format(key=place.host.key_of("undo")))
    if said:
        place.host.say("; ".join(said), "accent" if not refused else "warning" if told else "error")


def _part(work: Work, some: Sequence[int], step: int | None, conn: Connection, actor: Actor) -> Decided:
    return work(conn, actor, some, step)


async def _say_read_only(place: PostKeys) -> None:
    """Nothing can be written here, and the store knows why."""
    await place.host.perform(lambda _conn, _actor: None)
