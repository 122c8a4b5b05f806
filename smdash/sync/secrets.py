"""As whom a job calls: the account's secrets and options, and where its session is kept."""

from __future__ import annotations

from smdash.core.errors import SettingsError
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials, Platform
from smdash.settings.accounts import AccountSettings
from smdash.settings.vault import FileVault
from smdash.sync import calendars
from smdash.sync.plan import Source


class Secrets:
    """One vault an account, because jobs of the same account must not renew its session at the same time."""

    def __init__(self) -> None:
        self._vaults: dict[tuple[str, str], FileVault] = {}

    def credentials(self, source: Source, database_id: str) -> Credentials:
        """Whose call it is; the secrets are read anew each time, so that a new token counts at once.

        Raises SettingsError.
        """
        one = source.account
        if source.program is not None:
            if source.program.problem:
                raise SettingsError([source.program.problem])
            return Credentials(source.program.platform, source.program.account)
        if source.calendar is not None:
            return calendars.credentials(source.calendar)
        if one is None:
            return Credentials("feeds", str(source.feed_id), source.feed_url)
        key = (one.platform, one.name)
        vault = self._vaults.get(key) or FileVault(database_id, *key)
        found = credentials(one, source.platform, vault)
        self._vaults[key] = vault
        return found


def credentials(one: AccountSettings, platform: Platform, vault: FileVault) -> Credentials:
    """An account's credentials as they are now. Raises SettingsError with all that is wrong or missing."""
    if wrong := problems(one, platform):
        raise SettingsError(wrong)
    return Credentials(
        one.platform,
        one.name,
        one.url,
        one.secret(),
        one.handle,
        vault,
        dict(one.options),
        one.other_secrets(),
    )


def problems(one: AccountSettings, platform: Platform) -> list[str]:
    """What is wrong with an account in ``sync.toml``, a sentence each, also measured by what its network needs."""
    found = [one.problem] if one.problem else []
    known = {need.key: need for need in platform.needs}
    for part, keys in (("options", one.options), ("secrets", one.secrets)):
        for key in keys:
            place = one.places.get(f"{part}.{key}", f"account.{part}.{key}")
            need = known.get(key)
            if need is None:
                names = ", ".join(known) or _("none")
                sentence = _("{place}: {network} knows no such key; known: {known}")
                found.append(sentence.format(place=place, network=platform.title, known=names))
            elif need.secret != (part == "secrets"):
                right = "account.secrets" if need.secret else "account.options"
                found.append(_("{place}: it belongs below [{right}]").format(place=place, right=right))
    for need in platform.needs:
        if need.required and need.key not in (one.secrets if need.secret else one.options):
            # A key in the wrong table was told already.
            if need.key in (one.options if need.secret else one.secrets):
                continue
            sentence = _("{account}: {label} is missing; set {key} below [{table}] in sync.toml, or run: {line}")
            found.append(
                sentence.format(
                    account=f"{one.platform}/{one.name}",
                    label=_(need.label),
                    key=need.key,
                    table="account.secrets" if need.secret else "account.options",
                    line=f"smdash account add {one.platform} --name {one.name}",
                )
            )
    return found
