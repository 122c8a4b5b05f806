"""What a member's steps say of the time before them: which of the eleven activities, what to call it, how long at most.

The book of events tells steps by subject and verb; what a step was about (a search's hit, an article) decides where
these two leave it open. Steps of the timer itself, of undo, and those that nobody spends time on say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.locale import ngettext


class Act(NamedTuple):
    """One step as the book of events tells it; *rows* is how many rows it touched, *at* is UTC.

    ``of``: the kind of the mention, the format of the post, ``campaign`` for what a campaign waits for, ``person`` for
    a note on somebody.
    """

    at: datetime
    subject: str
    verb: str
    rows: int = 1
    of: str = ""
    detail: str = ""


class Deed(NamedTuple):
    """A step that time was spent on: at most *minutes* before *at* (UTC); *kind* and *rows* are its evidence."""

    at: datetime
    activity: str
    kind: str
    minutes: int
    rows: int = 1


class _Rule(NamedTuple):
    activity: str
    kind: str
    minutes: int


# By subject and verb; then by the subject alone.
_RULES: dict[tuple[str, str], _Rule] = {
    ("delivery", "reply"): _Rule("conversation", "reply", 8),
    ("mention", "claim"): _Rule("conversation", "begun", 5),
    ("mention", "done"): _Rule("conversation", "done", 5),
    ("mention", "snooze"): _Rule("conversation", "snooze", 5),
    ("mention", "assign"): _Rule("conversation", "assign", 5),
    ("mention", "label"): _Rule("conversation", "label", 5),
    ("mention", "unlabel"): _Rule("conversation", "label", 5),
    ("note", "note"): _Rule("conversation", "note", 5),
    ("note", "remove"): _Rule("conversation", "note", 5),
    ("delivery", "like"): _Rule("updates", "comment", 5),
    ("delivery", "hide"): _Rule("updates", "comment", 5),
    ("delivery", "delete"): _Rule("updates", "comment", 5),
    ("delivery", "resolve"): _Rule("updates", "resolve", 8),
    ("post", "approve"): _Rule("updates", "approve", 6),
    ("post", "reject"): _Rule("updates", "reject", 6),
    ("post", "hold"): _Rule("updates", "hold", 5),
    ("post", "release"): _Rule("updates", "hold", 5),
    ("post", "cancel"): _Rule("updates", "hold", 5),
    ("post", "overrule"): _Rule("updates", "check", 5),
    ("post", "withdraw"): _Rule("updates", "check", 5),
    ("post", "add"): _Rule("research_planning", "plan", 10),
    ("post", "import"): _Rule("research_planning", "plan", 10),
    ("post", "move"): _Rule("research_planning", "move", 5),
    ("team", "freeze"): _Rule("contingency", "freeze", 10),
    ("team", "unfreeze"): _Rule("contingency", "freeze", 10),
    ("account", "pause"): _Rule("updates", "pause", 5),
    ("account", "resume"): _Rule("updates", "pause", 5),
    ("account", "brand"): _Rule("strategy", "setting", 5),
}
_BY_SUBJECT: dict[str, _Rule] = {
    "mention": _Rule("conversation", "triage", 5),
    "saved_reply": _Rule("conversation", "saved", 8),
    "view": _Rule("conversation", "view", 5),
    "job": _Rule("updates", "pause", 5),
    "post": _Rule("research_planning", "edit", 8),
    "asset": _Rule("research_planning", "asset", 5),
    "observance": _Rule("research_planning", "observance", 5),
    "slot": _Rule("research_planning", "slot", 8),
    "feed": _Rule("curation", "feed", 6),
    "feed_item": _Rule("curation", "item", 5),
    "search": _Rule("listening", "search", 8),
    "incident": _Rule("contingency", "incident", 10),
    "author": _Rule("community", "person", 5),
    "campaign": _Rule("campaigns", "campaign", 8),
    "phase": _Rule("campaigns", "campaign", 8),
    "milestone": _Rule("campaigns", "milestone", 6),
    "campaign_goal": _Rule("campaigns", "campaign", 8),
    "campaign_scope": _Rule("campaigns", "campaign", 8),
    "calendar": _Rule("campaigns", "calendar", 8),
    "decision": _Rule("strategy", "decision", 10),
    "team": _Rule("strategy", "setting", 10),
    "member": _Rule("strategy", "member", 5),
    "member_target": _Rule("strategy", "member", 5),
    "brand": _Rule("strategy", "setting", 5),
    "report": _Rule("analytics", "report", 10),
    "insight": _Rule("analytics", "report", 10),
}
# What is told a second time for a mention's own history, and what nobody spends time on.
_SAYS_NOTHING = {
    *(("mention", verb) for verb in ("reply", "like", "hide", "delete", "note", "rule", "wake", "undo", "redo")),
    ("mention", "erase"),
    ("post", "expire"),
}
# The most that one step stands for, however it came about.
MOST_MINUTES = max(rule.minutes for rule in (*_RULES.values(), *_BY_SUBJECT.values()))


def deed(act: Act) -> Deed | None:
    """What a step says of the time before it; nothing where it says nothing."""
    if (act.subject, act.verb) in _SAYS_NOTHING or act.verb in ("undo", "redo"):
        return None
    rule = _RULES.get((act.subject, act.verb)) or _BY_SUBJECT.get(act.subject)
    if rule is None:
        return None
    if rule.activity == "conversation" and act.of == "listening":
        rule = _Rule("listening", "hit", rule.minutes)
    elif rule.activity == "conversation" and act.of == "person":
        rule = _Rule("community", "person", rule.minutes)
    elif rule.activity == "research_planning" and act.of == "article":
        rule = _Rule("blogging", "article", 10)
    elif act.subject == "asset" and act.of == "campaign":
        rule = rule._replace(activity="campaigns")
    elif act.subject == "team" and act.detail == "slots":
        rule = _BY_SUBJECT["slot"]
    return Deed(act.at, rule.activity, rule.kind, rule.minutes, act.rows)


def deeds(acts: Iterable[Act], activities: Sequence[str]) -> list[Deed]:
    """The steps that time was spent on, by time; those of an activity that the team doesn't have say nothing."""
    found = [one for one in map(deed, acts) if one is not None and one.activity in activities]
    return sorted(found, key=lambda one: one.at)


