"""Usage is asked for in every stream, kept in the books, and told to nobody who did not ask."""

import json
from collections.abc import Iterator

import pytest

from pontage.crossing import Crossing
from tests.e2e.asking import request
from tests.e2e.endings import FORMS, asked, body_of
from tests.e2e.test_draining import LAST, eventually
from tests.e2e.test_endings import END, LIKE, providers_at
from tests.e2e.test_truth import chunk
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Scripted, Upstream, stream, upstream

EACH = pytest.mark.parametrize("form", FORMS)
TOLD = stream(chunk("hello", "stop") + LAST + b"\n\n" + END)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def house(vendor: Upstream) -> Iterator[RunningGateway]:
    with running(providers_at(vendor)) as gateway:
        yield gateway


def settled(gateway: RunningGateway, form: str, model: str) -> tuple[bytes, Crossing]:
    found: list[Crossing] = []
    gateway.engine.listeners.append(found.append)
    body = asked(gateway, form, model).body
    eventually(lambda: bool(found))
    gateway.engine.listeners.remove(found.append)
    return body, found[0]


@EACH
def test_usage_is_asked_for_and_kept(house: RunningGateway, vendor: Upstream, form: str) -> None:
    vendor.script(TOLD)
    _, crossing = settled(house, form, "openai_chat/m")
    assert vendor.last.json["stream_options"] == {"include_usage": True}
    assert crossing.usage is not None
    assert (crossing.usage.total_input, crossing.usage.total_output) == (7, 5)


def test_a_client_that_did_not_ask_is_not_told(house: RunningGateway, vendor: Upstream) -> None:
    vendor.script(TOLD)
    assert b"usage" not in asked(house, "openai_chat", "openai_chat/m").body
    body = {**body_of("openai_chat", "openai_chat/m"), "stream_options": {"include_usage": True}}
    answer = request(house, "POST", FORMS["openai_chat"].path, body, content_type="application/json")
    assert b'"prompt_tokens": 7' in answer.body


@EACH
def test_usage_is_read_from_streams_that_are_relayed(house: RunningGateway, vendor: Upstream, form: str) -> None:
    like = LIKE[form]
    vendor.script(TOLD)
    native = asked(house, like, "openai_chat/m").body
    if like == "openai_chat":
        native = b"".join(TOLD.pieces)
    kind = "application/x-ndjson" if like == "ollama_chat" else "text/event-stream"
    vendor.script(Scripted(headers=(("content-type", kind),), pieces=(native,)))
    body, crossing = settled(house, form, f"{like}/m")
    assert json.dumps("hello") in body.decode()
    assert crossing.usage is not None
    assert (crossing.usage.total_input, crossing.usage.total_output) == (7, 5)
    assert (crossing.estimated, crossing.truncated) == (False, False)
