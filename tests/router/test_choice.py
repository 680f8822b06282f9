"""From a plan to the order for one request: needs, conditions, health, bonds; and why each target is where it is."""

from collections.abc import Sequence
from datetime import date

import pytest

from pontage.catalog import ModelFacts, Money
from pontage.config import Condition, Secret, Target, VirtualModel
from pontage.domain.chat import TokenUsage
from pontage.errors import InvalidRequestError, ModelNotFoundError, RateLimitedError
from pontage.router.choice import Asked, choose
from pontage.router.health import HealthSnapshot, TargetHealth
from pontage.router.landscape import Landscape
from pontage.router.needs import Needs
from pontage.router.plan import Bond, Plan, RouteTarget, plan, plan_list

FACTS = {
    "small": ModelFacts(id="small", context=1_000, inputs=("text",), tools=True),
    "large": ModelFacts(id="large", context=100_000, inputs=("text", "image"), tools=True),
    "mute": ModelFacts(id="mute", context=100_000, inputs=("text", "image"), tools=False),
    "gone": ModelFacts(id="gone", shutdown=date(2026, 1, 1)),
    "vectors": ModelFacts(id="vectors", mode="embedding"),
}
RATES = {"small": 1, "large": 3, "mute": 2}  # nano-USD a token; a cached one costs nothing


class Known:
    """A provider, as far as planning must know it."""

    def __init__(self, name: str, *, ready: bool = True, simulated: bool = False, models: Sequence[str] = ()) -> None:
        self.name = name
        self.ready = ready
        self.simulated = simulated
        self._models = models

    def has(self, model: str) -> bool:
        return model in self._models

    def model_ids(self) -> Sequence[str]:
        return self._models


def price(provider: str, model: str, usage: TokenUsage) -> Money | None:
    rate = RATES.get(model)
    return None if rate is None else Money(rate * ((usage.input or 0) + (usage.output or 0)))


def house(**routes: VirtualModel) -> Landscape:
    known = [
        Known("p", models=[*FACTS, "unheard-of"]),
        Known("q", models=["large"]),
        Known("keyless", ready=False, models=["large"]),
        Known("made-up", simulated=True, models=["echo", "large"]),
    ]
    return Landscape({one.name: one for one in known}, routes, {}, lambda _, model: FACTS.get(model), price)


def route(*targets: str | Target, **fields: object) -> Landscape:
    told = [target if isinstance(target, Target) else Target(model=target) for target in targets]
    return house(r=VirtualModel(targets=told, **fields))  # type: ignore[arg-type]


def chosen(where: Landscape, asked: Asked | None = None, chance: float = 0.5, **health: TargetHealth) -> Plan:
    snapshot = HealthSnapshot({("p", model, ""): fares for model, fares in health.items()})
    return choose(plan("r", where), where, asked or Asked(), snapshot, chance)


def models(plan: Plan) -> list[str]:
    return [target.model for target in plan.targets]


def left_out(plan: Plan) -> dict[str, str]:
    return {target.model: target.reason for target in plan.excluded}


SHUT = TargetHealth(state="open", share=0.0, wait=8.0, trouble="shut off after faults, for 8 s more")
RESTING = TargetHealth(state="open", share=0.0, wait=5.0, trouble="no key for 5 s more: key-1 rests", resting=True)
THREE = route("p/small", "p/large", "p/mute")


def test_without_anything_known_the_order_stays() -> None:
    found = chosen(THREE)
    assert models(found) == ["small", "large", "mute"]
    assert [target.reason for target in found.targets] == [f"target {number} of r" for number in (1, 2, 3)]
    assert found.excluded == ()


@pytest.mark.parametrize(
    ("needs", "order", "reasons"),
    [
        (Needs(abilities=frozenset({"images"})), ["large", "mute"], {"small": "cannot do images"}),
        (Needs(abilities=frozenset({"tools"}), input=50_000), ["large"], {"small": "about 50000", "mute": "tools"}),
        (Needs(input=200_000), ["small", "large", "mute"], {}),  # too long for all, by an estimate: let them tell
    ],
)
def test_needs_leave_out_who_cannot_serve_them(needs: Needs, order: list[str], reasons: dict[str, str]) -> None:
    found = chosen(THREE, Asked(needs=needs))
    assert models(found) == order
    assert left_out(found).keys() == reasons.keys()
    assert all(reason in left_out(found)[model] for model, reason in reasons.items())


def test_nobody_can_serve_it() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        chosen(route("p/small", "p/mute"), Asked(needs=Needs(abilities=frozenset({"images", "tools"}))))
    assert "p/small: it cannot do images" in raised.value.message
    assert "p/mute: it cannot do tools" in raised.value.message


