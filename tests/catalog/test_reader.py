"""The catalogue as a reader: names, sources, families, and what is no catalogue at all."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest

from pontage.catalog import Catalog, ModelFacts, Source
from pontage.catalog.prices import Tiered, lists_of
from pontage.catalog.reader import PACKAGED, CatalogHead, Shelf, bare_name, undated
from pontage.catalog.rules import NO_RESTRICTIONS, Restrictions, Unsupported
from pontage.errors import ConfigError
from tests.conftest import Figures

PROVIDERS = {
    "openai", "anthropic", "google", "mistral", "cohere", "azure", "bedrock", "vertex", "groq", "deepseek", "xai",
    "openrouter", "together", "fireworks", "perplexity", "cerebras", "nvidia", "deepinfra", "moonshot", "sambanova",
    "huggingface",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


def write(path: Path, models: list[ModelFacts], restrictions: list[Restrictions], version: int = 1) -> Path:
    lines = b"".join(msgspec.json.encode(model) + b"\n" for model in models)
    rules = b"".join(msgspec.json.encode(entry) + b"\n" for entry in restrictions)
    head = CatalogHead(
        format=version,
        built=date(2026, 1, 2),
        sources={"x": Source(name="x", version="1", date=date(2026, 1, 2), licence="MIT", url="")},
        fields=["context", "prices"],
        said=["  ", "x "],
        strip={"acme": ["eu.", "acme."]},
        providers={"acme": (0, len(lines))},
        restrictions=(len(lines), len(rules)),
    )
    path.write_bytes(msgspec.json.encode(head) + b"\n" + lines + rules)
    return path


def test_every_provider_is_there_and_every_line_is_sound(catalog: Catalog, figures: Figures) -> None:
    assert set(catalog.providers()) == PROVIDERS
    models = [facts for provider in catalog.providers() for facts in catalog.models(provider)]
    figures("models in the catalogue", len(models))
    figures("size of the catalogue", PACKAGED.stat().st_size, "bytes")
    assert len(models) > 3_000
    for facts in models:
        for rates in lists_of(facts.prices) if facts.prices else ():
            for rate in rates.values():
                steps = [rate.base, *(price for _, price in rate.tiers)] if isinstance(rate, Tiered) else [rate]
                assert all(step >= 0 for step in steps), facts.id
    assert catalog.built >= date(2026, 11, 22)


def test_no_name_stands_for_two_models(catalog: Catalog) -> None:
    for provider in catalog.providers():
        names = [name for facts in catalog.models(provider) for name in {facts.id.lower(), *facts.aliases}]
        twice = {name for name in names if names.count(name) > 1} if len(names) > len(set(names)) else set()
        assert twice == set(), provider


def test_the_facts_of_a_known_model(catalog: Catalog) -> None:
    facts = catalog.find("openai", "gpt-6-astra")
    assert facts is not None
    assert facts.prices is not None
    assert facts.reasoning is not None
    assert (facts.context, facts.max_input, facts.max_output) == (1_050_000, 922_000, 128_000)
    assert facts.prices.rates["input"] == Tiered(10_000_000, ((272_000, 20_000_000),))
    assert facts.reasoning.efforts == ("low", "medium", "high", "xhigh", "max")
    assert facts.reasoning.optional is False
    assert (facts.tools, facts.parallel_tools, facts.json_schema, facts.caching) == (True, True, True, True)
    sources = {field: catalog.source_of(facts, field) for field in ("prices", "max_output", "reasoning", "prefill")}
    assert [source.name if source else None for source in sources.values()] == [
        "genai-prices", "LiteLLM's map of models", "rules of this project", None,
    ]  # fmt: skip
    assert catalog.source_of(facts, "no such field") is None
    assert set(catalog.sources) == {"g", "l", "m", "r"}


@pytest.mark.parametrize(
    ("provider", "name", "model"),
    [
        ("anthropic", "claude-opus-5-5", "claude-opus-5-5"),
        ("anthropic", "Claude-Opus-5-5", "claude-opus-5-5"),
        ("anthropic", "claude-opus-5-5-20261001", "claude-opus-5-5"),
        ("openai", "gpt-5.4-2026-03-05", "gpt-5.4"),
        ("google", "gemini-4-argon-0", "gemini-4-argon"),  # by a pattern
        ("google", "gemini-2.5-pro-preview-tts", "gemini-2.5-pro-tts"),  # by the longest of two patterns
    ],
)
def test_a_model_is_found_by_all_its_names(catalog: Catalog, provider: str, name: str, model: str) -> None:
    facts = catalog.find(provider, name)
    assert facts is not None
    assert facts.id == model or undated(facts.id) == model or name.lower() in facts.aliases


def test_what_is_not_known_is_none(catalog: Catalog) -> None:
    assert catalog.find("openai", "gpt-99") is None
    assert catalog.find("acme", "gpt-5") is None
    assert catalog.models("acme") == []
    assert catalog.restrictions("acme", "gpt-5") is NO_RESTRICTIONS


def test_patterns_and_dates() -> None:
    plain, longer = ModelFacts(id="m", patterns=("m*",)), ModelFacts(id="m-tts", aliases=("tts",), patterns=("m-tts*",))
    shelf = Shelf([plain, longer])
    found = [shelf.find(name) for name in ("M", "tts", "m-2", "m-tts-2", "m-20260101", "m@2026-01-01", "x")]
    assert found == [plain, longer, plain, longer, plain, plain, None]


def test_an_own_file(tmp_path: Path) -> None:
    acme = ModelFacts(id="rocket", context=100, said=1)
    own, family = (Restrictions(providers=("acme",), models=(name,)) for name in ("rocket", "rock*"))
    default = Restrictions(providers=("acme",), models=("*",), rules=(Unsupported(field="seed"),))
    other = Restrictions(providers=("other",), models=("rocket-2",))
    catalog = Catalog.load(write(tmp_path / "c.jsonl", [acme], [default, family, own, other]))
    assert catalog.find("acme", "rocket") == acme
    source = catalog.source_of(acme, "context")
    assert source is not None
    assert source.version == "1"
    assert catalog.source_of(acme, "prices") is None
    for name, entry in {
        "rocket": own,
        "eu.acme.rocket": own,
        "rocket-20260101": own,
        "rocket-2": family,
        "x": default,
    }.items():
        assert catalog.restrictions("acme", name) == entry, name
    assert catalog.bare("acme", "EU.acme.X") == "x"
    assert bare_name("a.b.c", ()) == "a.b.c"


@pytest.mark.parametrize("content", [b"", b"{}", b"not json\n", b"\xff\xfe\n"])
def test_what_is_no_catalogue_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"c\.jsonl is not a catalogue"):
        Catalog.load(path)
    with pytest.raises(ConfigError, match="is not a catalogue"):
        Catalog.load(tmp_path / "missing.jsonl")


def test_another_format_and_damage_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has format 2, this version reads 1"):
        Catalog.load(write(tmp_path / "c.jsonl", [], [], version=2))
    path = write(tmp_path / "c.jsonl", [ModelFacts(id="rocket")], [])
    path.write_bytes(path.read_bytes().replace(b'{"id":"rocket"', b'{"id":1234567'))
    with pytest.raises(ConfigError, match="damaged"):
        Catalog.load(path).find("acme", "rocket")


FIRST = """
import sys, time
before = set(sys.modules)
from pontage.catalog.reader import Catalog
begun = time.perf_counter()
assert Catalog.load().find("openai", "gpt-5") is not None
print(time.perf_counter() - begun)
assert "socket" not in set(sys.modules) - before
"""


def test_the_first_look_up_is_fast_and_opens_no_socket(figures: Figures) -> None:
    taken = [
        float(subprocess.run([sys.executable, "-c", FIRST], capture_output=True, check=True, text=True).stdout)
        for _ in range(3)
    ]
    figures("first look-up in the catalogue", min(taken) * 1000, "ms")
    assert min(taken) < 0.5  # the aim is 20 ms on an idle machine; a busy one must not fail the test
