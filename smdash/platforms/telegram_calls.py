"""One call to Telegram's Bot API, and what its refusals mean in our words.

https://core.telegram.org/bots/api#making-requests: ``{"ok": true, "result": ...}`` or ``{"ok": false, "error_code",
"description", "parameters"}``. The token stands in the address, so all calls are POSTs: the client follows no redirect
of those. What the descriptions say is not documented; those below are what the server's own source answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.platforms.answers import Answer, bounded, failure, retry_at
from smdash.platforms.base import Credentials
from smdash.platforms.form_body import FilePart
from smdash.platforms.items import text_of
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_HEADERS = {"Accept": "application/json"}
# What an address takes as it is; real tokens are a number, a colon, and letters.
_TOKEN = re.compile(r"[A-Za-z0-9_:-]{1,200}")
_PREFIX = re.compile(r"^(?:Bad Request|Forbidden|Conflict|Unauthorized|Not Found|Too Many Requests): ")


class _Meaning(NamedTuple):
    codes: tuple[int, ...]
    said: re.Pattern[str]
    kind: ErrorKind
    sentence: str


def _meaning(codes: tuple[int, ...], said: str, kind: ErrorKind, sentence: str) -> _Meaning:
    return _Meaning(codes, re.compile(said, re.IGNORECASE), kind, sentence)


_NO = (400, 403)
_MEANINGS = (
    _meaning((401,), "", ErrorKind.AUTH, noop("{host} does not accept the bot's token; @BotFather makes another")),
    _meaning((404,), "", ErrorKind.AUTH, noop("{host} knows no bot with this token; copy it anew from @BotFather")),
    _meaning(
        (409,), "webhook", ErrorKind.REJECTED,
        noop("a webhook is set for the bot, so {host} lets nobody fetch what it gets; only one of both can be used"),
    ),
    _meaning(
        (409,), "", ErrorKind.REJECTED,
        noop("another program fetches what the bot gets from {host}; only one can, so give that one a bot of its own"),
    ),
    _meaning((413,), "", ErrorKind.REJECTED, noop("the file is too big for {host}")),
    _meaning((429,), "", ErrorKind.RATE, noop("{host} asks for fewer calls")),
    _meaning(_NO, "blocked by the user", ErrorKind.PERMISSION, noop("this person has blocked the bot")),
    _meaning(_NO, "deactivated", ErrorKind.GONE, noop("this person's account is not there any more")),
    _meaning(
        _NO, "can't initiate conversation", ErrorKind.PERMISSION,
        noop("the bot can't write to this person before they wrote to it"),
    ),
    _meaning(
        _NO, "not a member|was kicked|bot is not", ErrorKind.PERMISSION, noop("the bot is not a member of this chat"),
    ),
    _meaning(
        _NO,
        r"not enough rights|need administrator rights|no rights|write_forbidden|admin_required|right_forbidden",
        ErrorKind.PERMISSION,
        noop("the bot lacks the right to this in the chat; its administrators can give it"),
    ),
    _meaning(
        _NO, r"(?:repl(?:y|ied)|reply_message).*(?:not found|invalid)", ErrorKind.GONE,
        noop("what is answered is not there any more"),
    ),
    _meaning(
        _NO, r"message to (?:react|edit|delete).*not found|message_id_invalid|message not found", ErrorKind.GONE,
        noop("the message is not there any more"),
    ),
    _meaning(_NO, r"chat not found|peer_id_invalid|user not found", ErrorKind.GONE, noop("{host} knows no such chat")),
    _meaning((403,), "", ErrorKind.PERMISSION, noop("{host} does not permit this")),
    _meaning((400,), "", ErrorKind.REJECTED, noop("{host} refused the request")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that the Bot API gave: a result, or a refusal with its ``code``, which is 0 where there is none.

    ``said`` is the server's description, ``parameters`` what a program may do about it.
    """

    answer: Answer
    result: Any = None
    code: int = 0
    said: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def checked(self, now: datetime) -> Any:
        """The result. Raises PlatformError of the kind that the refusal means."""
        if not self.code:
            return self.result
        host = self.answer.host
        moved = self.parameters.get("migrate_to_chat_id")
        if is_whole(moved):
            sentence = _("the group has become a supergroup, the chat {id}; what was written before stays behind")
            raise problem(ErrorKind.GONE, sentence.format(id=moved), arrived=False)
        kind, sentence = _meaning_of(self.code, self.said)
        message = _("{sentence} ({status})").format(sentence=_(sentence).format(host=host), status=self.code)
        if self.said:
            message = _("{sentence}: {said}").format(sentence=message, said=quote(_PREFIX.sub("", self.said)))
        # A refusal of the request itself means that nothing was done; all else may come after it was.
        done = not 400 <= self.code < 500 or self.code in (408, 409, 425)
        raise problem(kind, message, retry_at=self._wait(now), arrived=done)

    def _wait(self, now: datetime) -> datetime | None:
        seconds = self.parameters.get("retry_after")
        if is_whole(seconds) and seconds >= 0:
            return bounded(now + timedelta(seconds=min(seconds, 10**6)), now)
        return retry_at(self.answer, now)


