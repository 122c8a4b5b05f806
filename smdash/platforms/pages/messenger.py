"""Messenger, the direct messages of a Facebook Page: https://developers.facebook.com/docs/messenger-platform/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(noop("Direct messages to a Facebook page come in, and are answered with text."),),
    cannot=(
        noop("Nobody can be written to first: the person must have written to the page."),
        noop(
            "After 24 hours without a word from them the network takes no free answer any more; smdash shows the "
            "time that is left."
        ),
        noop("Files are shown where they were sent to the page, but smdash sends none."),
        noop("Messages of a personal profile can't be read."),
    ),
    steps=(
        noop(
            "Make an app of the type Business at developers.facebook.com, owned by the business that owns the "
            "page or account. While the app is in development, only what people with a role on it write can be "
            "seen; for everybody's, Meta has to review it (Advanced Access) and to verify the business."
        ),
        noop(
            "In Business Settings, Users, System users, add a system user, give it the page or account, and "
            "generate a token for the app with the scopes named below. Such a token has no end and belongs to no "
            "employee."
        ),
        noop(
            "smdash turns it into the page's own token; type the page's id where it is asked for. With the app's "
            "id and secret Meta also tells which scopes the token lacks and when it ends."
        ),
        noop("The scope pages_messaging needs Advanced Access before people without a role on the app are seen."),
        noop(
            "For pushes give smdash the app's secret and a verify token, which is any long word of your own, and "
            "start smdash receive behind your own TLS proxy (smdash help receive)."
        ),
        noop(
            "In the app's dashboard under Messenger, Messenger API settings, enter the address "
            "https://HOST/messenger/ACCOUNT and the verify token, add the page, and subscribe it to messages, "
            "message_edits, message_echoes and messaging_postbacks. Without pushes smdash asks once a minute."
        ),
        noop(
            "An app has one address for everything of a page: what it pushes goes to Facebook or to Messenger. "
            "For both give each an app of its own, or leave Facebook to be asked every two minutes."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "Meta counts calls by how much people have to do with the page or account, and tells the share that "
            "is used; smdash slows down and waits."
        ),
        noop("A message has 2,000 characters."),
    ),
)
