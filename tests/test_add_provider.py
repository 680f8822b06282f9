"""The guide "Add a provider", done: the fictional Acme comes in by every door, and the battery finds nothing wrong.

What is run is what stands in the guide, block for block; its addresses alone are exchanged for that of a server here.
"""

import asyncio
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pontage.config import ProviderSettings, Secret
from pontage.conformance import Bench, Report, Tape, run_battery
from pontage.providers.base import ProviderFactory
from pontage.providers.compatible.vendor import VendorFactory
from pontage.providers.rows import Row
from pontage.registry import ENTRY_POINTS, ProviderRegistry
from tests.conformance.upstreams import KEY, Speaking, failures
from tests.pages import Block, blocks, fits, read
from tests.replay.upstream import Upstream, upstream
from tests.scaffold.places import ROOT, checkout, follow

GUIDE = blocks(read(ROOT / "docs" / "how-to" / "add-a-provider.md"))
MODEL = "acme-large"


def block(language: str, holding: str) -> Block:
    """The one block of the guide in this language that holds these words."""
    found = [each for each in GUIDE if each.language == language and holding in each.text]
    assert len(found) == 1, holding
    return found[0]


def here(text: str, server: Upstream) -> str:
    """The guide's words with the server's address for Acme's."""
    return re.sub(r"https?://(llm\.acme\.example|127\.0\.0\.1:\d+)", server.url, text)


def examined(factory: ProviderFactory, server: Upstream) -> Report:
    """The battery's report on a provider that is registered in this process."""

    async def main() -> Report:
        tape = Tape()
        registry = ProviderRegistry(tape)
        registry.register(factory)
        settings = ProviderSettings(base_url=f"{server.url}/v1", api_key=Secret(KEY))
        try:
            return await run_battery(Bench(registry.configure("acme", settings, {}).client, tape, MODEL, Secret(KEY)))
        finally:
            await tape.aclose()

    return asyncio.run(main())


@pytest.fixture
def acme() -> Iterator[Upstream]:
    """Acme's server."""
    with upstream() as server:
        server.play(Speaking("openai_chat", name=MODEL))
        yield server


def test_as_an_entry_of_the_configuration(acme: Upstream, tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text(here(block("yaml", "type: compatible").text, acme), encoding="utf-8")
    checked = block("sh", "provider check acme\n")
    told = follow(checked.text, tmp_path, ACME_KEY=KEY)
    assert checked.output is not None
    assert fits(checked.output, told), told
    assert acme.received[0].path == "/v1/chat/completions"


def test_as_a_row_of_data(acme: Upstream) -> None:
    rows = msgspec.convert(tomllib.loads(block("toml", "[acme]").text), dict[str, Row])
    factory = VendorFactory("acme", rows["acme"])
    assert factory.default_config().base_url == "https://llm.acme.example/v1"
    report = examined(factory, acme)
    assert failures(report) == {}
    assert report.count("passed") > 60


def test_as_a_folder_of_its_own(acme: Upstream, tmp_path: Path) -> None:
    path = checkout(tmp_path)
    told = follow(block("sh", "pytest tests").text, tmp_path, PYTHONPATH=path)
    assert "4 passed" in told
    assert "src/pontage/registry.py" in told
    check = f"pontage provider check acme --base-url {acme.url}/v1"
    assert f"| acme/{MODEL} | yes |" in follow(check, tmp_path, PYTHONPATH=path, ACME_API_KEY=KEY)


def test_as_a_factory_in_a_program(acme: Upstream) -> None:
    names: dict[str, Any] = {}
    exec(block("python", "class AcmeFactory").text, names)
    report = examined(names["AcmeFactory"](), acme)
    assert failures(report) == {}
    assert (report.provider, report.type) == ("acme", "acme")


def test_as_an_installed_package(acme: Upstream, tmp_path: Path) -> None:
    made = next(each for each in GUIDE if each.language == "sh" and "provider new" in each.text and each.output)
    assert follow(made.text, tmp_path) == made.output
    project = tomllib.loads((tmp_path / "pontage-acme" / "pyproject.toml").read_text(encoding="utf-8"))
    declared = tomllib.loads(block("toml", "entry-points").text)["project"]
    assert project["project"]["entry-points"] == declared["entry-points"]
    assert list(declared["entry-points"]) == [ENTRY_POINTS]
    site = tmp_path / "site"
    installed = here(block("sh", "pip install").text, acme)
    told = follow(installed, tmp_path, PIP_TARGET=str(site), PYTHONPATH=str(site))
    assert (site / "pontage_acme" / "client.py").is_file()
    assert f"| acme/{MODEL} | yes |" in told
    assert "\tfailed\t" not in told
    (tmp_path / "pontage.yaml").write_text("providers: {house: {type: acme}}", encoding="utf-8")
    assert "https://api.acme.example/v1" in follow("pontage providers", tmp_path, PYTHONPATH=str(site))
