"""LinkedIn, organization pages and members: https://learn.microsoft.com/linkedin/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below the page's posts and mentions of the page come in; posts with pictures, videos or "
            "documents go out and comments are answered; figures are told."
        ),
    ),
    cannot=(
        noop("Direct messages, searches and the notifications of a personal profile are not given to programs."),
        noop("There are no threads: what follows goes below the post as a comment."),
    ),
    steps=(
        noop(
            "At linkedin.com/developers make an app that belongs to the company's page, and have the page's "
            "administrator verify it."
        ),
        noop(
            "Under Products ask for “Community Management API” (pages; LinkedIn reviews it, and the company has"
            " to be registered) or “Share on LinkedIn” (members, at once)."
        ),
        noop(
            "Under Docs and tools, OAuth token tools, create a token with the scopes named below, logged in as "
            "an administrator of the page; or use the consent page that smdash shows."
        ),
    ),
    costs=(noop("Nothing; the review takes days to weeks."),),
    limits=(
        noop(
            "A token lives 60 days. Only approved partners can renew it; for all others somebody has to make a "
            "new one every 60 days, and smdash says so two weeks before."
        ),
        noop("A post has 3,000 characters, a comment 1,250."),
        noop("Calls are counted a day, until midnight UTC; how many there are is shown in the developer portal only."),
    ),
)
