"""What a file tells of its making is gone, and all that is seen is as before."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from smdash.core import metadata
from smdash.core.errors import InputError
from tests.media_files import MAKER, PLACE, moving, mp4, picture

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("JPEG", {"comment": b"komentar"}),
    "progressive": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"xmp": b"<x:xmpmeta>"}),
    "lossless": ("WEBP", {"lossless": True}),
}


def pixels(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as opened:
        frames = []
        for one in range(getattr(opened, "n_frames", 1)):
            opened.seek(one)
            frames.append(opened.convert("RGBA").tobytes())
        return frames


@pytest.mark.parametrize("name", KINDS)
def test_pictures_keep_their_pixels_and_colours_and_nothing_else(name: str) -> None:
    kind, how = KINDS[name]
    data = picture(kind, icc_profile=PROFILE, **how)
    assert MAKER.encode() in data
    made = metadata.stripped(f"image/{kind.lower()}", data)
    assert pixels(made) == pixels(data)
    with Image.open(io.BytesIO(made)) as opened:
        assert dict(opened.getexif()) == {} and opened.info["icc_profile"] == PROFILE
        assert not {"exif", "xmp", "comment"} & set(opened.info)
    assert MAKER.encode() not in made and b"komentar" not in made and b"xmpmeta" not in made
    assert metadata.stripped(f"image/{kind.lower()}", made) == made
    if made[12:16] == b"VP8X":
        assert made[20] & 0x0C == 0  # nor is EXIF or XMP announced


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_still_moves(kind: str) -> None:
    data = moving(kind)
    made = metadata.stripped(f"image/{kind.lower()}", data)
    assert len(pixels(made)) == 3 and pixels(made) == pixels(data)


def test_what_hangs_behind_a_picture_goes() -> None:
    assert metadata.stripped("image/jpeg", picture() + b"GPS" + picture()).count(b"\xff\xd8\xff") == 1
    assert not metadata.stripped("image/png", picture("PNG") + b"rahasia").endswith(b"rahasia")
    data = bytearray(moving("GIF"))
    data[-1:-1] = b"\x21\xfe\x07rahasia\0" + b"\x21\xff\x0bXMP DataXMP\x03abc\0"
    made = metadata.stripped("image/gif", bytes(data))
    assert b"rahasia" not in made and b"XMP" not in made and pixels(made) == pixels(bytes(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_that_was_cut_off_is_refused_wherever_it_was_cut(kind: str) -> None:
    data = moving("GIF") if kind == "GIF" else picture(kind)
    for length in range(len(data) - 1):
        with pytest.raises(InputError):
            metadata.stripped(f"image/{kind.lower()}", data[:length])


@given(st.sampled_from(["jpeg", "png", "webp", "gif"]), st.binary(max_size=200), st.booleans())
def test_rubbish_is_refused_or_made_less(kind: str, rubbish: bytes, begins_well: bool) -> None:
    head = {"jpeg": b"\xff\xd8", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF\x30\0\0\0WEBP", "gif": b"GIF89a"}[kind]
    data = (head if begins_well else b"") + rubbish
    try:
        assert len(metadata.stripped(f"image/{kind}", data)) <= len(data) + 12
    except InputError:
        pass


def test_a_video_forgets_where_it_was_made_and_no_byte_of_it_moves() -> None:
    data = mp4(place=True)
    assert data.count(PLACE) == 2
    opened = io.BytesIO(data)
    metadata.blank(opened)
    made = opened.getvalue()
    assert PLACE not in made and len(made) == len(data)
    assert made[made.index(b"mdat") :] == data[data.index(b"mdat") :]


@given(st.integers(0, 600), st.binary(min_size=1, max_size=12))
def test_broken_boxes_are_refused_or_followed(place: int, rubbish: bytes) -> None:
    data = bytearray(mp4(place=True))
    data[place : place + len(rubbish)] = rubbish
    opened = io.BytesIO(bytes(data))
    try:
        metadata.blank(opened)
    except InputError:
        pass
    assert len(opened.getvalue()) == len(data)
