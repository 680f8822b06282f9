"""A kept connection that turns out dead costs a request at most one sending beyond its attempts."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pontage.config import Config, ProviderSettings
from tests.e2e.asking import ask
from tests.faults.peer import Step, peer
from tests.faults.wire import WELL, Ask
from tests.gateway import running
from tests.replay.upstream import Received


@pytest.mark.parametrize("how", ["reset", "fin"])
def test_a_call_is_sent_at_most_once_beyond_its_attempts(how: str) -> None:
    is_dead = False

    def script(received: Received) -> list[Step]:
        good = Ask("openai_chat", streams=False)
        return [how] if is_dead else [0.2, good.said(good.body(who=WELL))]

    with peer(script) as upstream:
        one = ProviderSettings(type="compatible", base_url=f"http://127.0.0.1:{upstream.port}/well/openai_chat")
        with running(Config(providers={"one": one})) as gateway, ThreadPoolExecutor(6) as hands:
            answers = hands.map(lambda _: ask(gateway, "openai", "one/m"), range(6))  # connections that will be kept
            assert [answer.status for answer in answers] == [200] * 6
            upstream.calls.clear()
            is_dead = True
            answer = ask(gateway, "openai", "one/m")
            assert answer.headers["x-pontage-attempts"] == ",".join(["one:PTG-1501"] * 3)
            assert upstream.calls["well", "openai_chat"] == 4
