"""`pontage keys`: virtual keys. Floor 9."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from pontage.accounts.strongroom import StrongRoom, now_micros
from pontage.cli.console import say, table
from pontage.cli.room import whoever, with_room
from pontage.config import Config
from pontage.config.spending import BudgetRule, LimitRule
from pontage.errors import InvalidRequestError, NotFoundError
from pontage.security.keys import Key
from pontage.security.rights import Rights

_DAY = 86_400_000_000
config_option = click.option("--config", "path", metavar="FILE", help="The configuration file.")


@click.group()
def keys() -> None:
    """Make, list and end virtual keys."""


@keys.command()
@click.argument("name")
@config_option
@click.option("--manage", is_flag=True, help="A key that manages keys and calls no model.")
@click.option("--model", "models", multiple=True, help="A model it may ask for; `*` stands for any characters.")
@click.option("--provider", "providers", multiple=True, help="A provider it may use.")
@click.option("--from", "addresses", multiple=True, help="A network it may come from: 10.0.0.0/8.")
@click.option("--tag", "tags", multiple=True, help="A tag that is put on all its requests.")
@click.option("--days", type=click.IntRange(1), help="It ends after so many days.")
@click.option("--usd", type=click.FloatRange(0, min_open=True), help="A hard monthly budget.")
@click.option("--rpm", type=click.IntRange(1), help="Requests a minute.")
@click.option("--rights", metavar="JSON", help="All its rights as JSON, instead of the options above.")
def create(name: str, path: str | None, **wanted: Any) -> None:
    """Make a key called NAME and print it: it is shown once and kept nowhere."""
    rights = _rights(wanted)
    key, token = with_room(path, lambda room, _: room.keys.create(name, rights, whoever()))
    click.echo(f"{key.id}: keep it now, it is not shown again", err=True)
    say(token.reveal())


@keys.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(path: str | None, as_json: bool) -> None:
    """List the keys, without the keys themselves."""

    async def look(room: StrongRoom, _: Config) -> list[tuple[Key, int | None]]:
        used = {row.id: row.used for row in await room.store.keys()}
        return [(key, used.get(key.id)) for key in room.keys.ring.keys.values()]

    found = with_room(path, look)
    if as_json:
        say(msgspec.json.format(msgspec.json.encode([_as_data(key, used) for key, used in found])).decode())
    else:
        rows = [(key.id, key.name, key.rights.kind, _state(key), _day(used)) for key, used in found]
        table(("id", "name", "kind", "state", "last used"), rows)


@keys.command()
@click.argument("number", metavar="ID")
@config_option
def show(number: str, path: str | None) -> None:
    """Show a key's rights and state."""

    async def look(room: StrongRoom, _: Config) -> dict[str, Any]:
        row = next((row for row in await room.store.keys() if row.id == number), None)
        if row is None:
            raise NotFoundError(f"there is no key {number}", hint="see `pontage keys list`")
        return _as_data(room.keys.ring.keys[number], row.used)

    say(msgspec.json.format(msgspec.json.encode(with_room(path, look))).decode())


@keys.command()
@click.argument("number", metavar="ID")
@config_option
@click.option("--grace", type=click.FloatRange(0), default=0.0, help="Seconds for which the old one stays good.")
def rotate(number: str, path: str | None, grace: float) -> None:
    """Replace a key's token and print the new one."""
    _, token = with_room(path, lambda room, _: room.keys.rotate(number, grace, whoever()))
    say(token.reveal())


@keys.command()
@click.argument("number", metavar="ID")
@config_option
def revoke(number: str, path: str | None) -> None:
    """End a key, and with it those it minted; a running gateway knows within a second."""
    with_room(path, lambda room, _: room.keys.revoke(number, whoever()))
    click.echo(f"{number}: revoked", err=True)


def _rights(wanted: dict[str, Any]) -> Rights:
    if wanted["rights"] is not None:
        try:
            return msgspec.json.decode(wanted["rights"], type=Rights)
        except msgspec.DecodeError as error:
            raise InvalidRequestError(f"--rights: {error}", param="rights") from None
    lists = {name: tuple(wanted[name]) or None for name in ("models", "providers", "addresses")}
    return Rights(
        kind="manage" if wanted["manage"] else "call",
        tags=tuple(wanted["tags"]),
        expires=now_micros() + wanted["days"] * _DAY if wanted["days"] else None,
        budgets=(BudgetRule(usd=wanted["usd"]),) if wanted["usd"] else (),
        limits=(LimitRule(requests=wanted["rpm"]),) if wanted["rpm"] else (),
        **lists,
    )


def _as_data(key: Key, used: int | None) -> dict[str, Any]:
    told = {name: value for name, value in msgspec.to_builtins(key).items() if name != "earlier"}
    return {**told, "state": _state(key), "used": used}


def _state(key: Key) -> str:
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.rights.expires is not None and key.rights.expires <= now_micros() else "good"


def _day(micros: int | None) -> str:
    return "never" if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M")
