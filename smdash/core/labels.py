"""The words that people see for the codes that the store keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smdash.core.verbs import verb as verb
from smdash.locale import gettext as _
from smdash.locale import noop, pgettext

if TYPE_CHECKING:
    from datetime import datetime

    from smdash.core.records import Milestone

_ACTIVITIES = {
    "updates": noop("updates"),
    "research_planning": noop("research, planning"),
    "blogging": noop("blogging"),
    "curation": noop("curation"),
    "conversation": noop("conversation"),
    "listening": noop("listening"),
    "contingency": noop("contingency"),
    "community": noop("community"),
    "campaigns": noop("campaigns"),
    "strategy": noop("strategy"),
    "analytics": noop("analytics"),
}
_CATEGORIES = {
    "education": noop("education"),
    "quote": noop("quote"),
    "soft_sell": noop("soft selling"),
    "hard_sell": noop("hard selling"),
    "other": noop("other"),
}
_FORMATS = {
    "text": noop("text"),
    "image": noop("image"),
    "video": noop("video"),
    "audio": noop("audio"),
    "article": noop("article"),
}
_KINDS = {
    "mention": noop("mention"),
    "comment": noop("comment"),
    "reply": noop("reply"),
    "dm": noop("direct message"),
    "review": noop("review"),
    "listening": noop("search hit"),
}
_STATES = {
    "snoozed": noop("snoozed"),
    "done": noop("done"),
    "hidden": noop("hidden"),
    "idea": noop("idea"),
    "draft": noop("draft"),
    "review": noop("in review"),
    "expired": noop("expired"),
    "cancelled": noop("cancelled"),
    "scheduled": noop("scheduled"),
    "queued": noop("queued"),
    "sending": noop("sending"),
    "sent": noop("sent"),
    "partly": noop("partly sent"),
    "failed": noop("failed"),
    "unknown": noop("not known whether sent"),
    "held": noop("held"),
    "gone": noop("gone from the network"),
}
_CAMPAIGN_KINDS = {
    "contest": noop("contest"),
    "promotion": noop("promotion"),
    "discount": noop("discount"),
    "launch": noop("launch"),
    "event": noop("event"),
}
_FIGURES = {
    "followers": noop("followers"),
    "likes": noop("likes"),
    "shares": noop("shares"),
    "replies": noop("answers"),
    "quotes": noop("quotes"),
    "saves": noop("saves"),
    "views": noop("views"),
    "reach": noop("people reached"),
    "clicks": noop("clicks"),
    "posts": noop("posts"),
    "mentions": noop("mentions"),
}
_DELIVERY_KINDS = {
    "post": noop("a post"),
    "reply": noop("an answer"),
    "like": noop("a like"),
    "hide": noop("hiding a comment"),
    "delete": noop("deleting a comment"),
}
_ATTEMPTS = {
    ("send", "sent"): noop("sent"),
    ("send", "refused"): noop("sent, and refused"),
    ("send", "later"): noop("could not be sent"),
    ("send", "unknown"): noop("sent, and nothing is known of it"),
    ("look", "sent"): noop("looked, and it is there"),
    ("look", "refused"): noop("the network told that it did not arrive"),
    ("look", "missing"): noop("looked, and it is not there"),
    ("look", "unknown"): noop("looked, and could not tell"),
    ("person", "sent"): noop("somebody saw it there"),
    ("person", "missing"): noop("somebody let it go out"),
}
_WOKE = {"time": noop("its time"), "reply": noop("wrote again"), "edit": noop("edited")}
_ROLES = {
    "lead": noop("Social Media Officer"),
    "specialist": noop("Social Media Specialist"),
    "designer": noop("Graphic Designer"),
    "analyst": noop("Social Media Analyst"),
}
_ABSENCES = {
    "sick": noop("sick"),
    "holiday": noop("holiday"),
    "training": noop("training"),
    "other": noop("other"),
}
_SETTINGS = {
    "name": noop("name"),
    "zone": noop("zone"),
    "week_start": noop("first day of the week"),
    "working_hours": noop("working hours"),
    "holidays": noop("holidays"),
    "response_goals": noop("response goals"),
    "response_goal": noop("closer response goals"),
    "goals_count": noop("goals are counted in"),
    "view": noop("views"),
    "rule": noop("rules"),
    "activities": noop("activities"),
    "mix": noop("mix of posts"),
    "retention_days": noop("days until erased"),
    "banned_words": noop("banned words"),
    "utm": noop("links need utm_source"),
    "approval": noop("approval of posts"),
    "approvers": noop("approvers of a post"),
    "slots": noop("slots"),
}

_STATUSES = {
    "active": noop("active"),
    "paused": noop("paused"),
    "external": noop("external"),
    "archived": noop("archived"),
    "gone": noop("gone"),
    "live": noop("live"),
    "allow_listed": noop("by permission"),
    "retired": noop("shut down"),
}
_ABILITIES = {
    "inbox": noop("INBOX"),
    "search": noop("SEARCH"),
    "publish": noop("PUBLISH"),
    "reply": noop("REPLY"),
    "media": noop("MEDIA"),
    "threads": noop("THREADS"),
    "first_comment": noop("COMMENT"),
    "metrics": noop("METRICS"),
    "push": noop("PUSH"),
}
_ABILITY_WORDS = {
    "inbox": noop("inbox"),
    "search": noop("search"),
    "publish": noop("posts"),
    "reply": noop("answers"),
    "media": noop("files"),
    "threads": noop("threads"),
    "first_comment": noop("first comments"),
    "metrics": noop("figures"),
    "push": noop("push"),
}
_CHECKS = {
    "disk": noop("disk"),
    "folder": noop("folder"),
    "modes": noop("modes"),
    "leftovers": noop("left-overs"),
    "media": noop("files of posts"),
    "database": noop("database"),
    "opens": noop("database"),
    "sqlite": "SQLite",
    "pages": noop("pages"),
    "schema": noop("schema"),
    "counters": noop("counters"),
    "deliveries": noop("deliveries"),
    "search": noop("search"),
    "clock": noop("clock"),
    "times": noop("clock"),
    "service": noop("service"),
    "jobs": noop("jobs"),
    "receiver": noop("receiver"),
    "settings": noop("settings"),
    "tokens": noop("tokens"),
}


def status(key: str) -> str:
    """Of an account, a feed or a platform."""
    return _(_STATUSES.get(key, key))


def ability(key: str) -> str:
    """What an adapter can do, as a column's heading."""
    return _(_ABILITIES.get(key, key.upper()))


