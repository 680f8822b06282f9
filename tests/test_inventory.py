"""Which models there are, who tells of them, who is asked for them, and when."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pontage import inventory
from pontage.assemble import assemble
from pontage.catalog import ModelFacts
from pontage.config import Config, ModelSettings, PriceOverride, ProviderSettings, Secret, Target, VirtualModel
from pontage.engine import Engine
from pontage.inventory import has_ended
from pontage.providers.base import ModelInfo
from pontage.server.listing import entry
from tests.conftest import Figures
from tests.e2e.asking import request
from tests.gateway import running
from tests.replay.upstream import Scripted, upstream, whole

ENDED = "gpt-4-turbo"
"""A model whose last day has come."""
LIST: dict[str, Any] = {
    "object": "list",
    "data": [{"id": "gpt-5-mini", "context_window": 99}, {"id": "brand-new", "created": 5}, {"id": "org/m"}],
}


def openai(url: str, **more: Any) -> ProviderSettings:
    return ProviderSettings(base_url=url, api_key=Secret("k"), **more)


def engaged(config: Config, work: Callable[[Engine], Awaitable[None]]) -> None:
    async def main() -> None:
        engine = assemble(config, {})
        try:
            await work(engine)
        finally:
            await engine.aclose()

    asyncio.run(main())


def by_id(models: list[ModelInfo]) -> dict[str, ModelInfo]:
    found = {info.id: info for info in models}
    assert len(found) == len(models)
    return found


def test_what_all_tell_is_one_list() -> None:
    with upstream() as server:
        server.script(whole(LIST))
        named = {"mine": ModelSettings(name="org/m"), ENDED: ModelSettings()}
        config = Config(
            providers={"openai": openai(server.url, models=named)},
            models={"fast": VirtualModel(targets=[Target(model="openai/mine")])},
            prices={"openai/gpt-5-mini": PriceOverride(input=7.0)},
        )

        async def work(engine: Engine) -> None:
            assert "openai/brand-new" not in by_id(engine.inventory.known_models())
            assert server.received == []
            found = by_id(await engine.inventory.get_available_models())
            assert list(found)[:4] == ["fast", "openai/mine", f"openai/{ENDED}", "openai/gpt-6.1-sol"]
            told = {name: found[f"openai/{name}"].known_from for name in ("mine", ENDED, "brand-new", "gpt-5-pro")}
            assert told == {
                "mine": ("config", "listing"),
                ENDED: ("config", "catalogue"),  # it has ended: only who names it sees it
                "brand-new": ("listing",),
                "gpt-5-pro": ("catalogue",),
            }
            assert "openai/org/m" not in found  # it is `mine`
            listed = engine.knowledge.catalog.models("openai")
            ended = [facts.id for facts in listed if has_ended(facts, datetime.now(UTC).date()) and facts.id != ENDED]
            assert ended
            assert not {f"openai/{name}" for name in [*ended, "whisper-1"]} & set(found)
            mini = found["openai/gpt-5-mini"]
            assert mini.known_from == ("listing", "built-in", "catalogue")
            assert (mini.context, mini.max_output) == (99, 128_000)  # the provider's word, then the catalogue's
            assert mini.prices is not None
            assert (mini.prices["input"], mini.prices["output"]) == (7.0, 2.0)  # the user's word, then the catalogue's
            assert (mini.capabilities["tools"], mini.inputs[:1], mini.title) == (True, ("text",), "GPT-5 mini")
            assert found["openai/brand-new"].created == 5
            assert found["openai/brand-new"].prices is None
            assert found["openai/text-embedding-3-small"].mode == "embedding"
            assert found["fast"].known_from == ("config",)

        engaged(config, work)


def test_who_is_asked_and_how_often(monkeypatch: pytest.MonkeyPatch) -> None:
    with upstream() as server:
        server.script(whole(LIST))
        config = Config(
            providers={
                "house": ProviderSettings(type="compatible", base_url=server.url),
                "openai": openai("https://192.0.2.1.example"),  # public, and its models are known: never asked unbidden
                "anthropic": ProviderSettings(base_url=server.url),  # without a key: never asked at all
            }
        )

        async def work(engine: Engine) -> None:
            stock = engine.inventory
            lists = await asyncio.gather(*(stock.get_available_models() for _ in range(20)))
            assert all("house/brand-new" in by_id(models) for models in lists)
            await stock.get_available_models()
            assert len(server.received) == 1
            await stock.ask([engine.registry.require("house")])
            assert len(server.received) == 2
            monkeypatch.setattr(inventory, "KEPT", 0.0)
            await stock.ask([engine.registry.require("house")])
            await stock.get_available_models()
            assert len(server.received) == 4

        engaged(config, work)


def test_a_list_that_cannot_be_had_spoils_nothing() -> None:
    with upstream() as server:
        server.script(whole(LIST), whole({"error": {"message": "busy"}}, 503), whole(b"<html>"))

        async def work(engine: Engine) -> None:
            house = engine.registry.require("house")
            for _ in range(3):
                await engine.inventory.ask([house])
                assert "brand-new" in by_id(engine.inventory.models_of(house))  # what was told before holds

        engaged(Config(providers={"house": ProviderSettings(type="compatible", base_url=server.url)}), work)


def test_who_answers_late_is_there_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "PATIENCE", 0.05)
    with upstream() as server:
        server.script(Scripted(whole=b'{"data":[{"id":"late"}]}', before=0.5))

        async def work(engine: Engine) -> None:
            assert "house/late" not in by_id(await engine.inventory.get_available_models())
            for _ in range(200):
                await asyncio.sleep(0.05)
                if "house/late" in by_id(await engine.inventory.get_available_models()):
                    break
            assert "house/late" in by_id(engine.inventory.known_models())
            assert len(server.received) == 1

        engaged(Config(providers={"house": ProviderSettings(type="compatible", base_url=server.url)}), work)


def test_what_is_still_being_asked_is_given_up_with_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "PATIENCE", 0.05)
    with upstream() as server:
        server.script(Scripted(whole=b"{}", before=5))

        async def work(engine: Engine) -> None:
            await engine.inventory.get_available_models()

        engaged(Config(providers={"house": ProviderSettings(type="compatible", base_url=server.url)}), work)


def test_one_engine_asks_in_loop_after_loop() -> None:
    with upstream() as server:
        server.script(whole(LIST))
        engine = assemble(Config(providers={"house": ProviderSettings(type="compatible", base_url=server.url)}), {})

        async def once() -> int:
            try:
                await engine.inventory.ask([engine.registry.require("house")])
                return len(engine.inventory.known_models())
            finally:
                await engine.aclose()

        assert asyncio.run(once()) == asyncio.run(once()) > 3  # closed, it reaches no one; what was told holds


def test_what_the_user_names_is_listed_though_it_has_ended() -> None:
    async def work(engine: Engine) -> None:
        configured = engine.registry.require("openai")
        known = engine.knowledge.catalog.models("openai")
        listed = by_id(engine.inventory.models_of(configured))
        ended = {facts.id for facts in known if has_ended(facts, datetime.now(UTC).date())}
        assert ended & set(listed) == {ENDED}

    engaged(Config(providers={"openai": openai("https://api.openai.com/v1", models={ENDED: ModelSettings()})}), work)


@pytest.mark.parametrize(("day", "ended"), [(None, False), (date(2026, 1, 2), False), (date(2026, 1, 1), True)])
def test_a_model_ends_on_its_day(day: date | None, ended: bool) -> None:
    assert has_ended(ModelFacts(id="m", shutdown=day), date(2026, 1, 1)) is ended


def test_every_vendors_models_are_listed_fast(figures: Figures) -> None:
    async def work(engine: Engine) -> None:
        found = engine.inventory.known_models()
        assert all(info.known_from for info in found)
        assert {info.provider for info in found} >= {"openai", "anthropic", "simulated"}
        figures("models of two vendors that are listed", len(found))

    engaged(Config(providers={"openai": openai("http://127.0.0.1:9"), "anthropic": openai("http://127.0.0.1:9")}), work)


def test_callers_see_what_is_known_of_a_model() -> None:
    with upstream() as server:
        server.script(whole(LIST))
        with running(Config(providers={"openai": openai(server.url)})) as gateway:
            listed = {model["id"]: model for model in request(gateway, "GET", "/v1/models").json["data"]}
            mini = listed["openai/gpt-5-mini"]
            assert mini["context_length"] == 99
            assert mini["pontage"]["known_from"] == ["listing", "built-in", "catalogue"]
            assert mini["pontage"]["prices"]["output"] == 2.0
            asked = len(server.received)
            request(gateway, "GET", "/v1/models?limit=5")
            assert len(server.received) == asked
            request(gateway, "GET", "/v1/models?refresh")
            assert len(server.received) == asked + 1
            small = "openai/text-embedding-3-small"
            shown = request(gateway, "GET", f"/v1beta/models/{small}").json
            assert shown["supportedGenerationMethods"] == ["embedContent", "batchEmbedContents"]
            assert request(gateway, "POST", "/api/show", {"model": small}).json["capabilities"] == ["embedding"]
            able = request(gateway, "POST", "/api/show", {"model": "openai/gpt-5-mini"}).json["capabilities"]
            assert able == ["completion", "tools", "vision", "thinking"]
            assert request(gateway, "GET", f"/v1/models/{small}", anthropic_version="1").json["pontage"]["mode"]


@pytest.mark.parametrize("form", ["cohere_chat", "google_generate", "openai_chat"])
def test_each_format_tells_what_a_model_is_for(form: Any) -> None:
    told = {mode: entry(form, ModelInfo(id="m", mode=mode, max_output=7)) for mode in ("chat", "embedding", "rerank")}
    match form:
        case "cohere_chat":
            assert [one["endpoints"] for one in told.values()] == [["chat"], ["embed"], ["rerank"]]
        case "google_generate":
            assert [len(one["supportedGenerationMethods"]) for one in told.values()] == [2, 2, 0]
        case _:
            assert [one["pontage"].get("mode", "chat") for one in told.values()] == list(told)
