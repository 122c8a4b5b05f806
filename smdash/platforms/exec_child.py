"""Runs one program for ``exec`` and ends with it: a process of its own, started by file, that imports nothing of ours.

    exec_child.py PARENT_PID MEMORY_BYTES PROGRAM [ARGUMENT]...

Whatever the program started ends with it, and all of it where this process is asked to end (SIGTERM) or whoever started
it dies. On Linux that holds for those too that made sessions of their own: they become this process's children
(prctl(2), PR_SET_CHILD_SUBREAPER). Leaves with the program's own code, or 128 and the signal's number.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator

_PDEATHSIG, _SUBREAPER = 1, 36
# What can't be killed within so many seconds is stuck in the kernel.
_PATIENCE_S = 3.0


def main(arguments: list[str]) -> int:
    parent, memory, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    asked: list[int] = []
    program = 0

    def end(number: int, _frame: object) -> None:
        asked.append(number)
        if program:
            _kill_group(program)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    if os.getppid() != parent:
        return 128 + signal.SIGTERM
    program = os.fork()
    if program == 0:
        _become(command, memory)
    if asked:
        _kill_group(program)
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    _kill_group(program)
    _end_rest()
    return 128 + asked[0] if asked else code if code >= 0 else 128 - code


def _become(command: list[str], memory: int) -> None:
    """In the new process: the program takes our place, or the reason why not is its last word."""
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0)):
            _hard = resource.getrlimit(kind)[1]
            least = most if _hard == resource.RLIM_INFINITY else min(most, _hard)
            resource.setrlimit(kind, (least, least))
        os.execvp(command[0], command)  # noqa: S606 the point of it: no shell
    except OSError as problem:
        os.write(2, f"{command[0]}: {problem.strerror}\n".encode("utf-8", "replace"))
    finally:
        os._exit(126)


def _kill_group(program: int) -> None:
    try:
        os.killpg(program, signal.SIGKILL)
    except OSError:
        # It is over, or its group is not made yet: then the process itself.
        try:
            os.kill(program, signal.SIGKILL)
        except OSError:
            pass


def _end_rest() -> None:
    """Kill what the program left behind, generation by generation, as it becomes ours."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        for child in _children():
            try:
                os.kill(child, signal.SIGKILL)
            except OSError:
                pass
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
        except ChildProcessError:
            return


def _children() -> Iterator[int]:
    """Our own ones, where the system tells (Linux)."""
    me = os.getpid()
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208 nothing more is imported
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as opened:  # noqa: PTH123
                    fields = opened.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if len(fields) > 1 and int(fields[1]) == me:
                yield int(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
