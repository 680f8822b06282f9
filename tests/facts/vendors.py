"""How to reach each provider, and how the vendors that are rows of data differ from the format they speak."""

from collections.abc import Callable

from pontage.providers.base import ProviderConfig
from pontage.providers.rows import Row, rows
from pontage.registry import ALIASES, ProviderRegistry
from pontage.transport import Transport
from tests.facts.markdown import codes, table
from tests.facts.recorded import recorded


def provider_config(kind: str) -> ProviderConfig:
    """The defaults of a provider, as its folder or its row has them."""
    return ProviderRegistry(Transport()).factory(kind).default_config()


def facts(kind: str) -> Callable[[], str]:
    def told() -> str:
        config = provider_config(kind)
        aliases = [alias for alias, name in ALIASES.items() if name == kind]
        rows = (
            ("type", codes([config.provider_type, *aliases])),
            ("base URL", codes([config.base_url] if config.base_url else [])),
            ("variable for the base URL", codes(config.base_url_variables)),
            ("variables for the key", codes(config.key_variables)),
            ("several keys", codes(f"{name}S" for name in config.key_variables)),
            ("needs a key", "yes" if config.needs_key else "no"),
            ("get a key", config.key_page or "-"),
            ("settings of its own, under `options`", codes(option.name for option in config.declared)),
            ("formats it takes", codes(dict.fromkeys(endpoint.dialect for endpoint in config.endpoints))),
            ("beside chat", codes(endpoint.dialect for endpoint in config.operations)),
            ("client headers that pass", codes(config.forward)),
            ("models of its own", codes(config.families)),
            ("models that are listed", str(len(config.models))),
        )
        return table(("", ""), rows)

    return told


def addresses() -> str:
    lines = (
        (
            f"`{name}`",
            f"[{row.title}]({row.source})",
            codes([row.base_url]),
            codes(row.key_variables),
            f"[here]({row.key_page})" if row.key_page else "-",
            codes(row.families) if row.families else "-",
            recordings(name),
        )
        for name, row in rows().items()
    )
    titles = ("type", "title", "base URL", "variables for the key", "get a key", "models of its own", "recordings")
    return table(titles, lines)


def recordings(kind: str) -> str:
    """How many recorded exchanges stand behind what is said of a provider's chat."""
    known = recorded().get(kind)
    found = known.endpoints.get("chat.completions", 0) if known is not None else 0
    return str(found) if found else "none: claimed"


def deviations() -> str:
    def word(row: Row, field: str) -> str:
        return f"`{row.variant[field]}`" if row.variant.get(field) else "-"

    lines = (
        (
            f"`{name}`",
            word(row, "max_tokens_field") + (" only" if row.variant.get("one_limit") else ""),
            word(row, "reasoning_field") + (" always" if row.variant.get("reasoning_owed") else ""),
            codes(row.variant.get("extensions", ())),
            "unasked" if row.variant.get("ask_usage") is False else "asked for",
            "may be missing" if row.variant.get("done_optional") else "demanded",
            row.as_of,
        )
        for name, row in rows().items()
    )
    titles = ("type", "limit", "earlier thinking", "takes as well", "usage in streams", "`[DONE]`", "as of")
    return table(titles, lines)
