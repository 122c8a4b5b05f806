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
    ),
    steps=(
        noop(
            "Open console.x.com with the brand's own account, make a project and an app, and buy credit: "
            "without it every call is refused."
        ),
        noop(
            "Give the app “Read and write and Direct message”, before tokens are made; tokens that were made "
            "earlier keep the smaller permission."
        ),
        noop(
            "Under Keys and tokens generate the API key and its secret and the access token and its secret: "
            "these four are what smdash needs. Or use the network's consent page, where it is offered."
        ),
    ),
    costs=(
        noop(
            "Every call is paid from the credit: a post that is read about $0.005 ($0.001 for your own "
            "mentions), a post that is written $0.015, one with a link $0.20, a direct message $0.015 (as of "
            "February 2026). Read pricing at docs.x.com before you shorten an interval."
        ),
    ),
    limits=(
        noop("280 characters as X weighs them; every address counts 23."),
        noop("Per quarter of an hour: 300 looks at the mentions, 100 posts, 15 looks at the direct messages."),
        noop(
            "The tokens of the console have no end; those of the consent page are renewed every two hours, by smdash."
        ),
    ),
)
