"""Names for files without one: by their type, and forgotten when they come back."""

import json
from typing import Any

import pytest

from pontage.dialects import google_generate, openai_chat, openai_responses
from pontage.dialects.filenames import made_up_name, told_name


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("application/pdf", "attachment.pdf"), ("text/csv", "attachment.csv"), ("text/plain", "attachment.txt"),
        ("Text/CSV; charset=utf-8", "attachment.csv"), ("application/json", "attachment.json"),
        ("application/x-tar", "attachment.tar"), ("text/markdown", "attachment.md"), (None, "attachment.bin"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment.docx"),
        ("application/octet-stream", "attachment.bin"), ("", "attachment.bin"), ("text/../../x", "attachment.bin"),
    ],
)  # fmt: skip
def test_a_name_tells_the_type_and_is_none_when_it_comes_back(media_type: str | None, name: str) -> None:
    assert made_up_name(media_type) == name
    assert told_name(name) is None


def test_a_name_that_was_told_stays() -> None:
    assert told_name("report.pdf") == "report.pdf"
    assert told_name("attachment.pdf.exe") == "attachment.pdf.exe"
    assert told_name(None) is None


@pytest.mark.parametrize("dialect", [openai_chat, openai_responses])
def test_a_table_of_gemini_s_gets_a_name_of_its_type_and_a_note(dialect: Any) -> None:
    data = {"inlineData": {"mimeType": "text/csv", "data": "YSxi"}}
    body = json.dumps({"contents": [{"role": "user", "parts": [data]}]}).encode()
    encoded = dialect.provider_side().encode_request(google_generate.client_side().decode_request(body))
    assert b'"attachment.csv"' in encoded.body
    assert ("injected", "messages[0].parts[0].title") in [(note.kind, note.where) for note in encoded.notes]
