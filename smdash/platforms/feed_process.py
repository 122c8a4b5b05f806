"""Reading a feed's document in a process of its own, which can be ended and can't take the machine's memory.

feedparser needs minutes for some documents of five megabytes (nested tags, attributes, namespaces), and a thread that
is busy with one keeps the service from ending. Small documents are read here, because a process costs a third of a
second.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from smdash import locale
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.feed_parse import Parsed, parse
from smdash.platforms.problems import problem, quote

# Up to so many bytes a document takes a second and a half at the very worst.
SMALL = 65_536
# How long reading may take (seconds), and how much address space it may fill (bytes): twice what was ever seen.
LONGEST_S = 20.0
MOST_MEMORY = 512 * 1024 * 1024


async def parse_within(
    body: bytes, *, url: str, content_type: str, content_location: str, now: datetime, longest_s: float | None = None
) -> Parsed:
    """``feed_parse.parse`` within limits. Raises PlatformError as that does, and (server) where a limit is passed."""
    longest_s = LONGEST_S if longest_s is None else longest_s
    asked = {"url": url, "content_type": content_type, "content_location": content_location, "now": now}
    # A few bytes of entities may stand for many.
    if len(body) <= SMALL and b"<!ENTITY" not in body:
        return await asyncio.to_thread(parse, body, **cast(Any, asked))
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
            out, _err = await process.communicate(pickle.dumps((asked | {"body": body}, locale.language(), longest_s)))
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        found: Any = pickle.loads(out)  # noqa: S301 it comes from our own child
    except (EOFError, pickle.UnpicklingError):
        found = None
    if isinstance(found, Parsed):
        return found
    if isinstance(found, tuple):
        # Once more, because the child knows no secrets to hide.
        raise problem(ErrorKind(found[0]), found[1])
    raise problem(
        ErrorKind.SERVER,
        _("the feed at {url} takes too much time or memory to read").format(url=quote(url.split("?")[0])),
    )


def _work() -> None:
    """The child: one question on standard input, one answer on standard output."""
    import resource

    asked, language, longest_s = pickle.load(sys.stdin.buffer)  # noqa: S301 it comes from our own parent
    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, int(longest_s) + 1)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    os.nice(5)
    locale.use(language)
    try:
        answer: object = parse(asked.pop("body"), **asked)
    except PlatformError as error:
        answer = (error.kind.value, str(error))
    except (MemoryError, RecursionError):
        answer = None
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _work()