def ability_word(key: str) -> str:
    """What an adapter can do, in a sentence."""
    return _(_ABILITY_WORDS.get(key, key))


def check(key: str) -> str:
    """What the doctor looked at."""
    return _(_CHECKS.get(key, key))


def activity(key: str) -> str:
    return _(_ACTIVITIES.get(key, key))


def category(key: str) -> str:
    return _(_CATEGORIES.get(key, key))


def category_code(key: str) -> str:
    """Four cells for lists."""
    return {
        "education": pgettext("short category", "edu"),
        "quote": pgettext("short category", "quot"),
        "soft_sell": pgettext("short category", "soft"),
        "hard_sell": pgettext("short category", "hard"),
    }.get(key, pgettext("short category", "oth"))


def post_format(key: str) -> str:
    return _(_FORMATS.get(key, key))


def kind(key: str) -> str:
    return _(_KINDS.get(key, key))


def state(key: str) -> str:
    if key == "open":
        return pgettext("state", "open")  # elsewhere the word is a verb
    return _(_STATES.get(key, key))


def asset_state(key: str) -> str:
    """Of something that was asked for."""
    return {
        "done": pgettext("asset", "made"),
        "dropped": pgettext("asset", "dropped"),
    }.get(key, pgettext("asset", "to make"))


def milestone_state(milestone: Milestone, now: datetime) -> str:
    if milestone.done_at is not None:
        return _("reached")
    return _("overdue") if milestone.is_overdue(now) else _("to reach")


def delivery_kind(key: str) -> str:
    """What a delivery does, as a thing."""
    return _(_DELIVERY_KINDS.get(key, key))


def attempt(what: str, outcome: str) -> str:
    """What was tried, and what came of it."""
    return _(_ATTEMPTS.get((what, outcome), outcome))


def figure(key: str) -> str:
    """What a figure counts."""
    return _(_FIGURES.get(key, key))


def figure_order(key: str) -> int:
    """Where a figure stands among others."""
    return list(_FIGURES).index(key) if key in _FIGURES else len(_FIGURES)


def campaign_kind(key: str) -> str:
    return _(_CAMPAIGN_KINDS.get(key, key))


def woke(key: str) -> str:
    """Why a mention that was put aside came back, in a word or two for its row."""
    return f"({_(_WOKE.get(key, key))})"


def role(key: str) -> str:
    """The team's word for a role: whose work it is on the desk."""
    return _(_ROLES.get(key, key))


def absence(key: str) -> str:
    if key == "leave":
        return pgettext("absence", "leave")  # elsewhere the word is a verb
    return _(_ABSENCES.get(key, key))


def setting(key: str) -> str:
    return _(_SETTINGS.get(key, key))


def format_code(key: str) -> str:
    """Three cells for lists."""
    return {
        "text": pgettext("short format", "txt"),
        "image": pgettext("short format", "img"),
        "video": pgettext("short format", "vid"),
        "audio": pgettext("short format", "aud"),
        "article": pgettext("short format", "art"),
    }.get(key, key[:3])


def kind_code(key: str) -> str:
    """Two cells for lists."""
    return {
        "mention": pgettext("short kind", "@"),
        "comment": pgettext("short kind", "co"),
        "reply": pgettext("short kind", "re"),
        "dm": pgettext("short kind", "dm"),
        "review": pgettext("short kind", "rv"),
        "listening": pgettext("short kind", "se"),
    }.get(key, key[:2])


def part(number: int) -> str:
    """What a delivery of a post is: which part of a thread, from 1, or (0) the first comment."""
    return _("part {n}").format(n=number) if number else _("first comment")
