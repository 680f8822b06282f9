"""What the settings must not say together, though each of them alone is well formed. Floor 1; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from pontage.config.nodes import Place, problem
from pontage.config.read import join
from pontage.config.suggest import did_you_mean
from pontage.config.types import Config, ProviderSettings
from pontage.errors import ConfigError

_ABSENT = Place()


def validate(
    config: Config,
    *,
    places: Mapping[str, Place] | None = None,
    known_providers: Collection[str] | None = None,
    has_keys: bool = False,
) -> list[ConfigError]:
    """Everything in `config` that does not fit together; empty when all does.

    `places` (from `Loaded`) puts the errors where they belong. `known_providers` are the types of provider there are:
    without them (None) the types of providers are not judged, nor targets at providers that are not configured.
    `has_keys`: whether any virtual key exists.
    """
    where = places or {}
    return [
        *_door(config, where, has_keys=has_keys),
        *_transport(config, where),
        *(
            error
            for name, provider in config.providers.items()
            for error in _provider(name, provider, where, known_providers)
        ),
        *_targets(config, where, known_providers),
        *_caches(config, where),
        *_prices(config, where),
    ]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _door(config: Config, places: Mapping[str, Place], *, has_keys: bool) -> Iterator[ConfigError]:
    if has_keys:
        return
    if config.auth.mode == "keys":
        yield problem("auth.mode is keys, and there is no key yet", places.get("auth.mode", _ABSENT))
    elif not is_loopback(config.server.host):
        yield problem(
            "server.host is not a loopback address, and without keys anyone who reaches it could spend your money",
            places.get("server.host", _ABSENT),
            "listen on 127.0.0.1",
        )


def _transport(config: Config, places: Mapping[str, Place]) -> Iterator[ConfigError]:
    proxy = config.transport.proxy
    if proxy is not None and (fault := _url_fault(proxy.reveal(), credentials=True)) is not None:
        yield problem(f"transport.proxy {fault}", places.get("transport.proxy", _ABSENT))


def _provider(
    name: str, provider: ProviderSettings, places: Mapping[str, Place], known: Collection[str] | None
) -> Iterator[ConfigError]:
    path = join("providers", name)
    if provider.api_key is not None and provider.api_keys:
        yield problem(
            f"{path} has both api_key and api_keys", places.get(f"{path}.api_keys", _ABSENT), "keep one of them"
        )
    if provider.base_url is not None and (fault := _url_fault(provider.base_url)) is not None:
        yield problem(f"{path}.base_url {fault}", places.get(f"{path}.base_url", _ABSENT))
    kind = provider.type or name
    if known is not None and kind not in known:
        place = places.get(f"{path}.type" if provider.type else path, _ABSENT)
        hint = did_you_mean(kind, known)
        yield problem(f"{path}: there is no provider type{_quoted(kind, place)}", place, hint)


def _targets(config: Config, places: Mapping[str, Place], known: Collection[str] | None) -> Iterator[ConfigError]:
    names = {*config.providers, *(known or ())}
    for model, virtual in config.models.items():
        for index, target in enumerate(virtual.targets):
            path = f"{join('models', model)}.targets.{index}.model"
            place = places.get(path, _ABSENT)
            provider, slash, rest = target.model.partition("/")
            if not (provider and slash and rest):
                yield problem(f"{path}: expected provider/model", place)
            elif known is not None and provider not in names:
                hint = did_you_mean(provider, names)
                yield problem(f"{path}: there is no provider{_quoted(provider, place)}", place, hint)


def _caches(config: Config, places: Mapping[str, Place]) -> Iterator[ConfigError]:
    for model, virtual in config.models.items():
        path = f"{join('models', model)}.cache"
        place = places.get(path, _ABSENT)
        if virtual.cache is None:
            continue
        if virtual.cache.store == "sqlite" and config.cache.path is None:
            yield problem(f"{path} says sqlite, and cache.path names no file", place)
        if virtual.cache.kind == "semantic" and virtual.cache.embedding is None:
            yield problem(f"{path} is semantic and names no embedding model", place)


def _prices(config: Config, places: Mapping[str, Place]) -> Iterator[ConfigError]:
    for name in config.prices:
        provider, slash, rest = name.partition("/")
        if not (provider and slash and rest):
            path = join("prices", name)
            yield problem(f'"{name}" in prices: expected provider/model', places.get(path, _ABSENT))


def _url_fault(url: str, *, credentials: bool = False) -> str | None:
    """What is wrong with `url`, without repeating any of it: it may hold a password."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https") or not named or any(character.isspace() for character in url):
        return "must begin with http:// or https:// and name a host"
    if not credentials and (parts.username is not None or parts.password is not None):
        return "must not hold credentials: use api_key or headers"
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "must end with the path: no ? and no #"
    return None


def _quoted(name: str, place: Place) -> str:
    """`name` for a message, unless it came from the environment."""
    return " of that name" if place.hidden else f' "{name}"'
