"""The token endpoints of networks (RFC 6749): asking them, and renewing a session of ``sessions`` by them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote as percent
from urllib.parse import urlencode

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.problems import problem
from smdash.platforms.sessions import Tokens, read_tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# What refuses a refresh token, whatever a network calls that.
_REFUSALS = (400, 401, 403)
_HEADERS = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a network gives out tokens. ``basic`` says that a client's secret goes into a header, not the form.

    ``id_name`` is what the network calls the app's id, in the form and as the account's option; ``headers`` go along.
    """

    url: str
    basic: bool = False
    id_name: str = "client_id"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class App:
    """The program as the network knows it; apps that can't keep a secret have none."""

    client_id: str
    client_secret: str = field(default="", repr=False)


def app_of(credentials: Credentials, id_name: str = "client_id") -> App:
    """The app that the account's owner made: its id, an option, and the secret ``client_secret``."""
    return App(credentials.options.get(id_name, ""), credentials.secrets.get("client_secret", ""))


async def ask(
    endpoint: Endpoint, client: Client, fields: Mapping[str, str], app: App, *, owner_typed: bool = True
) -> Answer:
    """Call the token endpoint with a form; statuses are not judged. Raises PlatformError."""
    form, headers = dict(fields), {**_HEADERS, **endpoint.headers}
    redact.remember(app.client_secret)
    if app.client_secret and endpoint.basic:
        pair = f"{percent(app.client_id, safe='')}:{percent(app.client_secret, safe='')}"
        word = base64.b64encode(pair.encode()).decode()
        redact.remember(word)
        headers["Authorization"] = f"Basic {word}"
    else:
        form[endpoint.id_name] = app.client_id
        if app.client_secret:
            form["client_secret"] = app.client_secret
    content = urlencode(form).encode()
    return await client.request("POST", endpoint.url, owner_typed=owner_typed, headers=headers, content=content)


async def renew(
    old: Tokens,
    credentials: Credentials,
    endpoint: Endpoint,
    client: Client,
    now: datetime,
    *,
    owner_typed: bool = True,
) -> Tokens:
    """The session after *old*. Raises PlatformError: auth where only a person can get another one."""
    app = app_of(credentials, endpoint.id_name)
    if not old.refresh or not app.client_id:
        sentence = _("the token of the account {name} is not good any more; connect the account anew")
        raise problem(ErrorKind.AUTH, sentence.format(name=credentials.name), arrived=False)
    fields = {"grant_type": "refresh_token", "refresh_token": old.refresh}
    answer = await ask(endpoint, client, fields, app, owner_typed=owner_typed)
    try:
        return read_tokens(answer, now)
    except PlatformError as error:
        if answer.status in _REFUSALS:
            # X calls a refresh token that is used up an invalid request.
            raise problem(ErrorKind.AUTH, str(error), arrived=False) from None
        raise


def not_granted(tokens: Tokens | None, wanted: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The scopes of *wanted* that were surely not granted: each is named with others that stand for it as well."""
    if tokens is None or not tokens.scopes:
        return ()
    return tuple(name for name, others in wanted.items() if not {name, *others} & set(tokens.scopes))
