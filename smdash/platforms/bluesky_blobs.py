"""Files handed to a Bluesky account's server, before a record names them. Lexicon com.atproto.repo.uploadBlob."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer
from smdash.platforms.bluesky_errors import unexpected
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.outgoing import Medium
from smdash.platforms.problems import problem, quote

_CID = re.compile(r"[A-Za-z0-9]{1,200}")
_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+\-]{1,100}")


async def upload(medium: Medium, caller: Caller, kind: str) -> dict[str, Any]:
    """The blob that a file became, of a type that begins with *kind*. Raises PlatformError, naming the file."""
    with naming(medium):
        name = medium.shown
        answer = await caller.upload(medium.path, medium.media_type, name=name, digest=medium.digest)
        return blob_of(caller.judged(answer), kind)


@contextmanager
def naming(medium: Medium) -> Iterator[None]:
    """Of several files, the error says which one it was."""
    try:
        yield
    except PlatformError as error:
        name = name_of(medium)
        sentence = str(error) if name in str(error) else f"{name}: {error}"
        raise problem(error.kind, sentence, retry_at=error.retry_at, arrived=False) from None


def name_of(medium: Medium) -> str:
    """What sentences call a file."""
    return quote(medium.shown)


def blob_of(answer: Answer, kind: str) -> dict[str, Any]:
    """The blob in the answer to an upload. Raises PlatformError where there is none, or (rejected) none of this *kind*.

    The server looks into the file and says what it is; a record that names it otherwise would be refused.
    """
    found = answer.json()
    blob = read_blob(found.get("blob") if isinstance(found, dict) else None)
    if blob is None:
        raise unexpected(answer)
    if not blob["mimeType"].startswith(kind):
        sentence = _("{host} takes it for another kind of file ({type})")
        raise problem(ErrorKind.REJECTED, sentence.format(host=answer.host, type=blob["mimeType"]), arrived=False)
    return blob


def read_blob(found: object) -> dict[str, Any] | None:
    """A blob as records name it, or nothing where it is not whole."""
    ref = found.get("ref") if isinstance(found, dict) else None
    cid = ref.get("$link") if isinstance(ref, dict) else None
    if not isinstance(found, dict) or not isinstance(cid, str) or not _CID.fullmatch(cid):
        return None
    kind, size = found.get("mimeType"), found.get("size")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind) or type(size) is not int or size < 1:
        return None
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": kind, "size": size}
