"""The team's settings as TOML: written with a word on each, read back with every mistake at once."""

from __future__ import annotations

import re
from datetime import date

from smdash.core import team
from smdash.core.approval import FEWEST, MOST, Approval
from smdash.core.clock import find_zone, parse_day
from smdash.core.errors import InputError, SettingsError
from smdash.core.goals import COUNTS, Goal
from smdash.core.goals import to_plain as goals_plain
from smdash.core.query import Names
from smdash.core.records import PRIORITIES
from smdash.core.rules import to_plain as rule_plain
from smdash.core.slots import to_plain as slots_plain
from smdash.core.team import Holiday, TeamSettings
from smdash.core.text import clean_name
from smdash.core.views import to_plain as views_plain
from smdash.core.worktime import DAYS, WEEKDAYS, Interval, WeekTimes, parse_day_times
from smdash.locale import gettext as _
from smdash.settings.rules import rules
from smdash.settings.slots import slots
from smdash.settings.toml import Reader, broken_sentences, unknown
from smdash.settings.views import views

# Keys of activities are typed on the command line.
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def write(settings: TeamSettings) -> str:
    """The settings as TOML that ``read`` takes back unchanged."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(_("The team's settings. A key or table that is left out stays as it is;")))
    document.add(tomlkit.comment(_("a table that is there counts as it stands here.")))
    document.add("name", tomlkit.item(settings.name))
    document.add("zone", tomlkit.item(settings.zone).comment(_("an IANA name")))
    document.add(
        "week_start", tomlkit.item(WEEKDAYS[settings.week_start]).comment(_("{first} to {last}").format(
            first=WEEKDAYS[0], last=WEEKDAYS[-1]
        ))
    )  # fmt: skip

    document.add(
        "retention_days",
        tomlkit.item(settings.retention_days).comment(_("days until a mention that is done is erased; 0 keeps all")),
    )
    document.add(
        "banned_words",
        tomlkit.item(list(settings.banned_words)).comment(_('no post goes out with one, as in: ["murah meriah"]')),
    )
    document.add("utm", tomlkit.item(settings.utm).comment(_("whether links in posts have to carry utm_source")))
    document.add(
        "approval",
        tomlkit.item(settings.approval.value).comment(
            _("whether a second member says yes to each post: {known}").format(known=", ".join(Approval))
        ),
    )
    document.add(
        "approvers",
        tomlkit.item(settings.approvers).comment(
            _("how many say yes where approval is “several”: {least} to {most}").format(least=FEWEST, most=MOST)
        ),
    )
    counted = _("what response goals are counted in: {known}").format(known=", ".join(COUNTS))
    document.add("goals_count", tomlkit.item(settings.goals_count).comment(counted))
    if not settings.closer_goals:
        document.add("response_goal", tomlkit.array().comment(_("closer goals; none, or tables as README shows")))
    if not settings.views:
        document.add("view", tomlkit.array().comment(_("named queries over the mentions; none, or tables")))
    if not settings.slots:
        document.add("slots", tomlkit.array().comment(_("times of the week to post at; none, or tables")))
    if not settings.rules:
        document.add("rule", tomlkit.array().comment(_("what is done with mentions as they arrive; none, or tables")))

    def table(name: str, remark: str) -> tomlkit.items.Table:
        made = tomlkit.table()
        made.comment(remark)
        document.add(tomlkit.nl())
        document.add(name, made)
        return made

    def tables(rows: list[dict[str, object]]) -> tomlkit.items.AoT:
        made = tomlkit.aot()
        for row in rows:
            one = tomlkit.table()
            one.update(row)
            made.append(one)
        document.add(tomlkit.nl())
        return made

    hours = table("working_hours", _("of members who have none of their own; days not named are off"))
    for day, intervals in zip(DAYS, settings.hours, strict=True):
        if intervals:
            hours.add(day, [str(one) for one in intervals])
    holidays = table("holidays", _('as in: 2026-12-25 = "Natal"'))
    for one in settings.holidays:
        holidays.add(one.day.isoformat(), one.name)
    goals = table("response_goals", _("minutes until an answer, by kind; kinds not named have no goal"))
    for kind, minutes in settings.goals:
        goals.add(kind, minutes)
    activities = table("activities", _('hours a week and member, as in: "4h" or "1h30m"'))
    for key, minutes in settings.activities:
        activities.add(key, team.minutes_text(minutes))
    mix = table("mix", _("percent of the posts, 100 together: {keys}").format(keys=", ".join(team.CATEGORIES)))
    for category, share in settings.mix:
        mix.add(category, share)
    if settings.closer_goals:
        document.add("response_goal", tables(goals_plain(settings.closer_goals)))
    if settings.views:
        document.add("view", tables([dict(one) for one in views_plain(settings.views)]))
    if settings.rules:
        document.add("rule", tables([rule_plain(one) for one in settings.rules]))
    if settings.slots:
        document.add("slots", tables(slots_plain(settings.slots)))
    return tomlkit.dumps(document)


def read(text: str, name: str, present: TeamSettings, names: Names | None = None) -> TeamSettings:
    """Read the settings that *text* names; what it leaves out is as in *present*. *name* is the file's, for sentences.

    Rules, views and slots may only name what is among *names*.

    Raises SettingsError with every mistake, each with its line and key.
    """
    from smdash.settings.syntax import parse

    parsed = parse(text)
    top = Reader(name, parsed.table, text=parsed.text)
    # Of a table with a broken line it can't be said whether the rest of it adds up.
    broken = {one.table for one in parsed.broken}
    top.problems += broken_sentences(name, parsed)
    found = present._replace(
        name=clean_name(top.get("name", str, present.name)),
        zone=_zone(top, present),
        week_start=_week_start(top, present),
        goals_count=_goals_count(top, present),
        retention_days=_retention(top, present),
        banned_words=_banned(top, present),
        utm=top.get("utm", bool, present.utm),
        approval=_approval(top, present),
        approvers=_approvers(top, present),
    )
    if (hours := top.below("working_hours")) is not None:
        found = found._replace(hours=_hours(hours))
    if (holidays := top.below("holidays")) is not None:
        found = found._replace(holidays=_holidays(holidays))
    if (goals := top.below("response_goals")) is not None:
        found = found._replace(goals=_goals(goals))
    if (closer := top.each("response_goal")) is not None:
        found = found._replace(closer_goals=_closer_goals(closer))
    if (viewing := top.each("view")) is not None:
        found = found._replace(views=views(viewing, names))
    if (ruling := top.each("rule")) is not None:
        found = found._replace(rules=rules(ruling, names))
    if (slotted := top.each("slots")) is not None:
        found = found._replace(slots=slots(slotted, names))
    if (activities := top.below("activities")) is not None:
        found = found._replace(activities=_activities(activities, whole="activities" not in broken))
    if (mix := top.below("mix")) is not None:
        found = found._replace(mix=_mix(mix, whole="mix" not in broken))
    top.finish()
    if top.problems:
        raise SettingsError(sorted(dict.fromkeys(top.problems), key=_line))
    return found


def _line(problem: str) -> int:
    """For putting sentences into the order of the file."""
    match = re.search(r":(\d+): ", problem)
    return int(match[1]) if match else 0


def _zone(top: Reader, present: TeamSettings) -> str:
    zone: str = top.get("zone", str, present.zone)
    try:
        find_zone(zone)
    except InputError as problem:
        top.problem("zone", str(problem))
    return zone


def _week_start(top: Reader, present: TeamSettings) -> int:
    word: str = top.get("week_start", str, WEEKDAYS[present.week_start])
    if word.lower() not in WEEKDAYS:
        top.problem("week_start", _("expected one of {known}").format(known=", ".join(WEEKDAYS)))
        return present.week_start
    return WEEKDAYS.index(word.lower())


def _retention(top: Reader, present: TeamSettings) -> int:
    days: int = top.get("retention_days", int, present.retention_days)
    if not 0 <= days <= team.LONGEST_RETENTION:
        top.problem("retention_days", _("expected from 0 to {most}").format(most=team.LONGEST_RETENTION))
        return present.retention_days
    return days


def _banned(top: Reader, present: TeamSettings) -> tuple[str, ...]:
    words = top.get("banned_words", list)
    if words is None:
        return present.banned_words
    if not all(type(word) is str and clean_name(word) for word in words):
        top.problem("banned_words", _("expected a list such as {example}").format(example='["murah meriah"]'))
        return present.banned_words
    if len(words) > team.MOST_BANNED:
        top.problem("banned_words", _("expected at most {most}").format(most=team.MOST_BANNED))
    return team.distinct(words)


def _approval(top: Reader, present: TeamSettings) -> Approval:
    word: str = top.get("approval", str, present.approval.value)
    if word not in list(Approval):
        top.problem("approval", _("expected one of {known}").format(known=", ".join(Approval)))
        return present.approval
    return Approval(word)


def _approvers(top: Reader, present: TeamSettings) -> int:
    count: int = top.get("approvers", int, present.approvers)
    if not FEWEST <= count <= MOST:
        top.problem("approvers", _("expected from {least} to {most}").format(least=FEWEST, most=MOST))
        return present.approvers
    return count


def _hours(reader: Reader) -> WeekTimes:
    days: list[tuple[Interval, ...]] = []
    for day in DAYS:
        texts = reader.get(day, list, [])
        if not all(type(text) is str for text in texts):
            reader.problem(day, _("expected a list such as {example}").format(example='["09:00-12:00", "13:00-17:00"]'))
            texts = []
        try:
            days.append(parse_day_times(texts))
        except InputError as problem:
            reader.problem(day, str(problem))
            days.append(())
    reader.finish()
    return tuple(days)


def _holidays(reader: Reader) -> tuple[Holiday, ...]:
    found: dict[date, Holiday] = {}
    for key in reader.table:
        name = clean_name(reader.get(key, str, ""))
        try:
            day = parse_day(key)
        except InputError as problem:
            reader.problem(key, str(problem))
            continue
        if day in found:
            reader.problem(key, _("this day is there twice"))
        found[day] = Holiday(day, name)
    return tuple(found[day] for day in sorted(found))


def _minutes(reader: Reader, key: str, most: int, least: int) -> int:
    try:
        minutes = team.parse_minutes(reader.table[key], most)
        if minutes < least:
            raise InputError(_("expected {least} or more; leave the line out for none").format(least=least))
        return minutes
    except InputError as problem:
        reader.problem(key, str(problem))
        return least


def _goals(reader: Reader) -> tuple[tuple[str, int], ...]:
    found = {}
    for key in reader.table:
        if key in team.GOAL_KINDS:
            found[key] = _minutes(reader, key, team.LONGEST_GOAL, 1)
        else:
            reader.problem(key, unknown(key, team.GOAL_KINDS))
    return tuple((kind, found[kind]) for kind in team.GOAL_KINDS if kind in found)


def _goals_count(top: Reader, present: TeamSettings) -> str:
    word: str = top.get("goals_count", str, present.goals_count)
    if word not in COUNTS:
        top.problem("goals_count", _("expected one of {known}").format(known=", ".join(COUNTS)))
        return present.goals_count
    return word


def _closer_goals(readers: list[Reader]) -> tuple[Goal, ...]:
    found: dict[tuple[object, ...], Goal] = {}
    for reader in readers:
        kind, platform = reader.get("kind", str), reader.get("platform", str)
        priority = reader.get("priority", int)
        if kind is not None and kind not in team.GOAL_KINDS:
            reader.problem("kind", _("expected one of {known}").format(known=", ".join(team.GOAL_KINDS)))
        if platform is not None and not _KEY.fullmatch(platform):
            reader.problem("platform", _("expected the name of a network, such as instagram"))
        if priority is not None and priority not in PRIORITIES:
            reader.problem(
                "priority", _("expected a priority from {least} to {most}").format(least=0, most=PRIORITIES[-1])
            )
        minutes = 1
        if "minutes" in reader.table:
            reader.get("minutes", type(reader.table["minutes"]))
            minutes = _minutes(reader, "minutes", team.LONGEST_GOAL, 1)
        else:
            reader.problem("", _("“{key}” is missing").format(key="minutes"))
        reader.finish()
        named = (kind, platform, priority)
        if named == (None, None, None):
            reader.problem("", _("expected at least one of kind, platform and priority"))
        elif named in found:
            reader.problem("", _("there are two goals for the same"))
        found[named] = Goal(minutes, kind, platform, priority)
    return tuple(found.values())


def _activities(reader: Reader, *, whole: bool) -> tuple[tuple[str, int], ...]:
    found = []
    for key in reader.table:
        if not _KEY.fullmatch(key):
            reader.problem(key, _("a key of an activity has small letters a-z, digits and _, and begins with a letter"))
            continue
        found.append((key, _minutes(reader, key, team.LONGEST_TARGET, 0)))
    if whole and not 1 <= len(reader.table) <= team.MOST_ACTIVITIES:
        reader.problem("", _("expected from 1 to {most} activities").format(most=team.MOST_ACTIVITIES))
    return tuple(found)


def _mix(reader: Reader, *, whole: bool) -> tuple[tuple[str, int], ...]:
    found = {}
    good = whole
    for key in reader.table:
        if key not in team.CATEGORIES:
            reader.problem(key, unknown(key, team.CATEGORIES))
            good = False
            continue
        share = reader.get(key, int)
        if share is None or not 0 <= share <= 100:
            good = False
            if share is not None:
                reader.problem(key, _("expected percent, from 0 to 100"))
            continue
        found[key] = share
    if good and found and sum(found.values()) != 100:
        reader.problem("", _("the shares sum to {sum}; expected 100").format(sum=sum(found.values())))
    return tuple((category, found[category]) for category in team.CATEGORIES if category in found)
