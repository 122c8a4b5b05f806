"""A bug ends the dashboard, but never on the screen: the error goes to whoever ran the app, the terminal is put back.

Textual would print the locals of every frame: mentions, names, paths. So what it has rendered is dropped, and errors
that it does not see (of tasks, timers and threads, which would be printed across the picture) end the app as well.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from textual.app import App

if TYPE_CHECKING:
    from rich.console import RenderableType


class Panic(Exception):
    """Something ended the app without an exception of its own, such as the thread that reads the keys."""


class Guarded(App[None]):
    """An app whose unexpected errors are kept in ``crash`` and printed by nobody."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._guarded: set[asyncio.Task[Any]] = set()

    @property
    def crash(self) -> Exception | None:
        """The first unexpected error, once the app has ended."""
        return self._exception

    def guard(self) -> None:
        """See to the errors of this loop's callbacks and of threads, too; called when the app is mounted."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, found: self._end_by(found.get("exception"), found.get("message", "")))

        def in_thread(found: threading.ExceptHookArgs) -> None:
            if found.exc_type is not SystemExit:
                loop.call_soon_threadsafe(self._end_by, found.exc_value, "")

        threading.excepthook = in_thread

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine beside the event handlers; the app keeps hold of it, and its bugs are the app's."""
        task = asyncio.create_task(work)
        self._guarded.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._guarded.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._end_by(problem, "")

    def _end_by(self, problem: BaseException | None, words: str) -> None:
        with self._context():
            self._handle_exception(problem if isinstance(problem, Exception) else Panic(words or repr(problem)))

    # Textual's own ways out, without what they print.

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        if self._exception is None:
            self._exception = _told_by(renderables)
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()


def _told_by(renderables: tuple[RenderableType, ...]) -> Exception:
    """The error behind a rendered traceback, as far as it can be told."""
    for one in renderables:
        if isinstance(one, Exception):
            return one
        for stack in getattr(getattr(one, "trace", None), "stacks", ())[:1]:
            frames = "; ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack.frames)
            words = f"{stack.exc_type}: {stack.exc_value} ({frames})"
            # The terminal went away: nothing that smdash did wrong.
            return OSError(stack.exc_value) if stack.exc_type == "OSError" else Panic(words)
    return Panic("panic")
