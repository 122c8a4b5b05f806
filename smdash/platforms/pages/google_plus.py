"""Google+, which was shut down: only named, never called."""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    cannot=(
        noop(
            "The network was shut down. Its programming interface ended on 2019-03-07, profiles and pages on "
            "2019-04-02; the edition for companies lived on as Currents until 2023-07-05."
        ),
        noop(
            "Accounts of it can be kept as archived rows: they are never called, and count in no total and no deadline."
        ),
    ),
)
