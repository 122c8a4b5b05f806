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
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from smdash.tui.columns import align
from smdash.tui.lean import fold
from smdash.tui.leaving import Leaving, exit_code
from smdash.tui.outlet import CANCEL, Outlet
from smdash.tui.title import PUT_BACK

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp

# A lone escape is a key when nothing follows it: so long, and so often, the parser is asked after each input.
LOOK_S = 0.06
LOOKS = 4
# How long what is left to write may take when the terminal is given back (seconds).
DRAIN_S = 0.4
# Output that is not written yet may grow to this before frames are held back (bytes).
PENDING = 2_048
# How long frames wait for the terminal's answer at most (seconds).
ANSWER_S = 3.0
# Asks whether synchronised output is known; a terminal answers when it has drawn all that came before.
PROBE = "\x1b[?2026$p"
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
        self._input_ended = False
        self._stopped = False
        # Flow: what was sent, up to where the terminal has answered, and the probes on their way.
        self._sent = 0
        self._answered = 0
        self._probes: deque[int] = deque()
        self._answers = False
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
        outlet = self._outlet
        if outlet is None:
            return
        raw = align(fold(data)).encode(self._encoding, "replace")
        outlet.write(raw)
        self._sent += len(raw)
        window = self.desk_app.terminal.window
        unanswered = self._sent - self._answered
        last_probe = self._probes[-1] if self._probes else self._answered
        if self._answers and (self._sent - last_probe >= window // 3):
            outlet.write(PROBE.encode())
            self._probes.append(self._sent)
        if not self._holding and ((self._answers and unanswered > window) or outlet.pending > max(PENDING, len(raw))):
            self._hold()

    def _hold(self) -> None:
        """Let the terminal catch up: until then nothing is drawn, and then the newest state is."""
        self._holding = True
        self.desk_app.hold_frames()
        self._loop.call_later(ANSWER_S, self._stop_waiting, self._sent)

    def _stop_waiting(self, sent: int) -> None:
        """No answer came: either it is a very slow line, or the probe was lost on a terminal that was attached anew."""
        if self._holding and self._answered < sent:
            self._answered = sent
            self._probes.clear()
        self._caught_up()

    def _caught_up(self) -> None:
        if not self._holding or self._outlet is None:
            return
        behind = self._answers and self._sent - self._answered > self.desk_app.terminal.window // 2
        if not behind and not self._outlet.pending:
            self._holding = False
            self.desk_app.release_frames()

    def _drained(self) -> None:
        """The outlet has written all it had (called in its thread)."""
        if self._holding:
            self._in_loop(self._caught_up)

    def _answer(self) -> None:
        self._answers = True
        if self._probes:
            self._answered = max(self._probes.popleft(), self._answered)
        self._caught_up()

    def process_message(self, message: Message) -> None:
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            # Called in the input's thread.
            known = self._answers
            self._in_loop(self._answer)
            if known:
                return
        super().process_message(message)

    # The terminal is taken and given back.

    def start_application_mode(self) -> None:
        self._input_ended = False
        self._outlet = Outlet(sys.__stderr__.fileno() if sys.__stderr__ else 2, self._drained, self._vanished)
        self._outlet.start()
        self._sent = self._answered = 0
        self._probes.clear()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.desk_app.window_title.open(self.write)

    def stop_application_mode(self) -> None:
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
                if typed := decode(raw):
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
