"""``smdash report``: what a week or a campaign was, for people, printers, spreadsheets and programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.core.clock import parse_week
from smdash.core.errors import InputError
from smdash.core.reasons import reason as why
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from smdash.reports.document import Document

_FORMATS = ("text", "html", "csv", "json")
_ENDINGS = {"": "text", ".txt": "text", ".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}
_format = click.option(
    "--format", "format_", type=click.Choice(_FORMATS), help=_("text, unless the file's name says otherwise")
)
_out = click.option(
    "--out",
    "target",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("write it into this file"),
)
_force = click.option("--force", is_flag=True, help=_("write over a file that is there"))


@click.group(help=_("Reports of a week or of a campaign: as text, as a page to print, for spreadsheets, for programs."))
def command() -> None:
    pass


@command.command(
    "week",
    help=_(
        "Posts, mentions, campaigns, hours, incidents, what is carried over and what was decided. A week that is not "
        "over is reported so far."
    ),
)
@click.option("--week", "label", help=_("such as 2026-W48; this week unless told"))
@click.option("--brand", help=_("only what is for this brand"))
@_format
@options.as_json
@_out
@_force
@click.pass_obj
def week(
    desk: Desk,
    label: str | None,
    brand: str | None,
    format_: str | None,
    as_json: bool,
    target: Path | None,
    force: bool,
) -> None:
    from smdash.store import brands, reporting

    chosen = options.checked(lambda: parse_week(label), "--week") if label else None
    now = desk.clock.now()
    with desk.store.reading() as conn:
        found = reporting.week(conn, chosen, now, brands.find(conn, clean_name(brand)) if brand else None)

    def document() -> Document:
        from smdash.reports import week as rendering

        return rendering.document(found)

    def shape() -> dict[str, Any]:
        from smdash.reports import shapes

        return shapes.week(found)

    _give(_chosen(format_, as_json, target), document, shape, target, force)


@command.command(
    "campaign",
    help=_(
        "Goals, coverage, what is missing, posts with their figures, mentions, hours and decisions of one campaign."
    ),
)
@click.argument("name", metavar="NAME")
@_format
@options.as_json
@_out
@_force
@click.pass_obj
def campaign(desk: Desk, name: str, format_: str | None, as_json: bool, target: Path | None, force: bool) -> None:
    from smdash.store import campaigns, report_campaign

    now = desk.clock.now()
    with desk.store.reading() as conn:
        found = report_campaign.read(conn, campaigns.find(conn, clean_name(name)), now)

    def document() -> Document:
        from smdash.reports import campaign as rendering

        return rendering.document(found)

    def shape() -> dict[str, Any]:
        from smdash.reports import shapes

        return shapes.campaign(found)

    _give(_chosen(format_, as_json, target), document, shape, target, force)


def _chosen(format_: str | None, as_json: bool, target: Path | None) -> str:
    if format_ is not None or as_json:
        if as_json and format_ not in (None, "json"):
            raise click.UsageError(_("choose --json or another --format, not both"))
        return format_ or "json"
    if target is None:
        return "text"
    if (ending := target.suffix.casefold()) not in _ENDINGS:
        raise click.BadParameter(
            _(
                "“{ending}” says nothing of the format; end the name in .html, .csv, .json or .txt, or add --format"
            ).format(ending=target.suffix),
            param_hint="--out",
        )
    return _ENDINGS[ending]


def _give(
    format_: str,
    document: Callable[[], Document],
    shape: Callable[[], dict[str, Any]],
    target: Path | None,
    force: bool,
) -> None:
    """Render in the format asked for, to stdout or into the file. Raises InputError where that can't be written."""
    if format_ == "json":
        if target is None:
            output.dump(shape())
            return
        text = output.text_of(shape()) + "\n"
    elif format_ == "html":
        from smdash.reports import render_html

        text = render_html.render(document())
    elif format_ == "csv":
        from smdash.reports import render_csv

        # Without the mark spreadsheets take a file for one of their country's old character set.
        text = ("\ufeff" if target is not None else "") + render_csv.render(document())
    else:
        from smdash.reports import render_text

        text = render_text.render(document())
    if target is None:
        click.echo(text.encode() if format_ in ("html", "csv") else text, nl=False)
        return
    try:
        with target.open("wb" if force else "xb") as out:
            out.write(text.encode())
    except FileExistsError as problem:
        raise InputError(_("{path} is there already; add --force to write over it").format(path=target)) from problem
    except OSError as problem:
        raise InputError(_("can't write {path}: {problem}").format(path=target, problem=why(problem))) from problem
    output.say(_("the report is in {path}").format(path=target))
