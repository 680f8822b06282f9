"""`pontage serve`: the gateway. Floor 9."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import click
import msgspec

from pontage.accounts.strongroom import open_room
from pontage.cli.logs import set_up_logging
from pontage.cli.trial import assembled
from pontage.config import Config, ConfigErrors, load, validate
from pontage.discovery import find_local_servers
from pontage.engine import Engine
from pontage.registry import provider_types
from pontage.server.app import Gateway
from pontage.server.door import tended
from pontage.server.http import Application, Limits
from pontage.server.listener import Listener, ServerSettings
from pontage.server.listener import serve as listen

THRESHOLDS = (50_000, 50, 20)
"""New objects before the youngest are searched, and how often that before the older ones are."""


@click.command()
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--host", help="The address to listen on (default 127.0.0.1).")
@click.option("--port", type=int, help="The port to listen on (default 4000).")
@click.option("--discover/--no-discover", default=True, help="Look for model servers on this machine.")
def serve(path: str | None, host: str | None, port: int | None, discover: bool) -> None:
    """Run the gateway.

    Without a configuration file: providers by the keys in the environment, model servers found on this machine, and
    always the built-in simulated provider.
    """
    environ = dict(os.environ)
    flags = {"server.host": host, "server.port": port}
    loaded = load(path, environ=environ, overrides={name: value for name, value in flags.items() if value is not None})
    room = asyncio.run(open_room(loaded.config, environ, keeper=True)) if loaded.config.ledger.enabled else None
    known = bool(room and room.keys.ring.keys)
    problems = validate(loaded.config, places=loaded.places, known_providers=provider_types(), has_keys=known)
    if problems:
        raise ConfigErrors(problems)
    set_up_logging(loaded.config.logging)
    engine = assembled(loaded, environ, room)
    look = discover and not loaded.config.providers

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Application]:
        if look:
            for name, settings in (await find_local_servers(engine.transport)).items():
                if engine.registry.get(name) is None:
                    engine.registry.configure(name, settings, environ)
        try:
            async with tended(room, loaded.config) as door:
                yield Gateway(engine, door)
        finally:
            await engine.aclose()

    def ready(listener: Listener) -> None:
        collect_seldom()
        greet(engine, f"http://{shown_host(loaded.config.server.host)}:{listener.port}", loaded.file)

    listen(opened, server_settings(loaded.config), ready)


def collect_seldom() -> None:
    """Look for cycles in memory seldom, and never among what there is at start: a request leaves next to none behind,
    and what is kept of the last thousands would be searched again and again (a third of the slowest answers' time)."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def server_settings(config: Config) -> ServerSettings:
    """The listener's settings as the configuration has them."""
    section = config.server
    told: Mapping[str, Any] = msgspec.structs.asdict(section.limits)
    limits = Limits(**{name: told[name] for name in Limits.__struct_fields__ if name in told})
    return ServerSettings(
        host=section.host,
        port=section.port,
        limits=limits,
        max_connections=section.limits.connections,
        drain_seconds=section.drain_seconds,
    )


def shown_host(host: str) -> str:
    """`host` as a URL writes it."""
    return f"[{host}]" if ":" in host else host


def greet(engine: Engine, url: str, file: str | None) -> None:
    """Tell what runs and give three lines to paste. Names of keys may be told, values never."""
    ready = [configured.name for configured in engine.registry.all() if configured.ready]
    lacking = [configured.name for configured in engine.registry.all() if not configured.ready]
    model = example_model(engine)
    click.echo(f"Pontage serves {url} with {file or 'no configuration file'}", err=True)
    click.echo(
        f"providers: {', '.join(ready)}" + (f"; without a key: {', '.join(lacking)}" if lacking else ""), err=True
    )
    body = f'{{"model":"{model}","messages":[{{"role":"user","content":"Hello"}}]}}'
    click.echo(f"curl {url}/v1/chat/completions -H 'content-type: application/json' -d '{body}'")
    click.echo(
        f"python -c \"from openai import OpenAI; print(OpenAI(base_url='{url}/v1', api_key='any')"
        f".chat.completions.create(model='{model}', messages=[{{'role': 'user', 'content': 'Hello'}}])"
        '.choices[0].message.content)"'
    )
    click.echo(f"ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY=any claude --model {model}")


def example_model(engine: Engine) -> str:
    """A model to show: the first that is not simulated, else the simulated one."""
    models = engine.inventory.known_models()
    simulated = {configured.name for configured in engine.registry.all() if configured.simulated}
    real = (model.id for model in models if model.provider not in simulated)
    return next(real, "sim/chat")
