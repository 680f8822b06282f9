"""One line of a stream, written. Floor 3; pure."""

from __future__ import annotations

from typing import Final

import msgspec

from pontage.domain.parts import JSONObject
from pontage.streaming.framing import encode_ndjson

_ALSO_LINE_ENDS: Final = {  # to clients that read text line by line, the official SDK among them
    b"\xc2\x85": b"\\u0085",
    b"\xe2\x80\xa8": b"\\u2028",
    b"\xe2\x80\xa9": b"\\u2029",
}
_encode = msgspec.json.Encoder().encode


def json_line(value: JSONObject) -> bytes:
    """`value` as JSON that no reader takes for several lines, and the line's end."""
    data = _encode(value)
    if not data.isascii():
        for end, escaped in _ALSO_LINE_ENDS.items():
            if end in data:
                data = data.replace(end, escaped)
    return encode_ndjson(data)
