"""``smdash mention reply|note|like|hide|delete``: what is written, to a mention's author or beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from smdash.cli.desk import Desk
from smdash.cli.mention_acts import IDS, tell
from smdash.cli.options import ID, as_json, numbers
from smdash.core import formats, saved
from smdash.core.clock import find_zone
from smdash.core.errors import InputError
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

# An answer waits at most so long (seconds) for its undo.
MOST_UNDO_S = 3_600


def _words(text: str) -> str:
    """What was typed, or stdin where it is ``-``. Raises InputError for what is no text."""
    if text != "-":
        return text
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as problem:
        raise InputError(_("stdin is not text in UTF-8")) from problem


@click.command("reply", help=_("Answer a mention; the text, - for stdin, or a saved reply."))
@click.argument("mention_id", metavar="ID", type=ID)
@click.argument("text", metavar="TEXT|-", required=False)
@click.option("--saved", "saved_name", metavar="NAME", help=_("a saved reply, by its name"))
@click.option("--field", "fields", metavar="NAME=VALUE", multiple=True, help=_("fills a field of the reply"))
@click.option("--undo", "undo_s", type=click.IntRange(0, MOST_UNDO_S), default=10, help=_("seconds before it leaves"))
@click.option("--anyway", is_flag=True, help=_("also where a colleague answered"))
@as_json
@click.pass_obj
def reply(
    desk: Desk, mention_id: int, text: str | None, saved_name: str | None, fields: tuple[str, ...], undo_s: int,
    anyway: bool, as_json: bool,
) -> None:  # fmt: skip
    from smdash.store import replies

    if (text is None) == (saved_name is None):
        raise click.UsageError(_("name either a text or --saved"))
    typed = None if text is None else _words(text)
    values = _fields(fields)
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        # A text that was typed is no template: braces in it are braces, unless they look like a field left open.
        body, open_ = (
            (typed, saved.unfilled(typed))
            if typed is not None
            else _filled(conn, actor, mention_id, str(saved_name), values)
        )
        if open_:
            raise InputError(
                _("not sent: fill {fields} with --field").format(fields=", ".join("{" + one + "}" for one in open_))
            )
        sent = replies.send(conn, actor, mention_id, body, now, undo_s=undo_s, anyway=anyway)
    sentence = ngettext(
        "queued; it leaves in {n} second, until then: smdash undo",
        "queued; it leaves in {n} seconds, until then: smdash undo",
        undo_s,
    ).format(n=undo_s)
    tell([mention_id], as_json, sentence, deliveries=[sent.delivery_id], body=clean(body).strip())


def _fields(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise click.UsageError(_("“{text}” is no field; expected NAME=VALUE").format(text=one))
        found[name.strip("{}")] = value
    return found


def _filled(
    conn: Connection, actor: Actor, mention_id: int, name: str, given: dict[str, str]
) -> tuple[str, tuple[str, ...]]:
    """A saved reply with its fields filled, and those that are not; its use is counted."""
    from smdash.store import inbox, saved_replies

    chosen = saved_replies.find(conn, actor.member_id, name)
    whole = inbox.whole(conn, mention_id)
    if whole is None:
        raise InputError(_("there is no mention {id}").format(id=mention_id))
    saved_replies.used(conn, chosen.id)
    filled = saved.fill(chosen.body, saved.values_of(whole.mention, actor.name) | given)
    return filled.text, filled.missing


@click.command("note", help=_("Write a private note; - reads ids from stdin, @login tells a member."))
@click.argument("text", metavar="TEXT")
@IDS
@click.option("--person", "on_person", is_flag=True, help=_("about the person instead of the mention"))
@as_json
@click.pass_obj
def note(desk: Desk, text: str, ids: tuple[str, ...], on_person: bool, as_json: bool) -> None:
    from smdash.store import events, notes, people

    wanted = list(dict.fromkeys(numbers(ids)))
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        step = events.next_step(conn)
        made = [
            people.note(conn, actor, one, text, now, step=step)
            if on_person
            else notes.add(conn, actor, now, text, mention_id=one, step=step)
            for one in wanted
        ]
    told = list(dict.fromkeys(name for one in made for name in one.told))
    words = ngettext("{n} note written", "{n} notes written", len(made)).format(n=len(made))
    if told:
        words += _(", for {names}").format(names=", ".join(told))
    tell(wanted, as_json, words, notes=[one.note_id for one in made], told=told)


def _moderate(desk: Desk, values: tuple[str, ...], what: str, as_json: bool) -> None:
    from smdash.store import moderation, replies

    wanted = numbers(values)
    now = desk.clock.now()
    with desk.store.writing() as conn:
        made = moderation.act(conn, desk.actor(conn), wanted, what, now)
        ids = moderation.mentions_of(conn, made)
    zone = find_zone(desk.team().zone)
    words = ngettext("{n} queued for {time}", "{n} queued for {time}", len(ids))
    at = formats.clock_time(now, zone)
    tell(ids, as_json, words.format(n=len(ids), time=at), deliveries=list(made.deliveries), undo_s=replies.UNDO_S)


@click.command("like", help=_("Like comments on their network; - reads ids from stdin."))
@IDS
@as_json
@click.pass_obj
def like(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    _moderate(desk, ids, "like", as_json)


@click.command("hide", help=_("Hide comments on their network; - reads ids from stdin."))
@IDS
@as_json
@click.pass_obj
def hide(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    _moderate(desk, ids, "hide", as_json)


@click.command("delete", help=_("Delete comments on their network; - reads ids from stdin."))
@IDS
@as_json
@click.pass_obj
def delete(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    _moderate(desk, ids, "delete", as_json)


COMMANDS = (reply, note, like, hide, delete)
