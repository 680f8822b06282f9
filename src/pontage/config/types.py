"""What can be configured: one struct a section, every field with its meaning and its unit. Floor 1; values only.

These types are the only description there is: the loader reads a file by them, `pontage.schema.json` (for editors) and
the tables of the reference are generated from them. Times are in seconds, sizes in bytes, prices in USD per million
tokens.

What else the readers of these types look at: `shorthand`, the field that a plain text in place of the mapping stands
for; `later`, names that are part of the plan but not of this version; ``veiled`` in `extra`, a mapping that may hold
credentials and is therefore never shown.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from msgspec import Meta, Struct, inspect

from pontage.config.caching import CacheSection
from pontage.config.routes import Timeouts, VirtualModel
from pontage.config.secret import Secret
from pontage.config.sections import AuthSection, LoggingSection, ServerSection, TransportSection
from pontage.config.spending import BudgetRule, LedgerSection, LimitRule
from pontage.config.telemetry import TelemetrySection

ProviderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Tokens = Annotated[int, Meta(ge=1)]
Dollars = Annotated[float, Meta(ge=0)]


class ModelSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model of one provider: what the catalogue does not know, or knows otherwise."""

    name: Annotated[str | None, Meta(description="The provider's own name for it, when it differs.")] = None
    base_model: Annotated[
        str | None, Meta(description="The catalogue's name for it, when both differ: a deployment of Azure's, say.")
    ] = None
    context_window: Annotated[Tokens | None, Meta(description="Input and output together, in tokens.")] = None
    max_output_tokens: Annotated[Tokens | None, Meta(description="The longest answer, in tokens.")] = None


class ProviderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider: where it is and how to get in. The key above it is the name that targets use."""

    type: Annotated[str | None, Meta(description="What it is; the name itself when not given.")] = None
    dialect: Annotated[str | None, Meta(description="Its wire format, when its type leaves that open.")] = None
    base_url: Annotated[str | None, Meta(description="Its address: `https://host[:port][/path]`.")] = None
    api_key: Annotated[Secret | None, Meta(description="Its API key; best written as `${VARIABLE}`.")] = None
    api_keys: Annotated[list[Secret], Meta(description="Several API keys: a pool. Instead of `api_key`.")] = []
    headers: Annotated[
        dict[str, str], Meta(description="Headers added to every request to it.", extra={"veiled": True})
    ] = {}
    models: Annotated[
        dict[str, ModelSettings], Meta(description="Its models, when the catalogue does not know them.")
    ] = {}
    passthrough: Annotated[
        list[str],
        Meta(description="Paths below its address that pass as they are, besides the usual ones: `/vector_stores*`."),
    ] = []
    options: Annotated[dict[str, Any], Meta(description="What only this type of provider knows.")] = {}
    timeouts: Annotated[Timeouts | None, Meta(description="How long it may take.")] = None


class PriceOverride(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model costs, in USD per million tokens; what is not given stays as the catalogue has it."""

    input: Annotated[Dollars | None, Meta(description="Input that no cache has seen.")] = None
    output: Annotated[Dollars | None, Meta(description="Output, reasoning included unless priced apart.")] = None
    reasoning: Annotated[Dollars | None, Meta(description="Reasoning, where it has a price of its own.")] = None
    cache_read: Annotated[Dollars | None, Meta(description="Input read from a cache.")] = None
    cache_write: Annotated[Dollars | None, Meta(description="Input written to a cache.")] = None
    cache_write_5m: Annotated[Dollars | None, Meta(description="Input written to a cache for five minutes.")] = None
    cache_write_1h: Annotated[Dollars | None, Meta(description="Input written to a cache for an hour.")] = None


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be configured; `Config()` is what holds without a file."""

    version: Annotated[Literal[1], Meta(description="The version of this format.")] = 1
    environment: Annotated[
        str, Meta(description="Where this runs; `production` switches the simulated provider off.")
    ] = "development"
    server: Annotated[ServerSection, Meta(description="The gateway's own door.")] = ServerSection()
    auth: Annotated[AuthSection, Meta(description="Who may come in.")] = AuthSection()
    providers: Annotated[dict[ProviderName, ProviderSettings], Meta(description="The providers, by name.")] = {}
    models: Annotated[dict[str, VirtualModel], Meta(description="Virtual models, by name.")] = {}
    prices: Annotated[dict[str, PriceOverride], Meta(description="Prices by `provider/model`.")] = {}
    ledger: Annotated[LedgerSection, Meta(description="The books.")] = LedgerSection()
    budgets: Annotated[list[BudgetRule], Meta(description="How much may be spent.")] = []
    limits: Annotated[list[LimitRule], Meta(description="How fast it may go.")] = []
    cache: Annotated[CacheSection, Meta(description="How many answers are kept.")] = CacheSection()
    transport: Annotated[TransportSection, Meta(description="How providers are reached.")] = TransportSection()
    logging: Annotated[LoggingSection, Meta(description="What is written to standard error.")] = LoggingSection()
    telemetry: Annotated[TelemetrySection, Meta(description="What is told about what happens.")] = TelemetrySection()


def extra_of(kind: inspect.Metadata) -> dict[str, Any]:
    """The `extra` of a field's metadata; empty when it has none."""
    return cast("dict[str, Any]", kind.extra or {})  # pyright: ignore[reportUnknownMemberType] - msgspec: a bare `dict`


def meaning_of(kind: inspect.Type) -> str:
    """The description of a field, from its metadata; empty when it has none."""
    schema = kind.extra_json_schema if isinstance(kind, inspect.Metadata) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - msgspec: a bare `dict`
    return str(cast("dict[str, Any]", schema or {}).get("description", ""))
