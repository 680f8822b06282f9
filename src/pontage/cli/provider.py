"""`pontage provider`: a new provider, and whether one does what it is said to. Floor 9."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from pontage.assemble import knowledge_of, transport_settings
from pontage.cli.console import plain, say, table
from pontage.config import Config, ProviderSettings, load
from pontage.conformance import CASES, Bench, Report, Tape, as_json, run_battery
from pontage.dialects.table import PROVIDER_SIDES
from pontage.errors import ModelNotFoundError
from pontage.registry import Configured, ProviderRegistry
from pontage.scaffold import is_name, new_provider


@click.group()
def provider() -> None:
    """Add a provider, or check what one can do."""


@provider.command()
@click.argument("name")
@click.option(
    "--like", type=click.Choice(list(PROVIDER_SIDES)), default="openai_chat", show_default=True, help="Its format."
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="Where to write (default: here).",
)
def new(name: str, like: str, folder: Path) -> None:
    """Write a provider to begin with: its code, its tests with samples, its page.

    In a checkout of Pontage it becomes a folder beside the others, anywhere else a package of its own, which is found
    when it is installed. No file is written over.
    """
    if not is_name(name):
        raise click.UsageError("NAME must be lower-case letters, digits and _, with a letter first")
    made = new_provider(name, like, folder)
    for path in (*made.files, *made.changed):
        say(str(path))
    click.echo("next:", err=True)
    for number, step in enumerate(made.steps, 1):
        click.echo(f"  {number}. {step}", err=True)


@provider.command()
@click.argument("name")
@click.option("--base-url", metavar="URL", help="Where it is, instead of its own address.")
@click.option("--model", help="Which of its models is asked (default: the first that is known).")
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--json", "as_json_text", is_flag=True, help="Print JSON.")
def check(name: str, base_url: str | None, model: str | None, path: str | None, as_json_text: bool) -> None:
    """Try what a provider can do, by asking one of its models some sixty questions.

    NAME is a configured provider, or a type. Each case passes, fails, or is not offered; the last line is the
    provider's row of the matrix. Exits with 0 when nothing failed, with 1 when something did, with 69 when it cannot be
    reached.
    """
    environ = dict(os.environ)
    report = asyncio.run(examine(load(path, environ=environ).config, name, base_url, model, environ))
    if as_json_text:
        say(msgspec.json.format(as_json(report)).decode())
    else:
        show(report)
    if report.count("failed"):
        sys.exit(1)


async def examine(
    config: Config, name: str, base_url: str | None, model: str | None, environ: Mapping[str, str]
) -> Report:
    """The report on the provider `name`. Raises one of the error tree when it cannot be asked at all."""
    tape = Tape(transport_settings(config))
    try:
        settings = config.providers.get(name, ProviderSettings())
        if base_url is not None:
            settings = msgspec.structs.replace(settings, base_url=base_url)
        configured = ProviderRegistry(tape).configure(name, settings, environ)
        key = configured.keys_in_turn()[0]
        wire_name = configured.wire_name(model or await first_model(configured))
        restrictions = knowledge_of(config, environ).restrictions(configured.client.provider_type, wire_name)
        bench = Bench(configured.client, tape, wire_name, key, restrictions)
        with click.progressbar(length=len(CASES), label=f"{name}/{wire_name}", file=sys.stderr) as bar:
            return await run_battery(bench, told=lambda result: bar.update(1))
    finally:
        await tape.aclose()


async def first_model(configured: Configured) -> str:
    """The first model that is known, or that the provider lists. Raises ModelNotFoundError when there is none."""
    known = configured.model_ids() or [
        info.id for info in await configured.client.list_models(configured.keys_in_turn()[0])
    ]
    if not known:
        raise ModelNotFoundError(
            f"no model of {configured.name} is known", hint="name one with --model, or under its models"
        )
    return known[0]


def show(report: Report) -> None:
    """Every case, then the row: as a table of Markdown, to be pasted."""
    table(
        ("about", "case", "outcome", "why"),
        [(result.group, result.case, result.outcome, " ".join(result.why.split())) for result in report.results],
    )
    say("")
    say(f"| provider | {' | '.join(report.row)} |")
    say(f"|---|{'---|' * len(report.row)}")
    say(plain(f"| {report.provider}/{report.model} | {' | '.join(report.row.values())} |"))
    counts = ", ".join(f"{report.count(outcome)} {outcome}" for outcome in ("passed", "failed", "not offered"))
    click.echo(counts, err=True)
