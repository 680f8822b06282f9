"""How one server's OpenAI format differs from the next one's, and what a writer may say to it. Floor 3; pure."""

from __future__ import annotations

from typing import Final, TypedDict

from msgspec import Struct

from pontage.dialects import scope as scopes
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject, Part

NAME: Final = "openai_chat"
"""This dialect's name."""

FAMILY: Final[str | None] = None
"""Chat Completions of OpenAI itself carry no signatures."""


EXTENSIONS: Final = frozenset(
    {
        "top_k", "reasoning", "reasoning_content", "reasoning_details", "thinking", "thinking_budget", "images",
        "cache_control", "prompt_cache_breakpoint", "prompt_cache_options", "web_search_options", "video_url",
        "audio_url", "document_url", "thinking_token_budget", "include_reasoning",
    }
)  # fmt: skip
"""What servers are known to take beyond OpenAI's reference: fields by their names, `thinking_budget`, the tokens in a
`thinking` switch, and `document_url`, links in the place of a document's data."""


class VariantOptions(TypedDict, total=False):
    """The fields of `Variant`, as keyword options."""

    family: str | None
    reasoning_field: str | None
    reasoning_owed: bool
    max_tokens_field: str
    one_limit: bool
    done_optional: bool
    ask_usage: bool
    stop_limit: int | None
    custom_tools: bool
    extensions: frozenset[str] | None


class Variant(Struct, frozen=True, kw_only=True):
    """What is particular about a server; the defaults are OpenAI's own.

    `family`: whose signatures it makes and takes. `reasoning_field`: where it takes earlier thinking back
    (`reasoning_content`, `reasoning`; None: nowhere). `reasoning_owed`: it refuses a message with calls that lacks that
    field. `max_tokens_field`: its name for the limit of the answer; `one_limit`: it knows no other name for it, so that
    OpenAI's newer one is changed even in a request that stays in its format.
    `done_optional`: its streams may end without `[DONE]`. `ask_usage`: streams tell usage only when asked to.
    `stop_limit`: the most stop sequences it takes (None: any number).
    `custom_tools`: its tools may take free text; else they are said as functions.
    `extensions`: the fields beyond OpenAI's that it takes, of the names in `EXTENSIONS`. None: not known; then only
    what was written in this format, or by hand, is said in them.
    """

    family: str | None = FAMILY
    reasoning_field: str | None = None
    reasoning_owed: bool = False
    max_tokens_field: str = "max_completion_tokens"
    one_limit: bool = False
    done_optional: bool = False
    ask_usage: bool = True
    stop_limit: int | None = 4
    custom_tools: bool = True
    extensions: frozenset[str] | None = None


class Scope(scopes.Scope, frozen=True, kw_only=True):
    """What the writer of one value goes by: where the value is from, and who shall read it. `family` made its
    signatures."""

    variant: Variant
    family: str | None

    def takes(self, field: str) -> bool:
        """Whether the reader knows this field, which is not in OpenAI's own reference."""
        if self.own or self.answering:
            return True
        extensions = self.variant.extensions
        return self.carried if extensions is None else field in extensions

    def takes_signature(self) -> bool:
        """Whether the value's signatures mean something to the reader."""
        if self.carried or self.answering:
            return True
        return self.family is not None and self.family == self.variant.family

    def tells_thinking(self) -> bool:
        """Whether the reader takes the text of earlier thinking back."""
        return self.variant.reasoning_field is not None or self.takes("reasoning_content")

    def forfeit(self, part: Part, where: str) -> None:
        """Note whatever a part carries beside its text, where text is all that can be said."""
        if part.cache is not None:
            self.notes.dropped(f"{where}.cache", "no place for it here")
        if part.signature is not None:
            self.notes.dropped(f"{where}.signature", "no place for it here")
        self.notes.extras(part.extra, where)


def scope_of(origin: Origin | None, notes: Notes, variant: Variant, *, answering: bool = False) -> Scope:
    """The scope of a value from `origin`."""
    own = is_from(origin, NAME)
    family = origin.family if origin is not None else None
    carried = own or origin is None
    return Scope(notes=notes, own=own, carried=carried, answering=answering, variant=variant, family=family)


def kept(extra: JSONObject, **nested: JSONObject) -> JSONObject:
    """The fields without a canonical name of a wire object and of the objects in it; `null` says nothing."""
    found = {name: value for name, value in extra.items() if value is not None}
    for name, fields in nested.items():
        if fields:
            found[name] = dict(fields)
    return found
