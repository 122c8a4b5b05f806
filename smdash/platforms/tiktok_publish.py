"""A video on its way to TikTok (Content Posting API, Direct Post), and the look whether it is out.

What the account may do is asked for before each post, as TikTok's rules want; then a place for the video, which comes
with a publish_id. That one is kept in the vault before a byte is sent, and is all that is asked about afterwards: a
post is made of it once. The account's option ``privacy`` says who sees it (``PUBLIC_TO_EVERYONE`` if it says nothing).
Pictures are fetched by TikTok from a web address whose owner was verified, so the team's own files can't be sent.
https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, -media-transfer-guide, -get-video-status
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms import answers, vault_parts
from smdash.platforms.addresses import parse_url
from smdash.platforms.file_pieces import Pieces, deadline_s
from smdash.platforms.items import objects, text_of
from smdash.platforms.outgoing import Medium, Outgoing, OutgoingKind, Published, before_sending
from smdash.platforms.problems import problem, quote
from smdash.platforms.tiktok_calls import Caller, identifier

Sleep = Callable[[float], Awaitable[object]]
CAPTION = 2_200
_MIB = 1024 * 1024
# A chunk has 5 to 64 MiB; the last one takes what is left over, so it has less than twice as much.
CHUNK = 10 * _MIB
# Seconds between looks whether TikTok is done: 30 are allowed a minute. Ten minutes in all.
PAUSES = (2, 3, 5, *[10] * 59)
# What TikTok gives a place for; a video that is not whole by then never will be.
_PLACE_LIVES = timedelta(hours=1)
_KEPT_MOST = 50
_TROUBLES = 5
_PASSING = (ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE)
_PUBLIC = "PUBLIC_TO_EVERYONE"


def chunks(size: int) -> list[tuple[int, int]]:
    """The first byte and the length of each chunk of a file of so many bytes."""
    count = max(size // CHUNK, 1)
    return [(at * CHUNK, CHUNK if at < count - 1 else size - at * CHUNK) for at in range(count)]


async def publish(out: Outgoing, caller: Caller, sleep: Sleep) -> Published:
    """Send the video, once. Raises PlatformError: what comes before its last chunk has not arrived."""
    if out.kind is not OutgoingKind.POST or out.above is not None:
        raise _refused(_("TikTok lets no program read, answer, like, hide or delete comments"))
    medium = _video(out)
    with before_sending():
        creator = await caller.post("/post/publish/creator_info/query/", {})
        info = _info(out, medium, creator)
        async with Pieces(medium):
            pass  # a file that can't be read needs no place
        publish_id, place = await _begin(medium, info, caller)
        async with vault_parts.changing(out.credentials.vault):
            vault_parts.change(out.credentials.vault, uploads=_remembered(out, publish_id))
    await _send(medium, place, caller)
    return await _wait(publish_id, caller, sleep)


def _video(out: Outgoing) -> Medium:
    if len(out.media) != 1 or not out.media[0].media_type.startswith("video/"):
        raise _refused(
            _("a post on TikTok is one video; pictures it takes from a verified web address only, and text not at all")
        )
    return out.media[0]


def _info(out: Outgoing, medium: Medium, creator: dict[str, Any]) -> dict[str, Any]:
    """What the post is to be like, as far as the account may. Raises PlatformError (rejected)."""
    length = len(out.text.encode("utf-16-le", "replace")) // 2
    if length > CAPTION:
        sentence = _("the text of a video takes {most} UTF-16 units on TikTok, not {count}")
        raise _refused(sentence.format(most=CAPTION, count=length))
    longest = creator.get("max_video_post_duration_sec")
    if type(longest) is int and medium.seconds is not None and medium.seconds > longest > 0:
        sentence = _("the video plays {seconds} s, and TikTok takes {longest} s from this account")
        raise _refused(sentence.format(seconds=round(medium.seconds), longest=longest))
    options = out.credentials.options
    privacy = options.get("privacy", "").strip().upper() or _PUBLIC
    told = creator.get("privacy_level_options")
    allowed = [one for one in told if isinstance(one, str)] if isinstance(told, list) else []
    if privacy not in allowed:
        sentence = _("TikTok lets this account not post as {privacy}, but as {allowed}; see its option privacy")
        raise _refused(sentence.format(privacy=quote(privacy)[:60], allowed=quote(", ".join(allowed)) or "?"))

    def off(name: str) -> bool:
        return creator.get(name) is True

    return {
        "title": out.text,
        "privacy_level": privacy,
        "disable_comment": off("comment_disabled"),
        "disable_duet": off("duet_disabled"),
        "disable_stitch": off("stitch_disabled"),
        "brand_organic_toggle": options.get("promotes_own_brand", "").lower() in ("yes", "true", "1"),
    }


async def _begin(medium: Medium, info: dict[str, Any], caller: Caller) -> tuple[str, str]:
    """The publish_id of a new post, and where its video goes."""
    parts = chunks(medium.bytes)
    source = {
        "source": "FILE_UPLOAD",
        "video_size": medium.bytes,
        "chunk_size": parts[0][1] if len(parts) == 1 else CHUNK,
        "total_chunk_count": len(parts),
    }
    data = await caller.post("/post/publish/video/init/", {"post_info": info, "source_info": source})
    publish_id, place = identifier(data.get("publish_id")), text_of(data.get("upload_url"))
    if publish_id is None or not place:
        raise problem(ErrorKind.SERVER, _("TikTok gave no place for the video"))
    return publish_id, str(parse_url(place))


async def _send(medium: Medium, place: str, caller: Caller) -> None:
    """Send the chunks one behind the other. Raises PlatformError: from the last one on it may have arrived."""
    parts = chunks(medium.bytes)
    async with Pieces(medium) as pieces:
        for start, size in parts:
            last = start + size >= medium.bytes
            data = await pieces.piece(start, size)
            headers = {
                "Content-Type": medium.media_type,
                "Content-Range": f"bytes {start}-{start + size - 1}/{medium.bytes}",
            }
            try:
                # The place is TikTok's own choice, and knows whose it is without the token.
                answer = await caller.client.request(
                    "PUT", place, owner_typed=False, headers=headers, content=data, deadline_s=deadline_s(size)
                )
                answers.check(answer, caller.now)
            except PlatformError as error:
                error.arrived = error.arrived and last
                raise


async def _wait(publish_id: str, caller: Caller, sleep: Sleep) -> Published:
    """Ask until the post is made. Raises PlatformError: unknown, and arrived, where that takes too long."""
    troubles = 0
    for pause in PAUSES:
        await sleep(pause)
        try:
            status = await _status(publish_id, caller)
        except PlatformError as error:
            troubles += 1
            error.arrived = True  # of the video itself this says nothing
            if error.kind not in _PASSING or troubles > _TROUBLES:
                raise
            continue
        if (found := _judged(publish_id, status, caller)) is not None:
            return found
    sentence = _("TikTok has the video and has not made the post of it yet")
    raise problem(ErrorKind.UNKNOWN, sentence)


async def _status(publish_id: str, caller: Caller) -> dict[str, Any]:
    return await caller.post("/post/publish/status/fetch/", {"publish_id": publish_id})


def _judged(publish_id: str, status: dict[str, Any], caller: Caller) -> Published | None:
    """What was made, or nothing yet. Raises PlatformError (rejected, not arrived) where nothing will be.

    A post that is not public, or not looked at yet by TikTok, has no id of its own; its publish_id stands for it.
    """
    state = text_of(status.get("status"))
    if state == "FAILED":
        why = quote(text_of(status.get("fail_reason")))
        sentence = _("TikTok could not make a post of the video: {reason}").format(reason=why or "?")
        kind = ErrorKind.AUTH if why == "auth_removed" else ErrorKind.REJECTED
        raise problem(kind, sentence, arrived=False)
    if state not in ("PUBLISH_COMPLETE", "SEND_TO_USER_INBOX"):
        return None
    # TikTok spells it so; the other spelling in case it is mended.
    ids = status.get("publicaly_available_post_id") or status.get("publicly_available_post_id")
    post_id = identifier(ids[0]) if isinstance(ids, list) and ids else None
    return Published(post_id or publish_id, _address(post_id, caller))


def _address(post_id: str | None, caller: Caller) -> str | None:
    handle = caller.credentials.handle.removeprefix("@")
    return safe_link(f"https://www.tiktok.com/@{handle}/video/{post_id}") if post_id and handle else None


def _remembered(out: Outgoing, publish_id: str) -> dict[str, str]:
    """The publish_ids of the newest posts, by their deliveries' keys."""
    held = vault_parts.read(out.credentials.vault).get("uploads")
    kept = {key: one for key, one in held.items() if isinstance(one, str)} if isinstance(held, dict) else {}
    kept.pop(out.key, None)
    return dict([*kept.items(), (out.key, publish_id)][-_KEPT_MOST:])


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """Look whether it is out: by its publish_id, else among the account's newest videos.

    Raises PlatformError where that can't be told.
    """
    if out.kind is not OutgoingKind.POST or out.above is not None:
        return None  # never sent
    held = vault_parts.read(out.credentials.vault).get("uploads")
    publish_id = held.get(out.key) if isinstance(held, dict) else None
    if not isinstance(publish_id, str):
        # No place was asked for under this key, or the vault was lost since.
        return await _among_newest(out, caller)
    try:
        status = await _status(publish_id, caller)
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return await _among_newest(out, caller)
        raise
    try:
        found = _judged(publish_id, status, caller)
    except PlatformError:
        return None  # it failed, and is nowhere
    if found is not None:
        return found
    waits = text_of(status.get("status")) == "PROCESSING_UPLOAD"
    if waits and out.now - out.first_at > _PLACE_LIVES:
        return None
    raise problem(ErrorKind.UNKNOWN, _("TikTok has not made the post yet; it is asked again later"))


