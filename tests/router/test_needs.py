"""What a request asks of a model, and what is known not to serve it."""

import msgspec
import pytest

from pontage.catalog import Catalog, ModelFacts
from pontage.catalog.facts import ReasoningFacts
from pontage.domain.chat import ChatRequest, FunctionTool, Message, OutputFormat, ReasoningOptions
from pontage.domain.parts import Audio, Document, Image, Inline, Link, Nested, Part, Plain, Text, ToolResult, Video
from pontage.errors import PontageError
from pontage.router.needs import OUTPUT, Needs, is_plain, needs_of, overflows, unserved
from tests.conftest import Corpus, Figures
from tests.speaking import read_request
from tests.specimens import specimens

PICTURE = Image(source=Link("https://example.com/a.png"))
ABLE = ModelFacts(
    id="m", context=1000, inputs=("text", "image", "pdf", "audio", "video"), outputs=("text", "audio"), tools=True,
    json_schema=True, reasoning=ReasoningFacts(),
)  # fmt: skip
UNABLE = ModelFacts(
    id="m", context=10, inputs=("text",), outputs=("text",), tools=False, json_schema=False,
    reasoning=ReasoningFacts(supported=False),
)  # fmt: skip


def request(*parts: Part, **fields: object) -> ChatRequest:
    message = Message(role="user", parts=(Text(text="Hello"), *parts))
    return msgspec.structs.replace(ChatRequest(model="m", messages=(message,)), **fields)


@pytest.mark.parametrize(
    ("asked", "need"),
    [
        (request(tools=(FunctionTool(name="f"),)), "tools"),
        (request(output=OutputFormat(kind="schema", schema={})), "json_schema"),
        (request(reasoning=ReasoningOptions(effort="high")), "reasoning"),
        (request(reasoning=ReasoningOptions(budget_tokens=2000)), "reasoning"),
        (request(PICTURE), "images"),
        (request(ToolResult(call_id="c", parts=(PICTURE,))), "images"),
        (request(Document(source=Nested((PICTURE,)))), "images"),
        (request(Document(source=Inline("application/pdf", "AAAA"))), "documents"),
        (request(Audio(source=Inline("audio/wav", "AAAA"))), "audio"),
        (request(Video(source=Inline("video/mp4", "AAAA"))), "video"),
    ],
)
def test_what_a_request_needs(asked: ChatRequest, need: str) -> None:
    needs = needs_of(asked)
    assert needs.abilities == {need}
    assert unserved(needs, ABLE) is None
    assert unserved(needs, UNABLE) == f"it cannot do {need}, which the request needs"
    assert unserved(needs, ModelFacts(id="m")) is None  # not known is not no
    assert unserved(needs, None) is None


@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request(Document(source=Plain("some text"))),
        request(output=OutputFormat(kind="json")),
        request(reasoning=ReasoningOptions(effort="none")),
        request(reasoning=ReasoningOptions(enabled=False)),
        request(reasoning=ReasoningOptions(show=True)),
    ],
)
def test_what_needs_nothing_special(asked: ChatRequest) -> None:
    assert needs_of(asked).abilities == frozenset()


def test_an_answer_in_sound() -> None:
    needs = needs_of(request(modalities=("text", "audio")))
    assert needs.answers == {"audio"}
    assert unserved(needs, ABLE) is None
    assert unserved(needs, UNABLE) == "it does not answer in audio"


def test_the_length_of_a_prompt() -> None:
    needs = needs_of(request(Text(text="word " * 100)))
    assert 90 < needs.input < 150
    assert overflows(needs, ABLE) is None
    assert (overflows(needs, UNABLE) or "").startswith("it takes 10 tokens, and the request has about 1")
    assert overflows(needs, ModelFacts(id="m", context=1000, max_input=50)) is not None
    assert overflows(needs, ModelFacts(id="m")) is None
    assert overflows(needs, None) is None


@pytest.mark.parametrize(("allowed", "taken"), [(None, OUTPUT), (10, 10), (100_000, OUTPUT)])
def test_how_long_an_answer_is_taken_to_be(allowed: int | None, taken: int) -> None:
    assert needs_of(request(max_tokens=allowed)).output == taken


def test_a_body_that_looks_plain_needs_nothing(corpus: Corpus, figures: Figures) -> None:
    recorded = {exchange.id for exchange in corpus}
    plain = asked = 0
    for specimen in specimens():
        if specimen.id not in recorded or specimen.request is None:
            continue
        try:
            decoded = read_request(specimen)
        except PontageError:
            continue
        asked += 1
        if is_plain(specimen.request):
            plain += 1
            needs = needs_of(decoded)
            assert (needs.abilities, needs.answers) == (frozenset(), frozenset()), specimen.id
            assert needs.input <= 4_000
    figures("recorded requests whose needs are told without decoding", f"{plain} of {asked}")


def test_the_catalogue_tells_who_serves_what(figures: Figures) -> None:
    catalog = Catalog.load()
    models = [facts for provider in catalog.providers() for facts in catalog.models(provider) if facts.mode == "chat"]
    needs = Needs(abilities=frozenset({"tools", "images"}))
    refused = [facts for facts in models if unserved(needs, facts) is not None]
    figures("chat models of the catalogue known not to take tools or pictures", f"{len(refused)} of {len(models)}")
    assert 0 < len(refused) < len(models)
