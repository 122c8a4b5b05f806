"""``smdash rule``: list, and test over the past. Rules are written in the team's settings."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import InputError
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.rules import Rule
    from smdash.store.rules import Past

# How many mentions of each rule are named.
EXAMPLES = 3
_SINCE = re.compile(r"(\d{1,4})\s*([hdw])", re.IGNORECASE)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class Tally(NamedTuple):
    """What one rule would have done."""

    met: list[int]
    actions: Counter[str]
    examples: list[Past]


@click.group(help=_("Rules that act on mentions as they arrive; write them with: smdash team edit"))
def command() -> None:
    pass


@command.command("list", help=_("The rules in their order."))
@as_json
@click.pass_obj
def list_(desk: Desk, as_json: bool) -> None:
    from smdash.core.rules import to_plain
    from smdash.store import rules

    with desk.store.reading() as conn:
        found = rules.select(conn)
    if as_json:
        output.dump([{"name": one.name, "query": "", "active": one.active, **to_plain(one)} for one in found])
        return
    output.table(
        ["", _("RULE"), _("DOES"), _("WHEN")],
        ((at if one.active else "–", one.name, _does(one), _when(one)) for at, one in enumerate(found, start=1)),
    )
    if not found:
        output.note(_("there is no rule yet; write the first one with: smdash team edit"))


def _does(rule: Rule) -> str:
    words = [_action(verb, what) for verb, what in rule.actions]
    return ", ".join([*words, _("stop")] if rule.stop else words)


def _action(verb: str, what: str) -> str:
    """``label komplain``: an action as the settings name it."""
    return f"{verb} {what}".rstrip()


def _when(rule: Rule) -> str:
    from smdash.core.rules import to_plain

    plain = to_plain(rule)
    words = [f"hours:{rule.hours}"] if rule.hours else []
    if rule.days:
        words.append("days:" + ",".join(map(str, plain["days"])))  # type: ignore[call-overload]
    return " ".join([rule.query, *words]).strip()


@command.command("test", help=_("Say what rules would have done to what arrived; nothing is changed."))
@click.argument("names", metavar="[NAME]…", nargs=-1)
@click.option("--file", "source", metavar="FILE", help=_("rules of this file (- for stdin), not the team's"))
@click.option(
    "--since", default="30d", metavar="DURATION", show_default=True, help=_("how far back, such as 12h, 30d or 8w")
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000_000), default=100_000, show_default=True,
    help=_("look at so many mentions at most, the newest"),
)  # fmt: skip
@as_json
@click.pass_obj
def test(desk: Desk, names: tuple[str, ...], source: str | None, since: str, limit: int, as_json: bool) -> None:
    now = desk.clock.now()
    begin = now - _age(since)
    chosen = _chosen(desk, names, source)
    tallies = {rule.name: Tally([], Counter(), []) for rule in chosen}
    looked_at = _rehearse(desk, chosen, begin, limit, tallies)
    if as_json:
        output.dump(
            {
                "since": output.time(begin),
                "mentions": looked_at,
                "rules": [
                    {
                        "name": rule.name,
                        "active": rule.active,
                        "met": len(tallies[rule.name].met),
                        "actions": dict(tallies[rule.name].actions),
                        "examples": [
                            {"id": one.id, "author_handle": one.facts.author_handle, "body": one.facts.text}
                            for one in tallies[rule.name].examples
                        ],
                    }
                    for rule in chosen
                ],
            }
        )
        return
    _tell(desk, chosen, tallies, looked_at, begin)


def _rehearse(desk: Desk, chosen: list[Rule], begin: datetime, limit: int, tallies: dict[str, Tally]) -> int:
    """Ask the rules about the past, the newest first; returns about how many mentions."""
    from smdash.store import rules

    last: int | None = None
    looked_at = 0
    with desk.store.reading() as conn:
        ruling = rules.rehearse(conn, chosen, desk.clock.now())
    while looked_at < limit:
        # A page a look: the file's log isn't held for as long as the whole takes.
        with desk.store.reading() as conn:
            page = rules.history(conn, begin, last)
        for one in page[: limit - looked_at]:
            looked_at += 1
            for rule, _after in ruling.hits(one.facts, one.received_at):
                tally = tallies[rule.name]
                tally.met.append(one.id)
                tally.actions.update(_action(verb, what) for verb, what in rule.actions)
                if len(tally.examples) < EXAMPLES:
                    tally.examples.append(one)
        if len(page) < rules.PAGE:
            break
        last = page[-1].id
    return looked_at


def _tell(desk: Desk, chosen: list[Rule], tallies: dict[str, Tally], looked_at: int, begin: datetime) -> None:
    zone = find_zone(desk.team().zone)
    output.say(
        ngettext(
            "{n} mention since {when}; nothing was changed", "{n} mentions since {when}; nothing was changed", looked_at
        ).format(n=looked_at, when=formats.short_moment(begin, zone))
    )
    for rule in chosen:
        tally = tallies[rule.name]
        output.say("")
        met = ngettext("{name}: {n} mention", "{name}: {n} mentions", len(tally.met)).format(
            name=rule.name, n=len(tally.met)
        )
        output.say(met if rule.active else _("{rule} (off)").format(rule=met))
        for action, count in tally.actions.items():
            output.say(f"  {action}: {count}")
        for one in tally.examples:
            sent = formats.short_moment(one.facts.sent_at, zone)
            kind = labels.kind(one.facts.kind)
            output.say(f"    {one.id}  {sent}  {kind}  {one.facts.author_handle}: {_short(one.facts.text)}")


def _short(text: str, room: int = 70) -> str:
    line = one_line(text)
    return line if len(line) <= room else line[: room - 1] + "…"


def _chosen(desk: Desk, names: tuple[str, ...], source: str | None) -> list[Rule]:
    """The rules that are meant. Raises InputError for a name that there isn't, SettingsError for a broken file."""
    from smdash.cli.team import settings_text
    from smdash.settings import team as toml
    from smdash.store import rules, team_settings

    with desk.store.reading() as conn:
        present, known = team_settings.read(conn), rules.names(conn)
    found = list(present.rules)
    if source is not None:
        text, file = settings_text(source)
        found = list(toml.read(text, file, present._replace(rules=()), known).rules)
    if not names:
        if not found:
            raise InputError(
                _("there is no rule to test; write one with: smdash team edit, or name a file with --file")
            )
        return found
    chosen = [rule for rule in found if rule.name.casefold() in {name.casefold() for name in names}]
    for name in names:
        if not any(rule.name.casefold() == name.casefold() for rule in chosen):
            raise InputError(
                _("there is no rule “{name}”; known: {known}").format(
                    name=name, known=", ".join(rule.name for rule in found) or _("none yet")
                )
            )
    # Whoever names a rule that is off wants to know what it would do.
    return [rule._replace(active=True) for rule in chosen]


def _age(text: str) -> timedelta:
    match = _SINCE.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(
            _("“{text}” is not an age; expected one such as 12h, 30d or 8w").format(text=text), param_hint="--since"
        )
    return timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
