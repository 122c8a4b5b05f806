"""What each network takes of pictures, videos and sounds in one post, and what of given files it would refuse.

Mastodon's rules are those that the account's server told (``account.limits``), else the defaults of its documentation.
Where a source names no limit there is none here; where two differ the wider one counts, and megabytes are the binary
ones, so that nothing is refused that the network may take. Sources: Mastodon entities/Instance, user/posting; Bluesky
lexicons app.bsky.embed.images and app.bsky.video; X media/introduction, media/best-practices; Meta's error codes of
Instagram and ayrshare's guidelines of it and of Threads; LinkedIn's, TikTok's (docs.getlate.dev), Telegram's
(MediaGroupLimit, FileSizeLimit), WhatsApp's, Snapchat's (docs.getlate.dev) and YouTube's (videos.insert) references.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from smdash.core.formats import decimal, number
from smdash.core.health import size
from smdash.locale import gettext as _
from smdash.locale import ngettext

MIB = 1024 * 1024
GIB = 1024 * MIB

# What the house takes in, by its content; other networks' further types are not in their references.
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
VIDEO_TYPES = ("video/mp4", "video/quicktime", "video/webm")
AUDIO_TYPES = ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/flac", "audio/wav")
TYPES = (*IMAGE_TYPES, *VIDEO_TYPES, *AUDIO_TYPES)
# How an alternative text is cut when it is taken in: ten times what any network takes.
LONGEST_ALT = 15_000


class Probe(NamedTuple):
    """What is known of a file by its content.

    ``width`` and ``height`` are pixels as they are seen. ``seconds`` is how long it plays; a picture has that only
    where it moves. ``frame_rate`` is frames a second of a video. ``alt`` is its alternative text.
    """

    media_type: str
    bytes: int
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    frame_rate: float | None = None
    alt: str = ""

    @property
    def kind(self) -> str:
        """``image``, ``video`` or ``audio``."""
        return self.media_type.partition("/")[0]

    @property
    def moves(self) -> bool:
        """Whether it is a picture that moves."""
        return self.kind == "image" and self.seconds is not None


class Attachment(NamedTuple):
    """A file of a post: which part of a thread it belongs to (from 1), its digest, and the name it came with.

    ``id`` is 0 for one that is not written yet. People know it by its place among all of the post, from 1.
    """

    id: int
    part: int
    digest: str
    name: str
    probe: Probe


class Problem(NamedTuple):
    """Why a network would refuse files: for people, and ``about`` in short, the same in every language."""

    sentence: str
    about: str


class Takes(NamedTuple):
    """What a network takes of one kind; nothing where its reference names no limit.

    ``most`` files in a post, ``bytes`` and ``pixels`` of each, ``ratio`` of width to height, ``seconds`` and
    ``frame_rate`` (a second) from and to.
    """

    types: tuple[str, ...] | None = None
    most: int | None = None
    bytes: int | None = None
    pixels: int | None = None
    ratio: tuple[float, float] | None = None
    seconds: tuple[float, float] | None = None
    frame_rate: tuple[float, float] | None = None


class Network(NamedTuple):
    """What a post on a network may hold. ``moving`` are pictures that move where they count as a kind of their own.

    ``most`` files of all kinds; ``mixed``: different kinds may stand in one post, but for those that are ``apart``;
    ``needs`` a file of such a kind, since there are no posts of text alone; ``alt`` is how many characters an
    alternative text may have.
    """

    image: Takes = Takes()
    moving: Takes | None = None
    video: Takes = Takes()
    audio: Takes = Takes()
    most: int | None = None
    mixed: bool = True
    apart: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    alt: int | None = None

    def of(self, probe: Probe) -> Takes:
        """The rules for a file."""
        if probe.moves and self.moving is not None:
            return self.moving
        return {"image": self.image, "video": self.video}.get(probe.kind, self.audio)

    def group(self, probe: Probe) -> str:
        """Which files count together with this one."""
        return "moving" if probe.moves and self.moving is not None else probe.kind


_NONE = Takes(most=0)
_NETWORKS: dict[str, Network] = {
    "x": Network(
        image=Takes(types=IMAGE_TYPES, most=4, bytes=5 * MIB),
        moving=Takes(most=1, bytes=15 * MIB),
        video=Takes(most=1, bytes=512 * MIB, seconds=(0.5, 140), frame_rate=(0, 60)),
        audio=_NONE,
        mixed=False,
        alt=1_000,
    ),
    # A wider picture than 1,440 pixels is made smaller there, so its width is no reason.
    "instagram": Network(
        image=Takes(types=("image/jpeg",), bytes=8 * MIB, ratio=(4 / 5, 1.91)),
        video=Takes(
            types=("video/mp4", "video/quicktime"), bytes=GIB, seconds=(3, 15 * 60), frame_rate=(23, 60)
        ),
        audio=_NONE,
        most=10,
        needs=("image", "video"),
    ),
    # A file in one piece, which is how smdash sends a video, ends at these (docs/graph-api/video-uploads).
    "facebook_page": Network(
        image=Takes(types=("image/jpeg", "image/png", "image/gif"), bytes=10 * MIB),
        video=Takes(types=("video/mp4", "video/quicktime"), most=1, bytes=GIB, seconds=(0, 20 * 60)),
        audio=_NONE,
        mixed=False,
    ),
    "threads": Network(
        image=Takes(types=("image/jpeg", "image/png"), bytes=8 * MIB, ratio=(0.1, 10)),
        video=Takes(
            types=("video/mp4", "video/quicktime"), bytes=GIB, ratio=(0.01, 10), seconds=(0, 300), frame_rate=(23, 60)
        ),
        audio=_NONE,
        most=20,
    ),
    "linkedin": Network(
        image=Takes(types=("image/jpeg", "image/png", "image/gif"), most=20, pixels=36_152_320),
        video=Takes(types=("video/mp4",), most=1, bytes=5 * GIB, seconds=(3, 30 * 60)),
        audio=_NONE,
        mixed=False,
    ),
    # Pictures it fetches from a web address whose owner was verified, and takes none from a program.
    "tiktok": Network(
        image=_NONE,
        video=Takes(types=VIDEO_TYPES, most=1, bytes=4 * GIB, seconds=(3, 10 * 60)),
        audio=_NONE,
        needs=("video",),
    ),
    # Videos and galleries go other ways, which are not documented.
    "reddit": Network(image=Takes(types=IMAGE_TYPES, most=1), video=_NONE, audio=_NONE),
    "youtube": Network(image=_NONE, video=Takes(most=1, bytes=256 * GIB), audio=_NONE, needs=("video",)),
    # Moving pictures stand in no album.
    "telegram": Network(
        image=Takes(bytes=50 * MIB), moving=Takes(most=1, bytes=50 * MIB), video=Takes(bytes=50 * MIB),
        audio=Takes(bytes=50 * MIB), most=10, apart=("moving", "audio"),
    ),
    "whatsapp": Network(
        image=Takes(types=("image/jpeg", "image/png"), bytes=5 * MIB),
        video=Takes(types=("video/mp4",), bytes=16 * MIB),
        audio=Takes(types=("audio/mpeg", "audio/mp4", "audio/ogg"), bytes=16 * MIB),
        most=1,
    ),
    "snapchat": Network(
        image=Takes(types=("image/jpeg", "image/png"), bytes=20 * MIB),
        # Cameras round their sides to even numbers.
        video=Takes(types=("video/mp4",), bytes=500 * MIB, ratio=(0.55, 0.575), seconds=(5, 60)),
        audio=_NONE,
        most=1,
        needs=("image", "video"),
    ),
}  # fmt: skip
# What each network's documentation shows of a server that tells nothing; of other limits there is no default.
_UNTOLD: dict[str, dict[str, int]] = {
    "mastodon": {
        "max_media_attachments": 4,
        "image_size_limit": 16_777_216,
        "image_matrix_limit": 33_177_600,
        "video_size_limit": 103_809_024,
        "description_limit": 1_500,
    },
    "bluesky": {"max_media_attachments": 4, "image_size_limit": 2_000_000, "video_size_limit": 300_000_000},
}


def network(platform: str, limits: Mapping[str, int] | None = None) -> Network:
    """What a post on this network may hold; ``limits`` are the account's own, as its server told them."""

    def told(key: str) -> int | None:
        found = (limits or {}).get(key)
        return found if type(found) is int and found > 0 else _UNTOLD[platform].get(key)

    if platform == "mastodon":
        most_rate = told("video_frame_rate_limit")
        alone = Takes(most=1, bytes=told("image_size_limit"), pixels=told("image_matrix_limit"))
        return Network(
            image=alone._replace(most=told("max_media_attachments")),
            moving=alone,
            video=Takes(
                most=1,
                bytes=told("video_size_limit"),
                pixels=told("video_matrix_limit"),
                frame_rate=None if most_rate is None else (0, most_rate),
            ),
            audio=Takes(most=1),
            mixed=False,
            alt=told("description_limit"),
        )
    if platform == "bluesky":
        return Network(
            image=Takes(most=told("max_media_attachments"), bytes=told("image_size_limit")),
            video=Takes(types=("video/mp4",), most=1, bytes=told("video_size_limit")),
            audio=_NONE,
            mixed=False,
        )
    return _NETWORKS.get(platform, Network())


