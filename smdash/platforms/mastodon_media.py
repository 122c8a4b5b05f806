"""Files of a post on Mastodon: each is uploaded, and waited for until the server has made of it what people see.

https://docs.joinmastodon.org/methods/media/#v2 and #get. Nothing of it is seen before a status holds it; what never
comes into one is removed by the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer, check
from smdash.platforms.items import text_of
from smdash.platforms.mastodon_calls import get, media_path, unexpected, upload
from smdash.platforms.mastodon_records import identifier
from smdash.platforms.outgoing import Medium, Outgoing
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

Sleep = Callable[[float], Awaitable[object]]
# Seconds between looks whether a file is ready: pictures take a moment, videos minutes. Ten minutes in all.
PAUSES = (1, 1, 2, 3, 5, 8, *[10] * 58)
# However slow its answers are, the server gets half as much again.
_LONGEST_S = 1.5 * sum(PAUSES)
# How many looks may fail for reasons that pass.
_TROUBLES = 5
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE})
# What Mastodon calls a file of a type: short films without sound become "gifv".
_KINDS = {"image": ("image", "gifv"), "video": ("video", "gifv"), "audio": ("audio",)}
# Characters of a description that every server keeps.
_COMPARED = 400
# The server judged the file itself: its size, its type, its content.
_OF_THE_FILE = (400, 413, 415, 422)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A file that was uploaded; ``host`` is how a sentence names the server."""

    medium: Medium
    remote_id: str
    host: str
    ready: bool


async def upload_all(out: Outgoing, client: Client, sleep: Sleep) -> list[str]:
    """Upload the files of *out*; the server's ids of them, in their order, fit to be attached.

    *sleep* waits for so many seconds. Raises PlatformError: rejected, naming the file, when the server does not take
    it; server when it is not done with it within ten minutes.
    """
    sent = [await _send(out, medium, client) for medium in out.media]
    await _wait(out, [one for one in sent if not one.ready], client, sleep)
    return [one.remote_id for one in sent]


async def _send(out: Outgoing, medium: Medium, client: Client) -> _Sent:
    answer = await upload(client, out.credentials, "/api/v2/media", medium)
    if answer.status in (404, 405):
        sentence = _("{host} takes no files in the way that Mastodon does ({status})")
        raise problem(ErrorKind.REJECTED, sentence.format(host=answer.host, status=answer.status))
    if answer.status in _OF_THE_FILE:
        raise _refused(answer, medium)
    found = check(answer, out.now).json()
    remote_id = identifier(found.get("id")) if isinstance(found, dict) else None
    if remote_id is None:
        raise unexpected(answer)
    return _Sent(medium, remote_id, answer.host, ready=answer.status != 202)


async def _wait(out: Outgoing, waiting: list[_Sent], client: Client, sleep: Sleep) -> None:
    """Wait until the server is done with all of *waiting*. Raises PlatformError."""
    pauses = iter(PAUSES)
    try:
        async with asyncio.timeout(_LONGEST_S):
            for one in waiting:
                await _until_ready(out, one, client, pauses, sleep)
    except TimeoutError:
        sentence = _("{host} is still not done with the file {name} after {minutes} minutes")
        message = sentence.format(host=one.host, name=quote(one.medium.shown), minutes=sum(PAUSES) // 60)
        raise problem(ErrorKind.SERVER, message) from None


async def _until_ready(out: Outgoing, one: _Sent, client: Client, pauses: Iterator[float], sleep: Sleep) -> None:
    """Look again and again, *pauses* apart. Raises TimeoutError when there are none left, and PlatformError."""
    troubles = 0
    while True:
        try:
            if await _is_ready(out, one, client):
                return
        except PlatformError as error:
            troubles += 1
            if error.kind not in _PASSING or troubles > _TROUBLES:
                raise
        pause = next(pauses, None)
        if pause is None:
            raise TimeoutError
        await sleep(pause)


async def _is_ready(out: Outgoing, sent: _Sent, client: Client) -> bool:
    answer = await get(client, out.credentials, media_path(sent.remote_id))
    if answer.status == 206:
        return False
    if answer.status == 422:
        raise _refused(answer, sent.medium)
    if answer.status in (404, 410):
        sentence = _("{host} lost the file {name} while it worked on it")
        raise problem(ErrorKind.SERVER, sentence.format(host=answer.host, name=quote(sent.medium.shown)))
    found = check(answer, out.now).json()
    if not isinstance(found, dict) or identifier(found.get("id")) != sent.remote_id:
        raise unexpected(answer)
    return True


def _refused(answer: Answer, medium: Medium) -> PlatformError:
    sentence = _("{host} does not take the file {name} ({status})")
    if answer.status == 413:
        sentence = _("the file {name} is too big for {host} ({status})")
    message = sentence.format(host=answer.host, name=quote(medium.shown), status=answer.status)
    if said := answer.saying():
        message = _("{sentence}: {said}").format(sentence=message, said=said)
    return problem(ErrorKind.REJECTED, message)


def files_fit(media: Sequence[Medium], attachments: object, *, text: bool) -> bool | None:
    """Whether what a status holds can be these files; nothing where that can't be told.

    Servers make other bytes of them, so that their number, their kinds and their descriptions are all there is to
    compare. Of a status that says the same (*text*), others are a doubt and no proof: somebody may have changed them,
    or a server makes files of links.
    """
    held = attachments if isinstance(attachments, list) else None
    if held is None or not all(isinstance(one, dict) for one in held):
        return None if media or held else True
    if len(held) != len(media):
        return None if text else False
    fits = [_fits(medium, one, text) for medium, one in zip(media, held, strict=True)]
    if False in fits:
        return None if text else False
    return None if None in fits else True


def _fits(medium: Medium, held: dict[str, Any], text: bool) -> bool | None:
    kind, major = held.get("type"), medium.media_type.partition("/")[0]
    if kind not in (*_KINDS.get(major, ()), "unknown"):
        return False
    wanted, told = (one_line(clean(words))[:_COMPARED] for words in (medium.alt, text_of(held.get("description"))))
    if wanted == told:
        return True
    # A server may drop descriptions; beside equal words that tells nothing.
    return (text or None) if not told else False
