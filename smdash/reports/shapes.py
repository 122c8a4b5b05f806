"""Reports as plain values for JSON: keys are stable and English, times UTC, response times seconds, hours minutes."""

from __future__ import annotations

from typing import Any

from smdash.core.clock import encode, encode_optional
from smdash.core.reports import (
    CampaignReport,
    CarryOver,
    Decision,
    Hours,
    Incidents,
    MentionLine,
    Mentions,
    PostLine,
    WeekReport,
)
from smdash.reports.document import shortened


def week(report: WeekReport) -> dict[str, Any]:
    """What ``report week --format json`` prints."""
    return {
        "week": report.week.label,
        "team": report.team,
        "brand": report.brand,
        "zone": report.zone,
        "from": encode(report.span.start),
        "to": encode(report.span.end),
        "made_at": encode(report.made_at),
        "over": report.over,
        "posts": {
            **_posts(report.posts.whole),
            "accounts": [{"account": one.name} | _posts(one) for one in report.posts.accounts],
            "categories": [{"category": one.name} | _posts(one) for one in report.posts.categories],
        },
        "mix": [
            {
                "category": one.category.value,
                "published": one.published,
                "planned": one.planned,
                "share": round(one.share, 1),
                "target": one.target,
            }
            for one in report.mix.lines
        ],
        "mentions": _mentions(report.mentions),
        "campaigns": [
            {
                "campaign": one.name,
                "kind": one.kind,
                "starts_at": encode(one.starts_at),
                "ends_at": encode(one.ends_at),
                "state": "ended" if one.ended else "running",
                "published": one.posts_done,
                "planned": one.posts_planned,
                "missing": list(one.missing),
            }
            for one in report.campaigns
        ],
        "hours": _hours(report.hours),
        "incidents": _incidents(report.incidents),
        "carry_over": _carry_over(report.carry_over),
        "decisions": list(map(decision, report.decisions)),
    }


def _posts(one: PostLine) -> dict[str, int]:
    return {key: value for key, value in one._asdict().items() if key != "name"}


def _line(one: MentionLine) -> dict[str, Any]:
    return {key: value for key, value in one._asdict().items() if key != "name"}


def _mentions(found: Mentions) -> dict[str, Any]:
    return {
        **_line(found.whole),
        "working_time": found.working_time,
        "left_open": found.left_open,
        "kinds": [{"kind": one.name} | _line(one) for one in found.kinds],
        "networks": [{"network": one.name} | _line(one) for one in found.networks],
    }


def _hours(found: Hours) -> dict[str, Any]:
    return {
        "activities": [
            {
                "key": one.key,
                "done_minutes": round(one.done_minutes, 2),
                "target_minutes": one.target_minutes,
                "expected_minutes": None if one.expected_minutes is None else round(one.expected_minutes, 2),
                "fits": one.fits,
            }
            for one in found.activities
        ],
        "members": [
            {
                "login": one.login,
                "name": one.name,
                "done_minutes": round(one.done_minutes, 2),
                "target_minutes": one.target_minutes,
            }
            for one in found.members
        ],
        "days_off_minutes": round(found.days_off_minutes, 2),
        "contingency_went_to": [{"what": one.words or None, "minutes": round(one.minutes, 2)} for one in found.reserve],
    }


def _incidents(found: Incidents) -> dict[str, Any]:
    return {
        "freezes": [
            {
                "at": encode(one.at),
                "ended_at": encode_optional(one.ended_at),
                "by": one.by,
                "reason": one.reason,
                "ended_by": one.ended_by or None,
            }
            for one in found.freezes
        ],
        "deliveries": [
            {
                "id": one.id,
                "kind": one.kind,
                "account": one.account,
                "state": one.state,
                "due_at": encode(one.due_at),
                "error": one.error or None,
                "post": one.post_id,
                "text": shortened(one.body),
            }
            for one in found.troubles
        ],
        "deliveries_count": found.troubles_count,
        "jobs": [
            {
                "job": one.name,
                "label": one.label,
                "failures": one.failures,
                "last_ok_at": encode_optional(one.last_ok_at),
                "error": one.error or None,
            }
            for one in found.jobs
        ],
    }


def _carry_over(found: CarryOver) -> dict[str, Any]:
    return {
        "posts": [
            {
                "id": one.id,
                "due_at": encode(one.due_at),
                "state": one.state,
                "accounts": one.accounts.split(", "),
                "text": shortened(one.body),
            }
            for one in found.posts
        ],
        "posts_count": found.posts_count,
        "mentions": [
            {
                "id": one.id,
                "account": one.account,
                "author_handle": one.author,
                "due_at": encode(one.due_at),
                "assignee": one.assignee or None,
                "text": shortened(one.body),
            }
            for one in found.mentions
        ],
        "mentions_count": found.mentions_count,
        "milestones": [
            {"campaign": one.campaign, "milestone": one.name, "due_at": encode(one.due_at), "owner": one.owner or None}
            for one in found.milestones
        ],
        "decisions": list(map(decision, found.decisions)),
    }


def decision(one: Decision) -> dict[str, Any]:
    """A decision, as ``decision list --json`` gives it, too."""
    return {
        "id": one.id,
        "week": one.week,
        "decision": one.body,
        "owner": one.owner_login,
        "author": one.author_login,
        "campaign": one.campaign,
        "at": encode(one.at),
        "done_at": encode_optional(one.done_at),
    }


def campaign(report: CampaignReport) -> dict[str, Any]:
    """What ``report campaign --format json`` prints."""
    one = report.campaign
    return {
        "campaign": one.name,
        "id": one.id,
        "kind": one.kind.value,
        "team": report.team,
        "brand": one.brand,
        "zone": report.zone,
        "starts_at": encode(one.starts_at),
        "ends_at": encode(one.ends_at),
        "cancelled_at": encode_optional(one.cancelled_at),
        "made_at": encode(report.made_at),
        "over": one.ends_at <= report.made_at,
        "planned": one.posts_planned,
        "published": one.posts_done,
        "mentions": report.mentions,
        "answered": report.answered,
        "goals": [
            {"figure": goal.figure, "reached": goal.now, "expected": round(goal.expected, 1), "goal": goal.target}
            for goal in report.goals
        ],
        "coverage": [
            {"phase": line.phase, "account": "/".join(line.account), "planned": line.planned, "published": line.out}
            for line in report.coverage
        ],
        "missing": [
            {
                "code": line.code,
                "severity": line.severity,
                "phase": line.phase,
                "post": line.post_id,
                "words": shortened(line.words, 200),
            }
            for line in report.missing
        ],
        "milestones": [
            {
                "milestone": line.name,
                "due_at": encode(line.due_at),
                "owner": line.owner_login,
                "done_at": encode_optional(line.done_at),
            }
            for line in report.milestones
        ],
        "posts": [
            {
                "id": line.id,
                "due_at": encode_optional(line.due_at),
                "state": line.state,
                "category": line.category,
                "accounts": list(line.accounts),
                "text": shortened(line.body),
                "figures": dict(line.figures),
            }
            for line in report.posts
        ],
        "live_after_end": list(report.live_after_end),
        "hours": {
            "activities": [{"key": key, "done_minutes": round(minutes, 2)} for key, minutes in report.activities],
            "members": [
                {"login": line.login, "name": line.name, "done_minutes": round(line.done_minutes, 2)}
                for line in report.members
            ],
        },
        "decisions": list(map(decision, report.decisions)),
    }
