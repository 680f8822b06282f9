"""Which answers are kept, and where. Floor 1; values only.

Times are in seconds, sizes in bytes. See `types` for the whole, and for what the fields' metadata is read by.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from pontage.config.sections import Count, Seconds

Temperature = Annotated[float, Meta(ge=0)]


class CacheRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which answers of a virtual model are kept. A plain `exact` is the same as `{kind: exact}`."""

    shorthand: ClassVar[str] = "kind"

    kind: Annotated[
        Literal["exact", "semantic"],
        Meta(
            description="`exact`: for the very same request. `semantic`: also for one whose last words mean the same."
        ),
    ] = "exact"
    ttl: Annotated[Seconds, Meta(description="How long an answer is kept.")] = 300.0
    store: Annotated[Literal["memory", "sqlite"], Meta(description="In memory, or in the file of `cache.path`.")] = (
        "memory"
    )
    max_temperature: Annotated[
        Temperature | None,
        Meta(description="Only requests that say a temperature of at most this; not given: all requests."),
    ] = None
    embedding: Annotated[
        str | None, Meta(description="For `semantic`: the model that makes vectors, `provider/model`.")
    ] = None
    threshold: Annotated[
        float, Meta(gt=0, le=1, description="For `semantic`: how near two questions must be (cosine).")
    ] = 0.95
    candidates: Annotated[
        int, Meta(ge=1, le=1000, description="For `semantic`: the newest questions that are compared.")
    ] = 100


class CacheSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is kept, for those virtual models that say `cache`."""

    entries: Annotated[Count, Meta(description="The most answers in memory.")] = 10_000
    bytes: Annotated[Count, Meta(description="The most bytes of all answers in memory.")] = 64 * 1024 * 1024
    answer_bytes: Annotated[Count, Meta(description="The largest answer that is kept.")] = 1024 * 1024
    path: Annotated[str | None, Meta(description="The SQLite file of the rules that say `store: sqlite`.")] = None
    sqlite_entries: Annotated[Count, Meta(description="The most answers in that file.")] = 100_000
    sqlite_bytes: Annotated[Count, Meta(description="The most bytes of all answers in it.")] = 1024 * 1024 * 1024
