"""What a page of LinkedIn needs, for lists that import no HTTP."""

from __future__ import annotations

from smdash.locale import noop
from smdash.platforms.base import Need

SCOPES = ("r_organization_social", "w_organization_social", "rw_organization_admin")
NEEDS = (
    Need(
        "organization",
        noop("number of the page"),
        noop("in the address of the page as its administrator sees it: linkedin.com/company/NUMBER/admin"),
        required=False,
    ),
    Need(
        "version",
        noop("version of the API"),
        noop("a month such as 202607; without it the one that this smdash was made for"),
        required=False,
    ),
    Need("client_id", noop("client id of the app"), noop("the app's page, Auth"), required=False),
    Need(
        "client_secret",
        noop("client secret of the app"),
        noop("the app's page, Auth; with it LinkedIn tells when a token ends"),
        secret=True,
        required=False,
    ),
    Need(
        "redirect_uri",
        noop("address that LinkedIn leads back to"),
        noop("the app's page, Auth, authorized redirect addresses; without it http://127.0.0.1:8765/"),
        required=False,
    ),
)
