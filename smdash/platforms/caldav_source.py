"""CalDAV calendars (RFC 4791): what changed is seen by the sync token (RFC 6578) or the collection's tag.

The package caldav writes the questions and reads the answers. What goes over the network goes through the shared
client, whose limits hold so: addresses, time, size, and no password for another host. caldav itself never has it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms.addresses import host_of, origin_of, parse_url
from smdash.platforms.base import Credentials
from smdash.platforms.calendars import Fetched, authorization, refusal, without_secrets
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from caldav.davclient import DAVClient

    from smdash.platforms.client import Client

T = TypeVar("T")

# For all that a look at a calendar asks, and for one of its questions (seconds).
WHOLE_S, ONE_S = 60.0, 30.0
# Events and to-dos of a calendar; a collection of more is none of campaigns.
MOST_OBJECTS = 5_000
_CALENDAR, _HREF = "{urn:ietf:params:xml:ns:caldav}calendar", "{DAV:}href"
_TOKEN, _TAG, _NAME = "{DAV:}sync-token", "{http://calendarserver.org/ns/}getctag", "{DAV:}displayname"
_TYPE, _PRINCIPAL = "{DAV:}resourcetype", "{DAV:}current-user-principal"
_HOME = "{urn:ietf:params:xml:ns:caldav}calendar-home-set"
# What stands around each object, and a method, which says nothing of the whole.
_WRAP = re.compile(r"(?im)^(?:(?:BEGIN|END):VCALENDAR[ \t]*|METHOD:.*)\r?$\n?")


class Collection(NamedTuple):
    """A calendar that a server has."""

    url: str
    name: str


async def fetch(credentials: Credentials, known: str, client: Client, now: datetime) -> Fetched:
    """The calendar at the address of *credentials*, if it changed since *known*. Raises PlatformError."""
    return await _asking(credentials, client, now, lambda asking: asking.fetch(known))


async def discover(credentials: Credentials, client: Client, now: datetime) -> tuple[Collection, ...]:
    """The calendars at an address: itself, or those of the user there. Raises PlatformError."""
    return await _asking(credentials, client, now, lambda asking: asking.discover())


async def _asking(credentials: Credentials, client: Client, now: datetime, work: Callable[[_Asking], T]) -> T:
    """Do the work in a thread of its own, which ends in time because each of its questions does."""
    asking = _Asking(credentials, client, now, asyncio.get_running_loop())
    try:
        return await asyncio.to_thread(work, asking)
    except PlatformError:
        raise
    except Exception as error:
        # caldav and lxml each fail in their own way at what is no CalDAV; bugs of ours look the same from here.
        if not _is_theirs(error):
            raise
        raise asking.nonsense() from None


def _is_theirs(error: Exception) -> bool:
    """Whether it was raised by the packages that read a server's answer."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    return str(module).partition(".")[0] in ("caldav", "lxml", "icalendar")


