"""Keys that come faster than the screen changes: each goes, in its turn, to what has the focus by then.

Textual gives a key to the widget that has the focus when the key is read. Over a slow line several are read at once:
the letters typed after ``/`` would be keys of the list below, and those that are on their way up from the list would be
overtaken by those that are read a moment later. So a key waits until what the one before it did is done.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

from textual import events, on
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget

# How long a key waits for the one before it at most: a widget that is taken away answers nothing (seconds).
PATIENCE_S = 0.25


class KeyHandled(Message):
    """Sent behind a key, on its way: when this comes up, whatever took the key has taken it."""

    def __init__(self, behind: events.Key, where: Widget) -> None:
        super().__init__()
        self.behind = behind
        self.where = where
        # Textual lets nothing go up beyond its sender's child.
        self._sender = None


class TypedAhead(App[None], inherit_bindings=False):
    """The app's part that gives one key after the other, and once more where the focus has moved meanwhile."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._given_to: WeakKeyDictionary[events.Key, Widget] = WeakKeyDictionary()
        # The key that nobody has answered for yet, and those that wait for that.
        self._out: events.Key | None = None
        self._next: deque[events.Key] = deque()
        self._patience: TimerHandle | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not event.is_forwarded:
            self._next.append(event)
            await self._give()
        elif not self._moved_on(event):
            # It was taken by nobody on its way up, so it may be the app's.
            await super().on_event(event)
            if event is self._out:
                self._answered()
                await self._give()

    def _moved_on(self, event: events.Key) -> bool:
        """Pass the key on where the focus went elsewhere since it was given."""
        there = self.focused
        if there is None or self._given_to.get(event, there) is there:
            return False
        self._given_to[event] = there
        # Textual stops what has come up to its sender, which would keep it from coming up again.
        event.stop(False)
        there._forward_event(event)
        return True

    async def _give(self) -> None:
        """Give the keys that wait, until one of them is on its way."""
        if self._out is not None and not self._may_answer(self._given_to[self._out]):
            # Taking the key closed what took it.
            self._answered()
        while self._next and self._out is None:
            event = self._next.popleft()
            self._given_to[event] = self.focused or self.screen
            self._out = event
            await super().on_event(event)
            if not event.is_forwarded:
                self._out = None
        if self._next and self._out is not None and self._patience is None:
            self._patience = get_running_loop().call_later(PATIENCE_S, self._ask, self._out, self)
            self._ask(self._out, self._given_to[self._out])

    def _ask(self, event: events.Key, way: MessagePump) -> None:
        """Send the question the key's way, or straight to the app, which then waits no longer."""
        way.post_message(KeyHandled(event, self._given_to[event]))

    def _may_answer(self, where: Widget) -> bool:
        node: MessagePump | None = where
        top: MessagePump = where
        while node is not None and node is not self:
            if node._closing or node._closed:
                return False
            top, node = node, node._parent
        return node is self and top in self.screen_stack

    def _answered(self) -> None:
        self._out = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    @on(KeyHandled)
    async def _handled(self, message: KeyHandled) -> None:
        if message.behind is not self._out:
            return
        there = self._given_to[message.behind]
        if there is not message.where:
            # The key was passed on meanwhile, and its question stayed behind.
            self._ask(message.behind, there)
            return
        self._answered()
        await self._give()
