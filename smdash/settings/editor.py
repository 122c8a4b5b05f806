"""A text in the member's own editor: in a file that only they can read, which stays where it could not be used."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from smdash.core.errors import InputError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _

# Where neither variable is set.
FALLBACKS = ("sensible-editor", "nano", "vi")


def words() -> list[str]:
    """The editor's command: VISUAL, else EDITOR, else what the system has. Raises InputError."""
    import shutil

    for name in ("VISUAL", "EDITOR"):
        if typed := os.environ.get(name, "").strip():
            try:
                return shlex.split(typed)
            except ValueError as problem:
                raise InputError(
                    _("{name} is “{value}”, in which a quote is not closed").format(name=name, value=typed)
                ) from problem
    for fallback in FALLBACKS:
        if shutil.which(fallback):
            return [fallback]
    raise InputError(_("there is no editor; set EDITOR to the command of yours"))


class Draft:
    """A text on its way through the editor."""

    def __init__(self, text: str, name: str, suffix: str = ".toml") -> None:
        self._command = words()
        handle, path = tempfile.mkstemp(prefix=f"smdash-{name}-", suffix=suffix)  # 0600
        self.path = Path(path)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)

    def edit(self) -> None:
        """Open the editor and wait for its end. Raises InputError where it can't be started or fails."""
        try:
            done = subprocess.run([*self._command, str(self.path)], check=False)  # noqa: S603 (the member's own choice)
        except OSError as problem:
            raise InputError(
                _("can't start the editor “{editor}”: {reason}; set EDITOR to the command of yours").format(
                    editor=self._command[0], reason=why(problem)
                )
            ) from problem
        if done.returncode:
            raise InputError(
                _("the editor “{editor}” ended with {code}; nothing was changed").format(
                    editor=self._command[0], code=done.returncode
                )
            )

    def text(self) -> str:
        """What the file holds now. Raises SettingsError where it can't be read."""
        from smdash.core.errors import SettingsError
        from smdash.settings.toml import text_of

        found = text_of(self.path)
        if found is None:
            raise SettingsError([_("{path} is gone; nothing was changed").format(path=self.path)])
        return found

    def discard(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
