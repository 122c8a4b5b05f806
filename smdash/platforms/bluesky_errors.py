"""What a Bluesky server's errors mean: ``{"error": "Name", "message": "…"}`` beside the status.

https://docs.bsky.app/docs/api/at-protocol-xrpc-api; names as the reference server throws them.
"""

from __future__ import annotations

import json
from datetime import datetime

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import answers
from smdash.platforms.answers import Answer
from smdash.platforms.problems import problem

_ACCOUNT = ("AccountTakedown", "AccountDeactivated", "AccountSuspended")
# An app password that was made without the right to direct messages is told so; renewing the session can't mend it.
_LACKS_RIGHT = ("Bad token method", "Bad token scope")


class LacksRight(PlatformError):
    """The app password is good, but was made without the right to this call."""


def error_of(answer: Answer) -> tuple[str, str]:
    """The error's name and message, as sent; empty where the answer holds none."""
    try:
        found = json.loads(answer.body[:20_000].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    name, message = found.get("error"), found.get("message")
    return name if isinstance(name, str) else "", message if isinstance(message, str) else ""


def lacks_right(answer: Answer) -> bool:
    """Whether the token is good but not for this call."""
    name, message = error_of(answer)
    return answer.status in (400, 401, 403) and name == "InvalidToken" and message in _LACKS_RIGHT


def is_stale(answer: Answer) -> bool:
    """Whether another token may help: the reference server answers 400 for an expired one, others 401."""
    name, _message = error_of(answer)
    if answer.status == 400:
        return name in ("ExpiredToken", "InvalidToken") and not lacks_right(answer)
    return answer.status == 401 and name not in _ACCOUNT


def is_refused(answer: Answer) -> bool:
    """Whether a refresh token is of no use any more, so that only logging in helps."""
    return answer.status in (400, 401, 403) and error_of(answer)[0] not in _ACCOUNT


def lacks_record(answer: Answer) -> bool:
    """Whether it says that there is no such record: older servers have the sentence without the name."""
    name, message = error_of(answer)
    return answer.status in (400, 404) and (name == "RecordNotFound" or message.startswith("Could not locate record"))


def may_be_there(answer: Answer) -> bool:
    """Whether the refusal of a new record may only mean that its key is taken, by the try before this one.

    The reference server answers 500 without a word; others name it.
    """
    message = error_of(answer)[1].lower()
    refused = answer.status in (400, 422) and ("already" in message or "duplicate" in message)
    return refused or answer.status >= 500 or answer.status == 409


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that a status outside 2xx stands for. Each name here is a refusal: of a write, nothing was done."""
    name, _message = error_of(answer)
    if lacks_right(answer):
        sentence = _("{host} does not permit this with the app password at hand").format(host=answer.host)
        return LacksRight(ErrorKind.PERMISSION, str(problem(ErrorKind.PERMISSION, sentence)), arrived=False)
    if answer.status in (400, 401) and name in ("ExpiredToken", "InvalidToken", "AuthMissing"):
        sentence = _("{host} ended the session and takes no new one").format(host=answer.host)
        return problem(ErrorKind.AUTH, sentence, arrived=False)
    if name == "AuthFactorTokenRequired":
        sentence = _("{host} wants a code by e-mail with this password; use an app password instead")
        return problem(ErrorKind.AUTH, sentence.format(host=answer.host), arrived=False)
    if answer.status < 500 and name in _ACCOUNT:
        sentence = _("{host} has suspended or deactivated the account").format(host=answer.host)
        return problem(ErrorKind.PERMISSION, sentence, arrived=False)
    if answer.status == 400 and name == "BlobNotFound":
        # What no record names is dropped after a while; the next try hands it over anew.
        sentence = _("{host} does not have the file of the post any more").format(host=answer.host)
        return problem(ErrorKind.SERVER, sentence, arrived=False)
    return answers.failure(answer, now)


def unexpected(answer: Answer) -> PlatformError:
    return problem(
        ErrorKind.SERVER,
        _("{host} answered, but not as a Bluesky server does; check the account's address").format(host=answer.host),
    )