def most_bytes(kind: str, limits: Sequence[Mapping[str, int]] = ()) -> int:
    """The most that any network takes of a file of this kind (bytes). ``limits`` are those of the team's accounts."""
    known = [network("mastodon", one) for one in limits]
    known += [network(platform) for platform in ("mastodon", "bluesky", *_NETWORKS)]
    parts = [getattr(one, kind) for one in known] + [one.moving for one in known if one.moving and kind == "image"]
    return max(int(one.bytes) for one in parts if one.bytes)


def problems(
    platform: str, limits: Mapping[str, int] | None, files: Sequence[Probe], *, first: int = 1, begins: bool = True
) -> list[str]:
    """Why the network would refuse a post with these files, in sentences; empty where nothing speaks against it.

    ``first`` is the number that people know the first of them by. ``begins``: it is the post itself or the first part
    of a thread, and no later part.
    """
    return [one.sentence for one in find(platform, limits, files, first=first, begins=begins)]


def find(
    platform: str, limits: Mapping[str, int] | None, files: Sequence[Probe], *, first: int = 1, begins: bool = True
) -> list[Problem]:
    """What ``problems`` says, each with what it is about."""
    rules = network(platform, limits)
    found = list(_together(rules, files)) if files else []
    if begins and rules.needs and not any(one.kind in rules.needs for one in files):
        found.append(Problem(_needed(rules.needs), "needs " + "/".join(rules.needs)))
    for place, one in enumerate(files, start=first):
        found += _alone(rules, one, place)
    return found


