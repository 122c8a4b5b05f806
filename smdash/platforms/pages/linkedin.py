"""LinkedIn, organization pages: https://learn.microsoft.com/linkedin/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below the page's posts and mentions of the page come in; posts with pictures, videos or "
            "documents go out; comments are answered, liked and deleted; figures are told."
        ),
    ),
    cannot=(
        noop(
            "smdash connects pages of companies only. Direct messages, searches and the notifications of a "
            "personal profile are not given to programs."
        ),
        noop("There are no threads: what follows goes below the post as a comment."),
    ),
    steps=(
        noop(
            "At linkedin.com/developers make an app that belongs to the company's page, and have the page's "
            "administrator verify it."
        ),
        noop(
            "Under Products ask for “Community Management API”; LinkedIn reviews it, and the company has to be "
            "registered. “Share on LinkedIn” alone is for the posts of members and does not suffice."
        ),
        noop(
            "Under Docs and tools, OAuth token tools, create a token with the scopes named below, logged in as an"
            " administrator of the page; or use the consent page that smdash shows: it needs the app's client id "
            "and secret, and http://127.0.0.1:8765/ among its authorized redirect addresses."
        ),
        noop(
            "With the client id and secret LinkedIn also tells when the token ends. Type the page's number where "
            "the token's owner has several pages."
        ),
    ),
    costs=(noop("Nothing; the review takes days to weeks."),),
    limits=(
        noop(
            "A token lives 60 days. Only approved partners can renew it; for all others somebody has to make a "
            "new one every 60 days. smdash account check shows the days that are left."
        ),
        noop("A post has 3,000 characters, a comment 1,250."),
        noop("Calls are counted a day, until midnight UTC; how many there are is shown in the developer portal only."),
    ),
)
