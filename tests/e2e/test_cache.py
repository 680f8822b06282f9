"""Answers that are kept, over real sockets: what callers get, and how often a provider is asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pontage.config import CacheRule, CacheSection, Config
from tests.e2e.asking import ENDS, PATHS, ask, raw, request, spoken, text_of
from tests.e2e.keeping import ROUTE, House, chat, chunks, counting, keeping, route, told
from tests.gateway import running, upstream_config
from tests.replay.upstream import PATIENCE, stream, upstream, whole

FORMS = pytest.mark.parametrize("form", PATHS)


@pytest.fixture
def opened() -> Iterator[Callable[..., House]]:
    with ExitStack() as stack:
        yield lambda *section, **rules: stack.enter_context(keeping(*section, **rules))


@FORMS
@pytest.mark.parametrize("first", ["whole", "stream"])
@pytest.mark.parametrize("then", ["whole", "stream"])
def test_an_answer_is_given_again_whole_or_streamed(
    opened: Callable[..., House], form: str, first: str, then: str
) -> None:
    house = opened(cache=CacheRule())
    made = ask(house.gateway, form, ROUTE, stream=first == "stream")
    assert told(form, made, streamed=first == "stream") == "Fresh 1"
    assert made.headers["x-pontage-cache"] == "miss"
    again = ask(house.gateway, form, ROUTE, stream=then == "stream")
    assert told(form, again, streamed=then == "stream") == "Fresh 1"
    assert again.headers["x-pontage-cache"] == "hit"
    assert again.headers["x-pontage-attempts"] == ""
    assert again.headers["x-pontage-provider"] == "openai"
    if then == "whole":
        assert again.headers["x-pontage-cost-usd"] == "0.0"
    assert len(house.upstream.received) == 1


def test_the_same_question_in_another_format_gets_the_same_answer(opened: Callable[..., House]) -> None:
    house = opened(cache=CacheRule())
    texts = {form: text_of(form, ask(house.gateway, form, ROUTE, **limits(form)).json) for form in PATHS}
    assert set(texts.values()) == {"Fresh 1"}
    assert len(house.upstream.received) == 1


def limits(form: str) -> dict[str, Any]:
    return {"generationConfig": {"maxOutputTokens": 1000}} if form == "google" else {"max_tokens": 1000}


def test_in_its_own_format_what_is_given_again_is_what_the_provider_said(opened: Callable[..., House]) -> None:
    house = opened(cache=CacheRule())
    first, second = (ask(house.gateway, "openai", ROUTE).json for _ in range(2))
    assert first == second == chat("Fresh 1")


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": 0.5},
        {"prompt": "Goodbye."},
        {"max_tokens": 7},
        {"seed": 1},
        {"user": "u"},
        {"metadata": {"a": "b"}},
        {"headers": {"x-pontage-tags": "a"}},
        {"headers": {"x-pontage-strict": "true"}},
        {"headers": {"openai-organization": "org"}},
        {"logit_bias": {"1": 2}},
    ],
)
def test_what_decides_the_answer_is_in_the_key(opened: Callable[..., House], more: dict[str, Any]) -> None:
    house = opened(cache=CacheRule())
    ask(house.gateway, "openai", ROUTE)
    assert ask(house.gateway, "openai", ROUTE, **more).headers["x-pontage-cache"] == "miss"
    assert ask(house.gateway, "openai", ROUTE, **more).headers["x-pontage-cache"] == "hit"
    assert len(house.upstream.received) == 2


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"user-agent": "another"}},
        {"headers": {"x-pontage-session": "s"}},
        {"stream_options": {"include_usage": True}},
        {"prompt_cache_key": "hint"},
    ],
)
def test_what_does_not_is_not(opened: Callable[..., House], more: dict[str, Any]) -> None:
    house = opened(cache=CacheRule())
    ask(house.gateway, "openai", ROUTE)
    assert ask(house.gateway, "openai", ROUTE, **more).headers["x-pontage-cache"] == "hit"


def test_callers_can_leave_the_cache_alone_or_renew_it(opened: Callable[..., House]) -> None:
    house = opened(cache=CacheRule())

    def asked(cache: str = "") -> tuple[str, str]:
        answer = ask(house.gateway, "openai", ROUTE, headers={"x-pontage-cache": cache} if cache else {})
        return text_of("openai", answer.json), answer.headers["x-pontage-cache"]

    assert asked("no-store") == ("Fresh 1", "bypass")
    assert asked() == ("Fresh 2", "miss")
    assert asked("no-store") == ("Fresh 3", "bypass")
    assert asked() == ("Fresh 2", "hit")
    assert asked("no-cache") == ("Fresh 4", "miss")
    assert asked() == ("Fresh 4", "hit")
    wrong = ask(house.gateway, "openai", ROUTE, headers={"x-pontage-cache": "maybe"})
    assert wrong.status == 400


def test_what_is_not_whole_or_not_well_is_not_kept(opened: Callable[..., House]) -> None:
    house = opened(cache=CacheRule(), retries=0)
    for answer in (
        whole(chat("cut", "length")),
        whole(chat("filtered", "content_filter")),
        whole({"error": {"message": "no"}}, 400),
        whole({"error": {"message": "no"}}, 500),
    ):
        house.upstream.script(answer)
        for _ in range(2):
            ask(house.gateway, "openai", ROUTE)
        assert len(house.upstream.received) == 2
    house.upstream.script(stream(chunks("half", done=False)))
    for _ in range(2):
        broken = ask(house.gateway, "openai", ROUTE, stream=True)
        assert ENDS["openai"] not in broken.body
    assert len(house.upstream.received) == 2


def test_a_client_that_leaves_its_stream_leaves_nothing_kept(opened: Callable[..., House]) -> None:
    house = opened(cache=CacheRule(), coalesce=True)
    house.upstream.script(stream(chunks("one", "two", done=False), after="hang"))
    path, body = spoken("openai", ROUTE, stream=True)
    client = raw(house.gateway, path, json.dumps(body).encode())
    while b"two" not in client.recv(65536):
        pass
    client.close()
    assert house.upstream.gone.wait(PATIENCE)
    house.upstream.play(counting())
    assert ask(house.gateway, "openai", ROUTE, stream=True).headers["x-pontage-cache"] == "miss"


def test_too_large_an_answer_hosted_tools_and_high_temperatures_are_not_kept(opened: Callable[..., House]) -> None:
    house = opened(CacheSection(answer_bytes=100), cache=CacheRule())
    for streamed in (False, True):
        for _ in range(2):
            assert ask(house.gateway, "openai", ROUTE, stream=streamed).headers["x-pontage-cache"] == "miss"
    house = opened(cache=CacheRule(max_temperature=0.0))
    assert ask(house.gateway, "openai", ROUTE).headers["x-pontage-cache"] == "bypass"
    assert ask(house.gateway, "openai", ROUTE, temperature=1).headers["x-pontage-cache"] == "bypass"
    assert ask(house.gateway, "openai", ROUTE, temperature=0).headers["x-pontage-cache"] == "miss"
    searching = {"tools": [{"googleSearch": {}}]}
    assert ask(house.gateway, "google", ROUTE, **searching).headers["x-pontage-cache"] == "bypass"


def test_a_route_without_rules_says_nothing_and_a_bad_request_is_told_by_its_provider(
    opened: Callable[..., House],
) -> None:
    house = opened(cache=CacheRule())
    assert "x-pontage-cache" not in ask(house.gateway, "openai", "openai/gpt-x").headers
    bad = request(house.gateway, "POST", PATHS["openai"], {"model": ROUTE, "messages": 7})
    assert bad.status == 400


def test_answers_outlive_the_process_in_sqlite(opened: Callable[..., House], tmp_path: Path) -> None:
    section = CacheSection(path=str(tmp_path / "folder" / "cache.sqlite"))
    for expected in ("miss", "hit"):
        house = opened(section, cache=CacheRule(store="sqlite"))
        answer = ask(house.gateway, "openai", ROUTE)
        assert (answer.headers["x-pontage-cache"], text_of("openai", answer.json)) == (expected, "Fresh 1")


def test_a_question_that_means_the_same_gets_the_same_answer() -> None:
    rule = CacheRule(kind="semantic", embedding="simulated/embed", threshold=0.95)
    config = Config(models={ROUTE: route("simulated/echo", cache=rule)})
    with running(config) as gateway:
        prompts = ("What is the capital of France?", "what is the capital of france", "What is the capital of Spain?")
        answers = [ask(gateway, "openai", ROUTE, prompt=prompt) for prompt in prompts]
        assert [answer.headers["x-pontage-cache"] for answer in answers] == ["miss", "hit", "miss"]
        assert text_of("openai", answers[0].json) == text_of("openai", answers[1].json)
        colder = ask(gateway, "openai", ROUTE, prompt=prompts[1], temperature=0.1)
        assert colder.headers["x-pontage-cache"] == "miss"


def test_without_a_vector_a_semantic_cache_is_an_exact_one() -> None:
    rule = CacheRule(kind="semantic", embedding="openai/no-such", threshold=0.8)
    with upstream() as server:
        config = upstream_config(server.url, models={ROUTE: route("simulated/echo", cache=rule)})
        with running(config) as gateway:
            first, second, third = (ask(gateway, "openai", ROUTE, prompt=one) for one in ("Hello", "Hello", "hello"))
            told = [answer.headers["x-pontage-cache"] for answer in (first, second, third)]
            assert told == ["miss", "hit", "miss"]