def _needed(kinds: tuple[str, ...]) -> str:
    return (
        _("it takes no post without a video")
        if kinds == ("video",)
        else _("it takes no post without a picture or video")
    )


def _together(rules: Network, files: Sequence[Probe]) -> Iterator[Problem]:
    groups: dict[str, list[Probe]] = {}
    for one in files:
        groups.setdefault(rules.group(one), []).append(one)
    if len(groups) > 1 and (not rules.mixed or any(one in groups for one in rules.apart)):
        yield Problem(
            _("it takes pictures, or videos, or sound in one post, not together"), "mixed " + "+".join(sorted(groups))
        )
    for group, members in groups.items():
        most = rules.of(members[0]).most
        if most is not None and len(members) > most:
            yield Problem(_too_many(group, len(members), most), f"{group} {len(members)}/{most}")
    if rules.most is not None and len(files) > rules.most:
        counted = ngettext("{n} file", "{n} files", len(files)).format(n=len(files))
        said = _("{found} in one post, and it takes {most}").format(found=counted, most=rules.most)
        yield Problem(said, f"files {len(files)}/{rules.most}")


def _too_many(group: str, count: int, most: int) -> str:
    if not most:
        return {
            "image": _("it takes no pictures"),
            "video": _("it takes no videos"),
            "audio": _("it takes no sound"),
        }.get(group, _("it takes no pictures that move"))
    counted = {
        "image": ngettext("{n} picture", "{n} pictures", count),
        "video": ngettext("{n} video", "{n} videos", count),
        "audio": ngettext("{n} sound", "{n} sounds", count),
    }.get(group, ngettext("{n} moving picture", "{n} moving pictures", count))
    return _("{found} in one post, and it takes {most}").format(found=counted.format(n=count), most=most)


