"""Which requests are the same, and which questions mean the same."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.caching.flights import Flight, Flights
from pontage.caching.kept import KeptAnswer, may_ask, may_keep
from pontage.caching.key import asked_in_words, key_of
from pontage.caching.library import Library, Wanted
from pontage.caching.semantic import MemoryIndex
from pontage.caching.store import MemoryStore
from pontage.config import CacheRule
from pontage.domain.chat import ChatRequest, ChatResponse, Choice, FunctionTool, Message, Origin, ServerTool, Stop
from pontage.domain.parts import Cache, Image, Inline, Part, Reasoning, Text, ToolCall
from pontage.domain.stream import collect, tell


def user(*parts: Part, **more: Any) -> Message:
    return Message(role="user", parts=parts, **more)


ASKED = ChatRequest(model="m", messages=(user(Text(text="Hello"), origin=Origin("openai_chat")),))


def changed(**more: Any) -> ChatRequest:
    return msgspec.structs.replace(ASKED, **more)


def test_where_it_was_read_and_how_it_is_told_decide_nothing() -> None:
    same = [
        changed(origin=Origin("anthropic_messages")),
        changed(stream=True),
        changed(cache=Cache()),
        changed(cache_key="hint"),
        changed(extra={"stream_options": {"include_usage": True}}),
        changed(messages=(user(Text(text="Hello"), origin=Origin("google_generate")),)),
    ]
    assert {key_of(one, "route") for one in same} == {key_of(ASKED, "route")}


def test_everything_else_does() -> None:
    others = [
        changed(temperature=0.0),
        changed(user="u"),
        changed(metadata={"a": "b"}),
        changed(extra={"word": 1}),
        changed(extra={"word": 1}, origin=Origin("openai_chat")),
        changed(extra={"word": 1}, origin=Origin("cohere_chat")),
        changed(tools=(FunctionTool(name="t"),)),
        changed(
            messages=(
                user(
                    Text(text="Hello "),
                ),
            )
        ),
        changed(messages=(user(Text(text="Hel"), Text(text="lo")),)),
    ]
    keys = {key_of(one, "route") for one in [*others, ASKED]} | {key_of(ASKED, "other route")}
    assert len(keys) == len(others) + 2


def test_only_a_conversation_in_words_is_compared_by_meaning() -> None:
    split = asked_in_words(ASKED)
    assert split is not None
    assert split[0] == "Hello"
    assert split[1].messages[-1].parts == ()
    picture = Image(source=Inline(media_type="image/png", base64="AA=="))
    for one in (
        changed(tools=(FunctionTool(name="t"),)),
        changed(messages=()),
        changed(messages=(user(Text(text="Look"), picture),)),
        changed(messages=(user(Text(text="  ")),)),
        changed(messages=(*ASKED.messages, Message(role="assistant", parts=(Text(text="Hi"),)))),
    ):
        assert asked_in_words(one) is None


def answer(*parts: Part, reason: str = "stop") -> ChatResponse:
    stop = Stop(reason)  # type: ignore[arg-type]  # the test's own words
    message = Message(role="assistant", parts=parts, origin=Origin("openai_chat"))
    return ChatResponse(id="r", model="m", choices=(Choice(message=message, stop=stop),), origin=message.origin)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("stop", True), ("stop_sequence", True), ("tool_calls", True), ("length", False), ("content_filter", False),
     ("refusal", False), ("pause", False), ("error", False), ("other", False), ("context_exceeded", False)],
)  # fmt: skip
def test_only_what_is_whole_may_be_kept(reason: str, kept: bool) -> None:
    assert may_keep(answer(Text(text="x"), reason=reason)) is kept
    assert not may_keep(ChatResponse(id="r", model="m", choices=()))


def test_what_may_be_asked_for_again() -> None:
    assert may_ask(ASKED, None)
    assert not may_ask(changed(tools=(ServerTool(kind="web_search"),)), None)
    assert not may_ask(ASKED, 0.5)
    assert may_ask(changed(temperature=0.5), 0.5)


PARTS = st.lists(
    st.one_of(
        st.builds(Text, text=st.text(max_size=5)),
        st.builds(Reasoning, text=st.text(max_size=5), signature=st.none() | st.just("s")),
        st.builds(ToolCall, id=st.just("c"), name=st.just("n"), arguments=st.just('{"a":1}')),
    ),
    max_size=4,
)


@given(PARTS)
def test_what_is_told_in_pieces_is_collected_to_the_same(parts: list[Part]) -> None:
    response = answer(*parts)
    assert collect(tell(response)) == response
    kept = KeptAnswer(response=response, provider="p", model="m")
    assert KeptAnswer.from_json(kept.to_json()) == kept


def test_the_nearest_is_found_within_its_scope_and_its_time() -> None:
    index = MemoryIndex(scopes=2, candidates=2)
    here, there = ("a", b"scope"), ("b", b"scope")
    index.add(here, (2.0, 0.0), b"x", until=10)
    index.add(here, (0.0, 5.0), b"y", until=10)
    assert index.nearest(here, (0.9, 0.1), 0.9, now=1) == b"x"
    assert index.nearest(here, (0.1, 0.9), 0.9, now=1) == b"y"
    assert index.nearest(here, (1.0, 1.0), 0.9, now=1) is None
    assert index.nearest(here, (0.0, 0.0), 0.0001, now=1) is None
    assert index.nearest(here, (1.0, 0.0, 0.0), 0.5, now=1) is None
    assert index.nearest(there, (1.0, 0.0), 0.1, now=1) is None
    assert index.nearest(here, (1.0, 0.0), 0.9, now=10) is None
    index.add(here, (1.0, 1.0), b"z", until=10)
    assert index.nearest(here, (1.0, 0.0), 0.99, now=1) is None  # the oldest made room
    index.add(here, (0.0, 0.0), b"nothing", until=10)


def test_a_library_forgets_by_the_clock_it_is_given_and_reads_no_other_versions_answers() -> None:
    async def main() -> None:
        now = [100.0]
        store = MemoryStore(10, 10_000)

        async def vector(model: str, text: str) -> tuple[float, ...] | None:
            return None

        library = Library({"memory": store}, {}, vector, 10_000, lambda: now[0])
        wanted = Wanted(tenant="a", route="r", key=b"k", rule=CacheRule(ttl=5))
        kept = KeptAnswer(response=answer(Text(text="x")), provider="p", model="m")
        await library.keep(wanted, kept)
        assert await library.find(wanted) == kept
        assert await library.find(msgspec.structs.replace(wanted, tenant="b")) is None
        now[0] += 4.9
        assert await library.find(wanted) == kept
        now[0] += 0.2
        assert await library.find(wanted) is None
        await store.put("a", b"k", b'{"other": 1}', now[0], 5)
        assert await library.find(wanted) is None
        await library.aclose()

    asyncio.run(main())


def test_work_that_nobody_waits_for_is_given_up_and_another_begins_anew() -> None:
    async def main() -> None:
        flights: Flights[str, Flight[int]] = Flights()
        begun: list[int] = []

        async def work() -> int:
            begun.append(1)
            await asyncio.sleep(3600)
            return 1

        first, led = flights.board("k", lambda: Flight(work))
        same, joined = flights.board("k", lambda: Flight(work))
        assert (led, joined) == (True, False)
        assert first is same
        await asyncio.sleep(0)
        await first.leave()
        assert not first.task.done()
        await first.leave()
        assert first.task.cancelled()
        again, led = flights.board("k", lambda: Flight(work))
        assert led
        assert again is not first
        await asyncio.sleep(0)
        assert len(begun) == 2
        await again.leave()
        await asyncio.sleep(0)
        assert len(flights) == 0

    asyncio.run(main())
