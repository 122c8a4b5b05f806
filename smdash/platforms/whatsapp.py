"""WhatsApp's Cloud API: one number of a business. Messages come by webhook alone (``whatsapp_push``).

https://developers.facebook.com/documentation/business-messaging/whatsapp. There is no call for an inbox, for what was
sent, or for figures of messages. What is pulled is the state of the number, so that a token that ended, a number that
Meta holds back, or an app that gets no messages is noticed before a customer notices it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import meta_token, meta_usage, whatsapp_publish
from smdash.platforms.base import Credentials, Pull, Pulled, Verified
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import Graph, at, id_of, identifier, unexpected
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published
from smdash.platforms.problems import problem, quote
from smdash.platforms.whatsapp_calls import graph_of, phone_of
from smdash.platforms.whatsapp_needs import BUSINESS, SCOPES

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_FIELDS = "id,display_phone_number,verified_name,quality_rating,status"
_CONNECTED = "CONNECTED"


class WhatsApp:
    """The adapter; see ``base.Adapter`` and ``outgoing.Publisher`` for its calls."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Which number and business the account is, until when its token is good, and the permissions that it lacks.

        Raises PlatformError: auth when the token is refused, gone when the token does not see the number.
        """
        graph = graph_of(credentials, client, now)
        number = await _number(graph, phone_of(credentials))
        shown = clean_name(text_of(number.get("display_phone_number"))) or str(number["id"])
        digits = "".join(one for one in shown if one.isascii() and one.isdecimal())
        state = await meta_token.debug(graph)
        return Verified(
            remote_id=str(number["id"]),
            handle=shown,
            name=clean_name(text_of(number.get("verified_name"))) or shown,
            url=safe_link(f"https://wa.me/{digits}") if digits else None,
            missing_scopes=() if state is None else state.missing(SCOPES),
            expires_at=None if state is None else state.expires_at,
            quota=graph.quota,
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """How the number stands; its messages come by webhook. Raises PlatformError.

        With the business account's id in the settings, the app is subscribed to the number's messages where it is not.
        """
        graph = graph_of(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        number = await _number(graph, phone_of(pull.credentials))
        business = identifier(pull.credentials.options.get(BUSINESS, "").strip())
        if business is not None:
            await _subscribe(graph, business)
        return Pulled(
            cursor=pull.cursor,
            quota=graph.quota,
            not_before=meta_usage.not_before(graph.quota, pull.now),
            notice=_trouble(number),
        )

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send an answer or a reaction, once. Raises PlatformError; see ``whatsapp_publish``."""
        return await whatsapp_publish.publish(out, client)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Nothing for a reaction, which may be sent again without harm. Raises PlatformError for an answer.

        WhatsApp takes no key that would keep a message from going out twice, and has no call that tells what was sent;
        the webhook's statuses carry the delivery's key, but the adapter does not see them here.
        """
        if out.kind is not OutgoingKind.REPLY:
            return None
        sentence = _("WhatsApp does not tell what was sent, so only the chat on a phone shows whether this is out")
        raise problem(ErrorKind.UNKNOWN, sentence)

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Raises PlatformError: nobody can ask WhatsApp for a message."""
        sentence = _("WhatsApp does not tell whether a message that was sent is there still")
        raise problem(ErrorKind.UNKNOWN, sentence)


async def _number(graph: Graph, phone: str) -> dict[str, Any]:
    found = await graph.get(at(phone), {"fields": _FIELDS})
    if id_of(found) != phone:
        raise unexpected(graph.host)
    return found | {"id": phone}


def _trouble(number: dict[str, Any]) -> str | None:
    """A sentence on a number that Meta holds back, or is about to."""
    status, quality = (text_of(number.get(part)) for part in ("status", "quality_rating"))
    if status and status != _CONNECTED:
        return _("the number is {status} at Meta; see the WhatsApp Manager").format(status=quote(status))
    if quality == "RED":
        return _("people block or report the number's messages: its quality is low, and Meta may hold it back")
    if quality == "YELLOW":
        return _("the quality of the number is medium: some people block or report its messages")
    return None


async def _subscribe(graph: Graph, business: str) -> None:
    """Without this, an app gets nothing of what is written to the business account's numbers."""
    page = await graph.page(at(business, "subscribed_apps"))
    apps = [id_of(one.get("whatsapp_business_api_data")) for one in objects(page.items)]
    wanted = identifier(graph.credentials.options.get("app_id", "").strip())
    if (wanted in apps) if wanted is not None else bool(apps):
        return
    found = await graph.post(at(business, "subscribed_apps"))
    if found.get("success") is not True:
        raise unexpected(graph.host)
