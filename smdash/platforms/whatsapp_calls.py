"""Calls to the Graph API as one WhatsApp number."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials
from smdash.platforms.meta_graph import Graph, identifier
from smdash.platforms.problems import problem
from smdash.platforms.whatsapp_errors import MEANINGS
from smdash.platforms.whatsapp_needs import PHONE

if TYPE_CHECKING:
    from smdash.platforms.client import Client


def graph_of(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Graph:
    """Calls with the account's token, whose errors are judged by WhatsApp's own codes first."""
    return Graph(credentials, client, now, owner_typed=owner_typed, meanings=MEANINGS)


def phone_of(credentials: Credentials) -> str:
    """The id of the account's number at Meta. Raises PlatformError where the owner did not say it."""
    found = identifier(credentials.options.get(PHONE, "").strip())
    if found is None:
        sentence = _("the account {name} needs the id of its phone number: set phone_id in sync.toml")
        raise problem(ErrorKind.REJECTED, sentence.format(name=credentials.name), arrived=False)
    return found
