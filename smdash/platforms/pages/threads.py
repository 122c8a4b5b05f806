"""Threads: https://developers.facebook.com/docs/threads/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Mentions and replies come in; posts, threads, pictures, videos and answers go out; replies can be "
            "hidden; searches; figures are told."
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
            "Make an app with the use case “Access the Threads API” at developers.facebook.com. It has an app id "
            "and secret of its own for Threads."
        ),
        noop(
            "Under App roles add the account as a Threads tester, and accept that in Threads: Settings, Account, "
            "Website permissions, Invites."
        ),
        noop(
            "Make the token with the user token generator in the settings of the use case, or by the consent "
            "page, which needs the Threads app's own id and secret and a redirect address that is registered "
            "there. It lives 60 days, and smdash renews it by itself."
        ),
        noop(
            "Threads takes no file from a program, it fetches each from a public address: let a web server show "
            "the media folder beside the database, and give its address as media_url. Without it only texts go "
            "out."
        ),
        noop(
            "For pushes give smdash the Threads app's secret and a verify token, which is any long word of your "
            "own, start smdash receive behind your own TLS proxy (smdash help receive), and in the use case under"
            " Webhooks enter https://HOST/threads/ACCOUNT and the verify token; subscribe to replies and "
            "mentions. The app has to be live, and the business verified."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop("250 posts and 1,000 replies in 24 hours, as Threads counts them."),
        noop("A post has 500 characters; an emoji counts as many as it has bytes."),
        noop("The permission of a private profile ends after 90 days."),
    ),
)
