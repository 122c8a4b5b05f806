"""The walk through what a network needs: said, asked, one thing after the other, in a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from smdash.cli import account_ask as asking
from smdash.cli import account_consent as consent
from smdash.cli import output
from smdash.cli.account_draft import (
    ONLY_THERE,
    TOKEN,
    Draft,
    Entered,
    good_handle,
    good_name,
    good_option,
    good_secret,
    good_url,
    read_place,
)
from smdash.core import labels
from smdash.core.errors import ErrorKind, InputError, PlatformError, SettingsError, SmdashError
from smdash.locale import gettext as _
from smdash.platforms.connect import CodeFlow, DeviceFlow
from smdash.settings import references

if TYPE_CHECKING:
    from smdash.cli.desk import Desk
    from smdash.platforms.base import Need, Platform


# What an answer, and the remark that it is not shown, take of a line.
_ANSWER = 26


def introduce(platform: Platform) -> None:
    """What the network can, and what to have at hand."""
    can = [labels.ability_word(name) for name, able in asdict(platform.abilities).items() if able]
    asking.note(platform.title + (": " + ", ".join(can) if can else ""))
    if platform.pages:
        asking.note(_("where the token comes from: {page}").format(page=_(platform.pages)))
    if platform.scopes:
        asking.note(_("what it must be allowed: {scopes}").format(scopes=" ".join(platform.scopes)))
    if platform.cost:
        asking.note(_("cost: {cost}").format(cost=_(platform.cost)))
    asking.note(_("more: {line}; ^C leaves, and nothing is written").format(line=f"smdash help {platform.name}"))


def basics(draft: Draft) -> None:
    """The account's name, server and handle, where nobody said them."""
    platform = draft.platform
    lacking = draft.lacking()
    if "name" in lacking:
        draft.name = asking.ask(_("what the team calls the account"), good_name)
    if "url" in lacking:
        draft.url = asking.ask(
            _("the server's address (https://…)"), lambda text: good_url(text, platform, secret=draft.needs_token)
        )
    if "handle" in lacking:
        draft.handle = asking.ask(_("the account's handle"), lambda text: good_handle(text, platform))


def needs(desk: Desk, draft: Draft) -> str:
    """What else the network needs; returns the kind of place that secrets go to which have none yet."""
    for need in draft.platform.needs:
        if not need.secret and not draft.has(need):
            _option(draft, need)
    return _secrets(desk, draft)


def _secrets(desk: Desk, draft: Draft) -> str:
    platform = draft.platform
    open_secrets = [need for need in platform.needs if need.secret and not draft.has(need)]
    way = _way(draft) if TOKEN in draft.lacking() else ""
    where = _where() if open_secrets or way == TOKEN else references.FILE
    for need in open_secrets:
        _other_secret(draft, need, where)
    if way == TOKEN:
        token = _secret(draft, TOKEN, token_label(platform), where)
        assert token is not None  # noqa: S101 an answer is needed
        draft.secrets[TOKEN] = token
    elif way:
        _consent(desk, draft, where, device=way == "device")
    return where if where in (references.FILE, references.KEYRING, references.TEXT) else references.FILE


def again(desk: Desk, draft: Draft) -> str:
    """Ask for everything that a network may have refused: what was typed is forgotten, but for what is no secret."""
    for need in draft.platform.needs:
        if not need.secret:
            _option(draft, need)
    if draft.platform.needs_handle:
        draft.handle = asking.ask(
            _("the account's handle"), lambda text: good_handle(text, draft.platform), draft.handle
        )
    draft.secrets.clear()
    draft.session, draft.anew = "", True
    return _secrets(desk, draft)


def _option(draft: Draft, need: Need) -> None:
    before = draft.options.get(need.key, "")
    if need.required:
        draft.options[need.key] = asking.ask(_label(need), lambda text: good_option(text, need.key), before)
        return
    found = asking.ask_optional(_label(need), lambda text: good_option(text, need.key), before)
    if found is None:
        draft.options.pop(need.key, None)
    else:
        draft.options[need.key] = found


