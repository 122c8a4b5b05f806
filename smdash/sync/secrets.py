"""As whom a job calls: the account's secret, and where its session is kept."""

from __future__ import annotations

from smdash.platforms.base import Credentials
from smdash.settings.vault import FileVault
from smdash.sync.plan import Source


class Secrets:
    """One vault an account, because jobs of the same account must not renew its session at the same time."""

    def __init__(self) -> None:
        self._vaults: dict[tuple[str, str], FileVault] = {}

    def credentials(self, source: Source, database_id: str) -> Credentials:
        """Whose call it is; the secret is read anew each time, so that a new token counts at once.

        Raises SettingsError.
        """
        one = source.account
        if one is None:
            return Credentials("feeds", str(source.feed_id), source.feed_url)
        secret, key = one.secret(), (one.platform, one.name)
        vault = self._vaults.setdefault(key, FileVault(database_id, *key))
        return Credentials(one.platform, one.name, one.url, secret, one.handle, vault)
