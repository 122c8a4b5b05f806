"""A video on its way to YouTube: by a resumable upload, piece by piece, and found again by the session of that upload.

The first line of the post is the video's title, all behind it its description. The account's options say who sees it
(``privacy``: public, unlisted or private; public where nothing is said), its ``category`` (22, people and blogs) and
whether it is ``made_for_kids`` (no). Of a Google project that was not audited YouTube keeps every video private,
whatever was asked.
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol, docs/videos/insert.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.platforms import vault_parts, youtube_units
from smdash.platforms.addresses import parse_url
from smdash.platforms.answers import Answer, iso_date
from smdash.platforms.file_pieces import Pieces, deadline_s
from smdash.platforms.items import objects, text_of
from smdash.platforms.outgoing import Medium, Outgoing, Published, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.youtube_calls import (
    Caller,
    failure,
    identifier,
    items_of,
    not_youtube,
    object_of,
    own_channel,
    unexpected,
)
from smdash.platforms.youtube_records import link

Sleep = Callable[[float], Awaitable[object]]
TITLE, DESCRIPTION = 100, 5_000
# A multiple of 256 KiB, as the protocol wants.
PIECE = 8 * 1024 * 1024
# Seconds before a piece that did not get through is tried again.
PAUSES = (1, 2, 5, 10, 30)
_SESSIONS_MOST = 20
_PASSING = (ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE)
_PRIVACY = ("public", "unlisted", "private")
_RANGE = re.compile(r"bytes=0-(\d{1,15})")
_SKEW = timedelta(minutes=2)


def title_and_description(text: str) -> tuple[str, str]:
    """The title and description that a post becomes. Raises PlatformError (rejected) where YouTube would refuse it."""
    first, _break, rest = text.strip().partition("\n")
    title, rest = one_line(first), rest.strip()
    if not title:
        raise _refused(_("the first line of a post is the video's title on YouTube, and there is none"))
    if len(title) > TITLE:
        sentence = _("the first line is the video's title on YouTube, which takes {most} characters, not {count}")
        raise _refused(sentence.format(most=TITLE, count=len(title)))
    if len(rest.encode()) > DESCRIPTION:
        sentence = _("the description of a video takes {most} bytes on YouTube, not {count}")
        raise _refused(sentence.format(most=DESCRIPTION, count=len(rest.encode())))
    if set(title + rest) & set("<>"):
        raise _refused(_("YouTube takes no < and no > in a video's title and description"))
    return title, rest


async def upload(out: Outgoing, caller: Caller, sleep: Sleep) -> Published:
    """Send the video, once. Raises PlatformError: what comes before its last piece has not arrived."""
    medium, body = _video(out), _body(out)
    with before_sending():
        await caller.session()
        await youtube_units.pay(out.credentials, out.now, 0, uploads=1)
        async with Pieces(medium):
            pass  # a file that can't be read needs no session
        session = await _begin(medium, body, caller)
        async with vault_parts.changing(out.credentials.vault):
            vault_parts.change(out.credentials.vault, uploads=_remembered(out, session))
    async with Pieces(medium) as pieces:
        answer = await _send(pieces, medium, session, caller, sleep)
    video = object_of(answer)
    remote_id = identifier(video.get("id"))
    if remote_id is None:
        raise unexpected(answer)
    return Published(remote_id, link(remote_id))


def _video(out: Outgoing) -> Medium:
    if len(out.media) != 1 or not out.media[0].media_type.startswith("video/"):
        raise _refused(_("a post on YouTube is one video; posts of text or pictures can't be sent by a program"))
    return out.media[0]


def _body(out: Outgoing) -> dict[str, Any]:
    title, description = title_and_description(out.text)
    options = out.credentials.options
    privacy = options.get("privacy", "") or _PRIVACY[0]
    if privacy not in _PRIVACY:
        sentence = _("the account's option privacy is “{found}”; YouTube knows public, unlisted and private")
        raise _refused(sentence.format(found=privacy[:40]))
    kids = options.get("made_for_kids", "").lower() in ("yes", "true", "1")
    return {
        "snippet": {"title": title, "description": description, "categoryId": options.get("category", "") or "22"},
        "status": {"privacyStatus": privacy, "selfDeclaredMadeForKids": kids},
    }


async def _begin(medium: Medium, body: dict[str, Any], caller: Caller) -> str:
    """The address of a new upload session."""
    answer = await caller.send(
        "POST",
        f"{caller.url}/upload/youtube/v3/videos",
        {"uploadType": "resumable", "part": "snippet,status"},
        json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json; charset=UTF-8",
            "X-Upload-Content-Length": str(medium.bytes),
            "X-Upload-Content-Type": medium.media_type,
        },
    )
    await caller.judged(answer)
    place = answer.headers.get("location", "").strip()
    if not place:
        raise unexpected(answer)
    return str(parse_url(place, base=parse_url(answer.url)))


async def _send(pieces: Pieces, medium: Medium, session: str, caller: Caller, sleep: Sleep) -> Answer:
    """Send the pieces in their order; the answer that holds the video.

    A piece that did not get through is sent again from where the session says that it stands, which makes no second
    video. Raises PlatformError: from the last piece on it may have arrived.
    """
    start, tries = 0, 0
    while True:
        last = start + PIECE >= pieces.size
        data = await pieces.piece(start, PIECE)
        try:
            answer = await _put(session, data, start, pieces.size, medium.media_type, caller)
            if answer.ok and last:
                return answer
            if answer.status != 308:
                raise failure(answer, caller.now) if not answer.ok else unexpected(answer)
            reached = _reached(answer)
            if reached <= start:
                raise problem(ErrorKind.SERVER, _("{host} takes no more of the video").format(host=answer.host))
            start, tries = reached, 0
        except PlatformError as error:
            # Before its last piece is there, it is no video.
            error.arrived = error.arrived and last
            if error.kind not in _PASSING:
                raise
            stands: Answer | int | None = None
            while stands is None and tries < len(PAUSES):
                await sleep(PAUSES[tries])
                tries += 1
                stands = await _stands(session, pieces.size, caller)
            if stands is None:
                raise
            if isinstance(stands, Answer):
                return stands
            start = stands


async def _put(session: str, data: bytes, start: int, total: int, media_type: str, caller: Caller) -> Answer:
    place = f"bytes {start}-{start + len(data) - 1}/{total}"
    headers = {"Content-Type": media_type, "Content-Range": place}
    return await caller.send("PUT", session, None, data, headers=headers, deadline_s=deadline_s(len(data)))


async def _stands(session: str, total: int, caller: Caller) -> Answer | int | None:
    """How far a session is: its video, or how many bytes of it are there; nothing where it does not tell."""
    try:
        answer = await caller.send("PUT", session, None, b"", headers={"Content-Range": f"bytes */{total}"})
    except PlatformError:
        return None
    if answer.ok:
        return answer
    return _reached(answer) if answer.status == 308 else None


def _reached(answer: Answer) -> int:
    found = _RANGE.fullmatch(answer.headers.get("range", "").strip())
    return int(found[1]) + 1 if found else 0


def _remembered(out: Outgoing, session: str) -> dict[str, str]:
    """The sessions of the newest uploads, by their deliveries' keys."""
    held = vault_parts.read(out.credentials.vault).get("uploads")
    kept = {key: one for key, one in held.items() if isinstance(one, str)} if isinstance(held, dict) else {}
    kept.pop(out.key, None)
    return dict([*kept.items(), (out.key, session)][-_SESSIONS_MOST:])


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """Look whether the video is there: by the session of its upload, else among the channel's newest uploads.

    A session is known for about a week. Raises PlatformError where it can't be told.
    """
    title, description = title_and_description(out.text)
    medium = _video(out)
    held = vault_parts.read(out.credentials.vault).get("uploads")
    session = held.get(out.key) if isinstance(held, dict) else None
    if isinstance(session, str):
        stands = await _stands(session, medium.bytes, caller)
        if isinstance(stands, int):
            return None  # it waits for the rest, so there is no video of it
        if stands is not None and (remote_id := identifier(object_of(stands).get("id"))) is not None:
            return Published(remote_id, link(remote_id))
    channel = await own_channel(caller, "contentDetails")
    details = channel.get("contentDetails")
    lists = details.get("relatedPlaylists") if isinstance(details, dict) else None
    uploads = identifier(lists.get("uploads")) if isinstance(lists, dict) else None
    if uploads is None:
        raise not_youtube("YouTube")
    found = await caller.get("playlistItems", {"part": "snippet", "playlistId": uploads, "maxResults": 50})
    doubtful = False
    for one in objects(items_of(found, caller)):
        snippet = one.get("snippet")
        snippet = snippet if isinstance(snippet, dict) else {}
        made = iso_date(snippet.get("publishedAt"))
        if made is not None and made < out.first_at - _SKEW:
            continue
        if one_line(clean(text_of(snippet.get("title")))) != one_line(clean(title)):
            continue
        resource = snippet.get("resourceId")
        remote_id = identifier(resource.get("videoId")) if isinstance(resource, dict) else None
        same = one_line(clean(text_of(snippet.get("description")))) == one_line(clean(description))
        if made is not None and remote_id is not None and same:
            return Published(remote_id, link(remote_id))
        doubtful = True
    if doubtful:
        raise problem(ErrorKind.UNKNOWN, _("a video of this title is there, but may be another one; look there"))
    return None


def _refused(sentence: str) -> PlatformError:
    return problem(ErrorKind.REJECTED, sentence, arrived=False)