def _other_secret(draft: Draft, need: Need, where: str) -> None:
    if found := _secret(draft, need.key, _label(need), where, optional=not need.required):
        draft.secrets[need.key] = found


def _label(need: Need) -> str:
    """What to ask for. Where it is found stands beside it, or above it where a line does not hold both."""
    form = "{label}" if need.required else _("{label}, or nothing")
    label = form.format(label=_(need.label))
    if not need.where:
        return label
    whole = form.format(label=f"{_(need.label)} ({_(need.where)})")
    if len(whole) <= asking.columns() - _ANSWER:
        return whole
    asking.note(_(need.where), "  ")
    return label


def token_label(platform: Platform) -> str:
    """What the secret is called that proves who we are."""
    return _("the app password") if platform.needs_handle else _("the token")


def _way(draft: Draft) -> str:
    """How the account is connected: ``code``, ``device``, or by a token."""
    connector = draft.platform.connect() if draft.platform.connect else None
    ways: list[tuple[str, str]] = []
    if isinstance(connector, CodeFlow):
        ways.append(("code", _("by the network's consent page, in a browser anywhere")))
    if isinstance(connector, DeviceFlow):
        ways.append(("device", _("by a code that is typed on another device")))
    if draft.platform.needs_token:
        ways.append((TOKEN, _("by a token that is there already")))
    if len(ways) == 1:
        return ways[0][0]
    return ways[asking.choose(_("How is it connected?"), [words for _name, words in ways])][0]


def _where() -> str:
    answers = {
        references.FILE: _("a file of the service's own, which nobody else can read"),
        "there": _("a file that is there already; it stays where it is"),
        references.ENV: _("a variable of the service's environment"),
        references.CREDENTIAL: _("a credential that systemd hands over (LoadCredential=)"),
        references.KEYRING: _("the system's keyring"),
        references.TEXT: _("sync.toml itself"),
    }
    return list(answers)[asking.choose(_("Where are its secrets kept?"), list(answers.values()))]


def _secret(draft: Draft, key: str, label: str, where: str, *, optional: bool = False) -> Entered | None:
    if where in (references.FILE, references.KEYRING, references.TEXT):
        typed = asking.ask_hidden(label, good_secret, optional=optional)
        return Entered(typed) if typed else None
    kind = references.FILE if where == "there" else where
    question = {
        references.FILE: _("the file with: {label}"),
        references.ENV: _("the variable with: {label}"),
        references.CREDENTIAL: _("the credential with: {label}"),
    }[kind].format(label=label)
    if optional:
        return asking.ask_optional(question, lambda text: _read_there(kind, text.strip()))
    return asking.ask(question, lambda text: _read_there(kind, text.strip()))


def _read_there(kind: str, name: str) -> Entered:
    """The secret at a place; what only the service can read is taken unread, if that is meant."""
    try:
        return read_place(kind, name)
    except SettingsError as problem:
        if kind not in ONLY_THERE:
            raise
        output.note(f"  {problem}")
        if not asking.agree(_("take it unread, since the service will have it?"), default=True):
            raise InputError(_("then name another one")) from None
        return read_place(kind, name, elsewhere=True)


def _consent(desk: Desk, draft: Draft, where: str, *, device: bool) -> None:
    """Until it worked, or until the person leaves."""
    assert draft.platform.connect is not None  # noqa: S101 it was offered
    while True:
        try:
            consent.run(desk, draft, draft.platform.connect(), device=device)
            return
        except SmdashError as problem:
            asking.note(str(problem))
            if not asking.agree(_("try it once more?"), default=True):
                raise
            if isinstance(problem, PlatformError) and problem.kind is ErrorKind.REJECTED:
                # Without the app's id, say, no page opens, however often it is tried.
                for need in draft.platform.needs:
                    if not draft.has(need):
                        _other_secret(draft, need, where) if need.secret else _option(draft, need)
