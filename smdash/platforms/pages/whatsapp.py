"""WhatsApp Cloud API: https://developers.facebook.com/docs/whatsapp/cloud-api/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Messages of customers come in by push, and are answered with text and files; what is written from "
            "the WhatsApp app on a phone comes in too, where the number is shared with it."
        ),
    ),
    cannot=(
        noop(
            "The network keeps no inbox that could be asked: without smdash receive at a public https address "
            "nothing comes in, and what was missed for seven days is lost."
        ),
        noop(
            "After 24 hours without a word from the customer only templates that WhatsApp has approved may be "
            "sent; smdash sends none."
        ),
        noop(
            "What was sent can't be asked for: whether an answer whose call broke off is out only the chat on a "
            "phone shows."
        ),
        noop(
            "There are no public posts, no search and no figures. A number that is used in the WhatsApp app can't"
            " be used here at the same time, unless it was connected as a shared one."
        ),
    ),
    steps=(
        noop(
            "Make an app of the type Business at developers.facebook.com, owned by the business that owns the "
            "page or account. While the app is in development, only what people with a role on it write can be "
            "seen; for everybody's, Meta has to review it (Advanced Access) and to verify the business."
        ),
        noop(
            "Add the product WhatsApp to the app, and a phone number. Note the phone number's id, which is not "
            "the number itself, and the id of the WhatsApp account."
        ),
        noop(
            "In Business Settings, Users, System users, add a system user, give it the WhatsApp account, and "
            "generate a token for the app with the scopes named below and without an end. The token that the "
            "dashboard shows for trying ends after a day."
        ),
        noop(
            "smdash account add asks for the app's secret and a verify token, which is any long word of your own."
            " Without these two nothing that WhatsApp pushes is taken in."
        ),
        noop(
            "Start smdash receive behind your own TLS proxy (smdash help receive), then under WhatsApp, "
            "Configuration, Webhook enter the address https://HOST/whatsapp/ACCOUNT and the verify token, and "
            "subscribe to messages and, for a shared number, smb_message_echoes."
        ),
        noop("With the id of the WhatsApp account smdash sees to it that the app gets the number's messages."),
    ),
    costs=(
        noop(
            "Answers within 24 hours of the customer's message are free; templates are paid for, by country and kind."
        ),
    ),
    limits=(
        noop(
            "80 messages a second for each number, 20 where it is shared with the app on a phone, and one in six "
            "seconds to the same person."
        ),
        noop("A message has 4,096 characters, a text below a file 1,024."),
    ),
)
