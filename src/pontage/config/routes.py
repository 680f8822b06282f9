"""The section of virtual models: names of the user's own, and where their requests go. Floor 1; values only.

See `types` for the whole, and for what the fields' metadata is read by.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from pontage.config.caching import CacheRule
from pontage.config.secret import Secret
from pontage.config.sections import OnDisconnect, Seconds, Spending

Need = Literal["tools", "images", "documents", "audio", "video", "json_schema", "reasoning"]
"""What a request may ask of a model that not every model can do."""


class Timeouts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a request may take, phase by phase. In seconds."""

    connect: Annotated[Seconds, Meta(description="Connecting, TLS included.")] = 5.0
    first_byte: Annotated[
        Seconds | None,
        Meta(
            description="From the request sent to the first byte of the answer. Not given: 60 for a stream; "
            "`first_token` for a whole answer, whose first byte comes when all is said."
        ),
    ] = None
    first_token: Annotated[
        Seconds | None,
        Meta(
            description="From the request sent to the first content of a stream. Not given: 120; 600 for a model that "
            "can reason."
        ),
    ] = None
    idle: Annotated[Seconds, Meta(description="Silence between two events of a stream; comments are none.")] = 60.0
    total: Annotated[Seconds, Meta(description="The whole request, all attempts together.")] = 600.0
    pool: Annotated[Seconds, Meta(description="Waiting for a free connection.")] = 2.0


class Condition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests a target is for; all that is said here must be true of one."""

    tags: Annotated[list[str], Meta(description="Tags the request must carry (`x-pontage-tags`).")] = []
    metadata: Annotated[dict[str, str], Meta(description="Entries its `metadata` must have.")] = {}
    needs: Annotated[list[Need], Meta(description="What it must ask of a model.")] = []


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place a virtual model can be served from. A plain `provider/model` is the same as `{model: provider/model}`."""

    shorthand: ClassVar[str] = "model"

    model: Annotated[str, Meta(description="`provider/model`: a configured provider and its name for the model.")]
    weight: Annotated[int, Meta(ge=1, description="Its share, for strategies that share.")] = 1
    when: Annotated[Condition | None, Meta(description="Which requests it is for; all, when not given.")] = None
    api_key: Annotated[Secret | None, Meta(description="An API key for this target instead of the provider's.")] = None
    params: Annotated[dict[str, Any], Meta(description="Request fields set for this target.")] = {}


class Hedge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a second target is asked beside a slow first one."""

    after: Annotated[
        Literal["p95"] | Seconds,
        Meta(description="Seconds without content; `p95`: longer than 95 of 100 answers of that model took."),
    ] = "p95"
    max_extra: Annotated[
        float,
        Meta(gt=0, le=1, description="Second calls, as a share of its requests in the last ten minutes."),
    ] = 0.05
    max_usd: Annotated[
        Spending, Meta(description="USD that the calls which lost may cost a day (UTC); unknown prices count nothing.")
    ] = 1.0


class VirtualModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model name of your own, and where its requests go."""

    later: ClassVar[tuple[str, ...]] = ("flags",)

    strategy: Annotated[
        Literal["fallback", "weighted", "round_robin", "least_busy", "fastest", "cheapest", "balanced"],
        Meta(
            description="Which target comes first. `fallback`: in order. `weighted`: by chance, by their weights. "
            "`round_robin`: in turn. `least_busy`: the fewest requests in flight. `fastest`: observed times. "
            "`cheapest`: the estimated cost of the request. `balanced`: cost and time. The next when one fails."
        ),
    ] = "fallback"
    targets: Annotated[list[Target], Meta(min_length=1, description="Where requests may go; at least one.")]
    retries: Annotated[
        int, Meta(ge=0, le=2, description="Attempts after the first one, over all targets and keys.")
    ] = 2
    fallback_on: Annotated[
        list[Literal["context_window", "content_policy"]],
        Meta(description="Refusals after which another target is asked: a prompt too long, or against a policy."),
    ] = []
    timeouts: Annotated[Timeouts | None, Meta(description="Instead of the providers' own, as a whole.")] = None
    translation: Annotated[
        Literal["report", "strict"],
        Meta(description="What a target's format cannot say is dropped and noted, or refused with 400."),
    ] = "report"
    restrictions: Annotated[
        Literal["adapt", "strict", "off"] | None,
        Meta(
            description="What a model refuses is adapted and noted, refused with 400, or sent as it is. Where nothing "
            "is said it is adapted, and refused for a strict caller or with `translation: strict`."
        ),
    ] = None
    allow_simulated: Annotated[bool, Meta(description="Whether simulated providers may serve it.")] = False
    on_disconnect: Annotated[
        OnDisconnect | None,
        Meta(description="When a client leaves, instead of `server.streams.on_disconnect`."),
    ] = None
    continue_after_cut: Annotated[
        bool,
        Meta(description="Whether another target goes on where a stream of plain text broke off."),
    ] = False
    cache: Annotated[CacheRule | None, Meta(description="Which answers are kept and given again; not given: none.")] = (
        None
    )
    coalesce: Annotated[
        bool, Meta(description="Whether requests that are the same, at the same time, share one call.")
    ] = False
    hedge: Annotated[
        Hedge | None, Meta(description="Whether a second target is asked beside a slow one; not given: never.")
    ] = None
