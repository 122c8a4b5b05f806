"""Pictures and videos without what they tell of their making: places, cameras, names, dates, edits.

Networks publish some files as they are (Bluesky keeps every blob), so nothing but what is seen leaves the house:
pixels, their order in time, and the profile of their colours. Nothing is decoded, so nothing is lost. Sources: T.81
annex B (JPEG), PNG third edition section 4.7, the WebP container specification, GIF89a, ISO/IEC 14496-12 section 8.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from smdash.core.errors import InputError
from smdash.locale import gettext as _

_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"))
_WEBP_TOLD = 0x08 | 0x04  # the flags that announce EXIF and XMP
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
# XMP in a box of its own (XMP specification part 3).
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_TOLD_BOXES = (b"udta", b"meta")
_CHUNK = 1 << 20


def stripped(media_type: str, data: bytes) -> bytes:
    """The same picture without anything but what is seen. Raises InputError for one that is broken."""
    try:
        return _WAYS[media_type](data)
    except (IndexError, struct.error) as problem:
        raise cut_off() from problem


def cut_off() -> InputError:
    """What is said of a file whose end is missing."""
    return InputError(_("the file is broken or cut off; copy or save it again"))


def _jpeg(data: bytes) -> bytes:
    kept = bytearray(data[:2])
    place = 2
    while True:
        if data[place] != 0xFF:
            raise cut_off()
        while data[place + 1] == 0xFF:  # fill bytes
            place += 1
        marker = data[place + 1]
        if marker == 0xD9:
            return bytes(kept + b"\xff\xd9")  # what follows is another picture or none
        (length,) = struct.unpack_from(">H", data, place + 2)
        end = place + 2 + length
        if length < 2 or end > len(data):
            raise cut_off()
        if _is_seen(marker, data[place + 4 : end]):
            kept += data[place:end]
        place = end
        if marker == 0xDA:
            place = _end_of_scan(data, end)
            kept += data[end:place]


def _is_seen(marker: int, body: bytes) -> bool:
    """Whether a JPEG segment matters for the pixels: no comment, and of APPn JFIF, Adobe's and the colour profile."""
    if marker == 0xFE:
        return False
    if 0xE0 <= marker <= 0xEF:
        return (marker, body[:5]) in ((0xE0, b"JFIF\0"), (0xEE, b"Adobe")) or (
            marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")
        )
    return True


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the next marker is after coded pixels, in which 0xFF is followed by 0 or a restart number."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise cut_off()
        if data[place + 1] != 0 and not 0xD0 <= data[place + 1] <= 0xD7:
            return place
        place += 2


def _png(data: bytes) -> bytes:
    kept = bytearray(data[:8])
    place = 8
    while True:
        (length,) = struct.unpack_from(">I", data, place)
        kind, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data):
            raise cut_off()
        if kind in _PNG_KEPT:
            kept += data[place:end]
        if kind == b"IEND":
            return bytes(kept)
        place = end


def _webp(data: bytes) -> bytes:
    kept = bytearray()
    place, end = 12, 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise cut_off()
    while place + 8 <= end:
        kind, (length,) = data[place : place + 4], struct.unpack_from("<I", data, place + 4)
        after = place + 8 + length + length % 2
        if place + 8 + length > end:
            raise cut_off()
        if kind in _WEBP_KEPT:
            chunk = bytearray(data[place:after])
            if kind == b"VP8X":
                chunk[8] &= ~_WEBP_TOLD
            kept += chunk
        place = after
    return b"RIFF" + struct.pack("<I", 4 + len(kept)) + b"WEBP" + bytes(kept)


def _gif(data: bytes) -> bytes:
    place = 13 + _colours(data[10])
    kept = bytearray(data[:place])
    while True:
        begin = place
        if data[place] == 0x3B:
            return bytes(kept + b";")
        if data[place] == 0x2C:
            place = _blocks_end(data, place + 11 + _colours(data[place + 9]))
            kept += data[begin:place]
        elif data[place] == 0x21:
            label = data[place + 1]
            place = _blocks_end(data, place + 2)
            if label in (0xF9, 0x01) or (label == 0xFF and data[begin + 3 : begin + 14] in _GIF_KEPT):
                kept += data[begin:place]
        else:
            raise cut_off()


def _colours(flags: int) -> int:
    """How many bytes the table takes that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, place: int) -> int:
    while data[place]:
        place += 1 + data[place]
    return place + 1


_WAYS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp, "image/gif": _gif,
}  # fmt: skip


def blank(video: BinaryIO) -> None:
    """Overwrite in an MP4 or MOV file what it tells of its making; every byte of pictures and sound stays in its place.

    *video* is open for reading and writing. Raises InputError where its boxes can't be followed.
    """
    video.seek(0, 2)
    for kind, begin, body, end in _boxes(video, 0, video.tell()):
        if kind == b"moov":
            for inner in _boxes(video, body, end):
                if inner[0] == b"trak":
                    for part in _boxes(video, inner[2], inner[3]):
                        _free(video, *part)
                _free(video, *inner)
        elif kind == b"uuid":
            video.seek(body)
            if video.read(16) == _XMP:
                _free(video, b"udta", begin, body, end)
        else:
            _free(video, kind, begin, body, end)


def _boxes(video: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Kind, begin, begin of the content, and end of each box."""
    while begin + 8 <= end:
        video.seek(begin)
        size, kind = struct.unpack(">I4s", video.read(8))
        body = begin + 8
        if size == 1:
            (size,) = struct.unpack(">Q", video.read(8).rjust(8, b"\0"))
            body += 8
        elif size == 0:
            size = end - begin  # up to the end
        if size < body - begin or begin + size > end:
            raise cut_off()
        yield kind, begin, body, begin + size
        begin += size


def _free(video: BinaryIO, kind: bytes, begin: int, body: int, end: int) -> None:
    if kind not in _TOLD_BOXES:
        return
    video.seek(begin + 4)
    video.write(b"free")
    video.seek(body)
    for place in range(body, end, _CHUNK):
        video.write(bytes(min(_CHUNK, end - place)))
