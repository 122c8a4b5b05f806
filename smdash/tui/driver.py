"""The terminal: input, output, signals, suspending. Whatever becomes of it, the dashboard follows within two seconds.

Textual's driver reads its keys, sets its modes and restores them; what differs here is what happens when things go
wrong: a terminal that went away ends the process, one that doesn't read delays nobody, and one that is slow gets the
newest picture instead of every one in between.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from smdash.tui.flow import ANSWER, PROBE, Flow
from smdash.tui.leaving import Leaving, exit_code
from smdash.tui.outlet import CANCEL, Outlet
from smdash.tui.picture import Picture
from smdash.tui.title import PUT_BACK

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp

# A lone escape is a key when nothing follows it: so long, and so often, the parser is asked after each input.
LOOK_S = 0.06
LOOKS = 4
# How long what is left to write may take when the terminal is given back (seconds).
DRAIN_S = 0.4
# A picture that is drawn within this time after a key answers it, and is sent before what others changed (seconds).
ANSWERS_KEY_S = 0.2
# Begin and end of synchronised output, which Textual puts around each of its pictures and the driver around what it
# sends of them.
SYNC, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
# What an answer that was cut between two reads may end with.
ANSWER_BEGINS = (ANSWER[:2], ANSWER[:3])
TITLE = "\x1b]2;"
# What leaving writes when the event loop can't: paste, mouse and focus modes off, wrap on, keyboard, title and screen.
GIVE_BACK = (
    "\x1b[?2026l\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
)


class TerminalDriver(LinuxDriver):
    """Textual's driver, for terminals as they are."""

    def __init__(self, app: Any, *, debug: bool = False, mouse: bool = True, size: Any = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.desk_app = cast("DeskApp", app)
        self._outlet: Outlet | None = None
        self._encoding = getattr(self._file, "encoding", None) or "utf-8"
        self._wake_read, self._wake_write = os.pipe()
        self._ending = False
        self._input_ended = False
        self._stopped = False
        self._flow = Flow()
        self._picture = Picture(erases=self.desk_app.terminal.erases)
        self._arranged: tuple[int, int] | None = None
        self._title = ""
        self._syncs = False
        self._typed_at = float("-inf")
        # Waiting for answers: when that began to be watched, and whether nothing is drawn meanwhile.
        self._watching = False
        self._holding = False
        self.leaving = Leaving(app, self._loop, self.give_back)
        self.leaving.hear()
        signal.signal(signal.SIGTSTP, lambda *_caught: self._in_loop(self.suspend_process))
        signal.signal(signal.SIGCONT, self._continued)

    def _in_loop(self, work: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:
            # The loop has ended: the process is on its way out.
            return

    # Output.

    def write(self, data: str) -> None:
        """Take a picture of Textual's, or some other sequence; what there is room for is sent."""
        if self._outlet is None or data in (SYNC, SYNC_END):
            return
        arranged = self.desk_app.arranged_size
        if arranged != self._arranged:
            # What was drawn for another size is no part of this picture, and nobody knows what became of it.
            self._arranged = arranged
            self._picture.forget()
        other = self._picture.take(data, urgent=monotonic() - self._typed_at < ANSWERS_KEY_S)
        if other.startswith(TITLE):
            # On a line that stands still they would pile up.
            self._title = other
        elif other:
            self._put(other)
        self._send()

    def _put(self, data: str, *, more: bool = False) -> None:
        if self._outlet is None:
            return
        raw = data.encode(self._encoding, "replace")
        if self._flow.sent(len(raw), monotonic(), more=more):
            raw += PROBE.encode()
        self._outlet.write(raw)

    def _send(self) -> None:
        """Send of the picture what there is room for; the rest, by then perhaps another one, when there is again."""
        outlet = self._outlet
        if outlet is None or self._ending:
            return
        while not self._picture.is_shown or self._title:
            room = self._flow.room(outlet.pending)
            if room <= 0:
                self._watch()
                return
            if self._title:
                title, self._title = self._title, ""
                self._put(title)
                continue
            changes = self._picture.changes(room)
            if changes:
                changes = f"{SYNC}{changes}{SYNC_END}" if self._syncs else changes
                self._put(changes, more=not self._picture.is_shown)

    def _watch(self) -> None:
        """Look after a while whether an answer has come."""
        if not self._watching:
            self._watching = True
            self._loop.call_later(self._flow.lost_s, self._stop_waiting, self._flow.answers_heard)

    def _stop_waiting(self, heard: int) -> None:
        """No answer came: either the line stands still, or the question was lost on a terminal attached anew."""
        self._watching = False
        if self._outlet is None or self._ending:
            return
        if self._flow.answers_heard == heard:
            # Nobody sees it, so nothing is drawn; once in a while the newest picture is tried.
            self._hold(True)
            if not self._outlet.pending:
                self._flow.lost()
        self._send()

    def _hold(self, hold: bool) -> None:
        if hold != self._holding:
            self._holding = hold
            if hold:
                self.desk_app.hold_frames()
            else:
                self.desk_app.release_frames()

    def _drained(self) -> None:
        """The outlet has written all it had (called in its thread)."""
        self._in_loop(self._moved_on)

    def _moved_on(self) -> None:
        if not self._flow.answers:
            self._hold(False)
        self._send()

    def _heard(self, answers: int) -> None:
        now = monotonic()
        for _answer in range(answers):
            self._flow.answered(now)
        self._hold(False)
        self._send()

    def redraw(self) -> None:
        """Whatever is on the terminal, draw it anew."""
        self._picture.forget()

    def process_message(self, message: Message) -> None:
        # Called in the input's thread.
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            self._syncs = True
        elif isinstance(message, events.Key | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp):
            self._typed_at = monotonic()
        super().process_message(message)

    # The terminal is taken and given back.

    def start_application_mode(self) -> None:
        self._input_ended = False
        self._outlet = Outlet(sys.__stderr__.fileno() if sys.__stderr__ else 2, self._drained, self._vanished)
        self._outlet.start()
        self._ending = False
        self._flow.begin()
        self._picture.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._put(PROBE)
        textuals = signal.getsignal(signal.SIGWINCH)
        if callable(textuals):
            signal.signal(signal.SIGWINCH, lambda *caught: self._resized(textuals, *caught))
        self.desk_app.window_title.open(self.write)

    def _resized(self, textuals: Callable[..., object], *caught: object) -> None:
        """Another size, or the same one on a terminal attached anew: what is on it is unknown."""
        self._in_loop(self.desk_app.redraw)
        textuals(*caught)

    def stop_application_mode(self) -> None:
        self._ending = True
        self._title = ""
        if self._outlet is not None and self._outlet.pending:
            # A frame that nobody will see must not stand in the way of the modes.
            self._outlet.drop()
        self.desk_app.window_title.close()
        super().stop_application_mode()

    def disable_input(self) -> None:
        self._input_ended = True
        os.write(self._wake_write, b".")
        super().disable_input()

    def close(self) -> None:
        if self._outlet is not None:
            self._outlet.stop(DRAIN_S)
            self._outlet = None
        super().close()

    def give_back(self) -> None:
        """Restore the terminal without the event loop and without waiting: the process ends right after."""
        if self.attrs_before is not None:
            try:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            except termios.error:
                return
        handle = self._outlet._fd if self._outlet is not None else 2
        if select.select([], [handle], [], 0)[1]:
            tail = PUT_BACK if self.desk_app.terminal.title else ""
            os.write(handle, CANCEL + (GIVE_BACK + tail).encode())

    # Input.

    def _vanished(self) -> None:
        """The terminal is gone: nobody sees the dashboard any more (called in any thread)."""
        if not self.leaving.begun:
            self.leaving.begin(exit_code(signal.SIGHUP))

    def run_input_thread(self) -> None:
        """Read keys until the driver stops or the terminal is gone; sleeps while nothing is typed."""
        parser = XTermParser(self._debug)
        kept = ""
        decode = getincrementaldecoder("utf-8")("replace").decode
        looks = 0
        while not self._input_ended:
            ready, _out, _odd = select.select([self.fileno, self._wake_read], [], [], LOOK_S if looks else None)
            if self._wake_read in ready:
                os.read(self._wake_read, 1)
                continue
            looks = max(looks - 1, 0)
            if self.fileno in ready:
                looks = LOOKS
                try:
                    raw = os.read(self.fileno, 4_096)
                except BlockingIOError:
                    continue
                except OSError:
                    # EIO: the other side of the terminal was closed.
                    raw = b""
                if not raw:
                    self._vanished()
                    return
                typed, kept = kept + decode(raw), ""
                if answers := typed.count(ANSWER):
                    typed = typed.replace(ANSWER, "")
                    self._in_loop(partial(self._heard, answers))
                if typed.endswith(ANSWER_BEGINS):
                    typed, _escape, kept = typed.rpartition("\x1b")
                    kept = "\x1b" + kept
                for event in parser.feed(typed) if typed else ():
                    self.process_message(event)
            elif kept:
                # Nothing followed: it was no answer.
                typed, kept = kept, ""
                for event in parser.feed(typed):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    # Suspending.

    def suspend_process(self) -> None:
        """Give the terminal to the shell and stop, as ^z does; go on when the shell says ``fg``."""
        if self.leaving.begun:
            return
        self.suspend_application_mode()
        self._stopped = False
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # The whole job, as the terminal would: a wrapper that started the dashboard must stop too. The kernel lets
        # nothing stop that no shell could continue.
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self._take_terminal()
        self.resume_application_mode()
        self.desk_app.came_back(stopped=self._stopped)

    def _continued(self, *_caught: object) -> None:
        if self._outlet is None:
            # Within suspend_process, which goes on by itself.
            self._stopped = True
        elif not self.leaving.begun:
            self._in_loop(self._renew)

    def _renew(self) -> None:
        """After a stop from outside (``kill -STOP``): the shell has used the terminal meanwhile."""
        if self.leaving.begun or self._outlet is None or not self._take_terminal():
            return
        self.suspend_application_mode()
        self.resume_application_mode()
        self.desk_app.came_back(stopped=True)

    def _take_terminal(self) -> bool:
        """Wait to be in the foreground: a change of the terminal's modes stops a process that is not."""
        while True:
            try:
                termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))
            except termios.error as problem:
                if problem.args[0] == errno.EINTR:
                    continue
                self._vanished()
                return False
            return True
