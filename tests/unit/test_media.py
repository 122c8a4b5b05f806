"""What each network takes of files, and what their first bytes say they are."""

import pytest

from smdash.core import media
from smdash.core.errors import InputError
from smdash.core.media import Probe
from smdash.core.media_types import sniffed

JPEG = Probe("image/jpeg", 200_000, 1_200, 1_200, alt="Cangkir")
GIF = Probe("image/gif", 200_000, 400, 400, 2.0)
MP4 = Probe("video/mp4", 5_000_000, 1_080, 1_920, 30.0, 30.0)
MP3 = Probe("audio/mpeg", 3_000_000, seconds=60.0)
MIB = 1024 * 1024


def said(platform: str, *files: Probe, limits: dict[str, int] | None = None) -> str:
    return "; ".join(media.problems(platform, limits, files))


@pytest.mark.parametrize(
    ("platform", "files"),
    [
        ("mastodon", [JPEG] * 4), ("mastodon", [GIF]), ("mastodon", [MP4]), ("mastodon", [MP3]), ("mastodon", []),
        ("bluesky", [JPEG] * 4), ("bluesky", [MP4]), ("x", [JPEG] * 4), ("x", [GIF]), ("x", [MP4]),
        ("instagram", [JPEG] * 10), ("instagram", [JPEG, MP4]), ("tiktok", [MP4]),
        ("youtube", [MP4]), ("telegram", [JPEG] * 10), ("telegram", [JPEG, MP4]), ("linkedin", [JPEG] * 20),
        ("threads", [JPEG, MP4]), ("facebook_page", [JPEG] * 30), ("facebook_page", [MP4]), ("whatsapp", [MP4]),
        ("snapchat", [MP4]), ("reddit", [JPEG]), ("reddit", []), ("feeds", []),
    ],
)  # fmt: skip
def test_what_a_network_takes(platform: str, files: list[Probe]) -> None:
    assert media.problems(platform, None, files) == []


@pytest.mark.parametrize(
    ("platform", "files", "words"),
    [
        ("mastodon", [JPEG] * 5, "5 pictures in one post, and it takes 4"),
        ("mastodon", [GIF, GIF], "2 moving pictures in one post, and it takes 1"),
        ("mastodon", [MP4, MP4], "2 videos in one post, and it takes 1"),
        ("mastodon", [JPEG, MP4], "not together"),
        ("mastodon", [JPEG, GIF], "not together"),
        ("mastodon", [JPEG, JPEG._replace(alt="k" * 1_501)], "file 2 has 1,501 characters, and it takes 1,500"),
        ("mastodon", [JPEG._replace(bytes=16_777_217)], "file 1 has 16.8 MB"),
        ("mastodon", [JPEG._replace(width=5_761, height=5_760)], "33,183,360 pixels, and it takes 33,177,600"),
        ("mastodon", [MP4._replace(bytes=103_809_025)], "103.8 MB"),
        ("bluesky", [JPEG._replace(bytes=2_000_001)], "2.0 MB"),
        ("bluesky", [MP4._replace(media_type="video/webm")], "file 1 is WebM, and it takes MP4"),
        ("bluesky", [MP3], "it takes no sound"),
        ("facebook_page", [MP4, MP4], "2 videos in one post, and it takes 1"),
        ("facebook_page", [JPEG, MP4], "not together"),
        ("facebook_page", [MP4._replace(seconds=1_201)], "plays 1201.0 s, and it takes 0 to 1200 s"),
        ("facebook_page", [MP3], "it takes no sound"),
        ("x", [JPEG] * 5, "5 pictures in one post"),
        ("x", [JPEG, GIF], "not together"),
        ("x", [GIF._replace(bytes=15 * MIB + 1)], "15.7 MB"),
        ("x", [MP4._replace(seconds=140.2)], "file 1 plays 140.2 s, and it takes 0.5 to 140 s"),
        ("x", [MP4._replace(seconds=0.4)], "0.4 s"),
        ("x", [MP4._replace(frame_rate=120.0)], "120 frames a second"),
        ("instagram", [], "no post without a picture or video"),
        ("instagram", [JPEG._replace(media_type="image/png")], "file 1 is PNG, and it takes JPEG"),
        ("instagram", [JPEG._replace(width=790, height=1_000)], "0.79 times as wide as it is high"),
        ("instagram", [JPEG._replace(width=2_000)], ""),
        ("instagram", [JPEG._replace(width=2_400)], "2.00 times as wide as it is high, and it takes 0.80 to 1.91"),
        ("instagram", [JPEG] * 11, "11 files in one post, and it takes 10"),
        ("threads", [JPEG] * 20, ""),
        ("threads", [JPEG] * 21, "21 files in one post, and it takes 20"),
        ("threads", [JPEG._replace(media_type="image/webp")], "file 1 is WebP, and it takes JPEG, PNG"),
        ("threads", [MP4._replace(seconds=301.0)], "and it takes 0 to 300 s"),
        ("threads", [MP3], "it takes no sound"),
        ("instagram", [MP4._replace(frame_rate=20.0)], "20 frames a second, and it takes 23 to 60"),
        ("tiktok", [JPEG], "it takes no pictures; it takes no post without a video"),
        ("tiktok", [MP3], "it takes no sound; it takes no post without a video"),
        ("reddit", [JPEG, JPEG], "2 pictures in one post, and it takes 1"),
        ("reddit", [MP4], "it takes no videos"),
        ("youtube", [JPEG], "it takes no pictures; it takes no post without a video"),
        ("telegram", [JPEG] * 11, "11 files in one post"),
        ("telegram", [GIF, GIF], "2 moving pictures in one post, and it takes 1"),
        ("telegram", [JPEG, GIF], "not together"),
        ("telegram", [JPEG, MP3], "not together"),
        ("whatsapp", [MP3._replace(media_type="audio/flac")], "file 1 is FLAC, and it takes MP3, M4A, Ogg"),
        ("linkedin", [JPEG._replace(width=7_000, height=6_000)], "42,000,000 pixels"),
        ("whatsapp", [JPEG, JPEG], "2 files in one post, and it takes 1"),
        ("snapchat", [MP4._replace(width=1_920, height=1_080)], "1.78 times"),
        ("snapchat", [], "no post without"),
    ],
)  # fmt: skip
def test_what_a_network_refuses(platform: str, files: list[Probe], words: str) -> None:
    found = said(platform, *files)
    assert words in found and bool(words) == bool(found), found


