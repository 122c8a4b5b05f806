"""Bluesky: https://docs.bsky.app/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Mentions, replies, quotes and direct messages come in, your own answers too; posts, threads, "
            "answers, direct messages, likes, pictures, videos and link cards go out, and answers below your "
            "own posts can be hidden; searches over the whole network."
        ),
    ),
    cannot=(
        noop("Direct messages need an app password that may read them: a box that is ticked when it is made."),
        noop("There are no figures of how often something was seen: the network counts none."),
    ),
    steps=(
        noop(
            "In the app or on the page named below open Settings, Privacy and security, App passwords, and add "
            "one. Tick the access to direct messages if you want them on the desk."
        ),
        noop(
            "Copy the password at once, it is shown only then; put it into a file that is yours alone, or type "
            "it when smdash asks."
        ),
        noop("The handle is the whole one, such as kopi.bsky.social. A server of your own is named by --url."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop("A post has 300 characters as a reader counts them, four pictures or one video."),
        noop("5,000 points of writing an hour, of which a post costs three, and 3,000 calls in five minutes."),
        noop("The session is renewed by itself; when the app password is deleted, smdash says so."),
    ),
)
