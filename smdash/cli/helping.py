"""``smdash help [TOPIC]``: a page for each network, generated from the registry and our own words; and other topics."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from smdash.core import labels
from smdash.core.errors import InputError
from smdash.core.text import clean
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.platforms.base import Need, Platform
    from smdash.platforms.pages import Page

# Lines of text that are read, not looked at: longer ones tire.
_WIDEST = 100


@click.command(help=_("What a network can, and how to connect it; without a topic, the list of them."))
@click.argument("topic", required=False)
def command(topic: str | None) -> None:
    for line in _topics() if topic is None else _page(topic):
        click.echo(line)


def _topics() -> Iterator[str]:
    from smdash.cli import topics
    from smdash.platforms import registry

    yield _("Networks:")
    rows = [(one.name, one.title) for one in registry.shown()]
    width = max(len(name) for name, _title in (*rows, *((name, "") for name in topics.TOPICS)))
    for name, title in rows:
        yield f"  {name:{width}}  {title}"
    yield ""
    yield _("Topics:")
    for name, topic in topics.TOPICS.items():
        yield f"  {name:{width}}  {_(topic.title)}"
    yield ""
    yield _("Read one with: {line}").format(line="smdash help mastodon")


def _page(name: str) -> Iterator[str]:
    from smdash.cli import topics
    from smdash.platforms import pages, registry

    if (topic := topics.TOPICS.get(name)) is not None:
        yield from topic.lines(_wrapped)
        return
    platform = next((one for one in registry.shown() if one.name == name), None)
    page = pages.find(name) if name.isidentifier() else None
    if platform is None and page is None:
        known = ", ".join((*(one.name for one in registry.shown()), *topics.TOPICS))
        raise InputError(_("there is no topic “{name}”; known are {names}").format(name=name, names=known))
    yield from _network(name, platform, page)


def _network(name: str, platform: Platform | None, page: Page | None) -> Iterator[str]:
    from smdash.platforms.pages import Page

    page = page or Page()
    yield platform.title if platform else name
    if platform is not None:
        yield from _wrapped(_abilities(platform))
    yield from _section(_("What the network gives"), page.can)
    yield from _section(_("What it does not give"), page.cannot)
    needs = _needs(platform) if platform is not None else []
    if page.steps or needs or (platform is not None and platform.load is not None):
        yield ""
        yield _("How to connect it")
        for number, step in enumerate(page.steps, start=1):
            yield from _wrapped(_(step), f"{number}. ")
        for line in needs:
            yield from _wrapped(line, "- ")
    costs = [_(one) for one in page.costs]
    if platform is not None and platform.cost:
        costs.insert(0, _(platform.cost))
    yield from _section(_("What it costs"), costs, translated=True)
    yield from _section(_("Limits"), page.limits)


def _section(title: str, paragraphs: tuple[str, ...] | list[str], *, translated: bool = False) -> Iterator[str]:
    if paragraphs:
        yield ""
        yield title
        for one in paragraphs:
            yield from _wrapped(one if translated else _(one), "- ")


def _abilities(platform: Platform) -> str:
    status = labels.status(platform.status)
    if platform.retired_on is not None:
        return _("{status} on {date}; nothing is connected and nothing is called").format(
            status=status, date=platform.retired_on.isoformat()
        )
    able = [labels.ability_word(key) for key, can in asdict(platform.abilities).items() if can]
    unable = [labels.ability_word(key) for key, can in asdict(platform.abilities).items() if not can]
    words = [status]
    if able:
        words.append(_("smdash does: {abilities}").format(abilities=", ".join(able)))
    if unable and platform.is_account:
        words.append(_("not: {abilities}").format(abilities=", ".join(unable)))
    return "; ".join(words)


def _needs(platform: Platform) -> list[str]:
    """What has to be at hand, and the line to type."""
    found: list[str] = []
    if platform.pages:
        found.append(_("where the token comes from: {page}").format(page=_(platform.pages)))
    if platform.scopes:
        found.append(_("what it must be allowed: {scopes}").format(scopes=" ".join(platform.scopes)))
    found += [_need(need) for need in platform.needs]
    if platform.is_account and platform.load is not None:
        found.append(_("in a terminal: {line}").format(line=f"smdash account add {platform.name}"))
        found.append(_("without one: {line}").format(line=line_of(platform)))
    return found


def _need(need: Need) -> str:
    words = f"{need.key}: {_(need.label)}"
    if need.where:
        words += f" ({_(need.where)})"
    if need.secret:
        words += "; " + _("a secret")
    return words if need.required else words + "; " + _("may be left out")


def line_of(platform: Platform) -> str:
    """The command that connects an account with options alone."""
    words = ["smdash account add", platform.name, "--name NAME"]
    if platform.needs_url:
        words.append("--url URL")
    if platform.needs_handle:
        words.append("--handle HANDLE")
    if platform.needs_token:
        words.append("--token-file PATH")
    elif platform.connect is not None:
        from smdash.platforms.connect import CodeFlow

        words.append("--consent" if isinstance(platform.connect(), CodeFlow) else "--device")
    for need in platform.needs:
        if need.required:
            words.append(f"--secret-file {need.key}=PATH" if need.secret else f"--option {need.key}=VALUE")
    return " ".join(words)


def _wrapped(text: str, mark: str = "") -> Iterator[str]:
    """A paragraph in lines, indented below its mark."""
    room = shutil.get_terminal_size((_WIDEST, 24)).columns if sys.stdout.isatty() else _WIDEST
    indent = "  " + " " * len(mark)
    yield from textwrap.wrap(
        clean(text),
        max(min(room, _WIDEST), 30),
        initial_indent="  " + mark,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