def count(found: Iterable[Deed]) -> tuple[tuple[str, int], ...]:
    """Kinds of steps and how many rows of each, the most first."""
    totals: dict[str, int] = {}
    for one in found:
        totals[one.kind] = totals.get(one.kind, 0) + one.rows
    return tuple(sorted(totals.items(), key=lambda item: (-item[1], item[0])))


_WORDS: dict[str, Callable[[int], str]] = {
    "reply": lambda n: ngettext("{n} reply", "{n} replies", n),
    "begun": lambda n: ngettext("{n} reply begun", "{n} replies begun", n),
    "done": lambda n: ngettext("{n} set to done", "{n} set to done", n),
    "snooze": lambda n: ngettext("{n} put aside", "{n} put aside", n),
    "assign": lambda n: ngettext("{n} assigned", "{n} assigned", n),
    "label": lambda n: ngettext("{n} labelled", "{n} labelled", n),
    "note": lambda n: ngettext("{n} note", "{n} notes", n),
    "triage": lambda n: ngettext("{n} mention looked after", "{n} mentions looked after", n),
    "saved": lambda n: ngettext("{n} saved reply written", "{n} saved replies written", n),
    "view": lambda n: ngettext("{n} view arranged", "{n} views arranged", n),
    "comment": lambda n: ngettext("{n} comment moderated", "{n} comments moderated", n),
    "resolve": lambda n: ngettext("{n} delivery decided about", "{n} deliveries decided about", n),
    "approve": lambda n: ngettext("{n} post approved", "{n} posts approved", n),
    "reject": lambda n: ngettext("{n} post sent back", "{n} posts sent back", n),
    "hold": lambda n: ngettext("{n} post held, let go or called off", "{n} posts held, let go or called off", n),
    "check": lambda n: ngettext("{n} remark checked", "{n} remarks checked", n),
    "pause": lambda n: ngettext("{n} paused or resumed", "{n} paused or resumed", n),
    "plan": lambda n: ngettext("{n} post planned", "{n} posts planned", n),
    "edit": lambda n: ngettext("{n} change of a post", "{n} changes of posts", n),
    "move": lambda n: ngettext("{n} post moved", "{n} posts moved", n),
    "asset": lambda n: ngettext("{n} thing asked for or made", "{n} things asked for or made", n),
    "observance": lambda n: ngettext("{n} observance", "{n} observances", n),
    "slot": lambda n: ngettext("{n} change of slots", "{n} changes of slots", n),
    "article": lambda n: ngettext("{n} step on an article", "{n} steps on articles", n),
    "feed": lambda n: ngettext("{n} feed added or changed", "{n} feeds added or changed", n),
    "item": lambda n: ngettext("{n} feed item sorted", "{n} feed items sorted", n),
    "search": lambda n: ngettext("{n} search added or changed", "{n} searches added or changed", n),
    "hit": lambda n: ngettext("{n} search hit dealt with", "{n} search hits dealt with", n),
    "freeze": lambda n: ngettext("{n} freeze begun or lifted", "{n} freezes begun or lifted", n),
    "incident": lambda n: ngettext("{n} step of an incident", "{n} steps of incidents", n),
    "person": lambda n: ngettext("{n} person looked after", "{n} people looked after", n),
    "campaign": lambda n: ngettext("{n} change of a campaign", "{n} changes of campaigns", n),
    "milestone": lambda n: ngettext("{n} step on a milestone", "{n} steps on milestones", n),
    "calendar": lambda n: ngettext("{n} change of a calendar", "{n} changes of calendars", n),
    "decision": lambda n: ngettext("{n} decision", "{n} decisions", n),
    "setting": lambda n: ngettext("{n} change of the settings", "{n} changes of the settings", n),
    "member": lambda n: ngettext("{n} change of members", "{n} changes of members", n),
    "report": lambda n: ngettext("{n} report", "{n} reports", n),
}
KINDS = frozenset(_WORDS)


def words(evidence: Iterable[tuple[str, int]]) -> str:
    """``14 replies, 3 set to done``."""
    told = []
    for kind, n in evidence:
        say = _WORDS.get(kind)
        told.append((say(n) if say else ngettext("{n} step", "{n} steps", n)).format(n=n))
    return ", ".join(told)
