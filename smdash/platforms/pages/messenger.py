"""Messenger, the direct messages of a Facebook Page: https://developers.facebook.com/docs/messenger-platform/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(noop("Direct messages to a Facebook page come in, and are answered with text and files."),),
    cannot=(
        noop("Nobody can be written to first: the person must have written to the page."),
        noop(
            "After 24 hours without a word from them the network takes no free answer any more; smdash shows "
            "the time that is left."
        ),
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
            "generate a token for the app with the scopes named below. Such a token has no end and belongs to "
            "no employee."
        ),
        noop("The scope pages_messaging needs Advanced Access before people without a role on the app are seen."),
        noop(
            "For answers within seconds connect push: smdash receive behind your own TLS proxy, with the app's "
            "secret and a word of your own as verify token."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "Meta counts calls by how much people have to do with the page or account, and tells the share that"
            " is used; smdash slows down and waits."
        ),
        noop("A message has 2,000 characters."),
    ),
)
