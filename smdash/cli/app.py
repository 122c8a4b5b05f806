"""The click group: global options, lazy commands, and how errors leave the program."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from smdash import __version__
from smdash.cli import click_words
from smdash.cli.desk import Desk
from smdash.core.errors import SmdashError
from smdash.core.reasons import reason as why
from smdash.locale import LANGUAGES, noop
from smdash.locale import gettext as _

# Before any command is made.
click_words.install()

# command -> (module below smdash.cli, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "account": ("accounts", noop("brand profiles on networks")),
    "asset": ("assets", noop("what somebody still has to make for posts and campaigns")),
    "calendar": ("calendars", noop("calendars that campaigns are kept in step with")),
    "campaign": ("campaigns", noop("contests, promotions, discounts, launches and events")),
    "brand": ("brands", noop("the brands that accounts, campaigns and hours belong to")),
    "backup": ("backup", noop("a checked copy of the database, while everybody works")),
    "decision": ("decisions", noop("what the team decided, for the week's report")),
    "delivery": ("deliveries", noop("what goes out, and what became of it")),
    "demo": ("demo", noop("a made-up team with live traffic; needs no account")),
    "doctor": ("doctor", noop("find and mend what is wrong with the shared file")),
    "feed": ("feeds", noop("feeds that are read for curation")),
    "freeze": ("freeze", noop("stop everything that goes out")),
    "hours": ("hours", noop("time on the eleven activities of the week")),
    "help": ("helping", noop("what a network can, how to connect it, and other topics")),
    "init": ("init", noop("make the shared database")),
    "insights": ("insights", noop("what the figures of the last weeks say")),
    "member": ("members", noop("the people of the team, their hours and absences")),
    "mention": ("mentions", noop("what people wrote to or about the accounts")),
    "observance": ("observances", noop("days that matter for content, and holidays")),
    "platform": ("platforms", noop("the networks that smdash knows")),
    "post": ("posts", noop("planned content")),
    "receive": ("receive", noop("take in what networks push")),
    "redo": ("redo", noop("do again what your last undo put back")),
    "report": ("report", noop("what a week or a campaign was, to read, print or reckon with")),
    "restore": ("restore", noop("put a backup in the database's place")),
    "rule": ("rules", noop("what is done with mentions as they arrive")),
    "saved": ("saved", noop("saved replies")),
    "search": ("searches", noop("saved searches on networks, whose hits come to the mentions")),
    "since": ("since", noop("what happened while you were away")),
    "schema": ("schema", noop("the database's public views")),
    "status": ("status", noop("one line for a prompt")),
    "team": ("team", noop("the team's settings")),
    "undo": ("undo", noop("put your last step back")),
    "view": ("views", noop("named queries over the mentions, with their counts")),
    "sync": ("sync", noop("the service that pulls from the networks")),
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called, so that ``smdash status`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"smdash.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(line)) for name, (_module, line) in sorted(COMMANDS.items())])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("The social desk of a team. Without a command it opens the dashboard."),
)
@click.version_option(__version__, prog_name="smdash")
@click.option("--db", type=click.Path(path_type=Path), help=_("the shared database file"))
@click.option("--read-only", is_flag=True, help=_("look, change nothing"))
@click.option("--at", metavar="TIME", help=_("look at the desk as of this time, such as 14:30; changes nothing"))
@click.option("--theme", help=_("name of a theme"))
@click.option("--lang", type=click.Choice(LANGUAGES), help=_("language of the screen"))
@click.pass_context
def root(
    ctx: click.Context, db: Path | None, read_only: bool, at: str | None, theme: str | None, lang: str | None
) -> None:
    ctx.obj = desk = Desk(db, read_only=read_only, at=at)
    desk.check_at()
    if ctx.invoked_subcommand is None:
        from smdash.cli.dashboard import make_dashboard, run_dashboard

        run_dashboard(make_dashboard(desk, theme))
    elif ctx.invoked_subcommand != "status":  # a prompt is no place for more than one line
        for problem in desk.settings.problems:
            _complain(problem)


def run(arguments: list[str]) -> int:
    """Run a command; returns the exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        result = root.main(args=arguments, prog_name="smdash", standalone_mode=False)
        sys.stdout.flush()
        return result if type(result) is int else 0
    except click.exceptions.NoArgsIsHelpError as problem:
        click.echo(problem.format_message(), err=True)
        return 2
    except click.UsageError as problem:
        where = problem.ctx.command_path if problem.ctx else "smdash"
        _complain(_("{problem} (see: {where} --help)").format(problem=problem.format_message(), where=where))
        return 2
    except click.ClickException as problem:
        _complain(problem.format_message())
        return problem.exit_code
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except SmdashError as problem:
        _complain(str(problem))
        return 1
    except BrokenPipeError:
        # The reader (head, less) has what it wanted.
        _drop_output()
        return 1
    except OSError as problem:
        _drop_output()
        named = f"{problem.filename}: " if problem.filename else ""
        _complain(f"{named}{why(problem)}")
        return 1
    except Exception as bug:  # noqa: BLE001 whatever it is, a person gets one sentence
        from smdash.cli.crash import report

        _complain(report(bug))
        return 1


def _drop_output() -> None:
    """What is still unwritten can't be written; Python must not complain of it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _complain(message: str) -> None:
    from smdash.cli.output import error

    error(message)
