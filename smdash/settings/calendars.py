"""``[[calendar]]`` in ``sync.toml``: calendars that want a password, or whose address is a secret, by reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from smdash.core.errors import InputError, SettingsError
from smdash.core.records import CampaignKind
from smdash.core.text import LINK_LIMIT, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.settings import references
from smdash.settings.accounts import MINIMUM_INTERVAL_S, bring
from smdash.settings.references import Reference
from smdash.settings.toml import Reader

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

INTERVAL_S = 900
ICS, CALDAV = "ics", "caldav"
KINDS = (ICS, CALDAV)
# Ending of the key -> kind of reference: ``password_file``, ``url_env``.
_PLACES = {
    "": references.TEXT,
    "_file": references.FILE,
    "_env": references.ENV,
    "_credential": references.CREDENTIAL,
    "_keyring": references.KEYRING,
}
_TEXTS = ("name", "kind", "user", "campaign_kind", "database")


@dataclass(frozen=True, slots=True)
class CalendarSettings:
    """A calendar as the service's owner set it up.

    ``address`` and ``password`` are where these are; of a CalDAV calendar the address is the calendar's own.
    ``campaign_kind`` is the kind of campaigns whose events name none, ``interval_s`` the seconds between two looks.
    ``database`` is as for accounts. ``problem`` says what is wrong with it in the file.
    """

    platform: ClassVar[str] = "calendar"
    name: str
    kind: str
    address: Reference | None = None
    user: str = ""
    password: Reference | None = None
    campaign_kind: str = CampaignKind.EVENT.value
    interval_s: int = INTERVAL_S
    database: str = ""
    problem: str = field(default="", compare=False)

    @property
    def shown_url(self) -> str | None:
        """Its address where that is no secret: that of a CalDAV calendar, which is nothing without the password."""
        if self.kind == CALDAV and self.address is not None and self.address.kind == references.TEXT:
            return self.address.value
        return None

    def files(self) -> list[Path]:
        """Those that hold its secrets."""
        places = filter(None, (self.address, self.password))
        return [place.path for place in places if place.kind == references.FILE]

    def secrets(self) -> tuple[str, str]:
        """Its address and its password (or nothing), read now. Raises SettingsError, also where it is not usable."""
        if self.problem or self.address is None:
            raise SettingsError([self.problem or _("{name} has no address").format(name=self.name)])
        address = self.address.read()
        try:
            address = checked_address(address)
        except InputError:
            # What was read is a secret, so it is not quoted.
            sentence = _("{name}: what its address names is no http or https address")
            raise SettingsError([sentence.format(name=self.name)]) from None
        return address, self.password.read() if self.password else ""


def checked_address(text: str) -> str:
    """An address of a calendar as it is asked; ``webcal`` is https. Raises InputError, quoting it."""
    address = text.strip()
    if address.lower().startswith(("webcal://", "webcals://")):
        address = "https://" + address.partition("://")[2]
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if not safe_link(address) or not host or parts is None or len(address) > LINK_LIMIT:
        raise InputError(_("“{url}” is not an http or https address").format(url=clean_name(text)))
    if "@" in parts.netloc:
        raise InputError(_("the address carries a user name or password; leave that part out"))
    return address


def read_calendar(reader: Reader) -> CalendarSettings:
    """The calendar in a table; what is wrong in it goes into the reader's problems."""
    texts = {key: reader.get(key, str, "") for key in _TEXTS}
    if not texts["name"] or clean_name(texts["name"]) != texts["name"]:
        if type(reader.table.get("name", "")) is str:
            reader.problem("name", _("expected a name on one line"))
        texts["name"] = ""
    if texts["kind"] not in KINDS:
        reader.problem("kind", _("expected one of {choices}").format(choices=", ".join(KINDS)))
        # Its job is there all the same, and tells what is wrong.
        texts["kind"] = CALDAV
    kinds = [one.value for one in CampaignKind]
    if texts["campaign_kind"] not in ("", *kinds):
        reader.problem("campaign_kind", _("expected one of {choices}").format(choices=", ".join(kinds)))
        texts["campaign_kind"] = ""
    interval = reader.get("interval_s", int, INTERVAL_S)
    if interval < MINIMUM_INTERVAL_S:
        reader.problem("interval_s", _("expected {least} or more").format(least=MINIMUM_INTERVAL_S))
        interval = INTERVAL_S
    address, password = _reference(reader, "url"), _reference(reader, "password")
    if address is None:
        reader.problem("url", _("expected the calendar's address, or url_file, url_env, url_credential or url_keyring"))
    elif address.kind == references.TEXT:
        try:
            checked_address(address.value)
        except InputError:
            reader.problem("url", _("expected an http or https address, without a user name or password"))
    if bool(texts["user"]) != (password is not None):
        key = "password_file" if texts["user"] else "user"
        reader.problem(key, _("a user name and a password go together"))
    if ":" in texts["user"] or not texts["user"].isprintable():
        reader.problem("user", _("expected a name without “:”"))
    reader.finish()
    return CalendarSettings(
        texts["name"],
        texts["kind"],
        address,
        texts["user"],
        password,
        texts["campaign_kind"] or CampaignKind.EVENT.value,
        interval,
        texts["database"],
    )


def _reference(reader: Reader, name: str) -> Reference | None:
    """Where a secret is: one of the keys ``name``, ``name_file`` …"""
    found: Reference | None = None
    for ending, kind in _PLACES.items():
        key = name + ending
        value = reader.get(key, str, "")
        if not value:
            continue
        if found is not None:
            reader.problem(key, _("{name} is named already; leave one of them").format(name=name))
        elif kind != references.TEXT and (wrong := references.problem_of(kind, value)):
            reader.problem(key, wrong)
        else:
            found = Reference(kind, value)
    return found


def put(document: TOMLDocument, one: CalendarSettings) -> None:
    """Write a calendar into a document, in the place of the same one where there is one; comments stay."""
    import tomlkit

    entries = document.setdefault("calendar", tomlkit.aot())
    entry = next((entry for entry in entries if _same(entry, one.name, one.database)), None)
    if entry is None:
        entries.append(tomlkit.table())
        entry = entries[-1]
    wanted: dict[str, Any] = {"name": one.name, "kind": one.kind, "user": one.user or None}
    for name, place in (("url", one.address), ("password", one.password)):
        for ending, kind in _PLACES.items():
            wanted[name + ending] = place.value if place is not None and place.kind == kind else None
    wanted |= {
        "campaign_kind": one.campaign_kind,
        "interval_s": one.interval_s if one.interval_s != INTERVAL_S else None,
        "database": one.database or None,
    }
    bring(entry, wanted)


def drop(document: TOMLDocument, name: str, database: str) -> bool:
    """Take a calendar out of a document; whether it was there."""
    entries: Any = document.get("calendar", [])
    for number, entry in enumerate(entries):
        if _same(entry, name, database) or _same(entry, name, ""):
            del entries[number]
            if not entries:
                del document["calendar"]
            return True
    return False


def _same(entry: Mapping[str, Any], name: str, database: str) -> bool:
    return str(entry.get("name", "")).casefold() == name.casefold() and entry.get("database", "") == database
