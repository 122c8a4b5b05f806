"""What the keys of the Campaigns screen do: campaigns are planned and changed where they are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from smdash.core import campaign_plan, formats, labels
from smdash.core.campaigns import FIGURES
from smdash.core.clock import Span, find_zone
from smdash.core.errors import InputError, SmdashError
from smdash.core.records import Campaign, CampaignKind
from smdash.locale import gettext as _
from smdash.store import brands, campaign_edit, campaign_sets, campaigns
from smdash.tui.actions import binding, bindings
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.panes.campaign_parts import NOBODY, OTHER, CampaignParts
from smdash.tui.screens.picker import MOST_CHOICES, Choice

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

# Cells of a name or a note beside a choice.
MOST_BESIDE = 24


class CampaignPlan(CampaignParts):
    """The timeline with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("campaigns"),
        *(
            binding(one)
            for one in (
                "list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up", "list.open",
                "list.copy", "list.clear",
            )
        ),
    ]  # fmt: skip

    # Campaigns.

    def action_new_campaign(self) -> None:
        kinds = [Choice(kind.value, labels.campaign_kind(kind)) for kind in CampaignKind]
        self._pick(
            _("What kind of campaign?"), kinds,
            lambda kind: self._ask_name(
                _("What is it called?"),
                lambda name: self._ask_days(
                    _("Its first and last day?"), lambda days: self._new(CampaignKind(kind), name, days), None, None
                ),
            ),
        )  # fmt: skip

    def _new(self, kind: CampaignKind, name: str, days: Span) -> None:
        now, zone = self.now, self.host.backend.team.zone

        def work(conn: Connection, actor: Actor) -> int:
            phases = campaign_plan.phases(kind, days, find_zone(zone))
            return campaigns.add(
                conn, actor, now, name=name, kind=kind, starts_at=days.start, ends_at=days.end, zone=zone,
                phases=phases,
            )  # fmt: skip

        async def do() -> None:
            made = await self._write(work)
            if made is not None:
                self.follow(made)
                self.host.say(_("“{name}” is planned, with the phases of its kind").format(name=literal(name)))

        self.host.spawn(do())

    def action_edit_campaign(self) -> None:
        campaign = self._chosen()
        if campaign is None:
            return
        zone = find_zone(campaign.zone)
        days = self._span_words(Span(campaign.starts_at, campaign.ends_at), zone)
        choices = [
            Choice("name", _("name"), _short(campaign.name)),
            Choice("days", _("days; its phases move along"), days),
            Choice("kind", _("kind"), labels.campaign_kind(campaign.kind)),
            Choice("brand", _("brand"), literal(campaign.brand or "")),
            Choice("note", _("note"), _short(campaign.note or "")),
            Choice("goal", _("a figure that it is to reach")),
            Choice("label", _("mentions with a label belong to it")),
            Choice("link", _("mentions with a link that begins so belong to it")),
        ]
        self._pick(_("Change what of {name}?").format(name=literal(campaign.name)), choices, self._edit_part(campaign))

    def _edit_part(self, campaign: Campaign) -> Callable[[str], None]:
        one, now = campaign.id, self.now
        changed = _("changed")

        def rename(name: str) -> None:
            self._change(lambda conn, actor: campaign_edit.edit(conn, actor, one, now, name=name), changed)

        def days(span: Span) -> None:
            def work(conn: Connection, actor: Actor) -> object:
                return campaign_edit.edit(
                    conn, actor, one, now, starts_at=span.start, ends_at=span.end, shift_phases=True
                )

            self._change(work, changed)

        def kind(value: str) -> None:
            self._change(
                lambda conn, actor: campaign_edit.edit(conn, actor, one, now, kind=CampaignKind(value)), changed
            )

        def note(text: str) -> None:
            self._change(
                lambda conn, actor: campaign_edit.edit(conn, actor, one, now, note="" if text == "-" else text), changed
            )

        def take(part: str) -> None:
            if part == "name":
                self._ask_name(_("What is it called?"), rename, campaign.name)
            elif part == "days":
                old = Span(campaign.starts_at, campaign.ends_at)
                self._ask_days(_("Its first and last day?"), days, campaign, old)
            elif part == "kind":
                self._pick(
                    _("What kind?"), [Choice(one.value, labels.campaign_kind(one)) for one in CampaignKind], kind
                )
            elif part == "note":
                self._ask(
                    _("What is worth knowing? (- for nothing)"), lambda _text: "", note, value=campaign.note or ""
                )
            elif part == "brand":
                self.host.spawn(self._ask_brand(campaign))
            elif part == "goal":
                self._ask_goal(campaign)
            else:
                self._ask_scope(campaign, part)

        return take

    async def _ask_brand(self, campaign: Campaign) -> None:
        now = self.now
        try:
            known = await self.host.backend.read(brands.select)
        except SmdashError as problem:
            self.host.say(str(problem), "error")
            return
        if not known:
            self.host.say(_("there are no brands; add one with: smdash brand add"))
            return

        def take(name: str) -> None:
            if name == OTHER:
                self._ask(_("For which brand?"), lambda _text: "", take)
                return
            self._change(
                lambda conn, actor: campaign_edit.edit(conn, actor, campaign.id, now, brand=name), _("changed")
            )

        choices = [Choice(NOBODY, _("none")), *(Choice(one.name, literal(one.name)) for one in known)]
        if len(choices) > MOST_CHOICES:
            choices[MOST_CHOICES - 1 :] = [Choice(OTHER, _("another…"))]
        self._pick(_("For which brand?"), choices, take)

    def _ask_goal(self, campaign: Campaign) -> None:
        now, whole = self.now, self.whole
        wanted = {one.figure: one.target for one in whole.goals} if whole else {}
        choices = [
            Choice(one, labels.figure(one), formats.number(wanted[one]) if one in wanted else "") for one in FIGURES
        ]

        def check(text: str) -> str:
            number = text.replace(".", "").replace(",", "")
            if not (number.isascii() and number.isdigit() and len(number) <= 12):
                raise InputError(_("“{text}” is not a number; 0 takes the goal away").format(text=text))
            return formats.number(int(number))

        def figure_chosen(figure: str) -> None:
            def take(text: str) -> None:
                goal = int(text.replace(".", "").replace(",", "")) or None
                self._change(
                    lambda conn, actor: campaign_sets.set_goals(conn, actor, campaign.id, now, {figure: goal}),
                    _("changed"),
                )

            self._ask(
                _("How many {figure} by its end? (0 for no goal)").format(figure=labels.figure(figure)), check, take,
                value=str(wanted.get(figure, "")),
            )  # fmt: skip

        self._pick(_("Which figure?"), choices, figure_chosen)

    def _ask_scope(self, campaign: Campaign, kind: str) -> None:
        now = self.now
        asked = _("Which label?") if kind == "label" else _("How does the link begin?")

        def take(text: str) -> None:
            self._change(
                lambda conn, actor: campaign_sets.change_scope(conn, actor, campaign.id, now, [(kind, text)]),
                _("what has it belongs to the campaign"),
            )

        self._ask(asked, lambda _text: "", take)

    def action_cancel_campaign(self) -> None:
        campaign = self._chosen()
        if campaign is None:
            return
        now = self.now
        self._pick(
            _("Call {name} off?").format(name=literal(campaign.name)),
            [Choice("no", _("no")), Choice("yes", _("call it off; its posts stay planned"))],
            lambda answer: self._change(
                lambda conn, actor: campaign_edit.cancel(conn, actor, campaign.id, now),
                _("“{name}” is called off; {key} takes that back").format(
                    name=literal(campaign.name), key=self.host.key_of("undo")
                ),
            ) if answer == "yes" else None,
        )  # fmt: skip

    # The rest.

    def action_copy(self) -> None:
        if (campaign := self._chosen()) is not None:
            self.host.copy_to_clipboard(campaign.name)
            self.host.say(_("copied"))

    def action_clear(self) -> None:
        if self.over:
            self.action_over()
        else:
            self.host.desk.unzoom()


def _short(text: str) -> str:
    """As much of a name or a note as stands beside a choice."""
    return fit(literal(text), min(width_of(literal(text)), MOST_BESIDE))
