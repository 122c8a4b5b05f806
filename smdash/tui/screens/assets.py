"""What is asked of the member: one is chosen, and is made, or its post is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smdash.core import formats
from smdash.core.assets import Asset, lateness
from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store import assets
from smdash.tui.cells import literal
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


async def show(app: DeskApp) -> None:
    """Ask which of those that are still to be made, the next due first."""
    actor = app.backend.actor
    try:
        found = await app.backend.read(
            lambda conn: assets.select(conn, owner_id=actor.member_id) if actor is not None else ()
        )
    except SmdashError as problem:
        app.say(str(problem), "error")
        return
    if not found:
        app.say(_("nothing is asked of you"), "dim")
        return
    known = {str(one.id): one for one in found[:MOST_CHOICES]}
    choices = [Choice(key, literal(f"{one.what} · {_for(one)}"), _when(app, one)) for key, one in known.items()]
    app.push_screen(Picker(_("Asked of you"), choices), lambda key: _chosen(app, known[key]) if key else None)


def _for(one: Asset) -> str:
    return one.campaign or _("post {id}").format(id=one.post_id)


def _when(app: DeskApp, one: Asset) -> str:
    now = app.clock.now()
    if (late := lateness(one, now)) is not None:
        return _("late {span}").format(span=formats.short_span(late))
    return "" if one.due_at is None else formats.short_moment(one.due_at, app.zone)


def _chosen(app: DeskApp, one: Asset) -> None:
    choices = [Choice("done", _("it is made"))]
    if one.post_id is not None:
        choices.append(Choice("post", _("look at the post")))

    def take(what: str | None) -> None:
        if what == "done":
            now = app.clock.now()
            app.spawn(app.perform(lambda conn, actor: assets.done(conn, actor, one.id, now)))
        elif what == "post" and one.post_id is not None:
            from smdash.tui.screens.post import PostScreen

            app.push_screen(PostScreen(one.post_id))

    app.push_screen(Picker(literal(one.what), choices), take)
