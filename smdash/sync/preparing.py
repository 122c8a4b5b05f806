"""What a delivery needs on its way: whom to call, as whom, with which words and files. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from smdash.core.errors import ErrorKind, PlatformError, StoreError
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind
from smdash.platforms.outgoing import Publisher as Network
from smdash.store import attachments, media
from smdash.store.driver import Connection
from smdash.store.outbox import Order
from smdash.sync import ladder
from smdash.sync.plan import Source
from smdash.sync.secrets import Secrets


def files(conn: Connection, one: Order) -> tuple[Medium, ...]:
    """The files that go along. Raises InputError where a row was written that names no file."""
    if one.kind != "post" or one.post_id is None:
        return ()
    found = attachments.of_delivery(conn, one.post_id, one.part)
    if not found:
        return ()
    folder = media.beside(conn)
    return tuple(
        Medium(
            media.path_of(folder, file.digest), file.probe.media_type, file.probe.bytes, file.digest, file.probe.alt,
            file.probe.width, file.probe.height, file.probe.seconds, file.name,
        )
        for file in found
    )  # fmt: skip


def refuse_changed(sent: Sequence[Medium]) -> None:
    """Compare each file with what was attached; for a thread beside the loop, since they can be big.

    Raises PlatformError, where waiting does not mend it: nothing was sent.
    """
    try:
        for one in sent:
            media.verified(one.path.parent, one.digest)
    except StoreError as problem:
        raise PlatformError(ErrorKind.REJECTED, str(problem), arrived=False) from problem


def outgoing(
    one: Order,
    source: Source,
    secrets: Secrets,
    database_id: str,
    now: datetime,
    first_at: datetime,
    sent: tuple[Medium, ...] = (),
) -> tuple[Network, Outgoing]:
    """Whom to call, and with what. Raises PlatformError and SettingsError."""
    refusal = ladder.refusal(one, source.platform, len(sent))
    if refusal or source.platform.load is None:
        raise PlatformError(ErrorKind.REJECTED, refusal, arrived=False)
    addressed = one.addressed
    out = Outgoing(
        OutgoingKind(one.kind),
        secrets.credentials(source, database_id),
        one.key,
        now,
        first_at,
        one.text,
        None if addressed is None else Addressee(
            addressed.remote_id, addressed.kind, addressed.author_handle, addressed.url, addressed.thread_key
        ),
        one.limits,
        sent,
        None if one.above is None else Above(one.above.remote_id, one.above.root_id),
    )  # fmt: skip
    return cast(Network, source.platform.load()), out
