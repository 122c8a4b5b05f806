"""Fills the demo's desk with all that does not come from a network: members, posts, campaigns, hours, and who has what.

Everything is written through the store's own functions, relative to *now*, so the desk looks the same whenever it is
opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from smdash.cli import demo_content as content
from smdash.cli import demo_files, demo_past
from smdash.cli.demo_content import Draft
from smdash.core.approval import Approval
from smdash.core.clock import Span, day_span, find_zone, week_of
from smdash.core.records import Account, Actor, MentionState, Phase, PostState
from smdash.platforms import demo_figures
from smdash.platforms.demo_networks import NETWORKS
from smdash.platforms.demo_publish import no_answer, remote_url
from smdash.platforms.demo_scene import mix
from smdash.store import (
    assets,
    attachments,
    campaign_sets,
    campaigns,
    hours,
    inbox,
    media,
    members,
    milestones,
    outbox,
    posts,
    searches,
    slots,
    teams,
    time_entries,
    triage,
    undoing,
)
from smdash.store.driver import Connection

_MINUTE = timedelta(minutes=1)
# Of what is answered, past its goal, or came in before the last hours, the team has done all but every seventh.
CLEARED_AFTER = timedelta(hours=3, minutes=30)
KEPT_EACH = 7
# So that a desk of a million rows is made as quickly, and keeps its million.
MOST_CLEARED = 400


class Crew:
    """The made-up members, and the person who runs the demo."""

    def __init__(self, conn: Connection, me: Actor, now: datetime) -> None:
        self.me = me
        self._by_login: dict[str, Actor] = {}
        for person in content.PEOPLE:
            login = person.login if person.login != me.login else f"{person.login}2"
            found = teams.find_member(conn, login, login)
            if found is None:
                member_id = members.add(conn, me, now, login=login, name=person.name, role=person.role)
                found = Actor(member_id, login, person.name, login)
            self._by_login[person.login] = found

    def __getitem__(self, login: str) -> Actor:
        return self._by_login[login]

    def __iter__(self) -> Iterator[Actor]:
        return iter(self._by_login.values())


def fill(conn: Connection, me: Actor, now: datetime, seed: int) -> None:
    """Write the team into a new database. The caller holds the write lock."""
    zone = find_zone(content.ZONE)
    crew = Crew(conn, me, now)
    for network in NETWORKS:
        url = f"https://{network.host}/{network.account}" if network.host else None
        teams.put_account(conn, network.key, network.account, now, handle=network.account, url=url)
    _plan_campaigns(conn, me, now)
    teams.put(conn, "approval", Approval.OPTIONAL.value)
    slots.replace(conn, content.SLOTS)
    writer = Writer(conn, crew, now, zone)
    demo_past.posts(writer, now, zone, seed)
    writer.today()
    writer.other_days()
    writer.campaigns()
    for draft in content.DRAFTS:
        writer.add(draft, None)
    for what, campaign, days in content.ASSETS:
        assets.ask(
            conn, crew["ana"], now, what=what, owner=crew["dewi"].login, campaign=campaign,
            due_at=now + timedelta(days=days), zone=content.ZONE,
        )  # fmt: skip
    _fill_campaigns(conn, crew, now)
    by_platform = {one.platform: one for one in teams.accounts(conn)}
    for platform, query in content.SEARCHES:
        searches.add(conn, crew["ana"], now, by_platform[platform], query)
    demo_past.figures(conn, now, zone)
    _fill_hours(conn, crew, now, zone, seed)


def _plan_campaigns(conn: Connection, me: Actor, now: datetime) -> None:
    at = now.replace(second=0, microsecond=0)
    for plan in content.PLANS:
        edges = [at + begins for _name, begins in plan.phases] + [at + plan.ends]
        phases = [Phase(name, edges[place], edges[place + 1]) for place, (name, _begins) in enumerate(plan.phases)]
        campaigns.add(
            conn,
            me,
            now,
            name=plan.name,
            kind=plan.kind,
            starts_at=at + plan.starts,
            ends_at=at + plan.ends,
            zone=content.ZONE,
            phases=phases,
        )


def _fill_campaigns(conn: Connection, crew: Crew, now: datetime) -> None:
    """What the campaigns are to reach, and which mentions belong to them."""
    lead = crew["ana"]
    for name, what, days, owner in content.MILESTONES:
        # Some time ago, so that one of them is overdue.
        asked = now - timedelta(days=3)
        milestones.add(
            conn, lead, asked, campaigns.find(conn, name), name=what, due_at=now + timedelta(days=days),
            owner=crew[owner].login,
        )  # fmt: skip
    for name, goals in content.GOALS.items():
        campaign_sets.set_goals(conn, lead, campaigns.find(conn, name), now, goals)
    for name, kind, value in content.SCOPE:
        campaign_sets.change_scope(conn, lead, campaigns.find(conn, name), now, [(kind, value)])


class Writer:
    """Writes posts, with deliveries that went out where their time is past."""

    def __init__(self, conn: Connection, crew: Crew, now: datetime, zone: tzinfo) -> None:
        self._conn = conn
        self._crew = crew
        self._now = now
        self._zone = zone
        self._files = demo_files.put(media.beside(conn))
        self._accounts: dict[str, Account] = {one.platform: one for one in teams.accounts(conn)}

    def today(self) -> None:
        """Seven posts around now; near midnight they move together, so that all stay within the local day."""
        day = day_span(self._now.astimezone(self._zone).date(), self._zone)
        room_before, room_after = self._now - day.start, day.end - _MINUTE - self._now
        first, last = content.TODAY[0][0] * _MINUTE, content.TODAY[-1][0] * _MINUTE
        for minutes, state, draft in content.TODAY:
            offset = minutes * _MINUTE
            offset *= min(room_before / -first, 1.0) if minutes < 0 else min(room_after / last, 1.0)
            exact = self._now + offset
            step = 5 * _MINUTE if abs(minutes) > 5 and abs(offset) > 10 * _MINUTE else _MINUTE
            rest = (exact - day.start) % step
            at = exact - rest if minutes < 0 or not rest else exact + step - rest
            self.add(draft, max(day.start, min(at, day.end - _MINUTE)), state, offer_until=day.end)

    def other_days(self) -> None:
        """Posts from Monday to a week from now, today left out."""
        today = self._now.astimezone(self._zone).date()
        turn = 0
        for offset in range(-today.weekday(), 8):
            if offset == 0:
                continue
            start = day_span(today + timedelta(days=offset), self._zone).start
            for hour in content.DAY_HOURS[: 3 if offset == 1 else 2]:
                # What goes out in two days was asked to be looked at by somebody else.
                wish = PostState.REVIEW if offset == 2 else None
                self.add(content.POOL[turn % len(content.POOL)], start + timedelta(hours=hour), "sent", wish=wish)
                turn += 1

    def campaigns(self) -> None:
        today = self._now.astimezone(self._zone).date()
        for name, offsets in content.CAMPAIGN_DAYS.items():
            draft = content.CAMPAIGN_POOL[name]
            for number, days in enumerate(offsets, start=1):
                whole = math.floor(days)
                start = day_span(today + timedelta(days=whole), self._zone).start
                # The part of a day that remains lies between ten and twenty o'clock.
                at = start + timedelta(hours=10 + round(10 * (days - whole)))
                self.add(draft._replace(body=draft.body.format(n=number)), at, "sent")

    def add(
        self,
        draft: Draft,
        due_at: datetime | None,
        state: str = "",
        offer_until: datetime | None = None,
        wish: PostState | None = None,
    ) -> None:
        """Write one post; ``state`` says what became of its deliveries if it was due before now."""
        post_id = posts.add(
            self._conn,
            self._crew[draft.author],
            self._now,
            accounts=[self._accounts[key] for key in draft.networks],
            category=draft.category,
            format=draft.format,
            body=draft.body,
            due_at=due_at,
            zone=content.ZONE,
            campaign=draft.campaign,
            offer=draft.offer,
            offer_until=offer_until or (due_at + timedelta(days=1) if due_at else None) if draft.offer else None,
            wish=wish,
        )
        if draft.format in self._files and due_at is not None:
            file = self._files[draft.format]
            attachments.write(self._conn, self._crew[draft.author], post_id, [file], self._now, fresh=True)
        if due_at is None or due_at >= self._now or not state:
            return
        for delivery in posts.get(self._conn, post_id).deliveries:
            one = outbox.get(self._conn, delivery.id)
            outbox.begin(self._conn, one, due_at)
            if state == "failed":
                outbox.failed(self._conn, one, due_at, no_answer(one.platform))
            else:
                remote_id = demo_figures.post_id(str(one.id), demo_past.appeal(draft.category, one.id), due_at)
                url = remote_url(one.platform, remote_id)
                outbox.sent(self._conn, one, due_at, remote_id, url, what="send", seconds=None)


def _fill_hours(conn: Connection, crew: Crew, now: datetime, zone: tzinfo, seed: int) -> None:
    """The week's hours so far; three members and the person who runs the demo are busy with something right now."""
    today = day_span(now.astimezone(zone).date(), zone)
    busy = {
        crew.me.login: ("conversation", 42),
        crew["budi"].login: ("updates", 65),
        crew["dewi"].login: ("blogging", 20),
    }
    for number, member in enumerate([crew.me, *crew]):
        for back in range(demo_past.HOURS_WEEKS, 0, -1):
            friday = week_of(now - timedelta(days=7 * back), zone).span(zone).end - timedelta(days=1)
            _log_week(conn, member, friday, friday, zone, seed + back, number)
        activity, minutes = busy.get(member.login, ("", 0))
        since = max(now - minutes * _MINUTE, today.start) if activity else now
        _log_week(conn, member, now, since, zone, seed, number)
        if activity:
            time_entries.start(conn, member, now, activity, at=since)
    # The first undo of the person who runs the demo finds nothing to put back.
    undoing.forget(conn, crew.me)


