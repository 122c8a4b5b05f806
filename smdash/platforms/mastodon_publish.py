"""What goes out through Mastodon's API: posts, parts of threads, answers and likes, each sent once.

https://docs.joinmastodon.org/methods/statuses/#create and #favourite. Whether one is out is ``mastodon_find``'s matter.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from smdash.core.addressing import addressed
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer, check
from smdash.platforms.items import text_of
from smdash.platforms.mastodon_calls import get, post, status_path, unexpected
from smdash.platforms.mastodon_media import Sleep, upload_all
from smdash.platforms.mastodon_records import identifier
from smdash.platforms.mastodon_words import is_another
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_VISIBILITIES = frozenset({"public", "unlisted", "private", "direct"})
# A name as statuses can hold it; anything else would mention nobody, or somebody else.
_ACCT = re.compile(r"\w+(?:[.-]+\w+)*(?:@\w+(?:[.-]+\w+)*(?::\d+)?)?")


async def publish(out: Outgoing, client: Client, sleep: Sleep) -> Published:
    """Send it, once. Raises PlatformError.

    A post and an answer carry ``out.key``, by which Mastodon itself takes them once within an hour; a like is the same
    however often it is given. Files go up before, each time anew: without a status nobody sees them. Hiding and
    deleting what others wrote is refused: Mastodon knows neither.
    """
    if out.kind is OutgoingKind.HIDE:
        raise problem(ErrorKind.REJECTED, _("Mastodon lets no account hide what others wrote"), arrived=False)
    if out.kind is OutgoingKind.DELETE:
        raise problem(ErrorKind.REJECTED, _("Mastodon lets no account delete what others wrote"), arrived=False)
    if out.kind is OutgoingKind.LIKE:
        return await _like(out, addressee(out), client)
    with before_sending():
        status, gone = await (_post(out, client) if out.kind is OutgoingKind.POST else _answer(out, client))
        if out.media:
            status["media_ids"] = await upload_all(out, client, sleep)
    try:
        return await _create(out, client, status)
    except PlatformError as error:
        if error.kind is ErrorKind.GONE and not error.arrived and "in_reply_to_id" in status:
            raise problem(ErrorKind.GONE, gone, arrived=False) from None
        raise


async def _post(out: Outgoing, client: Client) -> tuple[dict[str, Any], str]:
    """The status that a post becomes, and what to say when what it goes below is gone."""
    status: dict[str, Any] = {"status": out.text, "visibility": "public"}
    gone = _("the post that this one goes below is not there any more")
    if out.above is not None:
        # Some servers take a post below nothing for one that stands alone.
        await _standing(out, out.above.remote_id, client, gone)
        status["in_reply_to_id"] = out.above.remote_id
    return status, gone


async def _answer(out: Outgoing, client: Client) -> tuple[dict[str, Any], str]:
    """The status that an answer becomes, and what to say when what it answers is gone.

    It never goes wider than what it answers.
    """
    to = addressee(out)
    gone = _("what is answered is not there any more")
    answer, status = await _standing(out, to.remote_id, client, gone)
    account = status.get("account")
    author = text_of(account.get("acct")) if isinstance(account, dict) else ""
    if not _ACCT.fullmatch(author):
        raise unexpected(answer)
    visibility = text_of(status.get("visibility"))
    # What forks call "limited" or "local" has no equal elsewhere: such an answer goes to the author alone.
    if to.kind is MentionKind.DM or visibility not in _VISIBILITIES:
        visibility = "direct"
    text = addressed(out.text, author, out.credentials.url)
    return {"status": text, "visibility": visibility, "in_reply_to_id": to.remote_id}, gone


async def _standing(out: Outgoing, remote_id: str, client: Client, gone: str) -> tuple[Answer, dict[str, Any]]:
    """Read the status of this id. Raises PlatformError: gone, in those words, where it isn't there."""
    answer = await get(client, out.credentials, status_path(remote_id))
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, gone)
    status = check(answer, out.now).json()
    if not isinstance(status, dict) or identifier(status.get("id")) != remote_id:
        raise unexpected(answer)
    return answer, status


async def _create(out: Outgoing, client: Client, status: dict[str, Any]) -> Published:
    body = json.dumps(status).encode()
    answer = await post(client, out.credentials, "/api/v1/statuses", body, Idempotency_Key=out.key)
    refused_as_duplicate = 400 <= answer.status < 500 and "duplicate" in answer.saying().lower()
    if refused_as_duplicate and (found := await _duplicated(out, client)) is not None:
        return found
    made = _status(check(answer, out.now))
    if is_another(made["content"], status["status"]):
        raise unexpected(answer)
    return published(made)


async def _duplicated(out: Outgoing, client: Client) -> Published | None:
    """What is there already may be what an earlier try made. Raises PlatformError where that can't be told."""
    from smdash.platforms.mastodon_find import find

    try:
        return await find(out, client)
    except PlatformError as error:
        error.arrived = True
        raise


async def _like(out: Outgoing, to: Addressee, client: Client) -> Published:
    answer = await post(client, out.credentials, status_path(to.remote_id, "/favourite"), None)
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, _("what is liked is not there any more"), arrived=False)
    status = _status(check(answer, out.now))
    if status.get("favourited") is not True or status["id"] != to.remote_id:
        raise unexpected(answer)
    return published(status)


def _status(answer: Answer) -> dict[str, Any]:
    """The status that an answer of success holds, its id as text. Raises PlatformError: it may be done all the same."""
    status = answer.json()
    found = identifier(status.get("id")) if isinstance(status, dict) else None
    if not isinstance(status, dict) or found is None or not isinstance(status.get("content"), str):
        raise unexpected(answer)
    return {**status, "id": found}


def published(status: dict[str, Any]) -> Published:
    """The record of a status whose id was looked at."""
    return Published(status["id"], safe_link(text_of(status.get("url")) or text_of(status.get("uri"))))
