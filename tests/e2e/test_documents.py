"""The documents of Cohere's clients reach every provider, and their own untouched."""

import re
from base64 import b64decode
from typing import Any

import pytest

from pontage.config import Config, ProviderSettings, Secret
from tests.e2e.asking import request
from tests.gateway import running
from tests.replay.upstream import upstream, whole

DOCUMENTS: list[Any] = [
    "Tides rise twice a day.",
    {"id": "d2", "data": {"title": "Moon", "text": "It pulls."}},
    {"data": {"rows": "1", "columns": "2"}},
]
SAID = ("Tides rise twice a day.", "It pulls.", "columns")


@pytest.mark.parametrize("name", ["openai", "anthropic", "google", "ollama", "mistral", "groq", "cohere"])
@pytest.mark.parametrize("last", ["user", "tool"])
def test_documents_arrive(name: str, last: str) -> None:
    turns: list[Any] = [{"role": "user", "content": "Why?"}]
    if last == "tool":
        call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        turns += [
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "x"},
        ]
    asked = {"model": f"{name}/m", "messages": turns, "documents": DOCUMENTS, "max_tokens": 9}
    with upstream() as vendor:
        vendor.play(lambda received: whole({"error": {"message": "no"}}, 400))
        settings = ProviderSettings(base_url=vendor.url, api_key=Secret("key-0123456789"))
        with running(Config(providers={name: settings})) as gateway:
            answer = request(gateway, "POST", "/v2/chat", asked)
            strict = request(gateway, "POST", "/v2/chat", asked, x_pontage_strict="true")
        sent = vendor.received[0]
    assert answer.status == 400
    if name == "cohere":
        assert sent.json["documents"] == DOCUMENTS
        return
    assert b"documents" not in sent.body.replace(b"<documents", b"")
    files = re.findall(rb'"data":"([^"]+)"', sent.body) if name == "google" else []
    told = sent.body + b"".join(map(b64decode, files))
    assert all(text.encode() in told for text in SAID)
    assert "`documents`" not in strict.body.decode()


def test_a_document_that_is_none_is_refused_by_its_place() -> None:
    with upstream() as vendor:
        settings = ProviderSettings(base_url=vendor.url, api_key=Secret("key-0123456789"))
        with running(Config(providers={"anthropic": settings})) as gateway:
            body = {
                "model": "anthropic/m",
                "messages": [{"role": "user", "content": "hi"}],
                "documents": [{"data": [1]}],
            }
            answer = request(gateway, "POST", "/v2/chat", body)
        assert (answer.status, vendor.received) == (400, [])
    assert "object" in answer.json["message"]
