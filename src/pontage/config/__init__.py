"""What can be configured, and how it is read. Floor 1.

`types`, `sections` and `routes` say what there is; `load` reads it from file, environment and flags; `validate` tells
what does not fit together and `advise` what is unwise; `excerpt` shows the place of an error without showing
credentials.
"""

from pontage.config.advice import advise
from pontage.config.caching import CacheRule, CacheSection
from pontage.config.excerpt import excerpt
from pontage.config.load import Loaded, load, load_text
from pontage.config.nodes import Place
from pontage.config.problems import ConfigErrors, describe
from pontage.config.routes import Condition, Hedge, Need, Target, Timeouts, VirtualModel
from pontage.config.rules import is_loopback, validate
from pontage.config.secret import MASK, Secret, Veiled, decode_hook, encode_hook
from pontage.config.sections import (
    AuthSection,
    DrainUpTo,
    IdempotencySection,
    LoadSection,
    LoggingSection,
    OnDisconnect,
    ServerLimits,
    ServerSection,
    StreamsSection,
    TransportSection,
)
from pontage.config.spending import BudgetRule, LedgerSection, LimitRule
from pontage.config.telemetry import OTLPSection, TelemetrySection
from pontage.config.types import (
    Config,
    ModelSettings,
    PriceOverride,
    ProviderSettings,
)

__all__ = [
    "MASK",
    "AuthSection",
    "BudgetRule",
    "CacheRule",
    "CacheSection",
    "Condition",
    "Config",
    "ConfigErrors",
    "DrainUpTo",
    "Hedge",
    "IdempotencySection",
    "LedgerSection",
    "LimitRule",
    "LoadSection",
    "Loaded",
    "LoggingSection",
    "ModelSettings",
    "Need",
    "OTLPSection",
    "OnDisconnect",
    "Place",
    "PriceOverride",
    "ProviderSettings",
    "Secret",
    "ServerLimits",
    "ServerSection",
    "StreamsSection",
    "Target",
    "TelemetrySection",
    "Timeouts",
    "TransportSection",
    "Veiled",
    "VirtualModel",
    "advise",
    "decode_hook",
    "describe",
    "encode_hook",
    "excerpt",
    "is_loopback",
    "load",
    "load_text",
    "validate",
]
