"""The status line's words, without click: a prompt asks for them at every turn, so the way there is short."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from smdash.cli.desk import Desk
from smdash.core import formats, labels
from smdash.core.clock import day_span, find_zone
from smdash.core.posts import lateness
from smdash.core.text import one_line
from smdash.locale import LANGUAGES, ngettext
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Job, Post

FORMATS = ("plain", "tmux")


def desk_of(arguments: list[str]) -> tuple[Desk, str] | None:
    """The desk and format of a plain ``[--db FILE] [--lang L] status [--format F]``; anything else is click's work."""
    database: str | None = None
    form = "plain"
    seen = False
    rest = iter(arguments)
    for argument in rest:
        if argument in ("--db", "--lang", "--format"):
            value = next(rest, None)
            known = {"--lang": LANGUAGES, "--format": FORMATS}.get(argument)
            if value is None or (argument == "--format") != seen or (known and value not in known):
                return None
            if argument == "--db":
                database = value
            elif argument == "--format":
                form = value
        elif argument == "status" and not seen:
            seen = True
        else:
            return None
    return (Desk(Path(database) if database else None), form) if seen else None


def line(desk: Desk, form: str) -> str:
    """The line. Raises SmdashError."""
    from smdash.store import hours, inbox, jobs, posts

    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    who = desk.member()
    with desk.store.reading() as conn:
        today = posts.of_day(conn, day_span(now.astimezone(zone).date(), zone))
        counts = inbox.counts(conn, now, who.member_id if who else None)
        running = hours.running(conn, who.member_id) if who else None
        found = jobs.select(conn)
    parts = [_posts(today, now, zone), _mentions(counts.open, counts.overdue)]
    if running:
        parts.append(f"▶ {labels.activity(running.activity)} {formats.hours_minutes(now - running.started_at)}")
    parts.append(sync_words(found, now))
    words = one_line(" · ".join(parts))
    # tmux reads # as the start of a format.
    return words.replace("#", "##") if form == "tmux" else words


def _posts(today: tuple[Post, ...], now: datetime, zone: tzinfo) -> str:
    words = ngettext("{n} post", "{n} posts", len(today)).format(n=len(today))
    late = sum(1 for post in today if lateness(post, now))
    if late:
        words += ", " + ngettext("{n} late", "{n} late", late).format(n=late)
    upcoming = [post.due_at for post in today if post.due_at and post.due_at >= now and post.shown == "scheduled"]
    if upcoming:
        words += ", " + _("next {time}").format(time=formats.clock_time(min(upcoming), zone))
    return words


def _mentions(open_: int, overdue: int) -> str:
    words = _("{n} open").format(n=formats.number(open_))
    if overdue:
        words += ", " + _("{n} overdue").format(n=formats.number(overdue))
    return words


def sync_words(found: list[Job], now: datetime) -> str:
    """``sync ok``, or what is wrong in the fewest words."""
    active = [job for job in found if job.state == "active"]
    if not active:
        return _("sync: no jobs")
    failing = [job for job in active if job.failures]
    if failing:
        worst = max(failing, key=lambda job: job.failures)
        return _("sync: {job} fails").format(job=worst.label)
    behind = [
        job for job in active if job.next_at is None or now - job.next_at > timedelta(seconds=job.interval_s + 60)
    ]
    if len(behind) == len(active):
        return _("sync: not running")
    if behind:
        return _("sync: {job} behind").format(job=behind[0].label)
    return _("sync ok")