def _meaning_of(code: int, said: str) -> tuple[ErrorKind, str]:
    for one in _MEANINGS:
        if code in one.codes and one.said.search(said):
            return one.kind, one.sentence
    if 400 <= code < 500:
        return ErrorKind.REJECTED, noop("{host} refused the request")
    if code >= 500:
        return ErrorKind.SERVER, noop("{host} is in trouble")
    return ErrorKind.UNKNOWN, noop("{host} answered with an error that smdash does not know")


async def ask(
    credentials: Credentials,
    client: Client,
    method: str,
    now: datetime,
    fields: Mapping[str, Any] | None = None,
    *,
    owner_typed: bool = True,
) -> Told:
    """Call *method* with JSON *fields*, once. Raises PlatformError for what is no answer of the Bot API."""
    answer = await client.request(
        "POST",
        _address(credentials, method),
        owner_typed=owner_typed,
        headers=_HEADERS | {"Content-Type": "application/json"},
        content=json.dumps(fields or {}).encode(),
    )
    return _told(answer, now)


async def call(
    credentials: Credentials,
    client: Client,
    method: str,
    now: datetime,
    fields: Mapping[str, Any] | None = None,
    *,
    owner_typed: bool = True,
) -> tuple[Any, str]:
    """The result of *method*, and the host that gave it. Raises PlatformError, for refusals too."""
    told = await ask(credentials, client, method, now, fields, owner_typed=owner_typed)
    return told.checked(now), told.answer.host


async def send_files(
    credentials: Credentials,
    client: Client,
    method: str,
    now: datetime,
    fields: Mapping[str, Any],
    files: Sequence[FilePart],
) -> Told:
    """``ask`` with *files*; of a form, fields that are no texts are JSON."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    answer = await client.upload_form(_address(credentials, method), files, texts, owner_typed=True, headers=_HEADERS)
    return _told(answer, now)


def _told(answer: Answer, now: datetime) -> Told:
    try:
        found = answer.json()
    except PlatformError:
        if answer.ok:
            raise
        raise failure(answer, now) from None
    said = found if isinstance(found, dict) else {}
    if said.get("ok") is True and answer.ok and "result" in said:
        return Told(answer, said["result"])
    if said.get("ok") is False:
        code, parameters = said.get("error_code"), said.get("parameters")
        return Told(
            answer,
            None,
            code if is_whole(code) and 100 <= code <= 999 else answer.status,
            text_of(said.get("description"))[:2_000],
            parameters if isinstance(parameters, dict) else {},
        )
    if not answer.ok:
        raise failure(answer, now)
    raise unexpected(answer.host)


def unexpected(host: str) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    sentence = _("{host} answered, but not as Telegram's Bot API does; check the account's address")
    return problem(ErrorKind.SERVER, sentence.format(host=host))


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number of a size that ids and times have."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _address(credentials: Credentials, method: str) -> str:
    if not _TOKEN.fullmatch(credentials.token):
        sentence = _("the token of the account {name} is missing or damaged; @BotFather shows it")
        raise problem(ErrorKind.AUTH, sentence.format(name=credentials.name), arrived=False)
    return f"{credentials.url.rstrip('/')}/bot{credentials.token}/{method}"
