"""The command palette's entries, from the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from smdash.locale import gettext as _
from smdash.tui.actions import ACTIONS

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


class DeskCommands(Provider):
    """Every action that has a palette entry; choosing one does what its key does."""

    def _entries(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]], str]]:
        app = cast("DeskApp", self.app)
        # Over the desk every action has an entry, elsewhere those that its keys do there.
        here = {active.binding.id for active in self.screen.active_bindings.values()}
        everything = self.screen is app.desk
        return [
            (_(action.help), partial(app.run_by_id, action.id), " ".join(app.key_words(action.id)))
            for action in ACTIONS
            if action.palette and (everything or action.id in here)
        ]

    async def discover(self) -> Hits:
        for words, run, keys in self._entries():
            yield DiscoveryHit(words, run, help=keys or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        found = False
        for words, run, keys in self._entries():
            if (score := matcher.match(words)) > 0:
                found = True
                yield Hit(score, matcher.highlight(words), run, help=keys or None)
        if not found:
            yield Hit(0.5, _("no command has these words"), _nothing)


def _nothing() -> None:
    """What choosing the remark that nothing was found does."""


class Commands(CommandPalette):
    """Textual's palette, opened by our own action so that its words and its key are ours."""
