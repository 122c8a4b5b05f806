"""``smdash post attach|detach|alt``: the files of a post, and how others tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output, post_lint
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats
from smdash.core.media import Attachment, short_type
from smdash.core.text import clean
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.store.driver import Connection
    from smdash.store.media import Taken

_FILES = "smdash.files"


def shape(files: Sequence[Attachment]) -> list[dict[str, Any]]:
    """A post's files as ``--json`` gives them."""
    return [
        {
            "number": number,
            "part": one.part,
            "name": one.name,
            "media_type": one.probe.media_type,
            "bytes": one.probe.bytes,
            "width": one.probe.width,
            "height": one.probe.height,
            "seconds": one.probe.seconds,
            "alt": one.probe.alt,
            "sha256": one.digest,
        }
        for number, one in enumerate(files, start=1)
    ]


def line(number: int, one: Attachment) -> str:
    """A file in a line for people."""
    probe = one.probe
    words = [_("file {number}: {name}").format(number=number, name=one.name), facts(one)]
    if one.part > 1:
        words.append(_("part {part}").format(part=one.part))
    if probe.alt:
        words.append(f"“{probe.alt}”")
    return ", ".join(words)


def facts(one: Attachment) -> str:
    """What a file is: type, size, pixels and how long it plays."""
    from smdash.core.health import size

    probe = one.probe
    words = [short_type(probe.media_type), size(probe.bytes)]
    if probe.width and probe.height:
        words.append(f"{probe.width} × {probe.height}")
    if probe.seconds is not None:
        words.append(_("{seconds} s").format(seconds=formats.decimal(probe.seconds)))
    return ", ".join(words)


class WithFiles(click.Command):
    """A command whose ``--alt`` belongs to the ``--media`` before it; click itself keeps no order between options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given, _rest, order = self.make_parser(ctx).parse_args(args=list(args))
        files: list[tuple[str, str]] = []
        values = {name: iter(given.get(name) or ()) for name in ("media", "alt")}
        for option in order:
            if option.name == "media":
                files.append((next(values["media"]), ""))
            elif option.name == "alt":
                if not files:
                    raise click.UsageError(_("--alt belongs to the --media before it; name the file first"), ctx)
                files[-1] = (files[-1][0], next(values["alt"]))
        ctx.meta[_FILES] = files
        return super().parse_args(ctx, args)


def take_given(desk: Desk) -> list[Attachment]:
    """The files of ``--media``, taken into the media folder. Raises InputError, StoreError."""
    from smdash.store import attachments

    given = click.get_current_context().meta[_FILES]
    return [attachments.new(take(desk, Path(path)), alt=clean(alt)) for path, alt in given]


def take(desk: Desk, path: Path) -> Taken:
    """Copy a file into the media folder. Raises InputError, StoreError."""
    from smdash.store import media, teams

    desk.refuse_read_only()
    with desk.store.reading() as conn:
        limits = teams.limits(conn)
    return media.take(desk.path, path, limits)


@click.command("attach", help=_("Add a picture, video or sound to a post; what tells where it was made is left out."))
@click.argument("post_id", metavar="ID", type=options.ID)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--alt", default="", metavar="TEXT", help=_("what it shows, for those who can't see or hear it"))
@click.option("--part", default=1, show_default=True, type=click.IntRange(1, 100), help=_("the part of a thread"))
@as_json
@click.pass_obj
def attach(desk: Desk, post_id: int, file: Path, alt: str, part: int, as_json: bool) -> None:
    from smdash.store import attachments, post_flow, posts

    with desk.store.reading() as conn:
        # Before a long copy.
        post_flow.refuse_edit(posts.get(conn, post_id))
    taken = take(desk, file)
    with desk.store.writing() as conn:
        number = attachments.add(conn, desk.actor(conn), post_id, taken, desk.clock.now(), alt=alt, part=part)
        files = attachments.of_post(conn, post_id)
    post_lint.tell(desk, post_id)
    _say(files, as_json, line(number, files[number - 1]))


@click.command("detach", help=_("Take a file away from a post; NUMBER is the one that smdash post show gives."))
@click.argument("post_id", metavar="ID", type=options.ID)
@click.argument("number", metavar="NUMBER", type=options.ID)
@as_json
@click.pass_obj
def detach(desk: Desk, post_id: int, number: int, as_json: bool) -> None:
    from smdash.store import attachments

    with desk.store.writing() as conn:
        gone = attachments.remove(conn, desk.actor(conn), post_id, number, desk.clock.now())
        files = attachments.of_post(conn, post_id)
    _say(files, as_json, _("{name} does not go out with post {id} any more").format(name=gone.name, id=post_id))


@click.command("alt", help=_("Say what a file shows, for those who can't see or hear it; an empty TEXT takes it away."))
@click.argument("post_id", metavar="ID", type=options.ID)
@click.argument("number", metavar="NUMBER", type=options.ID)
@click.argument("text", metavar="TEXT")
@as_json
@click.pass_obj
def alt(desk: Desk, post_id: int, number: int, text: str, as_json: bool) -> None:
    from smdash.store import attachments

    with desk.store.writing() as conn:
        attachments.describe(conn, desk.actor(conn), post_id, number, text, desk.clock.now())
        files = attachments.of_post(conn, post_id)
    _say(files, as_json, line(number, files[number - 1]))


def _say(files: Sequence[Attachment], as_json: bool, sentence: str) -> None:
    if as_json:
        output.dump(shape(files))
    else:
        output.say(sentence)


def say_of(conn: Connection, desk: Desk, post_id: int) -> None:
    """The files of a post for people, what its networks have against them, and what is still to be made."""
    from smdash.core.lint import Rule
    from smdash.store import attachments, linting

    for number, one in enumerate(attachments.of_post(conn, post_id), start=1):
        output.say(line(number, one))
    for remark in linting.remarks(conn, post_id, desk.clock.now()):
        rule = remark.finding.rule
        if rule in (Rule.MEDIA, Rule.MISSING_ALT, Rule.NO_MEDIA, Rule.ASSET) and remark.overruled is None:
            output.say(remark.finding.sentence)


COMMANDS = (attach, detach, alt)
