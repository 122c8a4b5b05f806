"""``smdash insights``: the figures of the last weeks, as the Insights screen has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.insights import Answers, Group, Insights, Typical


@click.command(help=_("Reach, engagement, best hours, response times and hours of the last weeks."))
@click.option(
    "--weeks",
    type=click.IntRange(1, 52),
    default=12,
    show_default=True,
    help=_("so many weeks, the present one among them"),
)
@click.option("--brand", help=_("only accounts and hours of this brand"))
@click.option("--account", help=_("only this account"))
@as_json
@click.pass_obj
def command(desk: Desk, weeks: int, brand: str | None, account: str | None, as_json: bool) -> None:
    from smdash.core import formats
    from smdash.core.insights_words import topics
    from smdash.store import insights

    with desk.store.reading() as conn:
        only = insights.only(conn, clean_name(brand) if brand else None, account)
        found = insights.read(conn, weeks, desk.clock.now(), only)
    if as_json:
        output.dump(_shape(found))
        return
    output.say(formats.days_words(found.first, found.last))
    for topic in topics(found, of_account=account is not None):
        output.say(f"\n{topic.title}")
        for sentence in topic.sentences:
            output.say(f"  {sentence}")
        for table in topic.tables:
            output.say("")
            output.table(
                [f"  {table.headings[0]}", *table.headings[1:]], [(f"  {row[0]}", *row[1:]) for row in table.rows]
            )


def _shape(found: Insights) -> dict[str, Any]:
    """The figures for programs: times in seconds, rates as parts of 1, null where a figure is not known."""
    aims = found.aims
    complaints = aims.complaints
    return {
        "weeks": list(found.weeks),
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "posts": _group(found.whole),
        "accounts": [
            {"account": one.name} | _group(one) | {"followers": (found.followers.get(one.name) or (None, None))[1]}
            for one in found.accounts
        ],
        "categories": [{"category": one.name} | _group(one) for one in found.categories],
        "formats": [{"format": one.name} | _group(one) for one in found.formats],
        "hours_of_week": [
            {"weekday": one.weekday + 1, "hour": one.hour, "posts": one.posts, "of_usual": _round(one.score, 3)}
            for one in found.cells
        ],
        "response": _answers(found.all_answers)
        | {"weeks": [{"week": one.week} | _answers(one) for one in found.answers]},
        "mentions": [{"day": day.isoformat(), "mentions": n} for day, n in found.days],
        "work": [
            {
                "week": one.week,
                "minutes": {key: round(seconds / 60, 2) for key, seconds in one.seconds.items()},
                "posts": one.posts,
                "mentions": one.mentions,
                "answered": one.answered,
            }
            for one in found.work
        ],
        "environment": {
            "mentions": aims.mentions,
            "answered": aims.answered,
            "hidden": aims.hidden,
            "urgent": aims.urgent,
            "praise": aims.praise,
            "complaints": None if complaints is None else complaints.number,
            "newest_alone": aims.newest,
        },
        "trust": {
            "authors": aims.authors,
            "returning": aims.returning,
            "sampled": aims.sampled,
            "complaints": None if complaints is None else complaints.number,
            "solved": None if complaints is None else complaints.solved,
            "solved_median_s": None if complaints is None else _round(complaints.median_s),
        },
    }


def _group(one: Group) -> dict[str, Any]:
    return {"posts": one.posts, "young": one.young, "at_24h": _typical(one.day), "at_7d": _typical(one.week)}


def _typical(one: Typical) -> dict[str, Any]:
    return {
        "known": one.known,
        "reach": _round(one.reach, 2),
        "engagement": _round(one.engagement, 2),
        "rate": _round(one.rate, 5),
        "rate_of": one.rate_of or None,
    }


def _answers(one: Answers) -> dict[str, Any]:
    return {
        "answered": one.answered,
        "median_s": _round(one.median_s),
        "p90_s": _round(one.p90_s),
        "sampled": one.sampled,
    }


def _round(value: float | None, places: int = 0) -> float | None:
    if value is None:
        return None
    return round(value, places) if places else round(value)
