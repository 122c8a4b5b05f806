"""X: https://docs.x.com/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Mentions and replies come in, direct messages that are not encrypted too; posts, threads, answers "
            "and media go out; searches over the last seven days; figures of your own posts."
        ),
    ),
    cannot=(
        noop(
            "An app that nobody at X has agreed on may answer only those who mentioned or quoted the account; "
            "other answers are refused. Likes, follows and quotes are not to be had at all."
        ),
        noop("Encrypted messages (X Chat) can't be read by programs."),
        noop("What was deleted is told by no list; it stays on the desk."),
    ),
    steps=(
        noop(
            "Open console.x.com with the brand's own account, make a project and an app, and buy credit: without "
            "it every call is refused. Reading your own mentions is cheap only where the app belongs to the "
            "account itself."
        ),
        noop(
            "In the app's user authentication settings choose “Read and write and Direct message”, the type Web "
            "App, and the callback http://127.0.0.1:8765/ (nothing has to listen there). A permission that is "
            "changed later counts for consent that is given afterwards."
        ),
        noop(
            "Copy the client id and client secret of OAuth 2.0 from the app's keys: these are what smdash asks "
            "for. The API key and the access token of OAuth 1.0a are not used."
        ),
        noop(
            "Choose the consent page: smdash shows an address, and takes the one that the browser ends at. Paste "
            "it at once, since its code is good for 30 seconds."
        ),
        noop(
            "A token of OAuth 2.0 that is there already will do for a try, but without the consent page it ends "
            "after two hours and is not renewed."
        ),
        noop(
            "Set monthly_reads, so that no month reads more than you mean to pay: when it is used up, the account"
            " waits until the next month."
        ),
    ),
    costs=(
        noop(
            "Every call is paid from the credit: a post that is read about $0.005 ($0.001 for your own mentions),"
            " a direct message or a person that is read $0.010, a post that is written $0.015, one with a link "
            "$0.20, a direct message that is sent $0.015 (as of February 2026). Read pricing at docs.x.com before"
            " you shorten an interval."
        ),
    ),
    limits=(
        noop("280 characters as X weighs them; every address counts 23."),
        noop("Per quarter of an hour: 300 looks at the mentions, 100 posts, 15 looks at the direct messages."),
        noop("The tokens of the consent page are renewed every two hours, by smdash."),
    ),
)
