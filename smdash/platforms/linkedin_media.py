"""What stands below a post on LinkedIn: its pictures, its video or document, or the card of a page that it links to.

Files are announced, sent to the address that LinkedIn names, and waited for; without a post nobody sees them. The token
goes to LinkedIn's own hosts alone. That pictures can be looked at while they are made ready is not verified, so a look
that fails is no reason to stop.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, /videos-api, /documents-api
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.limits import links
from smdash.locale import gettext as _
from smdash.platforms import link_card
from smdash.platforms.addresses import parse_url, same_owner
from smdash.platforms.answers import Answer
from smdash.platforms.client import DEADLINE_S, UPLOAD_RATE
from smdash.platforms.file_parts import parts
from smdash.platforms.items import objects, text_of
from smdash.platforms.linkedin_calls import encoded, unexpected, urn_of
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Medium, Outgoing
from smdash.platforms.problems import problem, quote

Sleep = Callable[[float], Awaitable[object]]
MOST_IMAGES = 20
THUMB_BYTES = 2_000_000
ALT_LIMIT = 4_086
DOCUMENT_TYPES = (
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)
# Seconds between looks whether a file is ready: ten minutes in all; a picture gets the first few alone.
PAUSES = (1, 1, 2, 3, 5, 8, *[10] * 58)
_LOOKS_AT_IMAGES = 4
_OF_THE_FILE = (400, 413, 415, 422)
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE})
_TROUBLES = 5
_HOST = re.compile(r"(?:[\w-]+\.)*linkedin\.com")

log = logging.getLogger(__name__)


def refuse_unfit(out: Outgoing) -> None:
    """Refuse files that LinkedIn takes from nobody, before anything is asked. Raises PlatformError (rejected)."""
    kinds = {_kind(one) for one in out.media}
    sentence = ""
    if "" in kinds:
        sentence = _("LinkedIn takes pictures, MP4 videos and documents only")
    elif len(kinds) > 1 or (len(out.media) > 1 and kinds != {"images"}):
        sentence = _("on LinkedIn a video or a document stands alone")
    elif len(out.media) > MOST_IMAGES:
        sentence = _("LinkedIn takes at most {count} pictures with a post").format(count=MOST_IMAGES)
    if sentence:
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)


def _kind(medium: Medium) -> str:
    """The part of the API that a file goes to."""
    if medium.media_type in ("image/jpeg", "image/png", "image/gif"):
        return "images"
    if medium.media_type == "video/mp4":
        return "videos"
    return "documents" if medium.media_type in DOCUMENT_TYPES else ""


async def content(out: Outgoing, call: Caller, page: str, sleep: Sleep) -> dict[str, Any] | None:
    """The ``content`` of a post, or nothing. Raises PlatformError: rejected, naming the file, where it is not taken."""
    if not out.media:
        return await _article(out, call, page)
    made = []
    for one in out.media:
        urn = await _upload(one, call, page, sleep)
        alt = {"altText": one.alt.strip()[:ALT_LIMIT]} if one.alt.strip() and _kind(one) == "images" else {}
        made.append({"id": urn, **alt})
    if len(made) > 1:
        return {"multiImage": {"images": made}}
    first = out.media[0]
    return {"media": made[0] | ({"title": first.shown} if _kind(first) == "documents" else {})}


async def _article(out: Outgoing, call: Caller, page: str) -> dict[str, Any] | None:
    """The card of the first page that the text links to, if it can be had: LinkedIn makes none by itself."""
    found = links(out.text)
    card = await link_card.read(found[0], call.client, picture_bytes=THUMB_BYTES) if found else None
    if card is None:
        return None
    article = {"source": card.url, "title": card.title, "description": card.text}
    if card.picture is not None:
        try:
            article["thumbnail"] = await _deposit(card.picture, call, page)
        except PlatformError as error:
            log.info("the link card has no picture: %s", error)
    return {"article": article}


async def _deposit(picture: link_card.Picture, call: Caller, page: str) -> str:
    """Hand over what is no file of ours; its URN. Raises PlatformError."""
    begin = {"initializeUploadRequest": {"owner": page}}
    answer = call.judged(await call.send("POST", "/rest/images?action=initializeUpload", begin))
    value = object_of(answer).get("value")
    urn = urn_of(value.get("image")) if isinstance(value, dict) else None
    if urn is None or not isinstance(value, dict):
        raise unexpected(answer)
    target = _target(value.get("uploadUrl"), answer)
    kind = {"Content-Type": picture.media_type}
    call.judged(await call.put("PUT", target, picture.body, kind, with_token=_ours(target, call)))
    return urn


async def _upload(medium: Medium, call: Caller, page: str, sleep: Sleep) -> str:
    kind = _kind(medium)
    wanted: dict[str, Any] = {"owner": page}
    if kind == "videos":
        wanted |= {"fileSizeBytes": medium.bytes, "uploadCaptions": False, "uploadThumbnail": False}
    answer = await call.send("POST", f"/rest/{kind}?action=initializeUpload", {"initializeUploadRequest": wanted})
    value = _value(answer, medium, call)
    urn = urn_of(value.get(kind[:-1]))
    if urn is None:
        raise unexpected(answer)
    if kind == "videos":
        await _in_parts(value, urn, medium, call, answer)
    else:
        target = _target(value.get("uploadUrl"), answer)
        _judge(await call.upload(target, medium, method="PUT", with_token=_ours(target, call)), medium, call)
    await _wait(kind, urn, medium, call, sleep)
    return urn


async def _in_parts(value: dict[str, Any], urn: str, medium: Medium, call: Caller, answer: Answer) -> None:
    steps = [(_target(one.get("uploadUrl"), answer), one.get("firstByte"), one.get("lastByte"))
             for one in objects(value.get("uploadInstructions"))]  # fmt: skip
    sizes = [last - first + 1 for _url, first, last in steps if type(first) is int and type(last) is int]
    if not steps or len(sizes) != len(steps) or min(sizes) < 1 or sum(sizes) != medium.bytes:
        raise unexpected(answer)
    tags: list[str] = []
    async for part in parts(medium, sizes):
        target = steps[len(tags)][0]
        kind = {"Content-Type": "application/octet-stream"}
        deadline = DEADLINE_S + len(part) / UPLOAD_RATE
        sent = await call.put("PUT", target, part, kind, with_token=_ours(target, call), deadline_s=deadline)
        _judge(sent, medium, call)
        tags.append(sent.headers.get("etag", "").strip().strip('"'))
    if len(tags) != len(steps):
        raise problem(ErrorKind.REJECTED, _("the file {name} was changed meanwhile").format(name=quote(medium.shown)))
    end = {"video": urn, "uploadToken": text_of(value.get("uploadToken")), "uploadedPartIds": tags}
    _judge(await call.send("POST", "/rest/videos?action=finalizeUpload", {"finalizeUploadRequest": end}), medium, call)


def _target(url: object, answer: Answer) -> str:
    """The address that LinkedIn named for a file. Raises PlatformError where it is none."""
    try:
        return str(parse_url(text_of(url)))
    except PlatformError:
        raise unexpected(answer) from None


def _ours(target: str, call: Caller) -> bool:
    """Whether the token may go there."""
    url = parse_url(target)
    return same_owner(parse_url(call.base), url) or (url.scheme == "https" and _HOST.fullmatch(url.host) is not None)


async def _wait(kind: str, urn: str, medium: Medium, call: Caller, sleep: Sleep) -> None:
    """Wait until a file is ready. Raises PlatformError."""
    troubles = 0
    try:
        async with asyncio.timeout(1.5 * sum(PAUSES)):
            for pause in PAUSES[: _LOOKS_AT_IMAGES if kind == "images" else None]:
                try:
                    answer = await call.ask(f"/rest/{kind}/{encoded(urn)}")
                    if kind == "images" and not answer.ok:
                        return
                    if _is_ready(object_of(call.judged(answer)), medium):
                        return
                except PlatformError as error:
                    troubles += 1
                    if error.kind not in _PASSING or troubles > _TROUBLES:
                        raise
                await sleep(pause)
    except TimeoutError:
        pass
    if kind != "images":
        sentence = _("LinkedIn is still not done with the file {name} after {minutes} minutes")
        message = sentence.format(name=quote(medium.shown), minutes=sum(PAUSES) // 60)
        raise problem(ErrorKind.SERVER, message)


def _is_ready(found: dict[str, Any], medium: Medium) -> bool:
    state = text_of(found.get("status"))
    if state == "PROCESSING_FAILED":
        sentence = _("LinkedIn can't use the file {name}").format(name=quote(medium.shown))
        if said := text_of(found.get("processingFailureReason")):
            sentence = _("{sentence}: {said}").format(sentence=sentence, said=quote(said))
        raise problem(ErrorKind.REJECTED, sentence)
    return state == "AVAILABLE"


def _judge(answer: Answer, medium: Medium, call: Caller) -> None:
    if answer.status in _OF_THE_FILE:
        sentence = _("LinkedIn does not take the file {name} ({status})")
        message = sentence.format(name=quote(medium.shown), status=answer.status)
        if said := answer.saying():
            message = _("{sentence}: {said}").format(sentence=message, said=said)
        raise problem(ErrorKind.REJECTED, message)
    call.judged(answer)


def _value(answer: Answer, medium: Medium, call: Caller) -> dict[str, Any]:
    _judge(answer, medium, call)
    value = object_of(answer).get("value")
    if not isinstance(value, dict):
        raise unexpected(answer)
    return value
