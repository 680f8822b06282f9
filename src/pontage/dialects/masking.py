"""Credentials in a provider's words. Floor 2; pure.

A provider that refuses a key may repeat it, and what it says goes to clients, logs and pages. So every word of an error
that comes from outside goes through here: first masked, then cut, for half a key has no form to know it by. Keys are
known by their vendor's prefix, by the scheme before them, or by a word that announces one. Every pattern looks ahead a
bounded way, so that a hostile text costs no more than its length.
"""

from __future__ import annotations

import re
from typing import Final

from pontage.errors import ErrorFields

MESSAGE_LIMIT: Final = 2_000
"""How much of a text is kept, in characters."""
_HIDDEN: Final = r"\g<lead>***"
_PREFIXED: Final = re.compile(
    r"""(?P<lead>\b(?:
        (?:sk-|gsk_|xai-|pplx-|nvapi-|csk-|AIza|AKIA|ya29\.|eyJ(?=[\w-]{1,2000}\.))(?=[\w\-*.…]{6})
        |(?:sk|pk|rk|key|hf|fw|r8|co|tgp)[-_](?=[\w\-*.…]{8})(?=[\w\-*.…]{0,200}[\d*…])  # words are written so, too
    ))[\w\-*.…]*[\w\-*…]""",
    re.VERBOSE,
)
_SCHEMED: Final = re.compile(
    r"""(?P<lead>(?i:\b(?:bearer|basic))(?:\s{1,4}|%20))
    (?=[^\s"']{8})(?=[^\s"']{0,200}[\d*_]|[^\s"']{20})[^\s"',;]+""",
    re.VERBOSE,
)
_ANNOUNCED: Final = re.compile(
    r"""(?P<lead>(?i:(?:key|token|secret|password|authorization|credential)s?
        \W{1,5}(?:(?:provided|given|is|was|bearer|basic)\W{1,5}){0,2}))
    (?=[\w\-+/=*…]{0,200}[\d*…])[\w\-+/=*…]{20,}""",
    re.VERBOSE,
)
_IN_A_LINK: Final = re.compile(r"(?P<lead>://)[^\s/@:]{0,200}:[^\s/@]{1,200}(?=@)")


def masked(text: str) -> str:
    """`text` with `***` for what looks like a credential, and not longer than `MESSAGE_LIMIT`."""
    for pattern in (_PREFIXED, _SCHEMED, _ANNOUNCED, _IN_A_LINK):
        text = pattern.sub(_HIDDEN, text)
    return text[:MESSAGE_LIMIT]


def masked_fields(fields: ErrorFields) -> ErrorFields:
    """`fields` with every word of the provider's masked as its message is."""
    return {
        **fields,
        "param": _masked(fields.get("param")),
        "upstream_code": _masked(fields.get("upstream_code")),
        "request_id": _masked(fields.get("request_id")),
    }


def _masked(word: str | None) -> str | None:
    return None if word is None else masked(word)
