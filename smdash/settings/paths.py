"""Where things lie: XDG folders, and the variables that move them."""

from __future__ import annotations

import os
from pathlib import Path

from smdash.core.text import clean_name


def _xdg(variable: str, fallback: str) -> Path:
    """An XDG base folder; a relative value is to be passed over (XDG Base Directory Specification)."""
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / fallback


def config_dir() -> Path:
    """The folder of ``config.toml`` and ``sync.toml``: SMDASH_CONFIG_DIR, else XDG."""
    moved = os.environ.get("SMDASH_CONFIG_DIR")
    return Path(moved) if moved else _xdg("XDG_CONFIG_HOME", ".config") / "smdash"


def state_dir() -> Path:
    """The service's own folder: SMDASH_STATE_DIR, else XDG."""
    moved = os.environ.get("SMDASH_STATE_DIR")
    return Path(moved) if moved else _xdg("XDG_STATE_HOME", ".local/state") / "smdash"


def state_dir_of(user: str) -> Path | None:
    """The service's folder of a login, where this process may look into it: its own, or any for root."""
    import pwd

    if user == login():
        return state_dir()
    if os.geteuid() != 0:
        return None
    try:
        return Path(pwd.getpwnam(user).pw_dir) / ".local" / "state" / "smdash"
    except (KeyError, ValueError):
        return None


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone may enter, and so the folders above it that are missing. Raises OSError.

    ``Path.mkdir`` gives its mode to the last one only.
    """
    for one in reversed((folder, *folder.parents)):
        if not one.is_dir():
            one.mkdir(mode=0o700, exist_ok=True)


def default_database() -> Path:
    """The database of somebody who names none."""
    return _xdg("XDG_DATA_HOME", ".local/share") / "smdash" / "smdash.db"


def login() -> str:
    """The OS login of this process."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid{os.getuid()}"


def full_name(of: str) -> str:
    """The person's name from the user database, else the login."""
    import pwd

    try:
        return clean_name(pwd.getpwnam(of).pw_gecos.split(",")[0]) or of
    except (KeyError, ValueError):
        return of
