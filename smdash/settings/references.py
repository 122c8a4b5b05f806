"""Where a secret is: ``sync.toml`` names its place, and it is read from there each time that it is needed.

A file, a variable of the service's environment, a credential that systemd hands over (systemd.exec(5),
``LoadCredential=``), the system's keyring (the package keyring), or the text itself.
"""

from __future__ import annotations

import os
import re
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path

from smdash.core.errors import SettingsError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _

TEXT, FILE, ENV, CREDENTIAL, KEYRING = "text", "file", "env", "credential", "keyring"
# What may stand in a table in a secret's place, in the order in which people are told.
KINDS = (FILE, ENV, CREDENTIAL, KEYRING)
# A secret is a line; what is longer is something else (bytes).
MOST_BYTES = 100_000
# A keyring may ask a person who is not there (seconds).
KEYRING_S = 10.0

_NAMES = {
    ENV: re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}"),
    CREDENTIAL: re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,200}"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret's place: ``kind`` is one of the names above; ``value`` the path, the name, or the secret itself."""

    kind: str
    value: str = field(repr=False)

    @property
    def path(self) -> Path:
        """Of a file."""
        try:
            return Path(self.value).expanduser()
        except RuntimeError:  # no such user, or no home
            return Path(self.value)

    def read(self) -> str:
        """The secret, as it is now. Raises SettingsError with what is wrong and what to do."""
        if self.kind == FILE:
            return read_file(self.path)
        if self.kind == ENV:
            return _read_variable(self.value)
        if self.kind == CREDENTIAL:
            return _read_credential(self.value)
        if self.kind == KEYRING:
            return _read_keyring(self.value)
        return self.value

    def shown(self) -> str:
        """The place in words, without the secret."""
        return {
            FILE: _("the file {name}"),
            ENV: _("the variable {name}"),
            CREDENTIAL: _("the systemd credential {name}"),
            KEYRING: _("the keyring, {name}"),
        }.get(self.kind, _("sync.toml")).format(name=self.value)


def problem_of(kind: str, value: str) -> str:
    """What is wrong with a place as it was typed, or nothing."""
    if not value or not value.isprintable():
        return _("expected text")
    if kind == KEYRING and not all(value.rpartition("/")[::2]):
        return _("expected SERVICE/USER")
    if kind in _NAMES and not _NAMES[kind].fullmatch(value):
        return _("expected the name of a variable") if kind == ENV else _("expected the name of a credential")
    return ""


def read_file(file: Path) -> str:
    """The secret in a file. Raises SettingsError."""
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            # A pipe would be waited for, and is empty the next time.
            raise SettingsError([_("{path} is not a file").format(path=file)])
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES).decode("utf-8")
    except FileNotFoundError as problem:
        raise SettingsError([_("there is no token file {path}").format(path=file)]) from problem
    except UnicodeDecodeError:
        # The cause is dropped, because it quotes the bytes.
        raise _unreadable(file, _("not text")) from None
    except OSError as problem:
        raise _unreadable(file, why(problem)) from problem
    token = text.strip()
    if not is_whole(token):
        raise SettingsError([_("the token file {path} must hold the token alone, on one line").format(path=file)])
    return token


def is_whole(secret: str) -> bool:
    """Whether it can be a secret: one word that can be printed."""
    return bool(secret) and secret.isprintable() and not any(character.isspace() for character in secret)


def _unreadable(file: Path, reason: str) -> SettingsError:
    return SettingsError([_("can't read the token file {path}: {reason}").format(path=file, reason=reason)])


def _read_variable(name: str) -> str:
    found = os.environ.get(name, "").strip()
    if not found:
        raise SettingsError([_("the variable {name} is not set where smdash runs").format(name=name)])
    if not is_whole(found):
        raise SettingsError([_("the variable {name} must hold the token alone").format(name=name)])
    return found


def _read_credential(name: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        sentence = _(
            "the credential {name} is there only for a service that systemd starts with LoadCredential= or "
            "LoadCredentialEncrypted=; CREDENTIALS_DIRECTORY is not set here"
        )
        raise SettingsError([sentence.format(name=name)])
    return read_file(Path(folder) / name)


def _read_keyring(name: str) -> str:
    service, _slash, user = name.rpartition("/")
    found: list[str | None] = []
    said: list[str] = []

    def ask() -> None:
        try:
            import keyring

            found.append(keyring.get_password(service, user))
        except ImportError:
            said.append(_("the package keyring is missing; install it with: pip install 'smdash[keyring]'"))
        except Exception as problem:  # noqa: BLE001 each keyring fails in its own way, and quotes what it likes
            said.append(
                _("the keyring can't be asked for {name} ({kind})").format(name=name, kind=type(problem).__name__)
            )

    # A thread that may stay behind: a locked keyring waits for somebody to unlock it.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(KEYRING_S)
    if not found:
        raise SettingsError(
            said or [_("the keyring did not answer within {seconds} s for {name}").format(seconds=KEYRING_S, name=name)]
        )
    secret = (found[0] or "").strip()
    if not secret:
        raise SettingsError([_("the keyring holds nothing under {name}").format(name=name)])
    if not is_whole(secret):
        raise SettingsError([_("the keyring must hold the token alone under {name}").format(name=name)])
    return secret


def keep_in_keyring(name: str, secret: str) -> None:
    """Put a secret into the keyring. Raises SettingsError."""
    service, _slash, user = name.rpartition("/")
    try:
        import keyring

        keyring.set_password(service, user, secret)
    except ImportError:
        raise SettingsError(
            [_("the package keyring is missing; install it with: pip install 'smdash[keyring]'")]
        ) from None
    except Exception as problem:  # noqa: BLE001 each keyring fails in its own way, and quotes what it likes
        kind = type(problem).__name__
        raise SettingsError([_("the keyring can't keep {name} ({kind})").format(name=name, kind=kind)]) from None
