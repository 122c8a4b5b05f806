"""What a file is by its first bytes, never by its name.

Sources: the magic numbers of RFC 2083 (PNG), T.81 (JPEG), the GIF89a and WebP container specifications, ISO/IEC
14496-12 (``ftyp``), RFC 8794 (EBML), RFC 3533 (Ogg), RFC 9639 (FLAC), ISO/IEC 11172-3 (MPEG audio).
"""

from __future__ import annotations

from smdash.core.errors import InputError
from smdash.locale import gettext as _

# So many bytes of the file tell.
HEAD = 64
# Of the family of ISO 14496-12, those that hold still pictures.
_PICTURE_BRANDS = {
    b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC",
    b"msf1": "HEIC",
}  # fmt: skip


def sniffed(head: bytes) -> str:
    """The media type of what begins so; of MP4, WebM and Ogg it may be a video or a sound, which a closer look tells.

    Raises InputError for what is empty, and for what no network is known to take.
    """
    if not head:
        raise InputError(_("the file is empty"))
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"  # an older one, without ftyp
    for magic, found in (
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"ID3", "audio/mpeg"),
    ):
        if head.startswith(magic):
            return found
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"  # a frame of layer III
    raise InputError(_not_taken(head))


def _of_brand(brand: bytes) -> str:
    if still := _PICTURE_BRANDS.get(brand):
        raise InputError(_("{type} pictures are not taken; save it as JPEG or PNG").format(type=still))
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _not_taken(head: bytes) -> str:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _(
            "it is a text of tags such as SVG, which networks don't take and which may hold a program; save it as PNG"
        )
    return _(
        "it is no picture, video or sound that is taken: JPEG, PNG, GIF, WebP, MP4, MOV, WebM, MP3, M4A, Ogg, FLAC, WAV"
    )
