"""`pontage route explain`: where a request would go, in what order, and why. Floor 9. Nobody is called."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from pontage.assemble import assemble
from pontage.cli.console import say, table
from pontage.config import load
from pontage.crossing import CallOptions
from pontage.dialects.envelope import Call
from pontage.dialects.operation import with_model
from pontage.dialects.table import CLIENT_SIDES
from pontage.timeline import plan_of

NOTHING = b'{"messages": [{"role": "user", "content": ""}]}'
"""A request that asks for nothing special."""


@click.group()
def route() -> None:
    """Tell where requests go, and why."""


@route.command()
@click.argument("model")
@click.option("--request", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A request body.")
@click.option("--format", "form", type=click.Choice(list(CLIENT_SIDES)), default="openai_chat", help="Its format.")
@click.option("--tag", "tags", multiple=True, help="A tag of the request; may be said again.")
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(model: str, file: Path | None, form: str, tags: tuple[str, ...], path: str | None, as_json: bool) -> None:
    """List the targets of a request for MODEL in the order they would be asked, and those left out, with the reason
    for each. What only a running gateway knows (times, faults, load) is not in it."""
    environ = dict(os.environ)
    engine = assemble(load(path, environ=environ).config, environ)
    body = file.read_bytes() if file is not None else NOTHING
    side = CLIENT_SIDES[form if file is not None else "openai_chat"]
    call = Call.received(side, with_model(body, model), model=model)
    told = plan_of(engine.explain(call, CallOptions(tags=tags)))
    if as_json:
        say(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    rows = [(str(place), one["target"], one["reason"]) for place, one in enumerate(told["targets"], 1)]
    table(("", "target", "why"), [*rows, *(("-", one["target"], one["reason"]) for one in told["excluded"])])
