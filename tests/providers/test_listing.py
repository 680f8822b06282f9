"""A provider's own list of models, in every vendor's shape."""

import pytest

from pontage.errors import ProtocolError
from pontage.providers.listing import read_listing

SHAPES = {
    "openai": b'{"object":"list","data":[{"id":"m-1","object":"model","created":1700000000,"owned_by":"x"},'
    b'{"id":"m-2"}]}',
    "anthropic": b'{"data":[{"type":"model","id":"m-1","display_name":"M One","created_at":"2026-01-01T00:00:00Z"},'
    b'{"type":"model","id":"m-2"}],"has_more":false,"first_id":"m-1","last_id":"m-2"}',
    "google": b'{"models":[{"name":"models/m-1","displayName":"M One","inputTokenLimit":10,"outputTokenLimit":5},'
    b'{"name":"models/m-2"}]}',
    "with what vendors may add": b'{"data":[{"id":"m-1","created":1700000000.5,"new":{"a":[1]}},'
    b'{"id":"m-2","created":null}],"etag":"x"}',
    "bare": b'[{"id":"m-1","object":"model","created":0},{"id":"m-2"}]',
    "null where more could be": b'{"data":[{"id":"m-1","name":null},{"id":"m-2","display_name":null}],"models":null}',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_read(shape: str) -> None:
    models = read_listing(SHAPES[shape], "vendor")
    assert [info.id for info in models] == ["m-1", "m-2"]
    assert {info.provider for info in models} == {"vendor"}


def test_facts_are_kept() -> None:
    openai, google = read_listing(SHAPES["openai"], "x")[0], read_listing(SHAPES["google"], "x")[0]
    assert openai.created == 1700000000
    assert (google.context, google.max_output, google.title) == (10, 5, "M One")
    assert read_listing(SHAPES["anthropic"], "x")[0].title == "M One"


@pytest.mark.parametrize("name", ["max_model_len", "max_context_length", "context_length", "context_window"])
def test_the_window_has_many_names(name: str) -> None:
    assert read_listing(b'{"data":[{"id":"m-1","%b":8192}]}' % name.encode(), "x")[0].context == 8192


MALFORMED = [b"", b"{", b"[7]", b"null", b"<html>", b'{"data":{}}', b'{"data":["m"]}', b"\xff\xfe"]
EMPTY = [b"{}", b"[]", b'{"data":[]}', b'{"data":[{}]}', b'{"models":[{"displayName":"no name"}]}']


@pytest.mark.parametrize("body", MALFORMED)
def test_anything_else_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_listing(body, "vendor")


@pytest.mark.parametrize("body", EMPTY)
def test_no_models_are_no_models(body: bytes) -> None:
    assert read_listing(body, "vendor") == []
