"""Files of a Telegram message: by which method they go, and what stands beside them.

https://core.telegram.org/bots/api#sending-files: photos up to 10 MB, other files up to 50 MB; an album (sendMediaGroup)
holds 2 to 10 of them, photos and videos together, sounds and other files each by themselves. Alternative texts are
unknown to Telegram and stay here. What is sent is the message: there is no uploading ahead of it.
"""

from __future__ import annotations

from typing import Any

from smdash.core.errors import ErrorKind
from smdash.core.limits import count
from smdash.locale import gettext as _
from smdash.platforms.form_body import FilePart
from smdash.platforms.outgoing import Medium, Outgoing
from smdash.platforms.problems import problem

CAPTION = 1_024
MOST = 10
# As a photo, which Telegram makes smaller for every screen; what is bigger goes as a file and stays as it is.
PHOTO_BYTES = 10 * 1024 * 1024
_PHOTO_SIDES, _PHOTO_RATIO = 10_000, 20
_METHODS = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "animation": "sendAnimation",
    "audio": "sendAudio",
    "document": "sendDocument",
}
_TOGETHER = ({"photo", "video"}, {"audio"}, {"document"})


def form(out: Outgoing) -> tuple[str, list[FilePart], dict[str, Any]]:
    """The method, the files and the fields that send the media of *out*, with its text below them.

    Raises PlatformError (rejected) where Telegram takes no such message.
    """
    if (used := count("telegram", out.text).used) > CAPTION:
        sentence = _("below a file Telegram takes a text of {most} characters, and this one has {used}")
        raise problem(ErrorKind.REJECTED, sentence.format(most=CAPTION, used=used), arrived=False)
    kinds = [kind_of(one) for one in out.media]
    if len(out.media) == 1:
        (one,), (kind,) = out.media, kinds
        fields = _about(kind, one) | ({"caption": out.text} if out.text else {})
        return _METHODS[kind], [_part(kind, one)], fields
    if len(out.media) > MOST:
        sentence = _("Telegram takes {most} files in one message, and this one has {used}")
        raise problem(ErrorKind.REJECTED, sentence.format(most=MOST, used=len(out.media)), arrived=False)
    if not any(set(kinds) <= together for together in _TOGETHER):
        sentence = _(
            "Telegram takes pictures and videos together; moving pictures, sounds, pictures over 10 MB and videos that "
            "are not MP4 go out by themselves"
        )
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    parts, album = [], []
    for number, (kind, one) in enumerate(zip(kinds, out.media, strict=True)):
        parts.append(_part(f"file{number}", one))
        caption = {"caption": out.text} if out.text and number == 0 else {}
        album.append({"type": kind, "media": f"attach://file{number}"} | _about(kind, one) | caption)
    return "sendMediaGroup", parts, {"media": album}


def kind_of(medium: Medium) -> str:
    """As what a file goes out."""
    if medium.media_type == "image/gif":
        return "animation"
    if medium.media_type.startswith("image/"):
        return "photo" if _is_photo(medium) else "document"
    # Of other formats the reference says that they go as files.
    return {"video/mp4": "video", "audio/mpeg": "audio", "audio/mp4": "audio"}.get(medium.media_type, "document")


def _is_photo(medium: Medium) -> bool:
    wide, high = medium.width or 1, medium.height or 1
    fits = wide + high <= _PHOTO_SIDES and max(wide, high) <= _PHOTO_RATIO * min(wide, high)
    return fits and medium.bytes <= PHOTO_BYTES


def _part(field: str, medium: Medium) -> FilePart:
    return FilePart(field, medium.path, medium.media_type, medium.shown, medium.digest)


def _about(kind: str, medium: Medium) -> dict[str, Any]:
    """What players show before a file is loaded."""
    found: dict[str, Any] = {}
    if kind in ("video", "animation") and medium.width and medium.height:
        found |= {"width": medium.width, "height": medium.height}
    if kind in ("video", "animation", "audio") and medium.seconds:
        found["duration"] = round(medium.seconds)
    return found | ({"supports_streaming": True} if kind == "video" else {})
