"""A queue before the write lock: who waits for it sleeps in the kernel and is woken when it is their turn.

SQLite knows no queue: who finds the lock taken asks again and again. Fifty desks that ask take the processor from the
one that holds the lock, which then holds it longer, so that after one slow moment a hundred desks never came to rest
again. So they line up at an advisory lock on the database's folder first (flock, which needs no file of its own and
ends with its process). It is about turns alone: SQLite's own lock still decides, and programs that know nothing of the
queue do no harm. Source: flock(2).

A forked child inherits the open folder and with it the place in the queue, which would outlive a parent that is killed;
so it lets go of both at once and has no queue.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

# How long who finds somebody ahead looks again before lining up (seconds): most turns take a millisecond or two, and
# being woken in the queue takes as long.
GLANCES_S = (0.0004, 0.0008, 0.0016)


class Turn:
    """A place in the queue of one folder. One thread at a time takes and gives back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = self._open()
        self._held: int | None = None
        # What waits for its turn is a thread, since a wait in the kernel knows no deadline.
        self._changed = threading.Condition()
        self._asked = self._has = self._given_up = self._closed = False
        self._waiter: threading.Thread | None = None
        self._place: int | None = None
        _TURNS.add(self)

    def _open(self) -> int | None:
        try:
            return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None  # a folder that may be passed through and not read has no queue

    def take(self, wait_s: float) -> bool:
        """Wait for the turn, at most so many seconds; returns whether it came, as it does where there is no queue."""
        if self._own is None:
            return True
        for glance_s in (*GLANCES_S, None):
            try:
                fcntl.flock(self._own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if wait_s <= 0:
                    return False
                if glance_s is not None:
                    time.sleep(glance_s)
            except OSError:
                return True  # a file system that knows no such locks
            else:
                self._held = self._own
                return True
        return self._queue(wait_s)

    def _queue(self, wait_s: float) -> bool:
        with self._changed:
            if not self._line_up():
                return True
            try:
                self._changed.wait_for(lambda: self._has or self._closed, wait_s)
                return self._has
            finally:
                # Whether the time is over or the wait was broken off: what comes now is wanted by nobody.
                self._given_up = not self._has

    def _line_up(self) -> bool:
        """Have the thread wait, which keeps its place if it waits already; returns whether there is a queue."""
        self._given_up = False
        if self._asked:
            return True
        if self._waiter is None:
            place = self._open()
            if place is None:
                return False
            waiter = threading.Thread(target=self._wait, args=(place,), name="turn", daemon=True)
            try:
                waiter.start()
            except RuntimeError:  # no more threads, or the interpreter is about to end
                os.close(place)
                return False
            self._waiter, self._place = waiter, place
        self._asked = True
        self._changed.notify_all()
        return True

    def _wait(self, place: int) -> None:
        """The thread that sleeps in the queue; a turn that nobody wants any more is given back at once."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: (self._asked and not self._has) or self._closed)
                if self._closed:
                    self._place = None
                    break
            with suppress(OSError):
                fcntl.flock(place, fcntl.LOCK_EX)
            with self._changed:
                if self._given_up or self._closed:
                    self._asked = self._given_up = False
                    with suppress(OSError):
                        fcntl.flock(place, fcntl.LOCK_UN)
                else:
                    self._has, self._held = True, place
                    self._changed.notify_all()
        os.close(place)

    def give_back(self) -> None:
        """Let the next one in; nothing where no turn was taken."""
        held, self._held = self._held, None
        if held is None:
            return
        with suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_UN)
        if held != self._own:
            with self._changed:
                self._asked = self._has = False

    def close(self) -> None:
        """Leave the queue for good."""
        self.give_back()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        own, self._own = self._own, None
        if own is not None:
            os.close(own)

    def forget(self) -> None:
        """In a forked child: let go of what is the parent's, without giving the parent's turn back."""
        for handle in (self._own, self._place):
            if handle is not None:
                with suppress(OSError):
                    os.close(handle)
        self._own = self._place = self._held = self._waiter = None
        self._changed = threading.Condition()
        self._asked = self._has = self._given_up = False


_TURNS: weakref.WeakSet[Turn] = weakref.WeakSet()


def _forget_all() -> None:
    for turn in list(_TURNS):
        turn.forget()


os.register_at_fork(after_in_child=_forget_all)
