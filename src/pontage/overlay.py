"""A provider's own defaults under the user's settings and the vendor's variables. Floor 5; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from pontage.config import ProviderSettings, Secret
from pontage.errors import ConfigError
from pontage.providers.base import ProviderConfig
from pontage.providers.described import remedies
from pontage.providers.options import completed, missing, told_options

PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".intranet", ".home.arpa")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name (RFC 9110, section 5.6.2)."""
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"})
"""Headers that the transport writes itself."""
UNDER_PROVIDERS = "name it under providers in the configuration"


def overlay(
    defaults: ProviderConfig, name: str, settings: ProviderSettings, environ: Mapping[str, str]
) -> ProviderConfig:
    """A provider's own defaults under the vendor's variables under the user's settings.

    Raises ConfigError for a header that cannot be sent, and for an option that is missing or that there is not.
    """
    return completed(overlaid(defaults, name, settings, environ))


def found_in(defaults: ProviderConfig, environ: Mapping[str, str]) -> bool:
    """Whether an environment says that this provider is meant, and all that it needs."""
    told = any(environ.get(name) for name in telling_names(defaults))
    return told and not missing(overlaid(defaults, defaults.provider_type, ProviderSettings(), environ))


def overlaid(
    defaults: ProviderConfig, name: str, settings: ProviderSettings, environ: Mapping[str, str]
) -> ProviderConfig:
    """The same as `overlay` makes, but for options that are not in their places yet, and may be missing."""
    told = next((environ[variable] for variable in defaults.base_url_variables if environ.get(variable)), None)
    base_url = (settings.base_url or told or defaults.base_url).rstrip("/")
    names = {field.lower() for field in settings.headers}
    kept = [field for field in defaults.headers if field[0] not in names]
    for field, value in settings.headers.items():
        _check_header(name, field, value)
    options = told_options(defaults, name, settings.options, environ)
    return msgspec.structs.replace(
        defaults,
        name=name,
        base_url=base_url,
        private=defaults.private or bool(options.get("private")) or says_private(base_url),
        headers=(*kept, *((field.lower(), value) for field, value in settings.headers.items())),
        timeouts=settings.timeouts or defaults.timeouts,
        passthrough=(*defaults.passthrough, *settings.passthrough),
        options={**options, **({"dialect": settings.dialect} if settings.dialect else {})},
    )


def says_private(base_url: str) -> bool:
    """Whether an address says of itself that it is not on the public internet, so that such addresses are allowed.

    An address literal, a host without a dot (a container's name), or one of the names kept for private use. Any other
    name that leads to a private address needs `options: {private: true}`, or a rebound public name could lead inside.
    """
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    return "." not in host or ":" in host or host.replace(".", "").isdigit() or host.endswith(PRIVATE_SUFFIXES)


def key_names(config: ProviderConfig) -> list[str]:
    """The variables that may hold keys: the vendor's own, and their plurals for pools."""
    return [name for variable in config.key_variables for name in (variable, f"{variable}S")]


def telling_names(config: ProviderConfig) -> list[str]:
    """The variables by which an environment says that this provider is meant."""
    return [*key_names(config), *(() if config.needs_key else config.base_url_variables)]


def keys_of(config: ProviderConfig, settings: ProviderSettings, environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """The keys of the configuration, else those of the environment (`OPENAI_API_KEY`, or `OPENAI_API_KEYS=a,b`).

    Blanks and line ends around a key, as files of secrets have them, are left out. Raises ConfigError for a key that no
    header can carry.
    """
    told = [*([settings.api_key] if settings.api_key is not None else []), *settings.api_keys]
    keys = [secret.reveal() for secret in told] or _environment_keys(config, environ)
    return tuple(usable_key(key, f"providers.{config.name}") for key in keys)


def usable_key(key: str, where: str) -> Secret:
    """`key` without the blanks around it. Raises ConfigError when a header cannot carry it."""
    stripped = key.strip()
    if not stripped or not stripped.isascii() or not stripped.isprintable():
        raise ConfigError(f"{where}.api_key is empty, or has characters that cannot be sent")
    return Secret(stripped)


def to_do(defaults: ProviderConfig, environ: Mapping[str, str], *, named: bool) -> list[str]:
    """What a user has to do before a provider that is not configured answers. `named`: the configuration names some
    providers, so that no other is looked for in the environment."""
    config = overlaid(defaults, defaults.provider_type, ProviderSettings(), environ)
    steps = remedies(config, keyed=any(environ.get(name) for name in key_names(config)))
    if named:
        return [*steps, UNDER_PROVIDERS]
    if config.needs_key:
        return steps
    return [*steps, f"{''.join(f'set {name}, or ' for name in config.base_url_variables)}{UNDER_PROVIDERS}"]


def _environment_keys(config: ProviderConfig, environ: Mapping[str, str]) -> list[str]:
    for variable in config.key_variables:
        pool = [key for key in environ.get(f"{variable}S", "").split(",") if key.strip()]
        if pool:
            return pool
        if environ.get(variable, "").strip():
            return [environ[variable]]
    return []


def _check_header(name: str, field: str, value: str) -> None:
    where = f"providers.{name}.headers"
    if not TOKEN.fullmatch(field) or field.lower() in OURS:
        raise ConfigError(f"{where} has the field {field[:60]!r}, which cannot be set")
    if not value.isascii() or not value.isprintable():
        raise ConfigError(f"{where}.{field} has characters that cannot be sent")
