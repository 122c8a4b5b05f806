"""A vault that several things of one account share: fields of one JSON object, of which each writer touches its own.

What ``sessions.Tokens.dump`` wrote is such an object as well, so that a session of a consent page is read as it is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError, SmdashError
from smdash.platforms.base import Vault
from smdash.platforms.problems import problem


def read(vault: Vault) -> dict[str, Any]:
    """The fields; none where the text is nothing of ours. Raises PlatformError (auth) where it can't be read."""
    with _told():
        text = vault.load()
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def change(vault: Vault, **fields: Any) -> None:
    """Set *fields*, and drop those that are None. The caller holds ``changing``. Raises PlatformError (auth)."""
    kept = {name: value for name, value in (read(vault) | fields).items() if value is not None}
    with _told():
        vault.save(json.dumps(kept))


@asynccontextmanager
async def changing(vault: Vault) -> AsyncIterator[None]:
    """The vault for one alone, while what is read decides what is written. Raises PlatformError (auth)."""
    try:
        async with vault.alone():
            yield
    except PlatformError:
        raise
    except SmdashError as error:
        raise _unusable(error) from None


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SmdashError as error:
        raise _unusable(error) from None


def _unusable(error: SmdashError) -> PlatformError:
    """A folder that can't be written is for a person to mend, as a token is; nothing was sent."""
    return problem(ErrorKind.AUTH, str(error), arrived=False)


class Shared:
    """A vault for code that knows only its own fields: what it saves goes beside those of others.

    Of the fields named by *own* those that it leaves out are gone, as from a vault that it had for itself.
    """

    def __init__(self, vault: Vault, own: Iterable[str] = ()) -> None:
        self._vault = vault
        self._own = frozenset(own)

    def load(self) -> str | None:
        return self._vault.load()

    def save(self, text: str) -> None:
        """Add the fields of *text*, an object in JSON."""
        others = {name: value for name, value in read(self._vault).items() if name not in self._own}
        self._vault.save(json.dumps(others | json.loads(text)))

    def alone(self) -> AbstractAsyncContextManager[object]:
        return self._vault.alone()
