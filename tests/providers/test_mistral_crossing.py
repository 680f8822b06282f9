"""The law of crossings, towards Mistral: what its notes do not name has arrived, and what they name was there."""

import pytest
from msgspec.structs import replace

from pontage.domain import ChatRequest, Message, Part, ToolCall, ToolResult
from pontage.providers.mistral.chat import decode_request, provider_side
from pontage.providers.mistral.fitting import call_id
from tests.laws import differences, invented, silent, uncovered
from tests.speaking import read_request
from tests.specimens import Specimen, under

SIDE = provider_side()


def with_its_ids(request: ChatRequest) -> ChatRequest:
    """`request` with the ids of its calls as Mistral has them, and the names of the tools on their results."""
    names = {part.id: part.name for message in request.messages for part in message.parts if isinstance(part, ToolCall)}

    def changed(part: Part) -> Part:
        if isinstance(part, ToolCall):
            return replace(part, id=call_id(part.id))
        if isinstance(part, ToolResult):
            return replace(part, call_id=call_id(part.call_id), name=part.name or names.get(part.call_id))
        return part

    def turned(message: Message) -> Message:
        return replace(message, parts=tuple(changed(part) for part in message.parts))

    return replace(request, messages=tuple(turned(message) for message in request.messages))


@pytest.mark.parametrize("specimen", under("request to mistral", lambda one: one.request))
def test_a_request_of_any_format_crosses(specimen: Specimen) -> None:
    request = read_request(specimen)
    encoded = SIDE.encode_request(request)
    before, after, notes = with_its_ids(request), decode_request(encoded.body), encoded.notes
    found = differences(before, after, notes, answered=False, proofs=True)
    assert uncovered(found, notes) == [], notes
    assert silent(before, notes) == [], notes
    shown = [note for note in invented(before, notes, differences(before, after)) if note.where != "reasoning.show"]
    assert shown == []  # but that thinking shall not be told, which is as good as nothing elsewhere, is a wish here
