"""What goes out, in words of no network: the part of the contract that publishing platforms fill in.

The service writes its intent down, calls ``publish`` once, and writes the outcome down. An adapter never tries again by
itself: of each error it says, by ``PlatformError.arrived``, whether the network may have taken what was sent. What may
have arrived is looked for (``find``) before anything is sent anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client


class OutgoingKind(StrEnum):
    """What a delivery does."""

    POST = "post"
    REPLY = "reply"
    LIKE = "like"
    HIDE = "hide"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Addressee:
    """The mention that an answer, a like, a hiding or a deletion is for, as it was pulled.

    ``remote_id`` and ``thread_key`` are what the adapter gave them in ``IncomingMention``; ``kind`` tells a direct
    message.
    """

    remote_id: str
    kind: MentionKind
    author_handle: str
    url: str | None = None
    thread_key: str | None = None


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that goes along: where the service can read it, and what is known of it.

    ``digest`` is the SHA-256 of its content in hexadecimal digits; the file was compared with it before this call.
    ``alt`` says what is to be seen or heard, for those who can't; ``seconds`` is how long it plays; ``name`` is what
    people call the file, whose name on disk says nothing.
    """

    path: Path
    media_type: str
    bytes: int
    digest: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    name: str = ""

    @property
    def shown(self) -> str:
        """What sentences call it."""
        return self.name or self.path.name


@dataclass(frozen=True, slots=True)
class Above:
    """What the next part of a thread goes below: the network's ids of the part before it and of the first one."""

    remote_id: str
    root_id: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery on its way.

    ``key`` (letters, digits and hyphens) is the same at every try, so that a network that knows such keys takes one of
    them. ``first_at`` is when the first try began: nothing of it can be out from before. ``now`` is the time of this
    call. Both are UTC.
    """

    kind: OutgoingKind
    credentials: Credentials
    key: str
    now: datetime
    first_at: datetime
    text: str = ""
    addressee: Addressee | None = None
    # What the account's server told of its limits (``account.limits``).
    limits: dict[str, int] = field(default_factory=dict)
    media: tuple[Medium, ...] = ()
    # Of a post alone: it goes on a thread of the account's own, or is the first comment below its own post.
    above: Above | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What the network made of it: its own id, and the address where people see it, where there is one."""

    remote_id: str
    url: str | None = None


class Publisher(Protocol):
    """The calls of a platform whose ``abilities`` say ``publish`` or ``reply``."""

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send it, once. Raises PlatformError; ``arrived`` is false only where the network surely has nothing of it."""
        ...

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out: by its key where the network keeps that, else among the account's own newest ones.

        Nothing means that it was looked for where it would have to be and is not there. Raises PlatformError where
        that can't be told.
        """
        ...

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a post that went out under this id is there still. Raises PlatformError where that can't be told."""
        ...


def addressee(out: Outgoing) -> Addressee:
    """Whom it answers, or what is hidden, liked or deleted. Raises PlatformError where the delivery names nobody."""
    if out.addressee is None:
        raise problem(ErrorKind.REJECTED, _("the delivery does not say what it answers"), arrived=False)
    return out.addressee


@contextmanager
def before_sending() -> Iterator[None]:
    """For the calls that only prepare one (logging in, reading what is answered): of those, nothing arrives."""
    try:
        yield
    except PlatformError as error:
        error.arrived = False
        raise
