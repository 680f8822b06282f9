"""What a virtual key may do, and that nobody hands on more than they have. Floor 6; pure.

None for a list means: no such restriction. Patterns of models know one sign, `*`, which stands for any characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from operator import eq
from typing import Literal

from msgspec import Struct

from pontage.config.spending import BudgetRule, LimitRule
from pontage.errors import InvalidRequestError, PermissionDeniedError

Network = IPv4Network | IPv6Network


class Rights(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a key may do. `kind`: call models, or manage keys and read the books (and call nothing). `models`: patterns
    of the names it may ask for; `routes`: what of the gateway it may use; `addresses`: networks it may come from;
    `expires` in microseconds; `tags` are put on every request of it. Budgets and limits hold for the key itself, and
    those of the key that minted it hold, too."""

    kind: Literal["call", "manage"] = "call"
    models: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    routes: tuple[str, ...] | None = None
    addresses: tuple[str, ...] | None = None
    expires: int | None = None
    tags: tuple[str, ...] = ()
    budgets: tuple[BudgetRule, ...] = ()
    limits: tuple[LimitRule, ...] = ()


def excess(wanted: Rights, own: Rights) -> list[str]:
    """The names of the rights in `wanted` that go beyond `own`; empty when `own` covers all of them."""
    checks = {
        "kind": wanted.kind == own.kind or own.kind == "manage",
        "models": _covered(wanted.models, own.models, covers),
        "providers": _covered(wanted.providers, own.providers),
        "routes": _covered(wanted.routes, own.routes),
        "addresses": _covered(wanted.addresses, own.addresses, _encloses),
        "expires": own.expires is None or (wanted.expires is not None and wanted.expires <= own.expires),
        "tags": set(own.tags) <= set(wanted.tags),
    }
    return [name for name, fits in checks.items() if not fits]


def attenuated(wanted: Rights, own: Rights) -> Rights:
    """`wanted`, when `own` covers it. Raises PermissionDeniedError that names what goes beyond."""
    beyond = excess(wanted, own)
    if beyond:
        raise PermissionDeniedError(
            f"a key cannot hand on more than it may do itself: {', '.join(beyond)}", param=beyond[0]
        )
    return wanted


def check(rights: Rights) -> Rights:
    """`rights`, when they make sense. Raises InvalidRequestError."""
    try:
        for address in rights.addresses or ():
            _network(address)
    except ValueError as error:
        raise InvalidRequestError(f"that is no network: {error}", param="addresses") from None
    scoped = next((rule for rule in (*rights.budgets, *rights.limits) if rule.key is not None), None)
    if scoped is not None:
        raise InvalidRequestError(
            "the budgets and limits of a key are about this key: leave `key` out", param="budgets"
        )
    return rights


def may_ask(rights: Rights, names: Iterable[str]) -> bool:
    """Whether a model that goes by `names` may be asked for."""
    return rights.models is None or any(covers(name, pattern) for pattern in rights.models for name in names)


def may_come_from(rights: Rights, address: str) -> bool:
    """Whether a request from `address` is let in; one without an address is not, where addresses matter."""
    if rights.addresses is None:
        return True
    try:
        there = ip_address(address)
    except ValueError:
        return False
    there = getattr(there, "ipv4_mapped", None) or there
    return any(there in _network(each) for each in rights.addresses)


def covers(name: str, pattern: str) -> bool:
    """Whether `pattern` stands for `name`; `name` may be a pattern itself, all of whose names are then covered.

    That holds because `*` is the only sign: the star of a narrower pattern can only be met by a star of the wider one.
    """
    return _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.sub(r"\*+", "*", pattern).split("*"))), re.DOTALL)


@lru_cache(maxsize=4096)
def _network(address: str) -> Network:
    return ip_network(address)


def _encloses(inner: str, outer: str) -> bool:
    one, other = _network(inner), _network(outer)
    begins = int(other.network_address) <= int(one.network_address)
    return one.version == other.version and begins and int(one.broadcast_address) <= int(other.broadcast_address)


def _covered(wanted: Iterable[str] | None, own: Iterable[str] | None, fits: Callable[[str, str], bool] = eq) -> bool:
    if own is None:
        return True
    return wanted is not None and all(any(fits(each, one) for one in own) for each in wanted)
