"""What a platform is: the contract that every adapter fills in, and the records it trades in.

An adapter knows one network's HTTP API and nothing of the store. The service hands it a ``Pull`` (which
account or feed, which secret, the cursor of last time) and the shared client; it hands back records
whose texts are clean, and a new cursor. It keeps no state of its own between calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from smdash.core.budgets import Counting
from smdash.core.records import IncomingItem, IncomingMention, Quota
from smdash.platforms import redact

if TYPE_CHECKING:
    from smdash.platforms.client import Client
    from smdash.platforms.connect import Connector
    from smdash.platforms.push import Receiver


# What a platform's ``status`` can be: it can be connected, only by those whom the network listed, or not any more.
LIVE, ALLOW_LISTED, RETIRED = "live", "allow_listed", "retired"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an adapter does today (not what the network might allow)."""

    inbox: bool = False
    search: bool = False
    publish: bool = False
    reply: bool = False
    media: bool = False
    threads: bool = False
    first_comment: bool = False
    metrics: bool = False
    push: bool = False


class Vault(Protocol):
    """Where one account's refreshed secrets outlive a call: one opaque text, kept by whoever owns the account.

    The only memory that an adapter has besides its cursor. Nothing of it goes into the database, a log or an error.
    """

    def load(self) -> str | None:
        """The text that was saved last, or nothing. Raises SmdashError when it can't be read."""
        ...

    def save(self, text: str) -> None:
        """Keep *text* in place of what was there, in one step. Raises SmdashError when it can't be written."""
        ...

    def alone(self) -> AbstractAsyncContextManager[object]:
        """Held while the text is renewed, so that jobs of one account don't renew it at the same time."""
        ...


class MemoryVault:
    """A vault that is gone with its process."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._lock = asyncio.Lock()

    def load(self) -> str | None:
        return self._text

    def save(self, text: str) -> None:
        self._text = text

    def alone(self) -> asyncio.Lock:
        return self._lock


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account as the service's owner set it up.

    ``token`` never appears in a repr, a log or an error. ``handle`` is whose it is, for networks whose secret
    doesn't say so; ``vault`` is where a session that was made from the token is kept. ``options`` and ``secrets`` are
    what else the network asks for, by the keys of ``Platform.needs``.
    """

    platform: str
    name: str
    url: str = ""
    token: str = field(default="", repr=False)
    handle: str = ""
    vault: Vault = field(default_factory=MemoryVault, repr=False, compare=False)
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # Hidden from here on, whatever an adapter does with it before its first call.
        for secret in (self.token, *self.secrets.values()):
            redact.remember(secret)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that an account's owner has to say, beside the token: ``key`` in sync.toml, ``label`` for people.

    A ``secret`` one stands in sync.toml by reference. ``where`` says in a sentence where it is found.
    """

    key: str
    label: str
    where: str = ""
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a post (``remote_id``) or, without one, of the account itself, as it was at a time (UTC).

    ``name`` is one of ``followers``, ``likes``, ``shares``, ``replies``, ``quotes``, ``saves``, ``views``, ``reach``,
    ``clicks``: what the network calls otherwise gets the nearest of these, what has no like is left out.
    """

    name: str
    value: int
    at: datetime
    remote_id: str | None = None


class Measurer(Protocol):
    """The call of a platform whose ``abilities`` say ``metrics``."""

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The account's own figures, and those of these posts. Raises PlatformError."""
        ...


@dataclass(frozen=True, slots=True)
class Searching:
    """How a network is searched: how often by default (seconds), and what a query may be.

    ``longest`` is in characters; ``tags_only`` says that single hashtags alone are found. ``note`` tells whoever saves
    a search in a sentence what can be found.
    """

    interval_s: int
    longest: int = 500
    tags_only: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A thing that is pulled for each account (``notifications``), and how often by default (seconds).

    ``label`` is what the sync strip calls the job; left empty it is the account's name and the key.
    """

    key: str
    interval_s: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """One call for news. For a feed, ``credentials.url`` is the feed's address.

    ``owner_typed`` says that the service's owner typed that address, so that it may lead into a private network.
    ``among`` is how many searches share what the network allows the account.
    ``left`` is what the account's budget has left (in the units of ``Platform.counting``), where it has one.
    """

    job: str
    credentials: Credentials
    cursor: str | None
    now: datetime
    owner_typed: bool = True
    among: int = 1
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one call brought.

    ``cursor`` is kept only together with the records. ``more`` asks for another call at once (the next
    page). ``not_before`` is the earliest time for the next call when the network named one;
    ``title`` is the source's own name; ``moved_to`` its new permanent address; ``notice`` a remark for the
    health row that is not a failure. ``spent`` is what the network counts for it, in the units of
    ``Platform.counting``; None counts as one.
    """

    mentions: Sequence[IncomingMention] = ()
    items: Sequence[IncomingItem] = ()
    cursor: str | None = None
    more: bool = False
    quota: Quota | None = None
    not_before: datetime | None = None
    interval: timedelta | None = None
    title: str | None = None
    moved_to: str | None = None
    notice: str | None = None
    spent: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What the network says of a token: whose it is, and what it may do.

    ``notice`` is a remark for whoever connects the account that is no failure.
    """

    remote_id: str
    handle: str
    name: str
    url: str | None
    limits: dict[str, int] = field(default_factory=dict)
    missing_scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    quota: Quota | None = None
    notice: str | None = None


class Adapter(Protocol):
    """The calls of a live platform."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Ask the network who the token belongs to. Raises PlatformError."""
        ...

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """Fetch what is new since the cursor. Raises PlatformError."""
        ...


class Searcher(Protocol):
    """The call of a platform whose ``abilities`` say ``search``."""

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """Fetch hits of *query* that are new since the cursor: of the kind ``listening``, none of the account's own.

        Private messages are no hits. Raises PlatformError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Platform:
    """A registry entry. ``load`` imports the adapter only where it is used.

    ``code`` is the two letters that screens show; ``status`` is ``live``, ``allow_listed`` or ``retired``.
    ``is_account`` tells a network of brand profiles from other sources, such as feeds. ``default_url`` is the server
    of those who name none; ``needs_handle`` says that the secret alone doesn't tell whose account it is. ``needs`` are
    what an account's owner has to say beside the token; ``pages`` where on the network's site the token comes from;
    ``cost`` a sentence on what calls cost, where they do. ``most_writes`` is how often an account may write: so many
    times within so many seconds. ``scopes`` are what a token must be allowed, in the network's words; ``connect`` gives
    what asks for one by the network's consent page (see ``connect``), whose session stands in for a token; ``receive``
    what judges and reads the network's pushes, where it has them, and ``pushed_with`` are the platforms whose events
    the network sends to the same address; ``searching`` says how it is searched, if it is, and
    ``counting`` how an account's budget is counted.
    """

    name: str
    title: str
    code: str
    status: str
    load: Callable[[], Adapter] | None = None
    abilities: Abilities = Abilities()
    jobs: tuple[JobKind, ...] = ()
    retired_on: date | None = None
    needs_url: bool = False
    needs_token: bool = True
    hidden: bool = False
    is_account: bool = True
    default_url: str = ""
    needs_handle: bool = False
    most_writes: tuple[int, int] | None = None
    needs: tuple[Need, ...] = ()
    pages: str = ""
    cost: str = ""
    scopes: tuple[str, ...] = ()
    connect: Callable[[], Connector] | None = None
    receive: Callable[[], Receiver] | None = None
    pushed_with: tuple[str, ...] = ()
    searching: Searching | None = None
    counting: Counting = field(default_factory=Counting)
