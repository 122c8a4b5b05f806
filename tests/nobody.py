"""Doing something as an unprivileged user, where the tests run as root."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from smdash.core import errors

NOBODY = 65534
needs_nobody = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


def as_nobody(work: Callable[[], str]) -> str:
    """Do *work* as an unprivileged user; returns what it returns, or its error as ``Kind: sentence``."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            try:
                said = work()
            except errors.SmdashError as problem:
                said = f"{type(problem).__name__}: {problem}"
            except BaseException as problem:
                said = f"CRASH {type(problem).__name__}: {problem}"
            os.write(write, said.encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
