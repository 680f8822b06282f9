"""What is told to who may look: health, providers, models, routes, requests; and who that is."""

from collections.abc import Iterator

import pytest

from pontage.config import AuthSection, Target, VirtualModel
from tests.e2e.asking import ask, request
from tests.e2e.looking import scraped, value
from tests.e2e.test_choice import failing
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

ROUTES = {
    "both": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")]),
    "priced": VirtualModel(targets=[Target(model="openai/gpt-4.1")]),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    with upstream() as running_upstream:
        yield running_upstream


@pytest.fixture
def gateway(server: Upstream) -> Iterator[RunningGateway]:
    with running(upstream_config(server.url, models=ROUTES)) as running_gateway:
        yield running_gateway


def test_health_by_the_book(gateway: RunningGateway, server: Upstream) -> None:
    server.play(failing(503))
    for _ in range(6):
        ask(gateway, "openai", "both")
    told = request(gateway, "GET", "/admin/v1/health").json
    openai = told["providers"]["openai"]
    assert told["unwell"] == ["openai"]
    assert openai["verdict"] == "down"
    assert openai["models"]["gpt-x"]["breaker"] == "open"
    assert openai["models"]["gpt-x"]["last_faults"][-1]["what"] == "503"
    assert openai["keys"][0]["state"] == "well"
    assert told["providers"]["anthropic"]["verdict"] == "well"
    metrics = scraped(gateway)
    assert value(metrics, "pontage_breaker_state", provider="openai", model="gpt-x", key="any") == 3
    assert value(metrics, "pontage_breaker_state", provider="anthropic") == 0
    server.script(whole({"error": {"message": "no", "type": "x", "code": None, "param": None}}, 401))
    ask(gateway, "openai", "priced")
    told = request(gateway, "GET", "/admin/v1/health").json
    assert told["providers"]["openai"]["keys"][0]["state"] == "invalid"
    assert value(scraped(gateway), "pontage_keys", provider="openai", state="invalid") == 1


def test_providers_and_models(gateway: RunningGateway) -> None:
    told = request(gateway, "GET", "/admin/v1/providers").json["providers"]
    assert [one["name"] for one in told] == ["openai", "anthropic", "google", "simulated"]
    assert told[0]["formats"] == ["openai_chat", "openai_responses"]
    models = request(gateway, "GET", "/admin/v1/models").json["models"]
    assert {"both", "priced", "simulated/echo"} <= {one["id"] for one in models}


def test_a_route_is_explained(gateway: RunningGateway) -> None:
    asked = {"model": "both", "request": {"messages": [{"role": "user", "content": "hi"}]}, "tags": ["a"]}
    told = request(gateway, "POST", "/admin/v1/routes/explain", asked).json
    assert [one["target"] for one in told["targets"]] == ["openai/gpt-x", "anthropic/claude-x"]
    assert request(gateway, "POST", "/admin/v1/routes/explain", {"model": "sim/echo"}).json["route"] == "sim/echo"
    for wrong in ({}, {"model": "both", "more": 1}, {"model": "both", "format": "klingon"}, b"{"):
        assert request(gateway, "POST", "/admin/v1/routes/explain", wrong).status == 400
    assert request(gateway, "POST", "/admin/v1/routes/explain", {"model": "nobody/knows"}).status == 404


def test_who_may_look(gateway: RunningGateway, server: Upstream) -> None:
    for host in ("localhost:4000", "127.0.0.1", "[::1]:4000"):
        assert request(gateway, "GET", "/metrics", host=host).status == 200
    for host in ("evil.example", "evil.example:4000", "127.0.0.1.evil.example", "127.0.0.1.evil.example:4000"):
        assert request(gateway, "GET", "/metrics", host=host).status == 403, host
    for header in ("x_forwarded_for", "forwarded", "via", "x_real_ip"):
        assert request(gateway, "GET", "/admin/v1/requests", **{header: "1.2.3.4"}).status == 403
    with running(upstream_config(server.url, auth=AuthSection(mode="keys"))) as locked:
        assert request(locked, "GET", "/admin/v1/health").status == 403
        assert request(locked, "GET", "/health").status == 200


def test_pages_of_requests(gateway: RunningGateway) -> None:
    ids = [ask(gateway, "openai", "sim/echo").headers["x-request-id"] for _ in range(5)]
    first = request(gateway, "GET", "/admin/v1/requests?limit=3").json
    assert [one["id"] for one in first["requests"]] == ids[:1:-1]
    second = request(gateway, "GET", f"/admin/v1/requests?limit=3&before={first['next']}").json
    assert [one["id"] for one in second["requests"]] == ids[1::-1]
    assert second["next"] is None
    for wrong in ("0", "-1", "x", "501", "9" * 5000):
        assert request(gateway, "GET", f"/admin/v1/requests?limit={wrong}").status == 400
    assert request(gateway, "GET", "/admin/v1/requests/unknown").status == 404
    assert request(gateway, "DELETE", "/admin/v1/requests/unknown").status == 405
