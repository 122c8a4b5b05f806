"""Threads: https://developers.facebook.com/docs/threads/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Mentions and replies come in; posts, threads, pictures, videos and answers go out; replies can be "
            "hidden; figures are told."
        ),
    ),
    cannot=(
        noop("There are no direct messages for programs."),
        noop(
            "Before Meta approved the scopes, mentions are those by the app's testers only, and a search finds "
            "your own posts only."
        ),
    ),
    steps=(
        noop(
            "Make an app with the use case “Access the Threads API” at developers.facebook.com. It has an app "
            "id and secret of its own for Threads."
        ),
        noop(
            "Under App roles add the account as a Threads tester, and accept that in Threads: Settings, "
            "Account, Website permissions, Invites."
        ),
        noop(
            "The token is made by the network's consent page or by the user token generator in the app's "
            "dashboard. It lives 60 days, and smdash renews it by itself."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop("250 posts and 1,000 replies in 24 hours, as Threads counts them."),
        noop("A post has 500 characters; an emoji counts as many as it has bytes."),
        noop("The permission of a private profile ends after 90 days."),
    ),
)
