"""Files for X: pictures in one call, what moves in parts, then its description, then waiting until X is done with it.

https://docs.x.com/x-api/media/quickstart and /best-practices, OpenAPI 2.167 (/2/media/upload/…). Nothing of it is seen
before a post or a message holds it; what never comes into one is dropped after some days.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import repeat
from typing import Any
from urllib.parse import quote as percent

import httpx

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer
from smdash.platforms.client import DEADLINE_S, UPLOAD_RATE
from smdash.platforms.file_parts import parts
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Medium, Outgoing
from smdash.platforms.problems import problem, quote
from smdash.platforms.x_calls import identifier, unexpected

Sleep = Callable[[float], Awaitable[object]]
# X takes parts of up to 5 MB, and a thousand of them.
PART = 4 * 1024 * 1024
ALT_LIMIT = 1_000
# Seconds between two looks where X names none, at least and at most; ten minutes in all.
_PAUSE, _LEAST, _MOST = 5.0, 1.0, 30.0
_LONGEST_S = 600.0
# The server judged the file itself: its size, its type, its content.
_OF_THE_FILE = (400, 413, 415, 422)
_TROUBLES = 5
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE})


async def upload_all(out: Outgoing, call: Caller, sleep: Sleep, *, purpose: str = "tweet") -> list[str]:
    """Hand the files of *out* over; X's ids of them, in their order. *purpose* is ``tweet`` or ``dm``.

    Raises PlatformError: rejected, naming the file, where X does not take it; server when it is not done in time.
    """
    return [await _upload(one, call, sleep, purpose) for one in out.media]


async def _upload(medium: Medium, call: Caller, sleep: Sleep, purpose: str) -> str:
    kind = medium.media_type.partition("/")[0]
    moving = medium.media_type == "image/gif" and medium.seconds is not None
    if kind not in ("image", "video"):
        sentence = _("X takes pictures and videos, and {name} is neither").format(name=quote(medium.shown))
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    if kind == "image" and not moving:
        answer = await call.upload(
            "/2/media/upload", medium, field="media", texts={"media_category": f"{purpose}_image"}
        )
        data = _data(answer, medium, call)
    else:
        data = await _in_parts(medium, call, f"{purpose}_gif" if moving else f"{purpose}_video")
    media_id = identifier(data.get("id"))
    if media_id is None:
        raise problem(
            ErrorKind.SERVER, _("X took the file {name} and did not say where it is").format(name=quote(medium.shown))
        )
    if medium.alt.strip() and kind == "image":
        about = {"id": media_id, "metadata": {"alt_text": {"text": medium.alt[:ALT_LIMIT]}}}
        _data(await call.send("POST", "/2/media/metadata", about), medium, call)
    await _wait(data, media_id, medium, call, sleep)
    return media_id


async def _in_parts(medium: Medium, call: Caller, category: str) -> dict[str, Any]:
    begin = {"media_type": medium.media_type, "total_bytes": medium.bytes, "media_category": category}
    begun = await call.send("POST", "/2/media/upload/initialize", begin)
    media_id = identifier(_data(begun, medium, call).get("id"))
    if media_id is None:
        raise unexpected(begun)
    path = f"/2/media/upload/{percent(media_id, safe='')}"
    index = 0
    async for part in parts(medium, repeat(PART)):
        body, kind = _form(part, index)
        deadline = DEADLINE_S + len(body) / UPLOAD_RATE
        answer = await call.put("POST", f"{path}/append", body, {"Content-Type": kind}, deadline_s=deadline)
        _judge(answer, medium, call)
        index += 1
    return _data(await call.send("POST", f"{path}/finalize"), medium, call)


def _form(part: bytes, index: int) -> tuple[bytes, str]:
    """A form with a part of a file in it, and its type."""
    made = httpx.Request(
        "POST", "http://form.invalid/", data={"segment_index": str(index)}, files={"media": ("part", part)}
    )
    return made.read(), made.headers["content-type"]


async def _wait(data: dict[str, Any], media_id: str, medium: Medium, call: Caller, sleep: Sleep) -> None:
    """Wait until X is done with the file. Raises PlatformError."""
    waited, troubles = 0.0, 0
    try:
        async with asyncio.timeout(1.5 * _LONGEST_S):
            while (seconds := _busy(data, medium)) is not None:
                if waited >= _LONGEST_S:
                    raise TimeoutError
                await sleep(seconds)
                waited += seconds
                try:
                    params = {"command": "STATUS", "media_id": media_id}
                    data = _data(await call.ask("/2/media/upload", params), medium, call)
                except PlatformError as error:
                    troubles += 1
                    if error.kind not in _PASSING or troubles > _TROUBLES:
                        raise
    except TimeoutError:
        sentence = _("X is still not done with the file {name} after {minutes} minutes")
        message = sentence.format(name=quote(medium.shown), minutes=round(_LONGEST_S / 60))
        raise problem(ErrorKind.SERVER, message) from None


def _busy(data: dict[str, Any], medium: Medium) -> float | None:
    """How many seconds X still wants, or nothing when it is done. Raises PlatformError where it gave the file up."""
    info = data.get("processing_info")
    if not isinstance(info, dict) or info.get("state") == "succeeded":
        return None
    if info.get("state") == "failed":
        error = info.get("error")
        said = error.get("message", error.get("name")) if isinstance(error, dict) else ""
        sentence = _("X can't use the file {name}").format(name=quote(medium.shown))
        if isinstance(said, str) and said:
            sentence = _("{sentence}: {said}").format(sentence=sentence, said=quote(said))
        raise problem(ErrorKind.REJECTED, sentence)
    seconds = info.get("check_after_secs")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds != seconds:
        return _PAUSE
    return min(max(float(min(seconds, _MOST)), _LEAST), _MOST)


def _judge(answer: Answer, medium: Medium, call: Caller) -> None:
    if answer.status in _OF_THE_FILE:
        sentence = _("X does not take the file {name} ({status})")
        message = sentence.format(name=quote(medium.shown), status=answer.status)
        if said := answer.saying():
            message = _("{sentence}: {said}").format(sentence=message, said=said)
        raise problem(ErrorKind.REJECTED, message)
    call.judged(answer)


def _data(answer: Answer, medium: Medium, call: Caller) -> dict[str, Any]:
    """What an answer holds. Raises PlatformError, naming the file where it was judged."""
    _judge(answer, medium, call)
    data = object_of(answer).get("data")
    if not isinstance(data, dict):
        raise unexpected(answer)
    return data
