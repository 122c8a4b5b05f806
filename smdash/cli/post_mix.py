"""``smdash post mix``: the categories of posts against the team's targets, and what the next post should be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import Span
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.mix import Group, Line


@click.command("mix", help=_("Education, quotes, soft and hard selling: published, planned and against the target."))
@click.option(
    "--days", type=click.IntRange(1, 366), default=30, show_default=True, help=_("so many days back and ahead")
)
@click.option("--account", help=_("only posts for this account"))
@as_json
@click.pass_obj
def mix(desk: Desk, days: int, account: str | None, as_json: bool) -> None:
    from smdash.core import mix as counting
    from smdash.store import mixing, posts

    now = desk.clock.now()
    span = Span(now - timedelta(days=days), now + timedelta(days=days))
    with desk.store.reading() as conn:
        only = posts.find_account(conn, account).id if account is not None else None
        found = counting.count(mixing.pieces(conn, span, only), mixing.targets(conn))
    if as_json:
        output.dump(
            {
                "from": output.time(span.start),
                "to": output.time(span.end),
                **_shape(found.whole),
                "accounts": [{"account": one.name} | _shape(one) for one in found.accounts],
                "formats": [{"format": one.name} | _shape(one) for one in found.formats],
            }
        )
        return
    output.table(
        [_("CATEGORY"), _("PUBLISHED"), _("PLANNED"), _("SHARE"), _("TARGET")],
        (
            (
                labels.category(one.category),
                one.published,
                one.planned,
                _percent(one.share),
                "" if one.target is None else _percent(one.target),
            )
            for one in found.whole.lines
        ),
    )
    if found.accounts:
        output.say("\n" + _("published + planned, and their share:"))
    _groups(_("ACCOUNT"), [(one.name, one) for one in found.accounts])
    _groups(_("FORMAT"), [(labels.post_format(one.name), one) for one in found.formats])
    if found.whole.next is not None:
        output.say("")
        output.say(_("the next post: {category}").format(category=labels.category(found.whole.next)))
    else:
        output.note(_("the team has no target for its mix; set one under [mix] with: smdash team edit"))


def _groups(heading: str, groups: list[tuple[str, Group]]) -> None:
    """A line for each account or format."""
    if not groups:
        return
    output.say("")
    output.table(
        [heading, *(labels.category(one.category).upper() for one in groups[0][1].lines), _("NEXT")],
        (
            (
                name,
                *(f"{one.published} + {one.planned} ({_percent(one.share)})" for one in group.lines),
                "" if group.next is None else labels.category(group.next),
            )
            for name, group in groups
        ),
    )


def _percent(value: float) -> str:
    return f"{formats.decimal(value, 0)} %"


def _shape(group: Group) -> dict[str, Any]:
    return {
        "posts": group.posts,
        "categories": [_line(one) for one in group.lines],
        "next": None if group.next is None else group.next.value,
    }


def _line(one: Line) -> dict[str, Any]:
    return {
        "category": one.category.value,
        "published": one.published,
        "planned": one.planned,
        "share": round(one.share, 1),
        "target": one.target,
    }


COMMANDS = (mix,)
