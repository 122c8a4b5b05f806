"""What a network sends by itself: the contract of platforms whose ``abilities`` say ``push``.

A request is judged by its signature before anything of it is read; what it brings is stored before it is understood, so
that a program that dies in between loses nothing. All of this is pure: who listens is not the adapter's matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from smdash.core.deliveries import Told
from smdash.core.records import IncomingMention


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came: header names in lower case, ``query`` decoded, ``body`` untouched."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Pushed:
    """Something that came for an account: the account's id on the network, and what it is.

    ``mention.account`` is left empty; whoever stores it knows what the team calls the account.
    """

    account_id: str
    mention: IncomingMention


class Receiver(Protocol):
    """What a platform knows of its own pushes. ``secrets`` are those of one account (``Platform.needs``)."""

    def challenge(self, request: Request, secrets: Mapping[str, str]) -> str | None:
        """What to answer when the network asks whether this address is ours; nothing where it does not ask, or lies.

        Compares in constant time.
        """
        ...

    def is_genuine(self, request: Request, secrets: Mapping[str, str]) -> bool:
        """Whether the network signed it. Compares in constant time, and never raises."""
        ...

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed | Told]:
        """What stands in a genuine body: what is not understood is left out, and repeats carry the same ids.

        ``Told`` are those of what we sent ourselves whose keys the network gives back.

        Raises PlatformError for a body that is nothing of the network's.
        """
        ...
