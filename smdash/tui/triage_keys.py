"""The keys of a mention, the same in the list and on the mention that is shown whole."""

from __future__ import annotations

from smdash.tui.host import Hosted


class TriageKeys(Hosted):
    """Mixed into what shows mentions; it says which of them a key means."""

    def triage_ids(self) -> list[int]:
        """The mentions that a key means now."""
        raise NotImplementedError  # each place's own; ABCMeta can't stand beside Textual's private metaclass

    def reply_id(self) -> int | None:
        """The one mention that a reply or a note is for."""
        raise NotImplementedError  # each place's own; ABCMeta can't stand beside Textual's private metaclass

    def leave(self, ids: list[int]) -> object:
        """These went off the list."""

    def action_done(self) -> None:
        if ids := self.triage_ids():
            self.host.acts.finish(ids)

    def action_take(self) -> None:
        if ids := self.triage_ids():
            self.host.acts.take(ids)

    def action_priority(self) -> None:
        if ids := self.triage_ids():
            self.host.acts.raise_priority(ids)

    def action_star(self) -> None:
        if ids := self.triage_ids():
            self.host.acts.star(ids)

    def action_repeat(self) -> None:
        if ids := self.triage_ids():
            self.host.acts.repeat(ids)

    def action_reply(self) -> None:
        if one := self.reply_id():
            self.host.acts.reply(one)

    def action_saved(self) -> None:
        if one := self.reply_id():
            self.host.acts.reply(one, saved_first=True)

    def action_note(self) -> None:
        if one := self.reply_id():
            self.host.acts.ask_note(one)

    def action_person(self) -> None:
        if one := self.reply_id():
            self.host.acts.show_person(one)

    def action_moderate(self, what: str) -> None:
        if ids := self.triage_ids():
            self.host.acts.moderate(ids, what)

    def action_merge(self) -> None:
        self.host.acts.merge(self.triage_ids())

    def action_unmerge(self) -> None:
        if one := self.reply_id():
            self.host.acts.unmerge(one)

    async def action_views(self) -> None:
        await self.host.acts.ask_view()

    async def action_assign(self) -> None:
        if ids := self.triage_ids():
            await self.host.acts.ask_assignee(ids)

    async def action_label(self) -> None:
        if ids := self.triage_ids():
            await self.host.acts.ask_label(ids)

    async def action_snooze(self) -> None:
        if ids := self.triage_ids():
            await self.host.acts.ask_snooze(ids)
