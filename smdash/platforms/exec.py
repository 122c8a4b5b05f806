"""A program as a source: it prints JSON Lines in the shape of ``mention ingest``, and smdash reads them.

So a network without an adapter is a script away. The program is told by SMDASH_CURSOR how far it came the last time,
and says so by a line ``{"cursor": "…"}``; with ``"more": true`` in it, it is run again at once. It ends with 0 where
all is well; with anything else nothing of what it printed counts, and the last line of its stderr is the error. Of the
codes of sysexits.h some say more: 75 (try again later), 77 (it is not permitted: a token ended), 78 (its settings are
wrong).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdash.core import ingest
from smdash.core.errors import ErrorKind, InputError, PlatformError
from smdash.core.records import IncomingMention
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms.base import Credentials, Pull, Pulled, Verified
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# How much a run may print: some fifty thousand mentions (bytes).
MOST_OUTPUT = 16 * 1024 * 1024
# Of what it says on stderr only the end counts (bytes).
MOST_ERRORS = 4_096
# A variable of the environment can't be long (bytes; Linux, MAX_ARG_STRLEN, is 131,072).
MOST_CURSOR = 32_768
# How long a program that was asked to end may take until it is killed (seconds).
END_S = 5.0
# How many bad lines a sentence names.
NAMED = 3
# What every program gets: where things are, and in what language to speak.
ALWAYS = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_KINDS = {75: ErrorKind.NETWORK, 77: ErrorKind.AUTH, 78: ErrorKind.REJECTED}
_CHILD = Path(__file__).with_name("exec_child.py")


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: ``name`` for people; ``command`` without a shell; ``timeout_s`` seconds for a run.

    ``platform`` and ``account`` are those of lines that name none. ``env`` names the variables of our environment that
    it gets besides ``ALWAYS``; ``memory`` is bytes for each of its processes.
    """

    name: str
    platform: str
    account: str
    command: tuple[str, ...] = field(repr=False)
    timeout_s: float = 60.0
    memory: int = 512 * 1024 * 1024
    env: tuple[str, ...] = ()


class Exec:
    """The adapter of one program; see ``base.Adapter``."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whether there is such a program; it is not run. Raises PlatformError."""
        self._refuse_missing()
        one = self._program
        return Verified(remote_id=one.name, handle=one.name, name=one.name, url=None)

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """Run it once. Raises PlatformError: of the kind that its exit code says, or where a limit is passed."""
        self._refuse_missing()
        out = await self._run(pull.cursor or "")
        found = await asyncio.to_thread(read_lines, out, self._program)
        cursor = pull.cursor if found.cursor is None else found.cursor
        return Pulled(
            mentions=found.mentions,
            cursor=cursor,
            # One that names no new place would be asked for the same for ever.
            more=found.more and cursor != pull.cursor,
            notice=found.notice(),
        )

    def _refuse_missing(self) -> None:
        name = self._program.command[0]
        if shutil.which(name, path=_environment(self._program.env).get("PATH")) is None:
            raise problem(ErrorKind.REJECTED, _("there is no program {name} that may be run").format(name=name))

    async def _run(self, cursor: str) -> bytes:
        """Its output. Raises PlatformError; whatever happens, nothing of it runs on."""
        one = self._program
        home = Path.home()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(_CHILD),
            str(os.getpid()),
            str(one.memory),
            *one.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=home if home.is_dir() else Path("/"),
            env=_environment(one.env) | {"SMDASH_CURSOR": cursor},
            start_new_session=True,
        )
        assert process.stdout is not None and process.stderr is not None  # noqa: S101 for the type checker
        errors = asyncio.ensure_future(_last_bytes(process.stderr))
        try:
            async with asyncio.timeout(one.timeout_s):
                out = await _all_bytes(process.stdout)
                code = await process.wait()
                said = _last_line(await errors)
        except TimeoutError:
            sentence = _("{name} took longer than {seconds} s and was ended")
            raise problem(ErrorKind.SERVER, sentence.format(name=one.name, seconds=f"{one.timeout_s:g}")) from None
        except _TooMuch:
            sentence = _("{name} printed more than {size} MiB and was ended; print less at a time")
            size = MOST_OUTPUT // (1024 * 1024)
            raise problem(ErrorKind.SERVER, sentence.format(name=one.name, size=size)) from None
        finally:
            await _end(process)
            await _drain(process.stdout, errors)
        if code != 0:
            raise self._failure(code, said)
        return out

    def _failure(self, code: int, said: str) -> PlatformError:
        # Between 128 and 165 a shell, and our child, tell of a signal.
        number = code - 128 if 128 < code < 166 else 0
        if number:
            with suppress(ValueError):
                said = said or signal.Signals(number).name
        words = said or _("it said nothing")
        sentence = _("{name} ended with {code}: {said}").format(name=self._program.name, code=code, said=quote(words))
        return problem(_KINDS.get(code, ErrorKind.SERVER), sentence)


class _TooMuch(Exception):
    """It printed more than is read."""


@dataclass
class Lines:
    """What was read of a run's output. ``bad`` are the lines that could not be: number and reason."""

    mentions: list[IncomingMention] = field(default_factory=list)
    cursor: str | None = None
    more: bool = False
    bad: list[tuple[int, str]] = field(default_factory=list)

    def notice(self) -> str | None:
        """One sentence on the bad lines, or nothing."""
        if not self.bad:
            return None
        named = "; ".join(
            _("line {line}: {reason}").format(line=number, reason=reason) for number, reason in self.bad[:NAMED]
        )
        sentence = ngettext("{count} line was skipped: {named}", "{count} lines were skipped: {named}", len(self.bad))
        return quote(sentence.format(count=len(self.bad), named=named))


def read_lines(out: bytes, program: Program) -> Lines:
    """Read all lines; bad ones are counted and skipped, the last cursor counts."""
    found = Lines()
    for number, line in enumerate(out.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = ingest.read_object(line)
            if "cursor" in fields and "remote_id" not in fields:
                found.cursor, found.more = _cursor(fields["cursor"]), fields.get("more") is True
                continue
            fields.setdefault("platform", program.platform)
            fields.setdefault("account", program.account)
            found.mentions.append(ingest.from_fields(fields))
        except InputError as wrong:
            found.bad.append((number, clean_name(str(wrong))))
    return found


def _cursor(value: Any) -> str:
    if type(value) is not str:
        raise InputError(_("“{field}” must be text").format(field="cursor"))
    try:
        fits = len(value.encode()) <= MOST_CURSOR and "\0" not in value
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise InputError(_("“{field}” has characters that can't be kept, or is too long").format(field="cursor"))
    return value


def _environment(names: tuple[str, ...]) -> dict[str, str]:
    ours: Mapping[str, str] = os.environ
    return {name: ours[name] for name in (*ALWAYS, *names) if name in ours}


async def _all_bytes(stream: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65_536):
        size += len(part)
        if size > MOST_OUTPUT:
            raise _TooMuch
        parts.append(part)
    return b"".join(parts)


async def _last_bytes(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while part := await stream.read(65_536):
        kept = (kept + part)[-MOST_ERRORS:]
    return kept


def _last_line(said: bytes) -> str:
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return clean_name(lines[-1]) if lines else ""


async def _drain(stream: asyncio.StreamReader, errors: asyncio.Future[bytes]) -> None:
    """Read what is left, so that the pipes are closed; nobody writes into them any more."""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while await stream.read(65_536):
                    pass
                await errors
    finally:
        errors.cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it with all that it started, also where we are being cancelled ourselves."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except (TimeoutError, asyncio.CancelledError) as late:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if isinstance(late, asyncio.CancelledError):
            raise
