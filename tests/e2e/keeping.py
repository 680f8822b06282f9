"""A gateway with a virtual model that keeps or shares answers, and a provider whose answers are numbered."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pontage.config import CacheSection, Target, VirtualModel
from tests.e2e.asking import ENDS, Answer, streamed_text, text_of
from tests.e2e.test_leaving import eventually, idle
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole

ROUTE = "kept"


class House(NamedTuple):
    upstream: Upstream
    gateway: RunningGateway


def route(*targets: str, **more: Any) -> VirtualModel:
    listed = [Target(model=model) for model in targets or ("openai/gpt-x",)]
    return VirtualModel(targets=listed, allow_simulated=True, **more)


def chat(text: str, reason: str = "stop") -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-x",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        "x_new": {"word": "nobody knows"},
    }


def chunks(*texts: str, done: bool = True) -> bytes:
    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x"}
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return b"data: " + json.dumps({**told, "choices": [choice]}).encode() + b"\n\n"

    told = [chunk({"role": "assistant", "content": texts[0]}), *(chunk({"content": text}) for text in texts[1:])]
    return b"".join([*told, *([chunk({}, "stop"), b"data: [DONE]\n\n"] if done else [])])


def counting(whole_text: str = "Fresh") -> Callable[[Received], Scripted]:
    """Each answer says which one it is."""
    numbers = iter(range(1, 1000))

    def answer(received: Received) -> Scripted:
        number = next(numbers)
        if received.json.get("stream"):
            return stream(chunks(whole_text, f" {number}"))
        return whole(chat(f"{whole_text} {number}"))

    return answer


@contextmanager
def keeping(section: CacheSection | None = None, **rules: Any) -> Iterator[House]:
    """A house whose virtual model `kept` follows these rules."""
    with upstream() as server:
        server.play(counting())
        config = upstream_config(server.url, models={ROUTE: route(**rules)}, cache=section or CacheSection())
        with running(config) as gateway:
            yield House(server, gateway)
            eventually(lambda: idle(gateway))


def told(form: str, answer: Answer, *, streamed: bool) -> str:
    assert answer.status == 200
    if streamed:
        assert answer.whole
        assert ENDS[form] in answer.body
        return streamed_text(form, answer.body)
    return text_of(form, answer.json)