async def _among_newest(out: Outgoing, caller: Caller) -> Published | None:
    params = {"fields": "id,create_time,title,video_description,share_url"}
    data = await caller.post("/video/list/", {"max_count": 20}, params)
    wanted = one_line(clean(out.text))
    for one in objects(data.get("videos")):
        made, post_id = one.get("create_time"), identifier(one.get("id"))
        if type(made) is not int or post_id is None or not 0 < made < 1e11:
            continue
        if datetime.fromtimestamp(made, UTC) < out.first_at - timedelta(minutes=2):
            continue
        if wanted in (one_line(clean(text_of(one.get(name)))) for name in ("title", "video_description")):
            return Published(post_id, safe_link(text_of(one.get("share_url"))))
    return None


async def is_there(remote_id: str, caller: Caller) -> bool:
    """Whether a video is there still. Raises PlatformError where that can't be told."""
    if not remote_id.isdecimal():
        # A publish_id: the post never got an id that could be asked for.
        raise problem(ErrorKind.UNKNOWN, _("TikTok has not told under which id the post is"))
    data = await caller.post("/video/query/", {"filters": {"video_ids": [remote_id]}}, {"fields": "id"})
    return any(identifier(one.get("id")) == remote_id for one in objects(data.get("videos")))


def _refused(sentence: str) -> PlatformError:
    return problem(ErrorKind.REJECTED, sentence, arrived=False)
