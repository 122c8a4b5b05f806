"""Reddit Data API: https://www.reddit.com/dev/api/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Replies, mentions of the user's name and private messages come in; posts of text or one picture, "
            "comments and messages go out; searches for posts; figures."
        ),
    ),
    cannot=(
        noop(
            "Since November 2025 nobody gets access by themselves: each app has to be approved by Reddit, and "
            "commercial use needs a contract. Without that the network can't be had."
        ),
        noop("Chat is not given to programs, and searches find no comments."),
        noop("Each subreddit has rules of its own; many forbid advertising, and refuse or delete it."),
    ),
    steps=(
        noop("Ask Reddit for access (Responsible Builder Policy), and say what the desk is for."),
        noop(
            "When it is granted: reddit.com/prefs/apps, create an app of the type “web app” with the "
            "redirect address http://127.0.0.1:8765/, and note its id and secret. The account's user name is asked "
            "for too: Reddit wants programs to be known by it."
        ),
        noop(
            "smdash shows the consent page, and takes the address that the browser ends at. The permission is "
            "asked for as a permanent one."
        ),
    ),
    costs=(noop("Nothing for what is not commercial; otherwise what the contract says."),),
    limits=(
        noop("100 calls a minute."),
        noop("A title has 300 characters, a post 40,000, a comment 10,000."),
        noop("Access is renewed every day, by smdash."),
    ),
)
