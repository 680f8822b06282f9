"""`pontage secrets`: providers' keys in the vault. Floor 9."""

from __future__ import annotations

import os
import sys

import click

from pontage.accounts.strongroom import StrongRoom, master_path
from pontage.assemble import assemble
from pontage.cli.console import say, table
from pontage.cli.room import whoever, with_room
from pontage.config import Config, Secret, load
from pontage.errors import ConfigError, InvalidRequestError, ModelNotFoundError
from pontage.security.master import read_master, write_master
from pontage.security.vault import Vault

config_option = click.option("--config", "path", metavar="FILE", help="The configuration file.")


@click.group()
def secrets() -> None:
    """Keep providers' keys in the encrypted vault."""


@secrets.command("set")
@click.argument("name")
@config_option
@click.option("--provider", help="The provider it is for; NAME itself when not given.")
def put(name: str, path: str | None, provider: str | None) -> None:
    """Seal a provider's key under NAME. It is read from standard input, or asked for without being shown."""
    called = provider or name
    url = _address(path, called)
    value = click.prompt("key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not value.strip():
        raise InvalidRequestError("there is no key on standard input")
    who = whoever()
    with_room(path, lambda room, _: room.vault.put(name, Secret(value.strip()), called, url, who.name, who.now))
    click.echo(f"{name}: sealed for {called} at {url}", err=True)


@secrets.command("list")
@config_option
def list_secrets(path: str | None) -> None:
    """List what is sealed and for which address; never the keys."""

    async def look(room: StrongRoom, _: Config) -> list[tuple[str, str, str]]:
        return [(name, sealed.provider, sealed.origin) for name, sealed in room.vault.entries.items()]

    table(("name", "provider", "origin"), with_room(path, look))


@secrets.command()
@click.argument("name")
@config_option
def remove(name: str, path: str | None) -> None:
    """Forget the secret NAME."""
    who = whoever()
    with_room(path, lambda room, _: room.vault.remove(name, who.name, who.now))
    click.echo(f"{name}: removed", err=True)


@secrets.command("rotate-master")
@config_option
def rotate_master(path: str | None) -> None:
    """Seal everything under a new master key, while the gateway runs. The old line of the key file can go when every
    gateway has been started anew."""

    async def work(room: StrongRoom, config: Config) -> int:
        if config.auth.master_key is not None:
            raise ConfigError("auth.master_key is a setting: add a key of a higher version there")
        place = master_path(config, os.environ)
        known = read_master(None, place)
        assert known is not None  # opening the room made it
        keys = known.rotated()
        write_master(keys, place)
        vault = Vault(room.store, keys)
        await vault.load()
        who = whoever()
        return await vault.rewrap(who.name, who.now)

    say(f"{with_room(path, work)} sealed anew")


def _address(path: str | None, provider: str) -> str:
    environ = dict(os.environ)
    found = assemble(load(path, environ=environ).config, environ).registry.get(provider)
    if found is None:
        raise ModelNotFoundError(f"there is no provider {provider!r}", hint="see `pontage providers`")
    return found.client.config.base_url
