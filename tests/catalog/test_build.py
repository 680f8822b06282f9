"""The build of the catalogue: what it takes from whom, what it reports, and that it always says the same."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from pontage.catalog import Catalog, ReasoningFacts, Source, Tiered
from pontage.catalog.reader import PACKAGED
from tools.build_catalog import REPORT, assemble, build
from tools.catalog import litellm, models_dev
from tools.catalog.merge import needed
from tools.catalog.report import write_report
from tools.catalog.restrictions import compile_rules

DAY = date(2026, 11, 1)
SOURCES = {letter: Source(name=letter, version="1", date=DAY, licence="MIT", url="") for letter in "glmr"}
GENAI = {
    "providers": [
        {
            "id": "openai",
            "models": [
                {
                    "id": "gpt-9",
                    "name": "GPT-9",
                    "context_window": 1000,
                    "match": {"or": [{"equals": "gpt-9"}, {"equals": "gpt-nine"}, {"starts_with": "gpt-9-x"}]},
                    "prices": {"input_mtok": 2, "output_mtok": 8},
                },
                {"id": "only-here", "match": {"equals": "only-here"}, "prices": {"input_mtok": 5}},
            ],
        }
    ]
}
LITELLM: dict[str, dict[str, Any]] = {
    "gpt-9": {
        "litellm_provider": "openai", "mode": "chat", "max_input_tokens": 900.0, "max_output_tokens": 100,
        "input_cost_per_token": 2e-6, "output_cost_per_token": 8e-6, "input_cost_per_token_flex": 1e-6,
        "input_cost_per_token_above_272k_tokens_flex": 3e-6, "output_cost_per_token_above_272k_tokens_ultrafast": 3e-6,
        "supports_vision": True, "supports_function_calling": True, "supports_reasoning": True,
        "supports_none_reasoning_effort": True, "deprecation_date": "2027-01-01",
        "search_context_cost_per_query": {"low": 0.01, "high": 0.01},
    },
    "gpt-9-2026-01-01": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 3e-6},
    "openai/embed-9": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-8},
    "unpriced": {
        "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 0.0, "supports_reasoning": False,
    },
    "always": {
        "litellm_provider": "openai", "mode": "responses", "supports_reasoning": True, "thinking_always_on": True,
        "reasoning_effort_levels": ["low", "turbo"], "deprecation_date": "some day",
        "supported_modalities": ["text", "audio"],
    },
    "1024-x-1024/picture": {"litellm_provider": "openai", "mode": "image_generation"},
    "film": {"litellm_provider": "openai", "mode": "video_generation"},
    "elsewhere": {"litellm_provider": "nobody", "mode": "chat"},
    "vertex_ai/gemini-9": {"litellm_provider": "vertex_ai-language-models", "mode": "chat"},
    "bedrock/us-east-1/old": {"litellm_provider": "bedrock", "mode": "chat"},
    "perplexity/sonar": {
        "litellm_provider": "perplexity", "mode": "chat", "input_cost_per_token": 1e-6,
        "search_context_cost_per_query": {"low": 0.01},
    },
}  # fmt: skip


def dev(**fields: Any) -> dict[str, Any]:
    entry = {
        "name": "Title", "limit": {"context": 2000, "output": 90}, "tool_call": False, "reasoning": True,
        "modalities": {"input": ["text", "pdf"], "output": ["text"]},
    }  # fmt: skip
    return {**entry, **fields}


MODELS_DEV: dict[str, Any] = {name: {"models": {}} for name in models_dev.PROVIDERS}
MODELS_DEV["openai"] = {
    "models": {
        "gpt-9": dev(cost={"input": 2.5, "output": 8}),
        "budgeted": dev(
            reasoning_options=[
                {"type": "toggle"},
                {"type": "effort", "values": ["none", "low", "high"]},
                {"type": "budget_tokens", "min": 128},
                {"type": "other"},
            ],
            cost={"input": 1, "output": 0, "tiers": [{"input": 2, "tier": {"size": 10}}]},
        ),
        "plain": dev(reasoning=False, cost={"input": 0, "output": 0}),
        "gift:free": dev(cost={"input": 0, "output": 0}),
        "my-embed": dev(reasoning=False),
    }
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalog, str]:
    data, sides = assemble(GENAI, LITELLM, MODELS_DEV, SOURCES)
    path = tmp_path_factory.mktemp("catalog") / "data.jsonl"
    path.write_bytes(data)
    return Catalog.load(path), write_report(sides, SOURCES, 7)


def test_each_field_comes_from_whom_it_is_believed(built: tuple[Catalog, str]) -> None:
    catalog, _ = built
    facts = catalog.find("openai", "gpt-nine")
    assert facts is not None
    assert facts is catalog.find("openai", "gpt-9-x-large")
    assert (facts.id, facts.title, facts.context, facts.max_input, facts.max_output) == (
        "gpt-9",
        "GPT-9",
        1000,
        900,
        100,
    )
    assert (facts.inputs, facts.tools, facts.shutdown) == (("text", "image"), True, date(2027, 1, 1))
    said = {field: catalog.source_of(facts, field) for field in ("prices", "variants", "max_output", "json_schema")}
    assert [source.name if source else None for source in said.values()] == ["g", "l", "l", None]
    assert facts.prices is not None
    assert facts.prices.rates == {"input": 2_000_000, "output": 8_000_000}
    assert [(variant.when, variant.rates) for variant in facts.prices.variants] == [
        ({"service_tier": "flex"}, {"input": Tiered(1_000_000, ((272_000, 3_000_000),))})
    ]


def test_a_dated_name_with_facts_of_its_own_is_its_own_model(built: tuple[Catalog, str]) -> None:
    catalog, _ = built
    dated = catalog.find("openai", "gpt-9-2026-01-01")
    assert dated is not None
    assert dated.id == "gpt-9-2026-01-01"
    assert dated.prices is not None
    assert dated.prices.rates["input"] == 2_000_000  # as genai-prices says of the model it is


def test_the_sources_one_by_one() -> None:
    found = litellm.read(LITELLM)
    assert set(found) == {"openai", "vertex", "perplexity"}
    assert set(found["openai"]) == {"gpt-9", "gpt-9-2026-01-01", "embed-9", "unpriced", "always"}
    assert found["openai"]["unpriced"].prices is None
    assert found["openai"]["unpriced"].reasoning == ReasoningFacts(supported=False)
    always = found["openai"]["always"]
    assert (always.mode, always.shutdown, always.inputs) == ("chat", None, ("text", "audio"))
    assert always.reasoning == ReasoningFacts(unasked=True, optional=False, efforts=("low",))
    sonar = found["perplexity"]["sonar"].prices
    assert sonar is not None
    assert "web_search" not in sonar.rates  # a fee on each request there
    other = models_dev.read(MODELS_DEV)["openai"]
    assert other["budgeted"].reasoning == ReasoningFacts(optional=True, efforts=("low", "high"), budget=(128, None))
    assert other["budgeted"].prices is not None
    assert other["budgeted"].prices.rates == {"input": Tiered(1_000_000, ((10, 2_000_000),))}
    assert other["plain"].prices is None
    assert other["gift:free"].prices is not None
    assert other["my-embed"].mode == "embedding"


def test_disagreements_are_listed(built: tuple[Catalog, str]) -> None:
    _, report = built
    assert "| openai | `gpt-9` | input | **2** | 2 | 2.5 |" in report
    assert "| openai | `gpt-9` | context | **1000** | – | 2000 |" in report
    assert "| openai | `gpt-9` | max_output | – | **100** | 90 |" in report
    assert "| openai | `gpt-9` | tools | – | **True** | False |" in report
    assert "`gpt-9` | output" not in report


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert assemble(GENAI, LITELLM, MODELS_DEV, SOURCES)[0] == assemble(GENAI, LITELLM, MODELS_DEV, SOURCES)[0]


def test_names_that_need_no_alias() -> None:
    assert needed({"m-2026-01-01", "n", "n-20260101", "o-20260101"}, "m") == {"n", "o-20260101"}


def test_every_rule_has_its_source_and_its_day(tmp_path: Path) -> None:
    restrictions, strip = compile_rules()
    assert tuple(restrictions) == Catalog.load().all_restrictions()
    assert set(strip) <= set(Catalog.load().providers())
    for entry in restrictions:
        assert entry.source
        assert entry.verified
        assert set(entry.providers) <= set(Catalog.load().providers())
        assert all(rule.why for rule in entry.rules)
    entry = '[groups]\n[strip]\n[[restrictions]]\nproviders = ["a"]\nmodels = ["m"]\n'
    path = tmp_path / "r.toml"
    path.write_text(entry)
    with pytest.raises(ValueError, match="needs providers, models, source and verified"):
        compile_rules(path)
    path.write_text(entry + 'source = "s"\nverified = 2026-01-01\nreasoning = {efforts = ["turbo"]}')
    with pytest.raises(ValueError, match="unknown efforts"):
        compile_rules(path)
    path.write_text(entry + 'source = "s"\nverified = 2026-01-01\nrules = [{kind = "whim", field = "seed"}]')
    with pytest.raises(msgspec.ValidationError):
        compile_rules(path)


def sources_folder() -> Path | None:
    """The sources' data: $PONTAGE_CATALOG_SOURCES, or shared/catalog next to the checkout; None if there is none."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "catalog"
    folder = Path(os.environ.get("PONTAGE_CATALOG_SOURCES") or beside)
    return folder if (folder / "genai_prices.json").is_file() else None


def test_the_packages_catalogue_is_what_the_build_makes(tmp_path: Path) -> None:
    folder = sources_folder()
    if folder is None:
        pytest.skip("the sources' data are not there (set PONTAGE_CATALOG_SOURCES)")
    data, report = tmp_path / "data.jsonl", tmp_path / "report.md"
    result = CliRunner().invoke(build, [str(folder), "--data", str(data), "--report", str(report)])
    assert result.exit_code == 0, result.output
    assert data.read_bytes() == PACKAGED.read_bytes()
    assert report.read_text(encoding="utf-8") == REPORT.read_text(encoding="utf-8")
