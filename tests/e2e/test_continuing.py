"""A stream of plain text that broke, and another target that goes on where it stopped."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import pontage
from pontage.config import Config, PriceOverride, ProviderSettings, Target, Timeouts, VirtualModel
from pontage.continuing import GO_ON
from pontage.crossing import Crossing
from pontage.timeline import timeline_of
from tests.e2e.asking import Answer, request
from tests.e2e.endings import FORMS, body_of, texts_in
from tests.e2e.test_draining import END, eventually
from tests.e2e.test_truth import BUSY, EVENT_STREAM, chunk
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Scripted, Upstream, stream, upstream

EACH = pytest.mark.parametrize("form", FORMS)
CUT = stream(chunk("The moon ") + chunk("is made "), after="cut")
GOES_ON = stream(chunk("of ") + chunk("cheese.") + END)


@pytest.fixture(scope="module")
def vendors() -> Iterator[tuple[Upstream, Upstream]]:
    with upstream() as first, upstream() as second:
        yield first, second


def config(vendors: tuple[Upstream, Upstream], *, continues: bool = True, targets: int = 2) -> Config:
    urls = dict(zip("ab", (f"{vendor.url}/v1" for vendor in vendors), strict=True))
    route = VirtualModel(
        targets=[Target(model="a/x"), Target(model="b/y")][:targets],
        continue_after_cut=continues,
        timeouts=Timeouts(idle=0.5),
    )
    return Config(
        providers={name: ProviderSettings(type="compatible", base_url=url) for name, url in urls.items()},
        models={"steady": route},
        prices={"a/x": PriceOverride(input=1.0, output=1.0), "b/y": PriceOverride(input=1.0, output=1.0)},
    )


def asked(gateway: RunningGateway, form: str, **more: Any) -> tuple[Answer, Crossing]:
    settled: list[Crossing] = []
    gateway.engine.listeners.append(settled.append)
    path = FORMS[form].path.replace("{model}", "steady")
    answer = request(gateway, "POST", path, {**body_of(form, "steady"), **more}, content_type="application/json")
    eventually(lambda: bool(settled))
    gateway.engine.listeners.clear()
    (crossing,) = settled
    return answer, crossing


@EACH
@pytest.mark.parametrize("how", ["cut", "stall", "error"])
def test_another_target_goes_on_where_the_first_one_stopped(
    vendors: tuple[Upstream, Upstream], form: str, how: str
) -> None:
    first, second = vendors
    broken = {"cut": CUT, "stall": stream(b"".join(CUT.pieces), after="hang"), "error": stream(CUT.pieces[0] + BUSY)}
    first.script(broken[how])
    second.script(GOES_ON)
    with running(config(vendors)) as gateway:
        answer, crossing = asked(gateway, form)
    assert texts_in(answer.body) == "The moon is made of cheese."
    assert answer.body.count(FORMS[form].success) == 1
    assert FORMS[form].failure not in answer.body
    assert (crossing.continued, crossing.truncated, crossing.estimated) == (1, False, True)
    assert crossing.error is None
    assert [one.provider for one in crossing.tried] == ["a", "b"]
    assert [one.estimated for one in crossing.tried] == [True, False]
    assert crossing.tried[0].outcome != "200"
    lost, won = (one.usage for one in crossing.tried)
    assert lost is not None
    assert won is not None
    assert (lost.output or 0) >= 4
    assert crossing.usage is not None
    assert crossing.usage.total_output == (lost.total_output or 0) + 5
    assert crossing.cost is not None
    assert any("continued" in note.detail for note in crossing.notes)
    told = timeline_of(crossing)
    assert (told["continued"], told["estimated"], told["truncated"]) == (1, True, False)
    assert [one["estimated"] for one in told["attempts"]] == [True, False]


def test_the_question_goes_on_from_the_text_so_far(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(GOES_ON)
    with running(config(vendors)) as gateway:
        asked(gateway, "openai_chat", max_tokens=100)
    assert second.last.json["messages"] == [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "The moon is made "},
        {"role": "user", "content": GO_ON},
    ]
    assert second.last.json["stream"] is True
    assert 90 < second.last.json["max_tokens"] < 100


TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [TOOL]},
        {"reasoning_effort": "high"},
        {"response_format": {"type": "json_object"}},
        {"n": 2},
        {"logprobs": True},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_cannot_be_continued_is_cut(vendors: tuple[Upstream, Upstream], more: dict[str, Any]) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(GOES_ON)
    with running(config(vendors)) as gateway:
        answer, crossing = asked(gateway, "openai_chat", **more)
    assert FORMS["openai_chat"].failure in answer.body
    assert FORMS["openai_chat"].success not in answer.body
    assert (crossing.continued, crossing.truncated) == (0, True)
    assert not second.received


def thought(text: str) -> bytes:
    choice = {"index": 0, "delta": {"reasoning_content": text}, "finish_reason": None}
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def test_an_answer_that_thought_unasked_is_cut(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(stream(thought("hm") + chunk("The "), after="cut"))
    second.script(GOES_ON)
    with running(config(vendors)) as gateway:
        answer, _ = asked(gateway, "openai_chat")
    assert FORMS["openai_chat"].failure in answer.body
    assert not second.received


def test_of_the_second_only_its_text_is_told(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(stream(thought("they want more") + b"".join(GOES_ON.pieces)))
    with running(config(vendors)) as gateway:
        answer, _ = asked(gateway, "anthropic_messages")
    assert b"they want" not in answer.body
    assert texts_in(answer.body) == "The moon is made of cheese."


@EACH
def test_when_nobody_can_go_on_the_first_error_is_told(vendors: tuple[Upstream, Upstream], form: str) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(Scripted(status=500, whole=b"{}"))
    with running(config(vendors)) as gateway:
        answer, crossing = asked(gateway, form)
    assert texts_in(answer.body) == "The moon is made "
    assert FORMS[form].failure in answer.body
    assert FORMS[form].success not in answer.body
    assert crossing.error is not None
    assert crossing.error.code == "PTG-1503"
    assert (crossing.continued, crossing.truncated) == (0, True)
    assert [one.provider for one in crossing.tried] == ["b", "b", "a"]
    assert crossing.tried[-1].usage is not None


def test_a_third_goes_on_where_the_second_one_stopped(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(stream(chunk("of "), after="cut"), stream(chunk("cheese.") + END))
    settings = config(vendors)
    (route,) = settings.models.values()
    route.targets.append(Target(model="b/z"))
    with running(settings) as gateway:
        answer, crossing = asked(gateway, "openai_responses")
    assert texts_in(answer.body) == "The moon is made of cheese."
    assert crossing.continued == 2
    assert [one.model for one in crossing.tried] == ["x", "y", "z"]
    assert second.last.json["messages"][1]["content"] == "The moon is made of "


@pytest.mark.parametrize(("continues", "targets"), [(False, 2), (True, 1)])
def test_without_the_routes_wish_or_another_target_nothing_is_spliced(
    vendors: tuple[Upstream, Upstream], continues: bool, targets: int
) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(GOES_ON)
    with running(config(vendors, continues=continues, targets=targets)) as gateway:
        answer, _ = asked(gateway, "openai_chat")
    assert FORMS["openai_chat"].failure in answer.body
    assert not second.received


def test_before_the_first_content_it_is_a_fallback_like_any(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(Scripted(headers=EVENT_STREAM, pieces=(chunk(""),), after="cut"))
    second.script(GOES_ON)
    with running(config(vendors)) as gateway:
        answer, crossing = asked(gateway, "openai_chat")
    assert texts_in(answer.body) == "of cheese."
    assert (crossing.continued, crossing.estimated) == (0, False)


def test_the_sdk_reads_on_as_if_nothing_had_happened(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(CUT)
    second.script(GOES_ON)
    with pontage.Client(config(vendors), environ={}) as client, client.stream("steady", "Hello.") as told:
        response = told.response()
    assert response.text == "The moon is made of cheese."
    assert len(response.message.parts) == 1
    assert any("continued" in note.detail for note in response.notes)
