"""The command palette's entries, from the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from smdash.locale import gettext as _
from smdash.tui.actions import ACTIONS

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


class DeskCommands(Provider):
    """Every action that has a palette entry; choosing one does what its key does."""

    def _entries(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]], str]]:
        app = cast("DeskApp", self.app)
        return [
            (_(action.help), partial(app.run_by_id, action.id), " ".join(app.key_words(action.id)))
            for action in ACTIONS
            if action.palette
        ]

    async def discover(self) -> Hits:
        for words, run, keys in self._entries():
            yield DiscoveryHit(words, run, help=keys or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for words, run, keys in self._entries():
            if (score := matcher.match(words)) > 0:
                yield Hit(score, matcher.highlight(words), run, help=keys or None)
