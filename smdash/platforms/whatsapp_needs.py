"""What the owner of a WhatsApp number has to say beside its token. For the registry: no HTTP."""

from __future__ import annotations

from dataclasses import replace

from smdash.locale import noop
from smdash.platforms.base import Need
from smdash.platforms.meta_needs import APP_ID, SECRET, VERIFY, VERSION

PHONE = "phone_id"
BUSINESS = "business_id"
SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")

NEEDS = (
    Need(
        PHONE,
        noop("id of the phone number"),
        noop("developers.facebook.com > My Apps > the app > WhatsApp > API Setup; not the number itself"),
    ),
    Need(
        BUSINESS,
        noop("id of the WhatsApp business account"),
        noop("the same page; with it smdash sees to it that the app gets the number's messages"),
        required=False,
    ),
    APP_ID,
    # Messages come by push alone.
    replace(
        SECRET,
        where=noop("developers.facebook.com > My Apps > the app > App settings > Basic; without it nothing comes in"),
    ),
    replace(
        VERIFY,
        where=noop("any long word that you make up, and type where the webhook is set up; without it nothing comes in"),
    ),
    VERSION,
)
