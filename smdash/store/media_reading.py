"""What is in a picture, video or sound: the work of a process of its own, which ``store.media_probe`` starts.

It rewrites the file in place: pictures and MP4 files lose what they tell of their making, and pictures are turned the
way their camera was held. Pillow and MediaInfo are imported here alone.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdash import locale
from smdash.core import metadata
from smdash.core.errors import InputError
from smdash.core.formats import number
from smdash.core.media import Probe
from smdash.core.media_types import HEAD, sniffed
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from PIL import Image
    from pymediainfo import Track

# How long it may take (seconds), and how much address space it may fill (bytes).
LONGEST_S = 20
MOST_MEMORY = 2 * 1024 * 1024 * 1024
# Three times what any network takes, and little enough to be decoded twice in that space.
MOST_PIXELS = 120_000_000
# The tag of EXIF that says how the camera was held.
_ORIENTATION = 0x0112
_FORMATS = {"image/jpeg": ("JPEG", "MPO"), "image/png": ("PNG",), "image/gif": ("GIF",), "image/webp": ("WEBP",)}
# What MediaInfo calls the containers that are taken.
_VIDEOS = {"MPEG-4": "video/mp4", "WebM": "video/webm"}
_SOUNDS = {
    "MPEG-4": "audio/mp4", "MPEG Audio": "audio/mpeg", "Ogg": "audio/ogg", "FLAC": "audio/flac", "Wave": "audio/wav",
}  # fmt: skip


def examine(path: Path) -> Probe:
    """Read a file, and rewrite it without what it tells of its making. Raises InputError for what can't be taken."""
    with path.open("rb") as opened:
        found = sniffed(opened.read(HEAD))
    return _picture(path, found) if found.startswith("image/") else _playing(path, found)


def _picture(path: Path, media_type: str) -> Probe:
    data = metadata.stripped(media_type, path.read_bytes())
    try:
        turn = _turned(path, media_type)
        if turn is not None:
            data = turn
        with _open(io.BytesIO(data), media_type) as seen:
            frames = getattr(seen, "n_frames", 1)
            shown = 0.0
            for frame in range(frames):
                seen.seek(frame)
                seen.load()
                shown += float(seen.info.get("duration", 0) or 0)
            width, height = seen.size
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError) as problem:
        raise metadata.cut_off() from problem
    path.write_bytes(data)
    return Probe(media_type, len(data), width, height, round(shown / 1000, 3) if frames > 1 else None)


def _open(source: Any, media_type: str) -> Image.Image:
    """A picture whose pixels are not decoded yet. Raises InputError where there are too many of them."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # ours says it in a sentence
    opened = Image.open(source, formats=_FORMATS[media_type])
    if opened.width * opened.height > MOST_PIXELS:
        raise InputError(
            _("the picture has {width} × {height} pixels; no network takes more than {most} in all").format(
                width=opened.width, height=opened.height, most=number(MOST_PIXELS)
            )
        )
    return opened


def _turned(path: Path, media_type: str) -> bytes | None:
    """The picture the way its camera was held, or nothing where it is so already."""
    from PIL import ImageOps
    from PIL.JpegImagePlugin import get_sampling

    with _open(path, media_type) as held:
        if getattr(held, "n_frames", 1) > 1 and media_type != "image/jpeg":
            return None
        if held.getexif().get(_ORIENTATION, 1) not in range(2, 9):
            return None
        how: dict[str, Any] = {"icc_profile": held.info.get("icc_profile")}
        if media_type == "image/jpeg":
            # The tables of the original keep its quality and size.
            how |= {"qtables": held.quantization, "subsampling": get_sampling(held)}  # type: ignore[attr-defined]
        elif media_type == "image/webp":
            how |= {"quality": 95, "exact": True}
        turned = ImageOps.exif_transpose(held)
        out = io.BytesIO()
        turned.save(out, format=_FORMATS[media_type][0], exif=b"", **how)
        return metadata.stripped(media_type, out.getvalue())


def _playing(path: Path, media_type: str) -> Probe:
    from xml.etree.ElementTree import ParseError

    from pymediainfo import MediaInfo

    if media_type in ("video/mp4", "video/quicktime"):
        with path.open("r+b") as opened:
            metadata.blank(opened)
    try:
        # An open file, unlike a path, lets it follow no references to others.
        with path.open("rb") as opened:
            tracks = MediaInfo.parse(opened, parse_speed=0.3).tracks
    except (ParseError, ValueError, RuntimeError, OSError) as problem:
        raise metadata.cut_off() from problem
    general = next((one for one in tracks if one.track_type == "General"), None)
    if general is None or general.istruncated == "Yes":
        raise metadata.cut_off()
    video = next((one for one in tracks if one.track_type == "Video"), None)
    sound = next((one for one in tracks if one.track_type == "Audio"), None)
    named = (_VIDEOS if video is not None else _SOUNDS).get(str(general.format))
    if (named, media_type) == ("video/mp4", "video/quicktime"):
        named = media_type  # the one family, told apart by its brand
    if named is None or (video is None and sound is None):
        raise InputError(
            _("it is no video or sound that is taken ({format}); save it as MP4 or MP3").format(
                format=str(general.format or "?")[:40]
            )
        )
    seconds = _number(general.duration) or _number((video or sound).duration)  # type: ignore[union-attr]
    if not seconds:
        raise metadata.cut_off()
    probe = Probe(named, path.stat().st_size, seconds=round(seconds / 1000, 3))
    return probe if video is None else _seen(probe, video)


def _seen(probe: Probe, video: Track) -> Probe:
    width, height = _number(video.width), _number(video.height)
    if not width or not height:
        raise metadata.cut_off()
    if round(_number(video.rotation) or 0) % 180 == 90:
        width, height = height, width
    return probe._replace(width=int(width), height=int(height), frame_rate=_number(video.frame_rate))


def _number(told: object) -> float | None:
    """A figure that MediaInfo told, as a number or as text."""
    try:
        found = float(str(told))
    except ValueError:
        return None
    return found if 0 <= found < 1e12 else None


def _work(path: Path, language: str) -> None:
    """The child: a path in, one line of JSON out."""
    import resource

    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, LONGEST_S), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    os.nice(5)
    locale.use(language)
    try:
        answer: dict[str, Any] = examine(path)._asdict()
    except InputError as problem:
        answer = {"refused": str(problem)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _work(Path(sys.argv[1]), sys.argv[2])
