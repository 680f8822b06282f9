"""Writing requests: from an `Outgoing` to the bytes of its head. Floor 2; no sockets.

One expression judges the whole header block, because this runs for every request: names are tokens, values are
visible ASCII, and the fields that decide about framing are ours alone to write.
"""

from __future__ import annotations

import re

from pontage.errors import InvalidRequestError
from pontage.transport.messages import Outgoing

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_OURS = "host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|proxy-[a-z-]*"
# NUL stands between name and value until the block is judged: it can occur in neither, a colon can.
_BLOCK = re.compile(rf"(?:(?!(?i:{_OURS})\0){_TOKEN}\0[\t\x20-\x7e]*\r\n)*")
_METHOD = re.compile(_TOKEN)
_TARGET = re.compile(r"/[\x21-\x7e]*")
_WITH_LENGTH = frozenset(("POST", "PUT", "PATCH"))


def render(request: Outgoing, prefix: str, fields: str) -> bytes:
    """The head of `request`, blank line included.

    `prefix` goes before the target, `fields` (lines with CRLF) first into the header block. Raises
    `InvalidRequestError` when a part could be read as something else than it is.
    """
    method, headers, body = request.method, request.headers, request.body
    block = "".join([f"{name}\0{value}\r\n" for name, value in headers])
    if _BLOCK.fullmatch(block) is None or block.count("\n") != len(headers):
        raise InvalidRequestError("a request header is malformed, or one that the transport writes itself")
    if _TARGET.fullmatch(request.target) is None or "#" in request.target:
        raise InvalidRequestError("the request target must begin with / and be percent-encoded")
    if _METHOD.fullmatch(method) is None or method == "CONNECT":
        raise InvalidRequestError("the request method is not one")
    length = f"content-length: {len(body)}\r\n" if body or method in _WITH_LENGTH else ""
    head = f"{method} {prefix}{request.target} HTTP/1.1\r\n{fields}{block}{length}\r\n"
    return head.replace("\0", ": ").encode("ascii")