def test_a_model_that_ended_is_left_out() -> None:
    found = chosen(route("p/gone", "p/large"), Asked(today=date(2026, 1, 1)))
    assert models(found) == ["large"]
    assert left_out(found) == {"gone": "it ended on 2026-01-01"}
    assert models(chosen(route("p/gone", "p/large"), Asked(today=date(2025, 12, 31)))) == ["gone", "large"]


CONDITIONS = route(
    Target(model="p/small", when=Condition(tags=["eu"], metadata={"team": "research"})),
    Target(model="p/mute", when=Condition(needs=["images"])),
    "p/large",
)


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (Asked(), ["large"]),
        (Asked(tags=frozenset({"eu", "x"}), metadata={"team": "research"}), ["small", "large"]),
        (Asked(tags=frozenset({"eu"}), metadata={"team": "sales"}), ["large"]),
        (Asked(needs=Needs(abilities=frozenset({"images"}))), ["mute", "large"]),
    ],
)
def test_conditions(asked: Asked, order: list[str]) -> None:
    found = chosen(CONDITIONS, asked)
    assert models(found) == order
    assert all(reason.startswith("only for requests") for reason in left_out(found).values())


def test_who_is_shut_off_is_left_out_and_asked_when_nobody_else_is_left() -> None:
    found = chosen(THREE, small=SHUT)
    assert models(found) == ["large", "mute"]
    assert left_out(found) == {"small": SHUT.trouble}
    nearer = TargetHealth(state="open", share=0.0, wait=2.0, trouble="shut off after faults, for 2 s more")
    found = chosen(THREE, small=SHUT, large=nearer, mute=SHUT)
    assert models(found) == ["large"]
    assert found.targets[0].reason == "nobody else is left, though shut off after faults, for 2 s more"
    assert set(left_out(found)) == {"small", "mute"}


def test_who_rests_by_order_is_not_asked_even_when_nobody_else_is_left() -> None:
    assert models(chosen(THREE, small=RESTING)) == ["large", "mute"]
    assert models(chosen(route("p/small", "p/large"), small=RESTING, large=SHUT)) == ["large"]
    with pytest.raises(RateLimitedError) as raised:
        chosen(route("p/small", "p/large"), small=RESTING, large=RESTING)
    assert raised.value.retry_after == 5.0
    assert "p/small: no key for 5 s more" in raised.value.message


def test_who_recovers_gets_its_share_and_else_comes_last() -> None:
    half = TargetHealth(state="ramping", share=0.25)
    orders = [models(chosen(THREE, small=half, chance=step / 1000)) for step in range(1000)]
    assert sum(order[0] == "small" for order in orders) == 250
    assert orders[-1] == ["large", "mute", "small"]
    assert chosen(THREE, small=half, chance=0.9).targets[-1].reason == "recovering: 25 % of the requests go there"
    alone = route("p/small", Target(model="p/mute", when=Condition(tags=["x"])))
    assert models(chosen(alone, small=half, chance=0.9)) == ["small"]


def test_the_cheapest_for_this_very_request() -> None:
    cheap = route("p/large", "p/unheard-of", "p/mute", "p/small", strategy="cheapest")
    found = chosen(cheap, Asked(needs=Needs(input=900, output=100)))
    assert models(found) == ["small", "mute", "large", "unheard-of"]
    assert found.targets[0].reason == "about $0.000001"
    warm = Bond(place=("p", "large", ""), cached=900)  # 900 of its 1,000 tokens are in its cache
    found = chosen(cheap, Asked(needs=Needs(input=900, output=100), bond=warm))
    assert models(found)[0] == "large"


@pytest.mark.parametrize("strategy", ["fallback", "weighted", "round_robin", "least_busy", "fastest"])
def test_a_conversation_stays_where_it_was(strategy: str) -> None:
    where = route("p/small", "p/large", "p/mute", strategy=strategy)
    bond = Bond(place=("p", "mute", ""))
    found = chosen(where, Asked(bond=bond))
    assert models(found)[0] == "mute"
    assert found.targets[0].reason == "the conversation was there before"
    assert models(chosen(where, Asked(bond=bond), mute=SHUT))[0] != "mute"
    assert len(chosen(where, Asked(bond=bond)).targets) == 3


def test_a_named_session_binds_where_a_cached_prompt_is_only_a_price() -> None:
    where = route("p/small", "p/large", strategy="cheapest")
    place = ("p", "large", "")
    assert models(chosen(where, Asked(bond=Bond(place=place)))) == ["small", "large"]
    assert models(chosen(where, Asked(bond=Bond(place=place, named=True)))) == ["large", "small"]


