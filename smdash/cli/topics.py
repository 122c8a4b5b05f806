"""Help on what belongs to no network: secrets by reference, programs as sources, adapters of third parties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from smdash.locale import gettext as _
from smdash.locale import noop

_SECRETS = """\
[[account]]
platform = "facebook_page"
name = "kopi"
token_file = "/home/smdash/fb-token"        # or one of these in its place:
# token_env = "FB_TOKEN"                    # a variable of the service's environment
# token_credential = "fb-token"             # LoadCredential=fb-token:/etc/smdash/fb-token in the unit
# token_keyring = "smdash/fb-kopi"          # the system's keyring, SERVICE/USER
# budget = 20000                            # what pulls may cost in the network's day, of X in a month

[account.options]
page_id = "1234567890"

[account.secrets]
app_secret = { file = "/home/smdash/fb-secret" }     # or { env = … }, { credential = … }, { keyring = … }
"""
_SYNC = """\
[[account]]
platform = "x"
name = "kopi"
token_file = "/home/smdash/x-token"
budget = 5000                               # posts, messages and people that X may charge for in a month
"""
_SYNC_COMMANDS = """\
smdash sync --list                          how each job is doing, and what is left
smdash sync --ask x/kopi/mentions           now, by the service that runs
smdash sync --pause x/kopi/metrics          until --resume
smdash search add '"kopi senja"' --account x/kopi --every 1h
"""
_EXEC = """\
[[exec]]
name = "forum"
platform = "forum"                  # what its mentions are shown as
account = "kopi"                    # else the name
command = ["/opt/forum/mentions", "--new"]
interval_s = 300
timeout_s = 60
memory_mb = 512
env = ["FORUM_TOKEN"]               # besides PATH, HOME, LANG, LC_ALL, LC_CTYPE and TZ
"""
_LINES = """\
{"remote_id": "1", "kind": "comment", "author_handle": "budi_s", "body": "Buka jam berapa?",
 "sent_at": "2026-11-23T07:30:00Z"}                     (each object on one line)
{"cursor": "2026-11-23T07:30:00Z"}
"""
_CADDY = """\
hooks.kopisenja.example {
    reverse_proxy 127.0.0.1:8787
}
"""
_SYNC_TOML = """\
[[account]]
platform = "whatsapp"
name = "kopi"
token_file = "/home/smdash/whatsapp-token"

[account.options]
phone_id = "1234567890"

[account.secrets]
app_secret = { file = "/home/smdash/app-secret" }
verify_token = { file = "/home/smdash/verify-token" }
"""
_CALENDAR = """\
[[calendar]]
name = "Kantor"
kind = "caldav"                             # or ics, for an address that is a secret
url = "https://cloud.example/dav/calendars/kopi/promo/"
# url_file = "/home/smdash/calendar-address"
user = "kopi"
password_file = "/home/smdash/calendar"     # or password_env, password_credential, password_keyring
campaign_kind = "promotion"                 # of events whose categories name none
interval_s = 900
"""
_CALENDAR_COMMANDS = """\
smdash calendar add https://kopi.example/promo.ics      a public address, for any member
smdash calendar add https://cloud.example/dav/ --user kopi --password-file FILE --calendar Promo
smdash campaign import promo.ics                        a file, once or again
smdash campaign export keluar.ics                       campaigns for people's own calendars
"""
_PACKAGE = """\
[project]
name = "smdash-forum"
version = "1.0"
dependencies = ["smdash"]

[project.entry-points."smdash.platforms"]
forum = "smdash_forum:PLATFORM"
"""
_MODULE = """\
from smdash.platforms.base import Abilities, JobKind, Need, Platform

def load():
    from smdash_forum.adapter import Forum      # a class with verify and pull, imported where it is used
    return Forum()

