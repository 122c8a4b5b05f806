"""Files that a network fetches by itself: where the team's own web server shows them to the world.

Instagram and Threads take no picture from a program, only its address. The team shows its media folder (the one beside
the database) under an address of its own, which the account's owner names (``media_url``); a file is called by the
SHA-256 of its content and the ending of its type, so that nobody guesses it. Whether it is there, and whole, is looked
at before the network is sent to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms.file_body import opened
from smdash.platforms.instagram_needs import MEDIA_URL
from smdash.platforms.outgoing import Medium, Outgoing
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}


def address(out: Outgoing, medium: Medium) -> str:
    """Where the world sees a file. Raises PlatformError (rejected) where the account's owner named no such place."""
    base = out.credentials.options.get(MEDIA_URL, "").strip().rstrip("/")
    if not base:
        sentence = _(
            "{network} fetches files from a public address, and none is set for the account {name}: let a web server "
            "show the media folder, and set media_url in sync.toml"
        )
        network = out.credentials.platform.capitalize()
        raise problem(ErrorKind.REJECTED, sentence.format(network=network, name=out.credentials.name), arrived=False)
    found = safe_link(f"{base}/{medium.digest}{ENDINGS.get(medium.media_type, '')}")
    if found is None:
        sentence = _("media_url of the account {name} is not a web address")
        raise problem(ErrorKind.REJECTED, sentence.format(name=out.credentials.name), arrived=False)
    return found


async def look(medium: Medium, url: str, client: Client) -> None:
    """See that the file is the one that was approved, and that *url* shows it. Raises PlatformError, not arrived.

    Rejected where it does not; network and server where that can't be told for now.
    """
    with naming(medium):
        await _whole(medium)
        answer = await client.get(url, owner_typed=True, headers={"Accept": medium.media_type}, without_body=True)
        if answer.status == 429 or answer.status >= 500:
            sentence = _("{host} is in trouble ({status})").format(host=answer.host, status=answer.status)
            raise problem(ErrorKind.SERVER, sentence)
        if answer.status != 200:
            sentence = _("{host} does not show the file at media_url ({status})")
            raise problem(ErrorKind.REJECTED, sentence.format(host=answer.host, status=answer.status))
        told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if told != medium.media_type:
            sentence = _("{host} shows the file at media_url as {found} instead of {wanted}")
            found = quote(told) or _("nothing")
            raise problem(ErrorKind.REJECTED, sentence.format(host=answer.host, found=found, wanted=medium.media_type))
        size = answer.headers.get("content-length", "")
        encoded = answer.headers.get("content-encoding", "identity") != "identity"
        if size.isdecimal() and not encoded and int(size[:19]) != medium.bytes:
            sentence = _("{host} shows another file at media_url than the one of the post")
            raise problem(ErrorKind.REJECTED, sentence.format(host=answer.host))


async def _whole(medium: Medium) -> None:
    """Read the file to its end, as if it were sent. Raises PlatformError where it is gone, or another one by now."""
    with opened(medium.path, medium.shown, medium.media_type, stall_s=0, digest=medium.digest) as body:
        async for _piece in body:
            pass


@contextmanager
def naming(medium: Medium) -> Iterator[None]:
    """Of several files, the error says which one it was; what only prepares a post has not arrived."""
    try:
        yield
    except PlatformError as error:
        name = quote(medium.shown)
        sentence = str(error) if name in str(error) else f"{name}: {error}"
        raise problem(error.kind, sentence, retry_at=error.retry_at, arrived=False) from None
