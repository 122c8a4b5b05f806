"""``smdash post lint`` and ``overrule``: what speaks against a post, and letting it go all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats
from smdash.core.clock import find_zone
from smdash.core.lint import Rule
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.store.linting import Remark


def shape(one: Remark) -> dict[str, Any]:
    """A finding as ``--json`` gives it."""
    said = one.overruled
    return {
        "rule": one.finding.rule.value,
        "finding": one.finding.sentence,
        "blocks": one.finding.blocks,
        "overruled": None if said is None else {"by": said.by, "at": output.time(said.at), "reason": said.reason},
    }


def tell(desk: Desk, post_id: int) -> None:
    """Remarks on a post that was just saved, for people; it is saved all the same."""
    from smdash.store import linting

    with desk.store.reading() as conn:
        found = linting.remarks(conn, post_id, desk.clock.now())
    for one in found:
        if one.overruled is None:
            output.note(f"{one.finding.rule}: {one.finding.sentence}")
    if any(one.holds for one in found):
        said = _("so it is held when it is due, unless you change it, or: smdash post overrule {id} RULE REASON")
        output.note(said.format(id=post_id))


@click.command(
    "lint", help=_("What speaks against a post: too long, a banned word, the same text again, and the like.")
)
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def lint(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import links, linting

    with desk.store.reading() as conn:
        found = linting.remarks(conn, post_id, desk.clock.now())
        unchecked = links.unchecked(conn, post_id, desk.clock.now())
    if as_json:
        output.dump([shape(one) for one in found])
        return
    zone = find_zone(desk.team().zone)
    output.table(
        [_("RULE"), _("WHAT"), _("WHY"), _("OVERRULED")],
        (
            (
                one.finding.rule,
                _("holds it") if one.holds else _("only says so"),
                one.finding.sentence,
                f"{formats.short_moment(one.overruled.at, zone)} {one.overruled.by}: {one.overruled.reason}"
                if one.overruled
                else "",
            )
            for one in found
        ),
    )
    for url in unchecked:
        output.note(_("the service did not try this link yet: {url}").format(url=url))
    if not found:
        output.note(_("nothing speaks against post {id}").format(id=post_id))
    elif any(one.overruled is None for one in found):
        output.note(_("change it, or: smdash post overrule {id} RULE REASON").format(id=post_id))


@click.command(
    "overrule", help=_("Let a post go out although RULE speaks against it, for a REASON that others will read.")
)
@click.argument("post_id", metavar="ID", type=options.ID)
@click.argument("rule", metavar="RULE", type=click.Choice([one.value for one in Rule]))
@click.argument("reason", metavar="REASON", nargs=-1)
@click.option("--back", is_flag=True, help=_("take that back; needs no reason"))
@as_json
@click.pass_obj
def overrule(desk: Desk, post_id: int, rule: str, reason: tuple[str, ...], back: bool, as_json: bool) -> None:
    from smdash.store import linting

    if bool(reason) == back:
        raise click.UsageError(_("give either a REASON or --back"))
    now = desk.clock.now()
    going: list[int] = []
    with desk.store.writing() as conn:
        if back:
            linting.withdraw(conn, desk.actor(conn), post_id, Rule(rule), now)
        else:
            going = linting.overrule(conn, desk.actor(conn), post_id, Rule(rule), " ".join(reason), now)
        left = linting.remarks(conn, post_id, now)
    if as_json:
        output.dump({"findings": [shape(one) for one in left], "released": going})
        return
    said = _("“{rule}” counts again for post {id}") if back else _("“{rule}” is overruled for post {id}")
    output.say(said.format(rule=rule, id=post_id))
    if going:
        words = ngettext(
            "{n} delivery that was held goes out now", "{n} deliveries that were held go out now", len(going)
        )
        output.say(words.format(n=len(going)))
    if not back and any(one.holds for one in left):
        output.note(_("something else still holds it: smdash post lint {id}").format(id=post_id))


COMMANDS = (lint, overrule)
