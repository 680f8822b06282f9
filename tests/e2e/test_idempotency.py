"""Requests that are sent again under the same key, over real sockets."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import IdempotencySection, ServerSection
from tests.e2e.asking import ENDS, PATHS, Answer, ask, error_of, raw, request, spoken, streamed_text, text_of
from tests.e2e.keeping import House, chat, chunks, counting
from tests.e2e.test_leaving import eventually, idle
from tests.gateway import running, upstream_config
from tests.replay.upstream import PATIENCE, Scripted, stream, upstream, whole

FORMS = pytest.mark.parametrize("form", PATHS)
MODEL = "openai/gpt-x"


def rules(**more: Any) -> ServerSection:
    return ServerSection(idempotency=IdempotencySection(**more))


@pytest.fixture
def house() -> Iterator[House]:
    with upstream() as server, running(upstream_config(server.url, server=rules(answer_bytes=5_000))) as gateway:
        server.play(counting())
        yield House(server, gateway)
        eventually(lambda: idle(gateway))
        assert gateway.failures == 0


def keyed(house: House, form: str = "openai", key: str = "k1", **more: Any) -> Answer:
    return ask(house.gateway, form, more.pop("model", MODEL), headers={"idempotency-key": key}, **more)


@FORMS
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_the_same_request_gets_the_same_answer(house: House, form: str, streamed: bool) -> None:
    first, second = (keyed(house, form, stream=streamed) for _ in range(2))
    assert len(house.upstream.received) == 1
    assert first.status == second.status == 200
    assert first.body == second.body
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-pontage-attempts"] == second.headers["x-pontage-attempts"]
    told = streamed_text(form, second.body) if streamed else text_of(form, second.json)
    assert told == "Fresh 1"
    assert not streamed or ENDS[form] in second.body
    assert keyed(house, form, "k2", stream=streamed).body != first.body


@FORMS
def test_another_request_under_the_same_key_is_refused(house: House, form: str) -> None:
    keyed(house, form)
    other = keyed(house, form, prompt="Something else.")
    assert other.status == 422
    assert "another request" in error_of(form, other.json)[1]
    assert len(house.upstream.received) == 1


@FORMS
def test_while_the_first_is_being_answered_the_second_is_refused(house: House, form: str) -> None:
    house.upstream.script(Scripted(whole=json.dumps(chat("Late")).encode(), before=1.0))
    found: list[Answer] = []
    first = threading.Thread(target=lambda: found.append(keyed(house, form)))
    first.start()
    eventually(lambda: len(house.upstream.received) == 1)
    second = keyed(house, form)
    assert second.status == 409
    error_of(form, second.json)
    assert second.headers["retry-after"] == "1"
    assert keyed(house, form, prompt="Something else.").status == 422
    first.join(PATIENCE)
    assert found[0].status == 200
    assert keyed(house, form).body == found[0].body


def test_what_may_pass_is_tried_again(house: House) -> None:
    house.upstream.script(whole({"error": {"message": "no"}}, 401), whole(chat("Better")))
    assert keyed(house).status == 401
    assert text_of("openai", keyed(house).json) == "Better"
    house.upstream.script(stream(chunks("half", done=False)), stream(chunks("all")))
    assert ENDS["openai"] not in keyed(house, key="s", stream=True).body
    assert ENDS["openai"] in keyed(house, key="s", stream=True).body


def test_a_client_that_left_can_try_again(house: House) -> None:
    house.upstream.script(Scripted(before=60))
    path, body = spoken("openai", MODEL)
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: g\r\ncontent-length: {len(data)}\r\nidempotency-key: k1\r\n\r\n".encode()
    client = raw(house.gateway, "/version", b"")
    client.close()
    client = raw(house.gateway, "/version", b"")
    client.sendall(head + data)
    eventually(lambda: len(house.upstream.received) == 1)
    client.close()
    assert house.upstream.gone.wait(PATIENCE)
    eventually(lambda: idle(house.gateway))
    house.upstream.play(counting())
    assert keyed(house).status == 200


def test_a_request_that_is_wrong_stays_wrong(house: House) -> None:
    for expected in (None, "true"):
        wrong = keyed(house, n=100)
        assert wrong.status == 400
        assert wrong.headers.get("idempotent-replayed") == expected
        assert error_of("openai", wrong.json)


def test_what_is_too_large_is_not_kept_and_keys_have_a_length(house: House) -> None:
    house.upstream.script(whole(chat("x" * 6_000)))
    for _ in range(2):
        assert keyed(house).status == 200
    assert len(house.upstream.received) == 2
    assert keyed(house, key="k" * 300).status == 400
    assert request(house.gateway, "GET", "/v1/models", idempotency_key="k1").status == 200


def test_keys_can_be_switched_off_and_the_oldest_are_forgotten() -> None:
    with upstream() as server:
        for section, asked in ((rules(ttl=0), 2), (rules(entries=1), 3)):
            with running(upstream_config(server.url, server=section)) as gateway:
                server.play(counting())
                house = House(server, gateway)
                for key in ("a", "b", "a") if asked == 3 else ("a", "a"):
                    keyed(house, key=key)
                assert len(server.received) == asked
