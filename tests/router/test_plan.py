"""Where a request may go, in what order and why: a pure function of what is configured."""

from collections.abc import Sequence

import pytest

from pontage.config import Secret, Target, Timeouts, VirtualModel
from pontage.errors import InvalidRequestError, ModelNotFoundError
from pontage.router.landscape import Landscape
from pontage.router.plan import plan


class Known:
    """A provider, as far as planning must know it."""

    def __init__(self, name: str, *models: str, ready: bool = True, simulated: bool = False) -> None:
        self.name = name
        self.models = models
        self.ready = ready
        self.simulated = simulated

    def has(self, model: str) -> bool:
        return model in self.models

    def model_ids(self) -> Sequence[str]:
        return self.models


def landscape(*known: Known, **routes: VirtualModel) -> Landscape:
    return Landscape({one.name: one for one in known}, routes, {"sim": "simulated"})


OPENAI = Known("openai", "gpt-5", "shared")
ANTHROPIC = Known("anthropic", "claude-x", "shared")
KEYLESS = Known("keyless", "gpt-5", "lonely", ready=False)
SIMULATED = Known("simulated", "echo", simulated=True)
HOUSE = landscape(OPENAI, ANTHROPIC, KEYLESS, SIMULATED)


def aims(model: str, where: Landscape = HOUSE) -> list[str]:
    return [f"{target.provider}/{target.model}" for target in plan(model, where).targets]


@pytest.mark.parametrize(
    ("model", "aim"),
    [
        ("openai/gpt-5", "openai/gpt-5"),
        ("openai/never-heard-of", "openai/never-heard-of"),  # the provider may know it
        ("openai/org/nested", "openai/org/nested"),
        ("claude-x", "anthropic/claude-x"),
        ("gpt-5", "openai/gpt-5"),  # two have it, one is ready
        ("lonely", "keyless/lonely"),  # nobody else has it: let the error say which key is missing
        ("sim/echo", "simulated/echo"),
        ("simulated/echo", "simulated/echo"),
    ],
)
def test_a_name_finds_its_target(model: str, aim: str) -> None:
    assert aims(model) == [aim]
    assert plan(model, HOUSE).route == model
    assert plan(model, HOUSE).targets[0].reason


def test_a_bare_name_of_two_providers_lists_both() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        plan("shared", HOUSE)
    assert raised.value.param == "model"
    assert "openai/shared" in raised.value.message
    assert "anthropic/shared" in raised.value.message


@pytest.mark.parametrize(
    ("model", "near"),
    [
        ("openai/gpt-5", None),
        ("gpt5", "openai/gpt-5"),
        ("antropic/claude-x", "anthropic/claude-x"),
        ("zzzzzzzzzzzzzzzzzzz", "/v1/models"),
        ("openai/", "openai/gpt-5"),
        ("/", "/v1/models"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(model: str, near: str | None) -> None:
    if near is None:
        assert plan(model, HOUSE)
        return
    with pytest.raises(ModelNotFoundError) as raised:
        plan(model, HOUSE)
    assert raised.value.param == "model"
    assert near in (raised.value.hint or "")


def test_an_endless_name_is_cut_in_the_error() -> None:
    with pytest.raises(ModelNotFoundError) as raised:
        plan("x" * 100_000, HOUSE)
    assert len(raised.value.message) < 1_000


def test_a_virtual_model_keeps_its_order_and_settings() -> None:
    limits = Timeouts(total=5.0)
    route = VirtualModel(
        targets=[
            Target(model="claude-x", params={"max_tokens": 7}, api_key=Secret("own")),
            Target(model="openai/gpt-5"),
        ],
        timeouts=limits,
        translation="strict",
    )
    found = plan("fast", landscape(OPENAI, ANTHROPIC, fast=route))
    assert [(one.provider, one.model) for one in found.targets] == [("anthropic", "claude-x"), ("openai", "gpt-5")]
    assert found.targets[0].key == Secret("own")
    assert found.targets[0].params == {"max_tokens": 7}
    assert found.targets[1].key is None
    assert found.targets[1].params is None
    assert (found.route, found.timeouts, found.strict) == ("fast", limits, True)


def test_a_virtual_model_hides_a_provider_of_the_same_name() -> None:
    route = VirtualModel(targets=[Target(model="anthropic/claude-x")])
    assert aims("gpt-5", landscape(OPENAI, ANTHROPIC, **{"gpt-5": route})) == ["anthropic/claude-x"]


def test_what_cannot_be_called_is_left_out_and_says_why() -> None:
    route = VirtualModel(targets=[Target(model=name) for name in ("keyless/lonely", "sim/echo", "openai/gpt-5")])
    found = plan("fast", landscape(OPENAI, KEYLESS, SIMULATED, fast=route))
    assert [one.provider for one in found.targets] == ["openai"]
    assert [one.provider for one in found.excluded] == ["keyless", "simulated"]
    assert "key" in found.excluded[0].reason
    assert "allow_simulated" in found.excluded[1].reason


def test_simulated_targets_serve_where_the_route_allows_it() -> None:
    route = VirtualModel(targets=[Target(model="sim/echo")], allow_simulated=True)
    assert aims("fast", landscape(SIMULATED, fast=route)) == ["simulated/echo"]


def test_a_key_of_the_target_makes_a_keyless_provider_ready() -> None:
    route = VirtualModel(targets=[Target(model="keyless/lonely", api_key=Secret("own"))])
    assert aims("fast", landscape(KEYLESS, fast=route)) == ["keyless/lonely"]


def test_a_route_without_a_usable_target_says_what_became_of_each() -> None:
    route = VirtualModel(targets=[Target(model="keyless/lonely"), Target(model="sim/echo")])
    with pytest.raises(ModelNotFoundError) as raised:
        plan("fast", landscape(KEYLESS, SIMULATED, fast=route))
    assert "keyless/lonely" in raised.value.message
    assert "simulated/echo" in raised.value.message