PLATFORM = Platform(
    name="forum", title="Forum", code="FO", status="live", load=load,
    abilities=Abilities(inbox=True), jobs=(JobKind("mentions", 300),),
    needs=(Need("board", "the board's number"),),
)
"""


@dataclass(frozen=True, slots=True)
class Topic:
    """A page: paragraphs, marked for the catalogue, and examples (``code``), which are shown as they are."""

    title: str
    parts: tuple[str, ...]
    code: frozenset[str] = frozenset()

    def lines(self, wrapped: Callable[[str], Iterator[str]]) -> Iterator[str]:
        yield _(self.title)
        for part in self.parts:
            yield ""
            if part in self.code:
                yield from (f"    {line}".rstrip() for line in part.splitlines())
            else:
                yield from wrapped(_(part))


TOPICS = {
    "secrets": Topic(
        noop("where tokens and other secrets are kept"),
        (
            noop(
                "sync.toml, the service user's own file (0600), names the place of each secret. It is read there each "
                "time, so that a new token counts at once. No secret is in the database, a log or a message."
            ),
            _SECRETS,
            noop(
                "The keyring needs the package keyring: pip install 'smdash[keyring]'. A credential of systemd is "
                "there for the service alone, so smdash account check can't read it by hand."
            ),
            noop(
                "Sessions that a network renews by itself lie in the service's own folder (SMDASH_STATE_DIR), one file "
                "an account."
            ),
        ),
        frozenset({_SECRETS}),
    ),
    "receive": Topic(
        noop("what networks push, and where it is taken in"),
        (
            noop(
                "WhatsApp tells messages by push alone; Facebook, Instagram, Messenger, Threads and Telegram can push "
                "too, which is quicker than being asked. smdash receive, run by the service's user beside smdash sync, "
                "listens at 127.0.0.1:8787 and says at which address each account is pushed to."
            ),
            noop(
                "Networks push to a public https address with a certificate that the world knows. A web server of your "
                "own has it and hands on what comes; with Caddy, which gets the certificate by itself, these lines do:"
            ),
            _CADDY,
            noop(
                "The address to enter at the network is then https://hooks.kopisenja.example/whatsapp/kopi: the "
                "network's name here, then the account's. The account has the app's secret, by which a push is known "
                "to be genuine, and the verify token, a long word of your own by which the network finds out that the "
                "address is yours. Both stand in sync.toml by reference:"
            ),
            _SYNC_TOML,
            noop(
                "What is genuine is kept first, answered at once and read afterwards; repeats and disorder do no harm. "
                "What could not be read is kept for a while, and smdash doctor names it, as it does a receiver that "
                "does not run."
            ),
        ),
        frozenset({_CADDY, _SYNC_TOML}),
    ),
    "sync": Topic(
        noop("jobs, searches, figures, and what they may cost"),
        (
            noop(
                "The service runs a job for each thing that it reads. The Sync screen of the desk shows how each is "
                "doing, what is left, when the token ends and what to do; so does the command line, for any member:"
            ),
            _SYNC_COMMANDS,
            noop(
                "What a saved search finds comes to the mentions as kind:listening. Figures are read by the job "
                "metrics: of posts of the last three days every hour, of the last thirty days once a day; where the "
                "network charges for reading, once a day and once a week. They are shown with the post; the number "
                "of followers by smdash account check."
            ),
            noop("An account's budget in sync.toml bounds what all its jobs read together:"),
            _SYNC,
            noop(
                "X counts what was read, by the month; YouTube units, by the day of California; the others calls, by "
                "the day of UTC. When it is used up, reading waits until the next day or month, while posts and "
                "answers go on; searches and figures wait when half of it is used."
            ),
        ),
        frozenset({_SYNC, _SYNC_COMMANDS}),
    ),
    "calendars": Topic(
        noop("campaigns from calendars, and kept in step with them"),
        (
            noop(
                "Each event is a campaign: an all-day one whole days of the team's zone, a timed one its very times. "
                "Of an event that repeats each occurrence is one, from 30 days ago to 400 days on. A category that "
                "names a kind gives it; the description is the note. What is related to an event (RELATED-TO) is its "
                "phase, and a to-do its milestone."
            ),
            _CALENDAR_COMMANDS,
            noop(
                "Where only the calendar changed something, that counts; what somebody changed here stays, and where "
                "both did, the job says so. An event that is gone calls its campaign off, unless posts, hours, assets, "
                "goals or decisions belong to it: then it stays, with a line in its note."
            ),
            noop(
                "A password, or an address that lets in whoever has it, stands in sync.toml by reference; smdash "
                "calendar add writes it there, as the service's user. Servers are asked by user name and password "
                "(Basic), over TLS or within private_hosts; the password goes to no other host."
            ),
            _CALENDAR,
        ),
        frozenset({_CALENDAR, _CALENDAR_COMMANDS}),
    ),
    "exec": Topic(
        noop("any program as a source"),
        (
            noop(
                "A network without an adapter is a script away: the service runs a program of yours and takes in the "
                "mentions that it prints, as smdash mention ingest would. It stands in sync.toml:"
            ),
            _EXEC,
            noop(
                "It prints one JSON object a line; platform and account may be left out. Bad lines are counted and "
                "named on the job, good ones kept, a repeat changes nothing. How far it came it says by a line with a "
                'cursor, and is told the next time in SMDASH_CURSOR; with "more": true it is run again at once.'
            ),
            _LINES,
            noop(
                "Exit code 0 means that all is well. With another one nothing of that run counts, and the last line on "
                "stderr is the error that the job shows: 75 says try again, 77 that a token ended, 78 that its "
                "settings are wrong."
            ),
            noop(
                "No shell is asked. It gets the named variables only, may print 16 MiB, and is ended with everything "
                "that it started when its time is up, when it is done, and when the service ends."
            ),
        ),
        frozenset({_EXEC, _LINES}),
    ),
    "adapters": Topic(
        noop("networks of your own, as a package"),
        (
            noop(
                "A package adds a network by an entry point of the group smdash.platforms, which names a Platform or a "
                "function that returns one. It is then there in every list, in account add, and in the service."
            ),
            _PACKAGE,
            _MODULE,
            noop(
                "The contract is in smdash/platforms/base.py (verify, pull), outgoing.py (publish, find, is_there), "
                "push.py and connect.py. Errors are made by smdash.platforms.problems.problem, calls go through the "
                "client that is handed in, and texts through smdash.core.text.clean."
            ),
            noop("What can't be imported is left out with a warning; a name that smdash has keeps its own adapter."),
        ),
        frozenset({_PACKAGE, _MODULE}),
    ),
}
