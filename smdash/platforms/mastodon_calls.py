"""One call to a Mastodon server, and what every part of the adapter reads of its answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer, check
from smdash.platforms.base import Credentials
from smdash.platforms.mastodon_records import identifier
from smdash.platforms.outgoing import Medium
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

_HEADERS = {"Accept": "application/json", "Accept-Language": "en"}


async def get(
    client: Client,
    credentials: Credentials,
    path: str,
    params: Params | None = None,
    *,
    owner_typed: bool = True,
    with_token: bool = True,
) -> Answer:
    """Read *path*. Raises PlatformError; statuses are not judged."""
    return await client.get(
        _address(credentials, path),
        owner_typed=owner_typed,
        headers=_HEADERS,
        params=params,
        token=credentials.token if with_token else None,
    )


async def post(client: Client, credentials: Credentials, path: str, body: bytes | None, **headers: str) -> Answer:
    """Write a JSON *body* to *path*, once. Raises PlatformError; statuses are not judged."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {} if body is None else {"Content-Type": "application/json"}
    return await client.request(
        "POST",
        _address(credentials, path),
        owner_typed=True,
        headers=_HEADERS | kind | sent,
        content=body,
        token=credentials.token,
    )


async def upload(client: Client, credentials: Credentials, path: str, medium: Medium) -> Answer:
    """Send a file to *path* with its description, once. Raises PlatformError; statuses are not judged."""
    return await client.upload(
        _address(credentials, path),
        medium.path,
        medium.media_type,
        owner_typed=True,
        field="file",
        texts={"description": medium.alt} if medium.alt else None,
        name=medium.shown,
        digest=medium.digest,
        headers=_HEADERS,
        token=credentials.token,
    )


def media_path(remote_id: str) -> str:
    """Where one uploaded file is, as long as no status holds it."""
    return f"/api/v1/media/{quote(remote_id, safe='')}"


def status_path(remote_id: str, part: str = "") -> str:
    """Where one status is; ids are opaque, and may hold letters that end a path."""
    return f"/api/v1/statuses/{quote(remote_id, safe='')}{part}"


async def own_id(client: Client, credentials: Credentials, now: datetime, *, owner_typed: bool = True) -> str:
    """The id of the account that the token belongs to. Raises PlatformError."""
    path = "/api/v1/accounts/verify_credentials"
    answer = check(await get(client, credentials, path, owner_typed=owner_typed), now)
    account = answer.json()
    me = identifier(account.get("id")) if isinstance(account, dict) else None
    if me is None:
        raise unexpected(answer)
    return me


def unexpected(answer: Answer) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    return problem(
        ErrorKind.SERVER,
        _("{host} answered, but not as a Mastodon server does; check the account's address").format(host=answer.host),
    )


def _address(credentials: Credentials, path: str) -> str:
    if not credentials.token:
        sentence = _("no token is set for the account {name}").format(name=credentials.name)
        raise problem(ErrorKind.AUTH, sentence, arrived=False)
    return credentials.url.rstrip("/") + path
