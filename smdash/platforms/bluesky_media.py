"""What stands below the text of a post on Bluesky: its pictures, its video, or the card of a page that it links to.

Files are handed over first, as blobs that the record then names; one that no record names is dropped by the network,
so of all this nothing arrives. Lexicons com.atproto.repo.uploadBlob, app.bsky.embed.images, video and external.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.limits import graphemes
from smdash.locale import gettext as _
from smdash.platforms import bluesky_blobs as blobs
from smdash.platforms import bluesky_video as videos
from smdash.platforms import link_card
from smdash.platforms.bluesky_facets import spans
from smdash.platforms.bluesky_records import clean_surrogates
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.outgoing import Medium, Outgoing, OutgoingKind
from smdash.platforms.problems import problem

MOST_IMAGES = 4
IMAGE_BYTES = 2_000_000
THUMB_BYTES = 1_000_000
# A description of a video; of a picture any is taken.
ALT_GRAPHEMES = 1_000

log = logging.getLogger(__name__)


def refuse_unfit(out: Outgoing) -> None:
    """Refuse files that Bluesky takes from nobody, before anything is asked. Raises PlatformError (rejected)."""
    images = [one for one in out.media if one.media_type.startswith("image/")]
    clips = [one for one in out.media if one.media_type.startswith("video/")]
    sentence = ""
    if len(images) + len(clips) < len(out.media):
        sentence = _("Bluesky takes pictures and videos only")
    elif clips and len(out.media) > 1:
        sentence = _("on Bluesky a video stands alone: neither pictures nor another video go with it")
    elif len(images) > MOST_IMAGES:
        sentence = _("Bluesky takes at most {count} pictures with a post").format(count=MOST_IMAGES)
    elif clips and clips[0].media_type != videos.TYPE:
        sentence = _("Bluesky takes videos as MP4 only")
    for one in images if not sentence else ():
        if one.bytes > IMAGE_BYTES:
            sentence = _("{name} is too big: Bluesky takes pictures of at most 2 MB").format(name=blobs.name_of(one))
    for one in clips if not sentence else ():
        if len(graphemes(one.alt)) > ALT_GRAPHEMES:
            sentence = _("on Bluesky the description of a video has at most {count} characters")
            sentence = sentence.format(count=ALT_GRAPHEMES)
    if sentence:
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)


async def embedded(out: Outgoing, caller: Caller) -> dict[str, Any]:
    """What of the record stands below its text: ``embed``, or nothing. Raises PlatformError.

    The files of *out* have passed ``refuse_unfit``.
    """
    if not out.media:
        card = await _card(out, caller) if out.kind is OutgoingKind.POST else None
        return {"embed": card} if card else {}
    first = out.media[0]
    if first.media_type == videos.TYPE:
        blob = await videos.upload(first, caller)
        alt = clean_surrogates(first.alt)
        made = {"$type": "app.bsky.embed.video", "video": blob} | ({"alt": alt} if alt else {}) | _ratio(first)
        return {"embed": made}
    return {"embed": {"$type": "app.bsky.embed.images", "images": await _images(out.media, caller)}}


async def _images(media: Sequence[Medium], caller: Caller) -> list[dict[str, Any]]:
    made = []
    for one in media:
        blob = await blobs.upload(one, caller, "image/")
        made.append({"image": blob, "alt": clean_surrogates(one.alt)} | _ratio(one))
    return made


def _ratio(medium: Medium) -> dict[str, Any]:
    """Its shape, so that room is kept for it where it is not drawn yet."""
    if not medium.width or not medium.height or min(medium.width, medium.height) < 1:
        return {}
    return {"aspectRatio": {"width": medium.width, "height": medium.height}}


async def _card(out: Outgoing, caller: Caller) -> dict[str, Any] | None:
    """The card of the first page that the text links to, if it can be had: no post fails for the lack of one."""
    url = next((one.value for one in spans(clean_surrogates(out.text)) if one.kind == "link"), None)
    card = await link_card.read(url, caller.client, picture_bytes=THUMB_BYTES) if url else None
    if card is None:
        return None
    external: dict[str, Any] = {"uri": card.url, "title": card.title, "description": card.text}
    if card.picture is not None:
        try:
            answer = await caller.deposit(card.picture.body, card.picture.media_type)
            external["thumb"] = blobs.blob_of(caller.judged(answer), "image/")
        except PlatformError as error:
            log.info("the link card has no picture: %s", error)
    return {"$type": "app.bsky.embed.external", "external": external}
