"""What the sync screen says of one line: when it ran, what is left, what it costs, what is wrong and what to do."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from smdash.core import formats
from smdash.core.records import Job
from smdash.core.sync_health import TOKEN_SOON_D, HealthLine, advice, is_behind
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.tui.widgets.lines import Piece


def title_of(line: HealthLine) -> str:
    """What the line is called in full."""
    return line.job.label if line.job.feed_id is not None or line.is_calendar else line.job.name


def next_words(job: Job, now: datetime) -> str:
    """When it runs next: ``5m``, ``due`` or ``paused``."""
    if job.state != "active":
        return _("paused")
    if job.next_at is None:
        return "–" if not job.interval_s else _("due")
    return _("due") if job.next_at <= now else formats.short_age(job.next_at - now + timedelta(seconds=59))


def left_words(line: HealthLine) -> str:
    """What is left to ask for, in figures."""
    return "" if line.left is None else formats.number(line.left)


def copied(line: HealthLine) -> str:
    """What copying a line gives: its name, what is wrong and what to do."""
    return "\n".join(filter(None, [line.job.name, line.job.error, advice(line)]))


def paragraphs(line: HealthLine, now: datetime, zone: tzinfo, pause_key: str) -> list[Piece]:
    """Everything that is known of a line; ``pause_key`` is the key that lets it go on where it is paused."""
    job = line.job
    pieces: list[Piece] = []
    if job.error and (job.failures or job.state == "active"):
        pieces.append(Piece(job.error, "error" if job.failures else "warning"))
    if said := advice(line):
        pieces.append(Piece(said, "bold"))
    if job.state != "active":
        pieces.append(Piece(_("Paused; {key} lets it go on.").format(key=pause_key)))
    elif line.sending is None and is_behind(job, now):
        pieces.append(Piece(_("It should have run by now: is the service running? smdash sync"), "warning"))
    if pieces:
        pieces.append(Piece(""))
    pieces += _times(line, now, zone)
    pieces += _allowance(line, zone)
    pieces += _token(line, now, zone)
    if line.health is not None and line.health.cost:
        pieces += [Piece(_("cost: {cost}").format(cost=_(line.health.cost)), "dim")]
    return pieces


def _times(line: HealthLine, now: datetime, zone: tzinfo) -> list[Piece]:
    job = line.job
    if line.sending is not None:
        sent = _("never") if job.last_ok_at is None else formats.short_moment(job.last_ok_at, zone)
        said = [_("last sent: {moment}").format(moment=sent)]
        if line.sending.waiting:
            said.append(ngettext("{n} waits", "{n} wait", line.sending.waiting).format(n=line.sending.waiting))
        if line.sending.stuck:
            words = ngettext("{n} needs a decision", "{n} need a decision", line.sending.stuck)
            said.append(words.format(n=line.sending.stuck))
        pieces = [Piece(" · ".join(said))]
        if job.next_at is not None:
            moment = formats.short_moment(job.next_at, zone)
            pieces.append(Piece(_("next: {moment}").format(moment=moment)))
        return pieces
    good = _("never") if job.last_ok_at is None else formats.short_moment(job.last_ok_at, zone)
    pieces = [Piece(_("last good: {moment}").format(moment=good))]
    if job.last_ok_at is not None and line.seconds is not None:
        words = _("it brought {new} new, {changed} changed in {seconds} s")
        shown = words.format(
            new=formats.number(line.new), changed=formats.number(line.changed), seconds=formats.decimal(line.seconds)
        )
        pieces.append(Piece(shown, "dim"))
    if job.failures:
        words = ngettext("failed {n} time since", "failed {n} times since", job.failures)
        pieces.append(Piece(words.format(n=job.failures), "error"))
    if job.state == "active" and job.next_at is not None:
        moment = formats.short_moment(max(job.next_at, now), zone)
        seconds = job.interval_s
        every = formats.short_span(timedelta(seconds=seconds)) if seconds >= 60 else _("{n} s").format(n=seconds)
        pieces.append(Piece(_("next: {moment}, every {span}").format(moment=moment, span=every)))
    return pieces


def _allowance(line: HealthLine, zone: tzinfo) -> list[Piece]:
    """What the network said is left, and how the owner's budget stands."""
    job, health = line.job, line.health
    pieces = []
    if job.quota_left is not None:
        left = formats.number(job.quota_left)
        if line.quota_limit is not None:
            left = _("{left} of {limit}").format(left=left, limit=formats.number(line.quota_limit))
        said = _("the network allows: {left} more calls").format(left=left)
        if line.quota_resets_at is not None:
            moment = formats.short_moment(line.quota_resets_at, zone)
            said = _("{said}, anew {moment}").format(said=said, moment=moment)
        pieces.append(Piece(said, "base" if job.quota_left else "error"))
    if health is None or line.sending is not None or (health.budget is None and not health.used):
        return pieces
    used, unit = formats.number(health.used), _(health.unit)
    if health.budget is None:
        said = _("spent: {used} ({unit}), no budget set").format(used=used, unit=unit)
    else:
        words = _("budget: {used} of {most} used ({unit})")
        said = words.format(used=used, most=formats.number(health.budget), unit=unit)
    if health.resets_at is not None:
        moment = formats.short_moment(health.resets_at, zone)
        said = _("{said}, anew {moment}").format(said=said, moment=moment)
    pieces.append(Piece(said, "error" if health.left == 0 else "base"))
    return pieces


def _token(line: HealthLine, now: datetime, zone: tzinfo) -> list[Piece]:
    health = line.health
    if health is None or health.token_ends_at is None:
        return []
    days = health.token_days(now) or 0
    moment = formats.short_moment(health.token_ends_at, zone)
    if health.token_ends_at <= now:
        return [Piece(_("its token ended: {moment}").format(moment=moment), "error")]
    words = ngettext("its token ends in {n} day: {moment}", "its token ends in {n} days: {moment}", days)
    return [Piece(words.format(n=days, moment=moment), "warning" if days <= TOKEN_SOON_D else "base")]