def _log_week(
    conn: Connection, member: Actor, now: datetime, until: datetime, zone: tzinfo, seed: int, number: int
) -> None:
    week = week_of(now, zone).span(zone)
    plan = hours.week(conn, week, now, member.member_id).activities
    # The part of each activity's plan that is to do; members differ in how much they do, and in what they begin with.
    rest = {one.key: 0.8 + (mix(seed, number, place, 9) % 400) / 1000 for place, one in enumerate(plan)}
    target = {one.key: one.target_minutes for one in plan}
    day = week.start.astimezone(zone).date()
    turn = 0
    while day.weekday() < 5 and day_span(day, zone).start < until:
        start = day_span(day, zone).start
        noon, evening = start + timedelta(hours=12), start + timedelta(hours=17)
        at = start + timedelta(hours=9, minutes=3 * number)
        while at < evening:
            dice = mix(seed, number, turn, 10)
            turn += 1
            key = max(rest, key=lambda name: rest[name])
            closes = noon if at < noon else evening
            end = min(at + timedelta(minutes=30 + 15 * (dice % 6)), closes)
            if end > until:
                return
            if end - at >= 10 * _MINUTE:
                # Written when it was over, so that the desk of an earlier time has it.
                time_entries.log(conn, member, end, key, Span(at, end))
                rest[key] -= (end - at) / _MINUTE / target[key]
            at = end + timedelta(minutes=(dice >> 8) % 3 * 5)
            if closes is noon and at >= noon - 10 * _MINUTE:
                at = max(at, start + timedelta(hours=13))
        day += timedelta(days=1)


