"""Pictures, videos and sounds made by code: whole ones, and broken ones of every kind.

The video is a hand-made MP4 (ISO/IEC 14496-12) with one track of raw samples.
"""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path
from typing import Any

from PIL import Image

# Where a camera would say it was, and who made it; neither may leave the house.
PLACE = b"+06.2000+106.8000/"
MAKER = "Kamera Budi"


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", flags), *parts)


def mp4(
    width: int = 64, height: int = 48, seconds: float = 4, rate: int = 25, brand: bytes = b"isom", *, place: bool = False,
    sound: bool = False, rotated: bool = False,
) -> bytes:  # fmt: skip
    scale = 600
    length, count = int(seconds * scale), max(int(seconds * rate), 1)
    straight = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    turned = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, height << 16, 0, 0x40000000)
    head = full(b"mvhd", struct.pack(">IIIIIH", 0, 0, scale, length, 0x10000, 0x100), bytes(10), straight, bytes(24),
                struct.pack(">I", 2))  # fmt: skip
    sides = (0, 0) if sound else (width << 16, height << 16)
    track = full(b"tkhd", struct.pack(">IIIII", 0, 0, 1, 0, length), bytes(8),
                 struct.pack(">hhhH", 0, 0, 0x100 if sound else 0, 0), turned if rotated else straight,
                 struct.pack(">II", *sides), flags=7)  # fmt: skip
    if sound:
        entry = box(b"sowt", bytes(6), b"\0\1", bytes(8), struct.pack(">HHHHI", 2, 16, 0, 0, 8000 << 16))
        kind = full(b"smhd", bytes(4))
    else:
        entry = box(b"mp4v", bytes(6), b"\0\1", bytes(16), struct.pack(">HHIIIH", width, height, 0x480000, 0x480000, 0, 1),
                    bytes(32), struct.pack(">Hh", 24, -1))  # fmt: skip
        kind = full(b"vmhd", bytes(8), flags=1)

    def movie(offset: int) -> bytes:
        samples = box(
            b"stbl", full(b"stsd", struct.pack(">I", 1), entry), full(b"stts", struct.pack(">III", 1, count, length // count)),
            full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)), full(b"stsz", struct.pack(">II", 10, count)),
            full(b"stco", struct.pack(">II", 1, offset)),
        )  # fmt: skip
        data = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1)))
        media = box(
            b"mdia", full(b"mdhd", struct.pack(">IIIIHH", 0, 0, scale, length, 0x55C4, 0)),
            full(b"hdlr", struct.pack(">I4s", 0, b"soun" if sound else b"vide"), bytes(12), b"h\0"),
            box(b"minf", kind, data, samples),
        )  # fmt: skip
        told = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0), PLACE)) if place else b""
        return box(b"moov", head, box(b"trak", track, media, told), told)

    begin = box(b"ftyp", brand, struct.pack(">I", 512), brand, b"mp42")
    return begin + movie(len(begin) + len(movie(0)) + 8) + box(b"mdat", bytes(range(10)) * count)


def picture(kind: str = "JPEG", size: tuple[int, int] = (30, 20), *, orientation: int = 1, **how: Any) -> bytes:
    """A picture that says who made it and where, whose left upper corner is red."""
    made = Image.new("RGB", size, "white")
    made.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    told = Image.Exif()
    told[0x0112], told[0x010F] = orientation, MAKER
    told.get_ifd(0x8825)[1] = "S"
    out = io.BytesIO()
    made.save(out, format=kind, exif=told, **how)
    return out.getvalue()


def moving(kind: str, frames: int = 3) -> bytes:
    """An animated picture of 0.2 s a frame."""
    made = [Image.new("RGB", (40, 30), (80 * (one % 3), 100, 200)) for one in range(frames)]
    out = io.BytesIO()
    made[0].save(out, format=kind, save_all=True, append_images=made[1:], duration=200, loop=0)
    return out.getvalue()


def sound() -> bytes:
    """A second of silence as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(bytes(16_000))
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A tiny PNG that says it is so many pixels wide and high."""
    data = bytearray(picture("PNG"))
    struct.pack_into(">II", data, 16, side, side)
    import zlib

    struct.pack_into(">I", data, 29, zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