class _Asking:
    """What is asked of one server, in a thread; the network is reached in the loop that waits for it."""

    def __init__(
        self, credentials: Credentials, client: Client, now: datetime, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._credentials, self._client, self._now, self._loop = credentials, client, now, loop
        self._url = parse_url(credentials.url)
        self._until = time.monotonic() + WHOLE_S

    def _dav(self) -> DAVClient:
        from caldav.davclient import DAVClient

        dav = DAVClient(url=str(self._url), enable_rfc6764=False, features={})
        dav.session.close()
        dav.session = _Session(self)  # type: ignore[assignment]
        return dav

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> _Answer:
        """One question. Raises PlatformError, also for an answer that is not a good one."""
        target = parse_url(url)
        if origin_of(target) != origin_of(self._url):
            sentence = _("{host} leads to {other}; the password stays here: give the calendar the address there")
            raise problem(ErrorKind.REJECTED, sentence.format(host=host_of(self._url), other=host_of(target)))
        left = self._until - time.monotonic()
        if left <= 0:
            sentence = _("{host} did not answer within {seconds} s")
            raise problem(ErrorKind.NETWORK, sentence.format(host=host_of(self._url), seconds=f"{WHOLE_S:g}"))
        named = {key: value for key, value in headers.items() if key.lower() in ("depth", "content-type", "accept")}
        asked = self._client.request(
            method,
            url,
            owner_typed=False,
            headers=named | authorization(self._credentials),
            content=body,
            deadline_s=min(left, ONE_S),
        )
        answer = asyncio.run_coroutine_threadsafe(asked, self._loop).result()
        if not answer.ok:
            raise refusal(answer, self._now)
        return _Answer(answer.status, without_secrets(answer.body))

    def nonsense(self) -> PlatformError:
        """What to say of an answer that can't be read."""
        sentence = _("{host} answered something that is not CalDAV; check the calendar's address")
        return problem(ErrorKind.SERVER, sentence.format(host=host_of(self._url)))

    def _properties(
        self, dav: DAVClient, url: str, names: list[Any], depth: int = 0
    ) -> list[tuple[str, dict[str, Any]]]:
        """The properties of what is at an address, by what it is called. Raises PlatformError."""
        from lxml import etree

        root = etree.Element("{DAV:}propfind", nsmap={"D": "DAV:"})
        wanted = etree.SubElement(root, "{DAV:}prop")
        for name in names:
            etree.SubElement(wanted, name)
        answer = dav.propfind(url, props=etree.tostring(root, encoding="unicode"), depth=depth)
        if answer.tree is None or not answer.results:
            raise self.nonsense()
        return [(one.href, one.properties) for one in answer.parse_propfind()]

    def discover(self) -> tuple[Collection, ...]:
        """See the function of that name."""
        dav = self._dav()
        url = str(self._url)
        ((_href, own),) = self._properties(dav, url, [_TYPE, _NAME, _PRINCIPAL, _HOME])[:1]
        if _is_calendar(own):
            return (Collection(url, _text(own.get(_NAME))),)
        home = _first(own.get(_HOME))
        if not home and (principal := _first(own.get(_PRINCIPAL))):
            ((_href, of_user),) = self._properties(dav, self._join(principal), [_HOME])[:1]
            home = _first(of_user.get(_HOME))
        if not home:
            raise self.nonsense()
        found = self._properties(dav, self._join(home), [_TYPE, _NAME], depth=1)
        return tuple(
            Collection(self._join(href), _text(properties.get(_NAME)))
            for href, properties in found
            if _is_calendar(properties)
        )

    def _join(self, href: str) -> str:
        """The address of what the server named. Raises PlatformError."""
        return str(parse_url(href, base=self._url))

    def fetch(self, known: str) -> Fetched:
        """See the function of that name."""
        dav = self._dav()
        url = str(self._url)
        ((_href, own),) = self._properties(dav, url, [_TYPE, _TOKEN, _TAG])[:1]
        if not _is_calendar(own):
            sentence = _("what {host} has at that address is no calendar; add it anew to choose one")
            raise problem(ErrorKind.REJECTED, sentence.format(host=host_of(self._url)))
        tag = _text(own.get(_TOKEN)) or _text(own.get(_TAG))
        # Hashed, so that a server can't put anything into the database by it.
        token = hashlib.sha256(f"{url}\n{tag}".encode()).hexdigest() if tag else ""
        if token and token == known:
            return Fetched(None, known)
        texts = sorted(self._objects(dav, url, "VEVENT") | self._objects(dav, url, "VTODO"))
        body = "\r\n".join(["BEGIN:VCALENDAR", *(_WRAP.sub("", text).strip() for text in texts), "END:VCALENDAR", ""])
        token = token or hashlib.sha256(f"{url}\n{body}".encode("utf-8", "replace")).hexdigest()
        return Fetched(None if token == known else body.encode("utf-8", "replace"), token)

    def _objects(self, dav: DAVClient, url: str, kind: str) -> set[str]:
        """The calendar's objects that hold a component of that kind, as text. Raises PlatformError."""
        from caldav.elements import cdav
        from caldav.elements import dav as elements

        wanted = elements.Prop() + elements.GetEtag() + cdav.CalendarData()
        chosen = cdav.Filter() + (cdav.CompFilter("VCALENDAR") + cdav.CompFilter(kind))
        answer = dav.report(url, str(cdav.CalendarQuery() + wanted + chosen), 1)
        if answer.tree is None:
            raise self.nonsense()
        found = answer.parse_calendar_query()
        if len(found) > MOST_OBJECTS:
            sentence = _("the calendar at {host} has more than {most} entries; use one of campaigns alone")
            raise problem(ErrorKind.REJECTED, sentence.format(host=host_of(self._url), most=MOST_OBJECTS))
        return {one.calendar_data for one in found if one.calendar_data}


class _Answer:
    """An answer as caldav expects one of its HTTP package."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self.content = body
        self.text = ""
        self.reason = ""
        # Of plain text it is content with anything; what is not XML is told by us.
        self.headers = {"Content-Type": "text/plain"}


class _Session:
    """What caldav takes for a session of its HTTP package."""

    def __init__(self, asking: _Asking) -> None:
        self._asking = asking

    def request(
        self, method: str, url: str, *, data: bytes | str, headers: Mapping[str, str], **_rest: object
    ) -> _Answer:
        body = data.encode() if isinstance(data, str) else data
        return self._asking.ask(method, url, body, headers)

    def close(self) -> None:
        """Nothing is open."""


def _is_calendar(properties: Mapping[str, Any]) -> bool:
    kinds = properties.get(_TYPE)
    return _CALENDAR in (kinds if isinstance(kinds, list) else [kinds])


def _first(value: object) -> str:
    return _text(value[0] if isinstance(value, list) and value else value)


def _text(value: object) -> str:
    return clean_name(value) if isinstance(value, str) else ""
