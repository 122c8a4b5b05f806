"""``smdash account add``: by options alone, or asking in a terminal for what they leave open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from smdash.cli import account_ask as asking
from smdash.cli import output
from smdash.cli.account_draft import (
    ONLY_THERE,
    TOKEN,
    Draft,
    Entered,
    good_handle,
    good_name,
    good_option,
    good_url,
    need_of,
    read_place,
)
from smdash.cli.account_said import described, verify
from smdash.cli.desk import Desk
from smdash.core.errors import ErrorKind, InputError, PlatformError, SettingsError
from smdash.locale import gettext as _
from smdash.settings import references

if TYPE_CHECKING:
    from smdash.platforms.base import Platform, Vault

T = TypeVar("T")
Pairs = tuple[str, ...]


def _pairs(name: str, metavar: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(name, multiple=True, metavar=metavar, help=text)


@click.command(
    "add",
    help=_("Connect an account; run it as the service's user. In a terminal it asks for what options leave open."),
)
@click.argument("platform", metavar="NETWORK")
@click.option("--name", default="", help=_("what the team calls it"))
@click.option("--handle", default="", help=_("whose the token is, where the network must be told (Bluesky)"))
@click.option("--url", default="", help=_("the server's address, where the network has several"))
@click.option(
    "--token-file", type=click.Path(path_type=Path), help=_("a file that holds the token alone; it stays where it is")
)
@click.option("--token-env", default="", metavar="NAME", help=_("a variable of the service's environment"))
@click.option("--token-credential", default="", metavar="NAME", help=_("a credential that systemd hands over"))
@click.option("--token-keyring", default="", metavar="SERVICE/USER", help=_("a place in the system's keyring"))
@_pairs("--option", "KEY=VALUE", _("what else the network needs (see smdash help NETWORK)"))
@_pairs("--secret-file", "KEY=PATH", _("a secret that the network needs beside the token: its file"))
@_pairs("--secret-env", "KEY=NAME", _("the same, in a variable"))
@_pairs("--secret-credential", "KEY=NAME", _("the same, from systemd"))
@_pairs("--secret-keyring", "KEY=SERVICE/USER", _("the same, in the keyring"))
@click.option("--consent", is_flag=True, help=_("by the network's consent page: its address comes, the code goes in"))
@click.option("--device", is_flag=True, help=_("by a code that is typed on another device"))
@click.option("--no-check", is_flag=True, help=_("don't ask the network now"))
@click.pass_obj
def add(
    desk: Desk,
    platform: str,
    name: str,
    handle: str,
    url: str,
    token_file: Path | None,
    token_env: str,
    token_credential: str,
    token_keyring: str,
    option: Pairs,
    secret_file: Pairs,
    secret_env: Pairs,
    secret_credential: Pairs,
    secret_keyring: Pairs,
    consent: bool,
    device: bool,
    no_check: bool,
) -> None:
    from smdash.cli import service_user
    from smdash.platforms import registry
    from smdash.settings import service

    desk.refuse_read_only()
    found = registry.find_live(platform)
    if not found.is_account:
        raise InputError(_("feeds are no accounts; follow one with: smdash feed add ADDRESS"))
    draft = Draft(found, desk.team().database_id)
    if name:
        draft.name = _usage("--name", lambda: good_name(name))
    service_user.require(desk, f"smdash account add {found.name} --name {draft.name or 'NAME'} …")
    if wrong := service.problems():
        # Before anything is asked: a file that is not understood is not written into.
        raise SettingsError(wrong)
    if url:
        draft.url = _usage("--url", lambda: good_url(url, found, secret=draft.needs_token))
    if handle:
        draft.handle = _usage("--handle", lambda: good_handle(handle, found))
    file = str(token_file.absolute()) if token_file else ""
    _take_token(
        draft,
        {
            references.FILE: file,
            references.ENV: token_env,
            references.CREDENTIAL: token_credential,
            references.KEYRING: token_keyring,
        },
        elsewhere=no_check,
    )
    for pair in option:
        key, value = _pair(pair, "--option")
        need = _usage("--option", lambda key=key: need_of(found, key, secret=False))  # type: ignore[misc]
        draft.options[need.key] = _usage("--option", lambda key=key, value=value: good_option(value, key))  # type: ignore[misc]
    for kind, pairs in (
        (references.FILE, secret_file),
        (references.ENV, secret_env),
        (references.CREDENTIAL, secret_credential),
        (references.KEYRING, secret_keyring),
    ):
        _take_secrets(draft, kind, pairs, elsewhere=no_check)
    given = bool(draft.secrets or draft.options or url or handle)
    if (consent or device) and found.connect is None:
        raise click.UsageError(_("{network} has no consent page for programs").format(network=found.title))
    _connect(desk, draft, given=given, consent=consent, device=device, check=not no_check)


def _usage(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except InputError as problem:
        raise click.BadParameter(str(problem), param_hint=name) from problem


def _pair(text: str, name: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark or not key or not value:
        raise click.BadParameter(_("expected KEY=VALUE"), param_hint=name)
    return key.strip(), value


def _take_token(draft: Draft, named: dict[str, str], *, elsewhere: bool) -> None:
    given = [(kind, value) for kind, value in named.items() if value]
    if len(given) > 1:
        names = ", ".join(f"--token-{kind}" for kind, _value in given)
        raise click.UsageError(_("the token is in one place only; leave one of {options}").format(options=names))
    for kind, value in given:
        if not draft.needs_token:
            raise click.UsageError(_("{network} needs no token").format(network=draft.platform.title))
        draft.secrets[TOKEN] = _read(f"--token-{kind}", kind, value, elsewhere=elsewhere)
        _warn_readable(kind, value)


def _read(name: str, kind: str, value: str, *, elsewhere: bool) -> Entered:
    try:
        return _usage(name, lambda: read_place(kind, value, elsewhere=elsewhere))
    except SettingsError as problem:
        if kind not in ONLY_THERE:
            raise
        raise SettingsError([_("{problem}; if the service has it, add --no-check").format(problem=problem)]) from None


def _take_secrets(draft: Draft, kind: str, pairs: Pairs, *, elsewhere: bool) -> None:
    name = f"--secret-{kind}"
    for pair in pairs:
        key, value = _pair(pair, name)
        need = _usage(name, lambda: need_of(draft.platform, key, secret=True))  # noqa: B023 called at once
        place = str(Path(value).expanduser().absolute()) if kind == references.FILE else value
        draft.secrets[need.key] = _read(name, kind, place, elsewhere=elsewhere)
        _warn_readable(kind, place)


def _warn_readable(kind: str, value: str) -> None:
    from smdash.settings import service

    if kind == references.FILE and service.readable_by_others(Path(value)):
        output.note(_("others can read {path}; mend it with: chmod 600 {path}").format(path=value))


def _connect(desk: Desk, draft: Draft, *, given: bool, consent: bool, device: bool, check: bool) -> None:
    from smdash.cli import account_walk as walk

    with asking.orderly():
        try:
            if draft.name:
                _take_known(draft)
            # Of an account that is there already everything may be known and its token be dead all the same.
            asks = asking.is_terminal() and (bool(draft.lacking()) or (draft.known is not None and not given))
            if asks:
                walk.introduce(draft.platform)
                walk.basics(draft)
                _take_known(draft)
            where = references.FILE
            if consent or device:
                _refuse_lacking(draft, but=TOKEN)
                _consent(desk, draft, device=device)
            elif asks:
                where = walk.needs(desk, draft)
            else:
                _refuse_lacking(draft)
            _finish(desk, draft, where, asks=asks, check=check)
        except (click.Abort, KeyboardInterrupt):
            output.note("")
            output.note(_("left; nothing was written"))
            raise click.exceptions.Exit(130) from None


def _take_known(draft: Draft) -> None:
    """What ``sync.toml`` says of the account, where it is there already. Raises SettingsError."""
    from smdash.settings import service

    for one in service.read().accounts:
        mine = one.database in ("", draft.database)
        if mine and draft.known is None and (one.platform, one.name) == (draft.platform.name, draft.name):
            draft.take(one)


def _consent(desk: Desk, draft: Draft, *, device: bool) -> None:
    from smdash.cli import account_consent

    assert draft.platform.connect is not None  # noqa: S101 it was asked before
    account_consent.run(desk, draft, draft.platform.connect(), device=device)


def _ways(platform: Platform) -> list[str]:
    """The options by which an account can be connected."""
    from smdash.platforms.connect import CodeFlow, DeviceFlow

    connector = platform.connect() if platform.connect else None
    found = ["--token-file"] if platform.needs_token else []
    found += ["--consent"] if isinstance(connector, CodeFlow) else []
    return found + (["--device"] if isinstance(connector, DeviceFlow) else [])


def _refuse_lacking(draft: Draft, but: str = "") -> None:
    """Wrong usage, naming the options for all that is lacking. Raises click's UsageError."""
    from smdash.cli.account_walk import token_label

    platform = draft.platform
    known = {"name": "--name", "url": "--url"}
    if "handle" in draft.lacking():
        known["handle"] = _("--handle (whose the app password is)")
    known[TOKEN] = f"{' | '.join(_ways(platform))} ({token_label(platform)})"
    for need in platform.needs:
        option = f"--secret-file {need.key}=PATH" if need.secret else f"--option {need.key}=VALUE"
        known[need.key] = f"{option} ({_(need.label)})"
    if lacking := [known[key] for key in draft.lacking() if key != but]:
        raise click.UsageError(
            _("{platform} needs {options}").format(platform=platform.title, options=", ".join(lacking))
        )


