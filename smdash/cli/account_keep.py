"""Writing a connected account down: all of it, or nothing.

The secrets first, in files that nobody knows yet; then the session; then ``sync.toml``, which names them; the row last,
which the service makes anew from ``sync.toml`` when it starts. Signals are passed over meanwhile.
"""

from __future__ import annotations

import hashlib
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from smdash.cli.account_draft import Draft
from smdash.cli.desk import Desk
from smdash.core.errors import SettingsError, StoreError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings import files, paths, references, service
from smdash.settings.references import Reference
from smdash.settings.vault import FileVault

if TYPE_CHECKING:
    from smdash.platforms.base import Verified

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PLAIN = re.compile(r"[a-z0-9_-]{1,40}")


def own_file(draft: Draft, key: str) -> Path:
    """Where the service keeps a secret of the account by itself: in its own folder, for its user alone."""
    name = draft.name
    if not _PLAIN.fullmatch(name):
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = re.sub("[^a-z0-9_-]+", "_", name.lower())[:40] + f".{digest}"
    return paths.state_dir().absolute() / draft.database / f"secret-{draft.platform.name}-{name}-{key}"


def keyring_name(draft: Draft, key: str) -> str:
    """Under which name the keyring holds a secret of the account."""
    return f"smdash/{draft.platform.name}/{draft.name}-{key}"


def keep(desk: Desk, draft: Draft, verified: Verified | None, session: str | None, where: str) -> None:
    """Write it all. *where* is the kind of place for secrets that have none yet; *session* the vault's text, if new.

    Raises SettingsError when nothing was written, StoreError when only the row could not be.
    """
    with undisturbed():
        made: dict[Path, str | None] = {}
        vault = FileVault(desk.team().database_id, draft.platform.name, draft.name)
        before: str | None = None
        try:
            places = {
                key: one.place or _keep_secret(draft, key, one.text, where, made)
                for key, one in sorted(draft.secrets.items())
            }
            if session is not None:
                before = vault.load()
                if session or before:
                    vault.save(session)
            service.add_account(draft.settings(places))
        except BaseException:
            _put_back(made)
            if session is not None:
                with suppress(SettingsError):
                    vault.forget() if before is None else vault.save(before)
            raise
        _put_row(desk, draft, verified)


def _put_back(made: dict[Path, str | None]) -> None:
    for file, text in made.items():
        with suppress(OSError):
            if text is None:
                file.unlink()
            else:
                files.replace(file, text)


def _keep_secret(draft: Draft, key: str, text: str, where: str, made: dict[Path, str | None]) -> Reference:
    """Keep one secret at a place of that kind. *made* notes each file that is written, with what was in it."""
    if where == references.KEYRING:
        name = keyring_name(draft, key)
        references.keep_in_keyring(name, text)
        return Reference(references.KEYRING, name)
    if where == references.TEXT:
        return Reference(references.TEXT, text)
    file = own_file(draft, key)
    try:
        made[file] = file.read_text(encoding="utf-8", errors="replace") if file.exists() else None
        files.replace(file, text + "\n")
    except OSError as problem:
        raise SettingsError([_("can't write {path}: {problem}").format(path=file, problem=why(problem))]) from None
    return Reference(references.FILE, str(file))


def _put_row(desk: Desk, draft: Draft, verified: Verified | None) -> None:
    from smdash.store import budgets, teams

    try:
        with desk.store.writing() as conn:
            account_id = teams.put_account(
                conn,
                draft.platform.name,
                draft.name,
                desk.clock.now(),
                url=verified.url if verified else draft.address or None,
                handle=verified.handle if verified else None,
                remote_id=verified.remote_id if verified else None,
                limits=verified.limits if verified else None,
            )
            if verified is not None:
                budgets.checked(conn, account_id, desk.clock.now(), verified.expires_at)
    except StoreError as problem:
        said = _("{problem}; the account is in {path}, and the service makes its row when it starts")
        raise type(problem)(said.format(problem=problem, path=service.path())) from problem


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that would end the program are passed over: it ends by itself in a moment, with everything done."""

    def pass_over(_number: int, _frame: FrameType | None) -> None:
        pass

    before = {number: signal.signal(number, pass_over) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
