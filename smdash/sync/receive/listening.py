"""Where it is listened: an address of this machine, or a socket in the file system; and whether anybody does."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smdash.core.errors import InputError, Refused
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings.paths import make_private

BACKLOG = 512
# In the service's folder of the database; held by every receiver that listens.
NAME = "receive"


def parse(text: str) -> tuple[str, int]:
    """``HOST:PORT``, with an IPv6 address in brackets. Raises InputError."""
    host, sign, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not sign or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise InputError(
            _("“{text}” is no address to listen on; expected one such as 127.0.0.1:8787").format(text=text)
        )
    return host, int(port)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises Refused."""
    try:
        family, kind, protocol, _name, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise _refused(f"{host}:{port}", problem) from problem
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
        found.listen(BACKLOG)
    except OSError as problem:
        found.close()
        if problem.errno == errno.EADDRINUSE:
            said = _("somebody listens at {where} already; stop that first, or name another place with --listen")
            raise Refused(said.format(where=f"{host}:{port}")) from problem
        raise _refused(f"{host}:{port}", problem) from problem
    found.setblocking(False)
    return found


def bind_file(path: Path, mode: int) -> socket.socket:
    """A socket at *path* with this mode; one that nobody listens at any more is replaced. Raises Refused."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        # Nobody may connect before its mode is the one that was asked for.
        before = os.umask(0o177)
        try:
            found.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(mode)
        found.listen(BACKLOG)
    except OSError as problem:
        found.close()
        raise _refused(str(path), problem) from problem
    except BaseException:
        found.close()
        raise
    found.setblocking(False)
    return found


def _clear(path: Path) -> None:
    try:
        there = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(there.st_mode):
        raise Refused(_("{path} is there and is no socket; name another path").format(path=path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise Refused(_("somebody listens at {path} already; stop that first").format(path=path))


def _refused(where: str, problem: OSError) -> Refused:
    return Refused(_("can't listen on {where}: {reason}").format(where=where, reason=why(problem)))


@contextmanager
def file_removed(path: Path) -> Iterator[None]:
    """Takes the socket's file away at the end, where it is still the one of the beginning."""
    before = path.lstat()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if os.path.samestat(before, path.lstat()):
                path.unlink()


@contextmanager
def shown(folder: Path) -> Iterator[None]:
    """Let others see that a receiver listens, until the end; several at once do no harm. Raises Refused."""
    try:
        make_private(folder)
        handle = os.open(folder / NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Refused(_("can't write {path}: {reason}").format(path=folder / NAME, reason=why(problem))) from problem
    try:
        with contextlib.suppress(OSError):
            # Who looks whether it is held lets go of it at once.
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def is_shown(folder: Path) -> bool:
    """Whether a receiver of this folder listens. Raises Refused where the folder can't be looked into."""
    try:
        handle = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as problem:
        raise Refused(_("can't look into {path}: {reason}").format(path=folder, reason=why(problem))) from problem
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
