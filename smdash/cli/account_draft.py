"""An account that is being connected: what is known of it so far, and what is lacking."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from smdash.core.errors import InputError, SettingsError
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials, Need, Platform, Vault
from smdash.settings import references
from smdash.settings.accounts import TOKENS, AccountSettings, handle
from smdash.settings.references import Reference

# What may be there for the service and for nobody else: its environment, and what systemd hands over.
ONLY_THERE = (references.ENV, references.CREDENTIAL)
# What the token is called among the secrets.
TOKEN = "token"  # noqa: S105 a key


@dataclass(slots=True)
class Entered:
    """A secret: its text, and the place it is in already; without one it has to be kept somewhere.

    The text is empty where the place can't be read here, but may be where the service runs.
    """

    text: str = field(repr=False)
    place: Reference | None = None


@dataclass(slots=True)
class Draft:
    """All that was said so far. ``secrets`` holds the token too; ``session`` is what a consent page brought.

    ``known`` is the same account as it is in ``sync.toml``, where it is there already; ``anew`` says that the session
    of an earlier consent is of no use any more.
    """

    platform: Platform
    database: str
    name: str = ""
    url: str = ""
    handle: str = ""
    options: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Entered] = field(default_factory=dict)
    session: str = field(default="", repr=False)
    known: AccountSettings | None = None
    anew: bool = False

    def take(self, known: AccountSettings) -> None:
        """Fill in what the account has in ``sync.toml`` and nobody said anew; an unreadable secret stays lacking."""
        self.known = known
        self.url = self.url or known.url
        self.handle = self.handle or known.handle
        self.options = {**known.options, **self.options}
        places: dict[str, Reference] = dict(known.secrets)
        if (token := known.token_reference) is not None:
            places[TOKEN] = token
        for key, place in places.items():
            if key not in self.secrets:
                with suppress(SettingsError):
                    self.secrets[key] = _entered(place, elsewhere=True)

    def lacking(self) -> list[str]:
        """The keys of what is still needed: ``name``, ``url``, ``handle``, ``token``, and those of the network."""
        one = self.platform
        found = [] if self.name else ["name"]
        if one.needs_url and not (self.url or one.default_url):
            found.append("url")
        if one.needs_handle and not self.handle:
            found.append("handle")
        found += [need.key for need in one.needs if need.required and not self.has(need)]
        if self.needs_token and TOKEN not in self.secrets and not self.session and not self._connected:
            found.append(TOKEN)
        return found

    @property
    def needs_token(self) -> bool:
        """Whether something has to prove who we are: a token, or a consent."""
        return self.platform.needs_token or self.platform.connect is not None

    @property
    def _connected(self) -> bool:
        """Whether a session of an earlier consent is kept; a token that was there is among the secrets."""
        if self.known is None or self.platform.connect is None or self.anew:
            return False
        return self.known.token_reference is None

    @property
    def unread(self) -> list[str]:
        """The places of secrets that can't be read here, in words."""
        return [one.place.shown() for one in self.secrets.values() if one.place and not one.text]

    def has(self, need: Need) -> bool:
        return need.key in (self.secrets if need.secret else self.options)

    def credentials(self, vault: Vault) -> Credentials:
        """As whom the network is asked."""
        token = self.secrets.get(TOKEN)
        return Credentials(
            self.platform.name,
            self.name,
            self.address,
            token.text if token else "",
            self.handle,
            vault,
            dict(self.options),
            {key: one.text for key, one in self.secrets.items() if key != TOKEN},
        )

    @property
    def address(self) -> str:
        return self.url or self.platform.default_url

    def settings(self, places: Mapping[str, Reference]) -> AccountSettings:
        """What goes into ``sync.toml``, with each secret at its place."""
        token = places.get(TOKEN)
        key = next((name for name, kind in TOKENS.items() if token and kind == token.kind), "")
        found = AccountSettings(
            self.platform.name,
            self.name,
            self.address,
            database=self.known.database if self.known else self.database,
            handle=self.handle,
            options=dict(self.options),
            secrets={name: place for name, place in places.items() if name != TOKEN},
        )
        named: dict[str, Any] = {key: token.value} if token else {}
        return replace(found, **named)


def good_name(text: str) -> str:
    """What the team may call an account. Raises InputError."""
    title = clean_name(text)
    if not title or "/" in title:
        raise InputError(_("a name without “/” is needed"))
    return title


def good_url(text: str, platform: Platform, *, secret: bool) -> str:
    """A server's address, without the slash at its end. Raises InputError."""
    url = text.strip().rstrip("/")
    if not safe_link(url):
        raise InputError(_("{platform} needs its server's http or https address").format(platform=platform.title))
    if secret and url.startswith("http://") and not _stays_near(url):
        raise InputError(_("over http:// anybody on the way could read the token; use the server's https address"))
    return url


def _stays_near(url: str) -> bool:
    """Whether the address leads to this machine or a private network only, where no stranger carries the token."""
    from urllib.parse import urlsplit

    from smdash.platforms.addresses import is_private_host

    try:
        return is_private_host(urlsplit(url).hostname or "")
    except ValueError:
        return False


def good_handle(text: str, platform: Platform) -> str:
    """A handle for a network that needs one. Raises InputError."""
    if not platform.needs_handle:
        raise InputError(_("{platform} needs none, its token says whose it is").format(platform=platform.title))
    return handle(text)


def good_option(text: str, key: str) -> str:
    """A value that may stand in ``sync.toml`` below *key*. Raises InputError."""
    value = text.strip()
    if not value or not value.isprintable():
        raise InputError(_("expected text"))
    if key.endswith("_url") and not safe_link(value):
        raise InputError(_("expected a web address (https://…)"))
    return value


def need_of(platform: Platform, key: str, *, secret: bool) -> Need:
    """The need that somebody named. Raises InputError, naming those that there are, or the other option."""
    for need in platform.needs:
        if need.key == key and need.secret == secret:
            return need
    if any(need.key == key for need in platform.needs):
        other = "--option" if secret else "--secret-file"
        raise InputError(_("{key} belongs to {option}").format(key=key, option=other))
    known = ", ".join(need.key for need in platform.needs if need.secret == secret) or _("none")
    sentence = _("{network} knows no “{key}”; known: {known}")
    raise InputError(sentence.format(network=platform.title, key=clean_name(key), known=known))


def read_place(kind: str, value: str, *, elsewhere: bool = False) -> Entered:
    """The secret at a place, read now; *elsewhere* it may be that the service alone can read it.

    Raises InputError for no place, SettingsError for what can't be read.
    """
    if wrong := references.problem_of(kind, value):
        raise InputError(wrong)
    return _entered(Reference(kind, value), elsewhere=elsewhere)


def _entered(place: Reference, *, elsewhere: bool) -> Entered:
    try:
        return Entered(place.read(), place)
    except SettingsError:
        if elsewhere and place.kind in ONLY_THERE:
            return Entered("", place)
        raise


def good_secret(text: str) -> str:
    """A secret that somebody typed. Raises InputError."""
    secret = text.strip()
    if not references.is_whole(secret):
        raise InputError(_("expected one word without spaces"))
    return secret
