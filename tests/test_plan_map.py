"""The page that holds the project against its plan: the paths it names are there, and every part of the plan is."""

import re

from pontage.cost import CostCalculator
from pontage.providers.base import LLMProviderClient, ProviderFactory
from tests.generated import ROOT
from tests.pages import read

PAGE = ROOT / "docs" / "explanation" / "plan.md"
PATH = re.compile(r"`((?:src|tests|docs|bench|tools)/[\w/.-]+|[A-Z]+\.md)`")
PARTS = (
    "Architecture", "Traits", "Registry", "Providers", "Cost", "Streaming", "Router", "Security", "Configuration",
    "Compatibility", "Flags", "Testing", "Documentation", "Monitoring", "Success metrics",
)  # fmt: skip
NAMES = {
    LLMProviderClient: (
        "chat_completion", "chat_completion_stream", "health_check", "get_available_models", "supports_model",
        "get_config_requirements",
    ),
    ProviderFactory: ("create_client", "default_config"),
    CostCalculator: ("calculate_cost", "estimate_cost", "get_cost_breakdown"),
}  # fmt: skip


def test_every_path_it_names_is_there() -> None:
    named = PATH.findall(read(PAGE))
    assert len(named) > 80
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_part_of_the_plan_is_on_it() -> None:
    assert set(PARTS) <= set(re.findall(r"^## (.+)$", read(PAGE), re.MULTILINE))
    assert "not there yet" in read(PAGE)


def test_the_plans_interfaces_are_there_by_their_names() -> None:
    for kind, names in NAMES.items():
        for name in names:
            assert callable(getattr(kind, name)), name
            assert f"{name}`" in read(PAGE), name
