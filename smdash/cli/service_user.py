"""Who the sync service's user is: the login and host that the database records, or the first to come."""

from __future__ import annotations

import socket

from smdash.cli.desk import Desk
from smdash.core.errors import Refused
from smdash.locale import gettext as _
from smdash.settings import paths


def is_service_user(desk: Desk) -> bool:
    """Whether this OS user runs (or may become) the service of this database."""
    from smdash.store import teams

    with desk.store.reading() as conn:
        recorded = teams.get(conn, "service")
    return recorded is None or recorded["login"] == paths.login()


def require(desk: Desk, line: str) -> None:
    """Refuse anyone else, with the line to run. Raises Refused."""
    from smdash.store import teams

    if is_service_user(desk):
        return
    with desk.store.reading() as conn:
        recorded = teams.get(conn, "service")
    raise Refused(
        _("tokens belong to the service's user; run: sudo -u {login} {line}").format(login=recorded["login"], line=line)
    )


def here() -> dict[str, str]:
    """This user, host and state folder, as the database records the service's.

    The folder belongs to it: its lock and its ledger speak for the services that use the same one.
    """
    return {"login": paths.login(), "host": socket.gethostname(), "state": str(paths.state_dir().absolute())}


def is_here(recorded: dict[str, str]) -> bool:
    """Whether the recorded service may be this one; an earlier smdash recorded no folder."""
    return {**here(), **recorded} == here()
