"""Settings that only one type of provider has: what they are told to be, and the addresses they are part of. Floor 4.

Pure. A base URL or a path that holds `{region}` needs the option `region`; so an option is needed exactly where it is
used, and a user who tells the whole address needs none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pontage.config.suggest import did_you_mean
from pontage.errors import ConfigError
from pontage.providers.base import Endpoint, Option, ProviderConfig

PRIVATE: Final = Option(name="private", meaning="Whether its address may be a private one.", kind=bool)
"""The option of every provider."""
_HOLE: Final = re.compile(r"\{(\w+)\}")
_USABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:-]*(\.[A-Za-z0-9_:-]+)*")  # within a host or one step of a path


def told_options(
    defaults: ProviderConfig, name: str, told: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, Any]:
    """The options of the provider `name`: as the user `told` them, else as the variables do, else as they are.

    Raises ConfigError for an option that there is not, or a value of another type.
    """
    declared = {option.name: option for option in (*defaults.declared, PRIVATE)}
    unknown = next((option for option in told if option not in declared and option not in defaults.options), None)
    if unknown is not None:
        raise ConfigError(
            f"providers.{name}.options.{unknown[:60]} is no option of {defaults.provider_type}",
            hint=did_you_mean(unknown, {*declared, *defaults.options}),
        )
    set_outside = {
        option.name: value
        for option in defaults.declared
        if (value := next(filter(None, map(environ.get, option.variables)), None)) is not None
    }
    values = {**defaults.options, **set_outside, **told}
    return {key: _typed(name, declared[key], value) if key in declared else value for key, value in values.items()}


def missing(config: ProviderConfig) -> list[str]:
    """The names of options without a value that its address or a path asks for."""
    used = (*config.endpoints, *config.operations)
    texts = (config.base_url, *(text for endpoint in used for text in (endpoint.path, endpoint.stream_path or "")))
    asked = dict.fromkeys(found for text in texts for found in _HOLE.findall(text) if found != "model")
    return [name for name in asked if not config.options.get(name)]


def completed(config: ProviderConfig) -> ProviderConfig:
    """`config` with the values of its options in its address and paths. Raises ConfigError where one is missing."""
    lacking = missing(config)
    if lacking:
        raise ConfigError(f"providers.{config.name}.options has no {lacking[0]}", hint=remedy(config, lacking[0]))

    def fill(text: str) -> str:
        return _HOLE.sub(lambda hole: hole[0] if hole[1] == "model" else _usable(config, hole[1]), text)

    def filled(endpoint: Endpoint) -> Endpoint:
        stream_path = fill(endpoint.stream_path) if endpoint.stream_path is not None else None
        return msgspec.structs.replace(endpoint, path=fill(endpoint.path), stream_path=stream_path)

    return msgspec.structs.replace(
        config,
        base_url=fill(config.base_url),
        endpoints=tuple(map(filled, config.endpoints)),
        operations=tuple(map(filled, config.operations)),
    )


def _typed(name: str, option: Option, value: Any) -> Any:
    if option.kind is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a number may be a name: YAML cannot tell
    try:
        return msgspec.convert(value, option.kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"providers.{name}.options.{option.name}: {error}") from None


def remedy(config: ProviderConfig, name: str) -> str:
    """Every way to set the option `name`, for people."""
    option = next((option for option in config.declared if option.name == name), Option(name=name))
    ways = [f"{' or '.join(option.variables)} in the environment"] if option.variables else []
    ways.append(f"providers.{config.name}.options.{name} in the configuration")
    if f"{{{name}}}" in config.base_url:
        whole = [*config.base_url_variables[:1], f"providers.{config.name}.base_url"]
        ways.append(f"the whole address ({' or '.join(whole)})")
    return f"set {', or '.join(ways)}"


def _usable(config: ProviderConfig, name: str) -> str:
    value = str(config.options[name])
    if not _USABLE.fullmatch(value):
        raise ConfigError(f"providers.{config.name}.options.{name} has characters that no address can have there")
    return value
