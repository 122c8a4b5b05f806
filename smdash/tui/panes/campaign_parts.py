"""What the keys of the Campaigns screen share, and those for the parts of a campaign: its phases and milestones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, TypeVar

from smdash.core import campaign_typing, formats
from smdash.core.clock import Span, find_zone
from smdash.core.errors import InputError, SmdashError
from smdash.core.records import Campaign, Milestone, Phase
from smdash.core.snooze import parse_new_time
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.store import campaign_edit, members, milestones
from smdash.tui.cells import literal
from smdash.tui.panes.timeline import Timeline
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

T = TypeVar("T")

NOBODY, OTHER = "", "\0other"


class CampaignParts(Timeline):
    """Asks, changes, and says what came of it."""

    # The shared steps of every change.

    def _span_words(self, span: Span, zone: tzinfo) -> str:
        return campaign_typing.words(span, zone, self._today())

    def _chosen(self) -> Campaign | None:
        if self.campaign is None and self._snapshot is not None:
            self.host.say(_("there is no campaign here"))
        return self.campaign

    async def _write(self, work: Callable[[Connection, Actor], T]) -> T | None:
        done = await self.host.perform(work)
        if done:
            # What an undo could put on the screen by itself is another step now.
            self.host.left.append([])
        return done

    def _change(self, work: Callable[[Connection, Actor], object], said: str) -> None:
        """Do one change and say so; what refuses it is said instead."""

        async def do() -> None:
            done = await self._write(work)
            if done is not None:
                self.host.say(said if done else _("nothing was changed"))

        self.host.spawn(do())

    def _pick(self, title: str, choices: Sequence[Choice], take: Callable[[str], None]) -> None:
        self.host.push_screen(
            Picker(title, list(choices)[:MOST_CHOICES]), lambda key: take(key) if key is not None else None
        )

    def _ask(
        self, asked: str, check: Callable[[str], str], take: Callable[[str], None], *, value: str = "", hint: str = ""
    ) -> None:
        self.host.push_screen(
            Ask(asked, check, value=value, hint=hint), lambda text: take(text) if text is not None else None
        )

    def _ask_days(self, asked: str, take: Callable[[Span], None], campaign: Campaign | None, old: Span | None) -> None:
        zone = find_zone(campaign.zone) if campaign is not None else self.host.zone
        today = self._today() if old is None else min(self._today(), old.start.astimezone(zone).date())

        offered = campaign_typing.typed(old, zone) if old is not None else ""

        def read(text: str) -> Span:
            # What is left as it was offered keeps its times of day.
            if old is not None and text == offered:
                return old
            return campaign_typing.parse_days(text, zone, today, old)

        self._ask(
            asked, lambda text: self._span_words(read(text), zone), lambda text: take(read(text)), value=offered,
            hint=_("2026-11-20..2026-11-25, 20..25, +2"),
        )  # fmt: skip

    def _ask_name(self, asked: str, take: Callable[[str], None], value: str = "") -> None:
        def check(text: str) -> str:
            if not clean_name(text):
                raise InputError(_("a name has letters"))
            return clean_name(text)

        self._ask(asked, check, lambda text: take(clean_name(text)), value=value)

    # Phases.

    def action_phases(self) -> None:
        campaign = self._chosen()
        if campaign is None:
            return
        zone, now = find_zone(campaign.zone), self.now
        choices = [
            Choice(f"={one.name}", literal(one.name),
                   self._span_words(Span(one.starts_at, one.ends_at), zone))
            for one in campaign.phases[: MOST_CHOICES - 1]
        ]  # fmt: skip
        choices.append(Choice("add", _("one more")))
        if not campaign.phases:
            choices.append(Choice("template", _("those that its kind usually has")))

        def take(key: str) -> None:
            if key == "template":
                self._change(
                    lambda conn, actor: campaign_edit.add_template(conn, actor, campaign.id, now), _("changed")
                )
            elif key == "add":
                self._ask_name(
                    _("What is the phase called?"),
                    lambda name: self._ask_days(
                        _("Its first and last day?"), lambda span: self._add_phase(campaign, name, span), campaign, None
                    ),
                )
            else:
                self._change_phase(campaign, next(one for one in campaign.phases if f"={one.name}" == key))

        self._pick(_("Phases of {name}").format(name=literal(campaign.name)), choices, take)

    def _add_phase(self, campaign: Campaign, name: str, span: Span) -> None:
        now, phase = self.now, Phase(name, span.start, span.end)

        def work(conn: Connection, actor: Actor) -> bool:
            campaign_edit.add_phases(conn, actor, campaign.id, [phase], now)
            return True

        self._change(work, _("changed"))

    def _change_phase(self, campaign: Campaign, phase: Phase) -> None:
        now, one, old = self.now, campaign.id, Span(phase.starts_at, phase.ends_at)

        def days(span: Span) -> None:
            self._change(
                lambda conn, actor: campaign_edit.edit_phase(
                    conn, actor, one, phase.name, now, starts_at=span.start, ends_at=span.end
                ),
                _("changed"),
            )

        def rename(name: str) -> None:
            self._change(
                lambda conn, actor: campaign_edit.edit_phase(conn, actor, one, phase.name, now, name=name), _("changed")
            )

        def take(part: str) -> None:
            if part == "days":
                self._ask_days(_("Its first and last day?"), days, campaign, old)
            elif part == "name":
                self._ask_name(_("What is the phase called?"), rename, phase.name)
            else:
                self._change(
                    lambda conn, actor: campaign_edit.remove_phase(conn, actor, one, phase.name, now), _("removed")
                )

        self._pick(
            literal(phase.name),
            [Choice("days", _("days")), Choice("name", _("name")), Choice("remove", _("remove it"))], take,
        )  # fmt: skip

    # Milestones.

    def action_milestones(self) -> None:
        campaign = self._chosen()
        if campaign is None:
            return
        found = self._snapshot.milestones.get(campaign.name, ()) if self._snapshot else ()
        zone = find_zone(campaign.zone)
        # Where there are more than can be chosen from, what is still to be reached goes first.
        first = sorted(found, key=lambda one: one.done_at is not None) if len(found) >= MOST_CHOICES else found
        known = {str(one.id): one for one in first}
        choices = [Choice("add", _("a new one"))]
        choices += [
            Choice(key, ("✓ " if one.done_at else "") + literal(one.name), formats.short_moment(one.due_at, zone))
            for key, one in known.items()
        ]
        self._pick(
            _("Milestones of {name}").format(name=literal(campaign.name)), choices,
            lambda key: self._new_milestone(campaign) if key == "add" else self._milestone(known[key]),
        )  # fmt: skip

    def _new_milestone(self, campaign: Campaign) -> None:
        zone, now = find_zone(campaign.zone), self.now

        def read(text: str) -> str:
            return formats.short_moment(parse_new_time(text, now, zone, now), zone)

        def take(name: str) -> None:
            def due(text: str) -> None:
                self.host.spawn(self._ask_owner(campaign, name, text))

            self._ask(_("By when?"), read, due, hint=_("tomorrow 9, Fri 14:00, 15:30, 3h"))

        self._ask_name(_("What is to be reached?"), take)

    async def _ask_owner(self, campaign: Campaign, name: str, typed: str) -> None:
        now, zone = self.now, find_zone(campaign.zone)
        due = parse_new_time(typed, now, zone, now)
        try:
            known = [one for one in await self.host.backend.read(members.select) if one.left_at is None]
        except SmdashError as problem:
            self.host.say(str(problem), "error")
            return

        def take(login: str) -> None:
            if login == OTHER:
                self._ask(_("Who? Their login"), lambda _text: "", take)
                return
            self._change(
                lambda conn, actor: milestones.add(
                    conn, actor, now, campaign.id, name=name, due_at=due, owner=login or None
                ),
                _("“{name}” is to be reached by {moment}").format(
                    name=literal(name), moment=formats.short_moment(due, zone)
                ),
            )

        me = self.host.backend.actor
        known.sort(key=lambda one: (me is None or one.id != me.member_id, one.name.lower()))
        choices = [Choice(NOBODY, _("nobody yet")), *(Choice(one.login, literal(one.name)) for one in known)]
        if len(choices) > MOST_CHOICES:
            choices[MOST_CHOICES - 1 :] = [Choice(OTHER, _("another…"))]
        self._pick(_("Who sees to it?"), choices, take)

    def _milestone(self, one: Milestone) -> None:
        now = self.now
        state = Choice("reopen", _("it is not reached")) if one.done_at else Choice("done", _("it is reached"))
        works: dict[str, Callable[[Connection, Actor], object]] = {
            "done": lambda conn, actor: milestones.done(conn, actor, one.id, now),
            "reopen": lambda conn, actor: milestones.reopen(conn, actor, one.id, now),
            "remove": lambda conn, actor: milestones.remove(conn, actor, one.id, now),
        }
        self._pick(
            literal(one.name), [state, Choice("remove", _("remove it"))],
            lambda key: self._change(works[key], _("changed")),
        )  # fmt: skip
