"""Reading a stranger's document in a process of its own, which can be ended and can't take the machine's memory.

Parsers need minutes for some documents of five megabytes, and a thread that is busy with one keeps the service from
ending.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from smdash import locale
from smdash.core.errors import ErrorKind, InputError, PlatformError
from smdash.platforms.problems import problem

T = TypeVar("T")

# How long reading may take (seconds), and how much address space it may fill (bytes): twice what was ever seen.
LONGEST_S = 20.0
MOST_MEMORY = 512 * 1024 * 1024


class TooMuch(Exception):
    """It took more time or memory than it may have."""


async def apart(work: Callable[..., T], *values: Any, longest_s: float = LONGEST_S, **named: Any) -> T:
    """``work(*values, **named)`` in a process of its own; all of it must be fit for pickle.

    Raises PlatformError and InputError as the work does, and TooMuch where a limit is passed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # The child needs to find this package, wherever the parent found it, and nothing of who we are.
        env={"PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[2]), *filter(None, sys.path)))},
    )
    try:
        async with asyncio.timeout(longest_s):
            asked = pickle.dumps((work, values, named, locale.language(), longest_s))
            out, _err = await process.communicate(asked)
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        done, found = pickle.loads(out)  # noqa: S301 it comes from our own child
    except (EOFError, pickle.UnpicklingError):
        raise TooMuch from None
    if done:
        return cast(T, found)
    if found is None:
        raise TooMuch
    kind, sentence = found
    if kind is None:
        raise InputError(sentence)
    # Once more, because the child knows no secrets to hide.
    raise problem(ErrorKind(kind), sentence)


def _work() -> None:
    """The child: one question on standard input, one answer on standard output."""
    import resource

    work, values, named, language, longest_s = pickle.load(sys.stdin.buffer)  # noqa: S301 from our own parent
    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, int(longest_s) + 1)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    os.nice(5)
    locale.use(language)
    answer: tuple[bool, object]
    try:
        answer = True, work(*values, **named)
    except PlatformError as error:
        answer = False, (error.kind.value, str(error))
    except InputError as error:
        answer = False, (None, str(error))
    except (MemoryError, RecursionError):
        answer = False, None
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _work()