def _alone(rules: Network, one: Probe, place: int) -> Iterator[Problem]:
    takes = rules.of(one)
    if takes.most == 0:
        return  # said of all of them
    if takes.types is not None and one.media_type not in takes.types:
        said = _("file {number} is {type}, and it takes {types}")
        sentence = said.format(
            number=place, type=short_type(one.media_type), types=", ".join(map(short_type, takes.types))
        )
        yield Problem(sentence, f"type {place} {one.media_type}")
    if takes.bytes is not None and one.bytes > takes.bytes:
        said = _("file {number} has {size}, and it takes {most}")
        yield Problem(
            said.format(number=place, size=size(one.bytes), most=size(takes.bytes)),
            f"bytes {place} {one.bytes}/{takes.bytes}",
        )
    if one.width and one.height:
        yield from _sides(takes, one.width, one.height, place)
    if (
        takes.seconds is not None
        and one.seconds is not None
        and not takes.seconds[0] <= one.seconds <= takes.seconds[1]
    ):
        said = _("file {number} plays {seconds} s, and it takes {shortest} to {longest} s")
        shortest, longest = (decimal(second, 0 if second == int(second) else 1) for second in takes.seconds)
        sentence = said.format(number=place, seconds=decimal(one.seconds, 1), shortest=shortest, longest=longest)
        yield Problem(sentence, f"seconds {place} {one.seconds}")
    if takes.frame_rate is not None and one.frame_rate is not None:
        lowest, highest = takes.frame_rate
        # A rate of 59.94 is what people call 60.
        if not lowest <= one.frame_rate + 0.5 or one.frame_rate - 0.5 > highest:
            said = _("file {number} has {rate} frames a second, and it takes {lowest} to {highest}")
            sentence = said.format(
                number=place, rate=decimal(one.frame_rate, 0), lowest=decimal(lowest, 0), highest=decimal(highest, 0)
            )
            yield Problem(sentence, f"frames {place} {one.frame_rate}")
    if rules.alt is not None and len(one.alt) > rules.alt:
        said = ngettext(
            "the alternative text of file {number} has {n} character, and it takes {most}",
            "the alternative text of file {number} has {n} characters, and it takes {most}",
            len(one.alt),
        )
        sentence = said.format(number=place, n=number(len(one.alt)), most=number(rules.alt))
        yield Problem(sentence, f"alt {place} {len(one.alt)}/{rules.alt}")


def _sides(takes: Takes, width: int, height: int, place: int) -> Iterator[Problem]:
    if takes.pixels is not None and width * height > takes.pixels:
        said = _("file {number} has {pixels} pixels, and it takes {most}")
        sentence = said.format(number=place, pixels=number(width * height), most=number(takes.pixels))
        yield Problem(sentence, f"pixels {place} {width}x{height}/{takes.pixels}")
    # A pixel more or less is what a resize leaves.
    if takes.ratio is not None and not (
        takes.ratio[0] <= (width + 1) / height and (width - 1) / height <= takes.ratio[1]
    ):
        said = _("file {number} is {ratio} times as wide as it is high, and it takes {narrowest} to {widest}")
        narrowest, widest = (decimal(side, 2) for side in takes.ratio)
        sentence = said.format(number=place, ratio=decimal(width / height, 2), narrowest=narrowest, widest=widest)
        yield Problem(sentence, f"ratio {place} {width}x{height}")


def short_type(media_type: str) -> str:
    """A media type as people say it."""
    return {
        "image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP", "video/mp4": "MP4",
        "video/quicktime": "MOV", "video/webm": "WebM", "audio/mpeg": "MP3", "audio/mp4": "M4A", "audio/ogg": "Ogg",
        "audio/flac": "FLAC", "audio/wav": "WAV",
    }.get(media_type, media_type)  # fmt: skip