def clear(conn: Connection, me: Actor, now: datetime) -> None:
    """What the team did with the mentions of the last days. The caller holds the write lock.

    Only others act here, so that the first undo of the person who runs the demo finds nothing to put back.
    """
    crew = Crew(conn, me, now)
    workers = [crew["ana"], crew["budi"], crew["citra"]]
    kept: list[int] = []
    old = [
        row
        for row in inbox.select(conn, [MentionState.OPEN], MOST_CLEARED)
        if row.answered_at is not None
        or now - row.sent_at > CLEARED_AFTER
        or (row.due_at is not None and row.due_at < now)
    ]
    for place, row in enumerate(old):
        if place % KEPT_EACH == KEPT_EACH - 1 and row.answered_at is None:
            kept.append(row.id)
            continue
        at = min(row.sent_at + timedelta(minutes=12 + place * 7 % 90), now)
        triage.finish(conn, workers[place % len(workers)], [row.id], at)
    waiting = [row.id for row in inbox.select(conn, [MentionState.OPEN], MOST_CLEARED) if row.id not in kept]
    lead = crew["ana"]
    for holder, ids in ((me, [*kept[:1], *waiting[1:12:5]]), (crew["budi"], waiting[2:12:4]), (lead, kept[1:2])):
        triage.assign(conn, lead, ids, holder.member_id, now)
