"""A picture of a post on Reddit: a place for it is asked for, and it is sent there, before any post names it.

Reddit's own documentation leaves these calls out (unverified); they are those of PRAW 8, api/media/asset.json and the
form that its answer describes. Nothing arrives by it: a picture that no post names is nobody's.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import answers
from smdash.platforms.items import objects, text_of
from smdash.platforms.outgoing import Medium
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.reddit_calls import Caller

Sleep = Callable[[float], Awaitable[object]]
# Seconds between looks whether the post of a picture is there.
PAUSES = (1, 2, 3, 5, 8, 13)
_LOCATION = re.compile(rb"<Location>([^<]{1,2000})</Location>")
_OF_THE_FILE = (400, 413, 415, 422)


async def upload(medium: Medium, caller: Caller) -> str:
    """Send the picture; the address by which a post names it. Raises PlatformError, naming a file that is refused."""
    ending = mimetypes.guess_extension(medium.media_type) or ".png"
    asked = urlencode({"filepath": f"picture{ending}", "mimetype": medium.media_type}).encode()
    answer = await caller.lease("/api/media/asset.json", asked)
    found = answers.check(answer, caller.now).json()
    args = found.get("args") if isinstance(found, dict) else None
    action = text_of(args.get("action")) if isinstance(args, dict) else ""
    fields = (
        {text_of(one.get("name")): text_of(one.get("value")) for one in objects(args.get("fields"))} if args else {}
    )
    if not action or not fields.get("key"):
        sentence = _("{host} gave no place for the picture").format(host=answer.host)
        raise problem(ErrorKind.SERVER, sentence)
    action = f"https:{action}" if action.startswith("//") else action
    sent = await caller.client.upload(
        action,
        medium.path,
        medium.media_type,
        owner_typed=False,
        field="file",
        texts=fields,
        name=medium.shown,
        digest=medium.digest,
    )
    if sent.status in _OF_THE_FILE:
        raise _refused(sent, medium)
    answers.check(sent, caller.now)
    place = _LOCATION.search(sent.body)
    if place is not None:
        return place[1].decode("ascii", "replace").replace("&amp;", "&")
    return f"{action.rstrip('/')}/{fields['key']}"


def _refused(answer: answers.Answer, medium: Medium) -> PlatformError:
    sentence = _("Reddit does not take the file {name}").format(name=quote(medium.shown))
    if said := answer.saying():
        sentence = _("{sentence}: {said}").format(sentence=sentence, said=said)
    return problem(ErrorKind.REJECTED, sentence, arrived=False)