def _finish(desk: Desk, draft: Draft, where: str, *, asks: bool, check: bool) -> None:
    """Ask the network, say what it says, and write the account down. Raises SmdashError."""
    from smdash.cli import account_walk as walk
    from smdash.cli.account_keep import keep

    if check and draft.unread:
        check = False
        for place in draft.unread:
            asking.note(_("not checked: {place} can't be read here; the service will try").format(place=place))
    while True:
        vault, is_own = _vault(desk, draft)
        try:
            verified = asyncio.run(verify(draft.credentials(vault), desk)) if check else None
        except PlatformError as problem:
            passing = problem.kind in (ErrorKind.NETWORK, ErrorKind.RATE, ErrorKind.SERVER)
            if not asks and not passing:
                raise
            if passing:
                verified = None
                asking.note(_("not checked: {problem}; the service will try again").format(problem=problem))
            else:
                asking.note(str(problem))
                if not asking.agree(_("type it anew?"), default=True):
                    raise
                where = walk.again(desk, draft)
                continue
        if verified is not None:
            for line in described(draft.platform, verified, desk.clock.now()):
                asking.note(line)
        if asks:
            whose = f"@{verified.handle}" if verified else _("(not checked)")
            question = _("connect {platform}/{name} as {whose}?")
            if not asking.agree(
                question.format(platform=draft.platform.name, name=draft.name, whose=whose), default=True
            ):
                raise click.Abort
        break
    keep(desk, draft, verified, None if is_own else vault.load() or "", where)
    whose = f" (@{verified.handle})" if verified else ""
    output.say(
        _("account {platform}/{name}{whose} is connected").format(
            platform=draft.platform.name, name=draft.name, whose=whose
        )
    )


def _vault(desk: Desk, draft: Draft) -> tuple[Vault, bool]:
    """Where the session is while the network is asked, and whether that is the account's own place already.

    Of an account that is not connected yet nothing is kept before all is well.
    """
    from smdash.platforms.base import MemoryVault
    from smdash.settings.vault import FileVault

    own = FileVault(draft.database, draft.platform.name, draft.name)
    token = draft.secrets.get(TOKEN)
    old = draft.known is not None and (
        token.place == draft.known.token_reference if token else draft.known.token_reference is None
    )
    if old and not draft.session:
        return own, True
    memory = MemoryVault()
    if draft.session:
        memory.save(draft.session)
    return memory, False
