"""How near an estimate of tokens comes to what providers told."""

from collections import defaultdict
from statistics import median

import pytest

from pontage.domain import (
    Audio,
    ChatRequest,
    Document,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    Nested,
    Opaque,
    OutputFormat,
    Part,
    Plain,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from pontage.domain.chat import CustomTool
from pontage.errors import PontageError
from pontage.estimate import estimate_tokens, text_tokens
from tests.conftest import Corpus, Figures
from tests.speaking import read_answer, read_request
from tests.specimens import specimens

MEDIA = Image | Audio | Document | Video


def asked(*parts: Part, **more: object) -> ChatRequest:
    return ChatRequest(model="m", messages=(Message(role="user", parts=parts),), **more)  # type: ignore[arg-type]


def test_recorded_prompts_are_guessed_within_bounds(corpus: Corpus, figures: Figures) -> None:
    recorded = {exchange.id for exchange in corpus}
    errors: dict[str, list[float]] = defaultdict(list)
    for specimen in specimens():
        if specimen.id not in recorded or specimen.request is None or specimen.answer is None:
            continue
        try:
            request, answer = read_request(specimen), read_answer(specimen)
        except PontageError:
            continue
        told = answer.usage.total_input if answer.usage is not None else None
        plain = not any(isinstance(part, MEDIA) for message in request.messages for part in message.parts)
        if told and plain and not any(isinstance(tool, ServerTool) for tool in request.tools):
            errors[specimen.dialect].append(abs(estimate_tokens(request) - told) / told)
    for dialect, found in sorted(errors.items()):
        figures(f"estimate of a prompt, {dialect}, median error of {len(found)}", 100 * median(found), "%")
    own = errors.get("openai_chat", []) + errors.get("openai_responses", [])
    assert not own or median(own) < 0.5


def test_more_is_never_fewer() -> None:
    plain = asked(Text(text="How warm is it in Paris?"))
    tool = FunctionTool(name="weather", description="How warm it is.", parameters={"type": "object"})
    schema = OutputFormat(kind="schema", schema={"type": "object", "properties": {"celsius": {"type": "number"}}})
    for more in (
        asked(Text(text="How warm is it in Paris? And in Rome?")),
        asked(Text(text="How warm is it in Paris?"), tools=(tool,)),
        asked(Text(text="How warm is it in Paris?"), tools=(CustomTool(name="weather"),)),
        asked(Text(text="How warm is it in Paris?"), tools=(ServerTool(kind="web_search", data={"type": "x"}),)),
        asked(Text(text="How warm is it in Paris?"), output=schema),
        asked(Text(text="How warm is it in Paris?"), ToolCall(id="c", name="weather", arguments="{}")),
        asked(Text(text="How warm is it in Paris?"), Opaque(data={"type": "x"})),
    ):
        assert estimate_tokens(more) > estimate_tokens(plain)


@pytest.mark.parametrize(
    ("part", "least", "most"),
    [
        (Image(source=Link("https://example.com/a.png")), 200, 2000),
        (Image(source=Link("https://example.com/a.png"), detail="low"), 50, 200),
        (Audio(source=Inline("audio/mp3", "A" * 50_000)), 50, 500),
        (Document(source=Inline("application/pdf", "A" * 60_000)), 500, 5000),
        (Document(source=Plain("word " * 100)), 80, 200),
        (Document(source=Nested((Text(text="word " * 100),))), 80, 200),
        (Video(source=Link("https://example.com/a.mp4")), 500, 5000),
        (ToolResult(call_id="c", parts=(Text(text="word " * 100),)), 80, 200),
    ],
)
def test_what_is_no_text_has_its_weight(part: Part, least: int, most: int) -> None:
    assert least < estimate_tokens(asked(part)) < most


def test_scripts_without_spaces_count_by_their_signs() -> None:
    assert text_tokens("水" * 100) == pytest.approx(75)
    assert text_tokens("word " * 100) == pytest.approx(108.7, rel=0.1)
    assert text_tokens("") == 0
