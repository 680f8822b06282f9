"""Builds the catalogue of models: `python tools/build_catalog.py FOLDER`, where FOLDER holds the sources' data.

It reads `genai_prices.json` (or the installed package `genai-prices`, with `--installed`),
`litellm_model_prices_and_context_window.json.gz` and `models_dev.json.gz`, and the hand-written `restrictions.toml`. It
writes the catalogue and a page on where the sources disagree. The same inputs give the same bytes. Nothing is fetched.
"""

from __future__ import annotations

import gzip
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from pontage.catalog import genai  # noqa: E402 - after the path to the checkout
from pontage.catalog.facts import ModelFacts, Source  # noqa: E402
from pontage.catalog.installed import installed_prices  # noqa: E402
from pontage.catalog.reader import PACKAGED  # noqa: E402
from pontage.catalog.update import Contents, encode  # noqa: E402
from tools.catalog import litellm, models_dev  # noqa: E402
from tools.catalog.merge import FIELDS, Listings, Sides, merge, shelved, sides_of  # noqa: E402
from tools.catalog.report import write_report  # noqa: E402
from tools.catalog.restrictions import HERE, compile_rules  # noqa: E402

REPORT = ROOT / "docs" / "reference" / "catalog-sources.md"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--installed", is_flag=True, help="Take the prices of the installed package genai-prices.")
@click.option("--data", type=click.Path(path_type=Path), default=PACKAGED, help="Where the catalogue goes.")
@click.option("--report", type=click.Path(path_type=Path), default=REPORT, help="Where the page on disagreements goes.")
def build(folder: Path, installed: bool, data: Path, report: Path) -> None:
    """Build the catalogue of models from the sources in FOLDER."""
    sources = msgspec.convert(tomllib.loads((HERE / "sources.toml").read_text("utf-8")), dict[str, Source])
    if installed:
        prices, version = installed_prices()
        sources["g"] = msgspec.structs.replace(sources["g"], version=version)
    else:
        prices = msgspec.json.decode((folder / "genai_prices.json").read_bytes())
    text, all_sides = assemble(
        prices,
        _unzipped(folder / "litellm_model_prices_and_context_window.json.gz"),
        _unzipped(folder / "models_dev.json.gz"),
        sources,
    )
    data.write_bytes(text)
    models = sum(line.startswith(b'{"id"') for line in text.splitlines())
    report.write_text(write_report(all_sides, sources, models), encoding="utf-8")
    click.echo(f"{models} models of {len(all_sides)} providers, {len(text):,} bytes")


def assemble(
    prices: dict[str, Any], limits: dict[str, Any], modalities: dict[str, Any], sources: dict[str, Source]
) -> tuple[bytes, dict[str, list[Sides]]]:
    """The catalogue's file, and what each source says of every name."""
    told, mapped, dev = genai.read(prices), litellm.read(limits), models_dev.read(modalities)
    restrictions, strip = compile_rules()
    table: list[str] = []
    blocks: dict[str, list[ModelFacts]] = {}
    all_sides: dict[str, list[Sides]] = {}
    for provider in sorted(told.keys() | mapped.keys() | dev.keys()):
        listings = Listings(
            genai=told.get(provider, []),
            litellm=mapped.get(provider, {}),
            models_dev=dev.get(provider, {}),
            restrictions=[entry for entry in restrictions if provider in entry.providers],
            prefixes=strip.get(provider, []),
        )
        all_sides[provider] = list(sides_of(listings))
        merged = [merge(sides, provider, listings.prefixes) for sides in all_sides[provider]]
        blocks[provider] = shelved(listings.genai, merged, table)
    contents = Contents(
        sources=sources, fields=FIELDS, said=table, strip=strip, models=blocks, restrictions=restrictions
    )
    return encode(contents), all_sides


def _unzipped(path: Path) -> dict[str, Any]:
    return msgspec.json.decode(gzip.decompress(path.read_bytes()))


if __name__ == "__main__":
    build()
