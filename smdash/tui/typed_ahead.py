"""Keys that come faster than the screen changes: each goes to what has the focus when its turn comes.

Textual gives a key to the widget that has the focus when the key is read. Over a slow line several are read at once,
and the letters typed after ``/`` would be keys of the list below.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.widget import Widget


class TypedAhead(App[None], inherit_bindings=False):
    """The app's part that passes a key on once more where the focus has moved since it was read."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._given_to: WeakKeyDictionary[events.Key, Widget] = WeakKeyDictionary()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            there = self.focused or self.screen
            # A key that comes back here was taken by nobody on its way up.
            if event.is_forwarded and self._given_to.get(event, there) is not there:
                self._given_to[event] = there
                # Textual stops what has come up to its sender, which would keep it from coming up again.
                event.stop(False)
                there._forward_event(event)
                return
            self._given_to[event] = there
        await super().on_event(event)