def test_times_that_were_seen_decide_for_the_fastest() -> None:
    where = route("p/small", "p/large", strategy="fastest")
    slow = TargetHealth(first_token=0.1, per_token=0.02, seen=9.0)
    quick = TargetHealth(first_token=1.0, per_token=0.001, seen=9.0)
    assert models(chosen(where, small=slow, large=quick)) == ["large", "small"]
    short = Asked(needs=Needs(output=10))
    assert models(chosen(where, short, small=slow, large=quick)) == ["small", "large"]


def test_every_target_is_told_of_once_with_a_reason() -> None:
    where = route("p/small", "p/large", "p/mute", "keyless/large", "made-up/echo", "nobody/x", strategy="balanced")
    found = chosen(where, Asked(needs=Needs(abilities=frozenset({"images"}))), mute=SHUT)
    told = [(target.name, bool(target.reason)) for target in (*found.targets, *found.excluded)]
    assert sorted(told) == sorted(
        (name, True) for name in ("p/small", "p/large", "p/mute", "keyless/large", "made-up/echo", "nobody/x")
    )


def test_own_keys_have_health_of_their_own() -> None:
    own = Target(model="p/small", api_key=Secret("own"))
    where = route("p/small", own)
    first, second = plan("r", where).targets
    assert (first.place, second.place) == (("p", "small", ""), ("p", "small", "r.2"))
    found = choose(plan("r", where), where, Asked(), HealthSnapshot({first.place: SHUT}), 0.5)
    assert [target.place for target in found.targets] == [second.place]


@pytest.mark.parametrize("name", ["auto", "auto/cheapest", "auto/fastest", "auto/balanced", "auto/reliable"])
def test_auto_is_any_known_chat_model_that_is_ready(name: str) -> None:
    where = house()
    found = plan(name, where)
    assert {target.name for target in found.targets} == {"p/small", "p/large", "p/mute", "p/gone", "q/large"}
    order = choose(found, where, Asked(needs=Needs(abilities=frozenset({"images"})), today=date(2026, 11, 22)))
    assert {target.name for target in order.targets} == {"p/large", "p/mute", "q/large"}
    if name == "auto/cheapest":
        assert order.targets[0].name == "p/mute"


def test_auto_can_be_a_name_of_the_users_own() -> None:
    where = house(auto=VirtualModel(targets=[Target(model="q/large")]))
    assert [target.name for target in plan("auto", where).targets] == ["q/large"]


def test_auto_has_nothing_to_choose_from() -> None:
    with pytest.raises(ModelNotFoundError) as raised:
        plan("auto", Landscape({"made-up": Known("made-up", simulated=True)}, {}))
    assert "simulated/echo" in (raised.value.hint or "")


def test_a_callers_own_list() -> None:
    where = route("q/large", "p/mute", strategy="cheapest")
    found = plan_list(["p/small", "r", "keyless/large", "made-up/echo", "nobody/x", "p/small"], where)
    assert [target.name for target in found.targets] == ["p/small", "q/large", "p/mute"]
    assert [target.name for target in found.excluded] == ["keyless/large", "made-up/echo", "nobody/x"]
    assert (found.route, found.strategy) == ("p/small", "fallback")
    assert plan_list(["r"], where).strategy == "cheapest"
    with pytest.raises(ModelNotFoundError):
        plan_list(["nobody/x", "p/small"], where)
    assert plan_list(["made-up/echo", "p/small"], where).targets[0].name == "made-up/echo"


def test_a_plan_says_whether_there_is_anything_to_choose() -> None:
    where = route("p/small")
    assert plan("r", where).is_fixed
    assert plan("p/large", where).is_fixed
    assert not plan("r", THREE).is_fixed
    assert not plan("r", route(Target(model="p/small", when=Condition(tags=["x"])))).is_fixed


def test_where_nothing_is_known_of_models_the_order_stays() -> None:
    known = [Known("p", models=["small", "large"])]
    where = Landscape({one.name: one for one in known}, {"r": VirtualModel(
        targets=[Target(model="p/small"), Target(model="p/large")], strategy="cheapest"
    )})  # fmt: skip
    found = choose(plan("r", where), where, Asked(needs=Needs(abilities=frozenset({"images"}), input=10**9)))
    assert [(target.model, target.reason) for target in found.targets] == [
        ("small", "its price is not known"),
        ("large", "its price is not known"),
    ]


def test_a_place_is_not_a_secret() -> None:
    target = RouteTarget(provider="p", model="m", reason="r", key=Secret("hidden"), pool="r.1")
    assert "hidden" not in repr((target, target.place))
