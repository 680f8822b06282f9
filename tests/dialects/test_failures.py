"""What failed answers have in common: how long to wait, and a body that may be no JSON."""

import pytest

from pontage.dialects.failures import decoded, lower_names, retry_after, seconds


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after-ms": "1500", "retry-after": "30"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "30"}, 30.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:27:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:29:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:27:30 -0000"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 99:28:00 GMT", "date": "Wed, 21 Oct 2026 07:27:30 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_the_time_to_wait_is_read_from_the_finest_header_that_tells_it(headers: dict[str, str], told: float | None):
    assert retry_after(headers) == told


def test_a_time_is_told_in_its_unit():
    assert seconds("250", 0.001) == pytest.approx(0.25)
    assert seconds(None) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_nothing(body: bytes):
    assert decoded(body) is None


def test_headers_are_found_by_their_names_in_lower_case():
    assert lower_names({"Retry-After": "1", "X-Request-Id": "r"}) == {"retry-after": "1", "x-request-id": "r"}