def test_a_rate_that_people_call_sixty_is_sixty() -> None:
    assert said("x", MP4._replace(frame_rate=59.94)) == said("x", MP4._replace(frame_rate=60.0)) == ""


def test_a_server_tells_its_own_limits() -> None:
    limits = {
        "max_media_attachments": 8, "image_size_limit": 100_000, "image_matrix_limit": 1_000_000,
        "video_frame_rate_limit": 24, "video_matrix_limit": 500_000, "description_limit": 3,
    }  # fmt: skip
    assert "takes 8" in said("mastodon", *[JPEG._replace(bytes=1)] * 9, limits=limits)
    found = said("mastodon", JPEG, limits=limits)
    assert "200.0 kB, and it takes 100.0 kB" in found and "1,440,000 pixels" in found and "it takes 3" in found
    found = said("mastodon", MP4, limits=limits)
    assert "30 frames" in found and "2,073,600 pixels, and it takes 500,000" in found
    assert said("mastodon", JPEG, limits={"image_size_limit": 0, "max_media_attachments": True}) == ""


def test_numbers_and_later_parts_of_a_thread() -> None:
    assert media.problems("instagram", None, [], begins=False) == []
    (found,) = media.problems("x", None, [JPEG, JPEG._replace(bytes=6 * MIB)], first=4)
    assert found.startswith("file 5 has")


def test_what_no_network_takes_is_known() -> None:
    assert media.most_bytes("image") == 50 * MIB  # Telegram's
    assert media.most_bytes("video") == 256 * 1024 * MIB  # YouTube's
    assert media.most_bytes("audio") == 50 * MIB
    assert media.most_bytes("image", [{"image_size_limit": 60 * MIB}]) == 60 * MIB


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"), (b"\x89PNG\r\n\x1a\n\0\0", "image/png"), (b"GIF89a..", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypisom", "video/mp4"), (b"\0\0\0\x18ftypqt  ", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3....", "video/webm"), (b"OggS....", "audio/ogg"), (b"fLaC", "audio/flac"),
        (b"ID3\4", "audio/mpeg"), (b"\xff\xfb\x90\0", "audio/mpeg"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_first_bytes_say(head: bytes, found: str) -> None:
    assert sniffed(head) == found


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"), (b"<?xml version='1.0'?><svg>", "SVG"), (b"\xef\xbb\xbf <svg onload='x'>", "SVG"),
        (b"\0\0\0\x18ftypheic", "HEIC"), (b"\0\0\0\x18ftypavif", "AVIF"), (b"MZ\x90\0", "no picture"),
        (bytes(64), "no picture"), (b"#!/bin/sh", "no picture"), (b"\xff", "no picture"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_said(head: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sniffed(head)
