"""Nobody hands on more than they have: patterns, networks, lists, times."""

import ipaddress
from random import Random

import msgspec
import pytest

from pontage.config.spending import BudgetRule, LimitRule
from pontage.errors import InvalidRequestError, PermissionDeniedError
from pontage.security.rights import Rights, attenuated, check, covers, excess, may_ask, may_come_from

CASES = 100_000


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("openai/gpt", "openai/*", True),
        ("openai/gpt", "openai", False),
        ("fast", "*", True),
        ("fast", "f*t", True),
        ("fast", "f**t", True),
        ("fast", "F*", False),
        ("a.b", "a?b", False),
        ("a?b", "a?b", True),
        ("[a]", "[a]", True),
        ("a", "[a]", False),
        ("line\nbreak", "line*", True),
        ("openai/gpt-*", "openai/*", True),
        ("openai/*", "openai/gpt-*", False),
        ("*", "openai/*", False),
    ],
)
def test_a_pattern_has_one_sign(name: str, pattern: str, fits: bool) -> None:
    assert covers(name, pattern) is fits


@pytest.mark.parametrize(
    ("own", "wanted", "beyond"),
    [
        ({}, {}, []),
        ({}, {"models": ("a",), "expires": 5, "addresses": ("10.0.0.0/8",)}, []),
        ({"models": ("a*",)}, {}, ["models"]),
        ({"models": ("a*", "c")}, {"models": ("ab", "c")}, []),
        ({"models": ("a*",)}, {"models": ("ab", "c")}, ["models"]),
        ({"models": ("a*",)}, {"models": ()}, []),
        ({"providers": ("x",)}, {"providers": ("x", "y")}, ["providers"]),
        ({"routes": ("chat",)}, {"routes": ("chat",)}, []),
        ({"addresses": ("10.0.0.0/8",)}, {"addresses": ("10.1.0.0/16", "10.2.3.4")}, []),
        ({"addresses": ("10.0.0.0/8",)}, {"addresses": ("::/0",)}, ["addresses"]),
        ({"addresses": ("10.1.0.0/16",)}, {"addresses": ("10.0.0.0/8",)}, ["addresses"]),
        ({"expires": 10}, {}, ["expires"]),
        ({"expires": 10}, {"expires": 11}, ["expires"]),
        ({"expires": 10}, {"expires": 10}, []),
        ({"tags": ("team",)}, {"tags": ("x",)}, ["tags"]),
        ({"tags": ("team",)}, {"tags": ("x", "team")}, []),
        ({}, {"kind": "manage"}, ["kind"]),
        ({"kind": "manage"}, {"kind": "call"}, []),
    ],
)
def test_what_goes_beyond_is_named(own: dict, wanted: dict, beyond: list[str]) -> None:
    assert excess(Rights(**wanted), Rights(**own)) == beyond
    if beyond:
        with pytest.raises(PermissionDeniedError, match=beyond[0]):
            attenuated(Rights(**wanted), Rights(**own))
    else:
        assert attenuated(Rights(**wanted), Rights(**own)) == Rights(**wanted)


@pytest.mark.parametrize(
    "rights",
    [
        Rights(addresses=("not a network",)),
        Rights(addresses=("10.0.0.1/8",)),
        Rights(budgets=(BudgetRule(usd=1, key="somebody"),)),
        Rights(limits=(LimitRule(requests=1, key="*"),)),
    ],
)
def test_rights_that_make_no_sense_are_refused(rights: Rights) -> None:
    with pytest.raises(InvalidRequestError):
        check(rights)
    assert check(Rights(addresses=("::1",), budgets=(BudgetRule(usd=1),))).addresses == ("::1",)


def test_where_a_request_may_come_from() -> None:
    rights = Rights(addresses=("10.0.0.0/8", "fe80::/10"))
    assert may_come_from(rights, "10.9.8.7")
    assert may_come_from(rights, "::ffff:10.9.8.7")
    assert may_come_from(rights, "fe80::1")
    assert not any(may_come_from(rights, address) for address in ("11.0.0.1", "", "::ffff:11.0.0.1", "localhost"))
    assert may_come_from(Rights(), "")


LETTERS = "ab*"
WORDS = ("a", "b", "c")
NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "0.0.0.0/0", "::/0", "fe80::/10")


def some_rights(chance: Random) -> Rights:
    def some(words: tuple[str, ...]) -> tuple[str, ...] | None:
        return None if chance.random() < 0.3 else tuple(chance.sample(words, chance.randrange(1, 3)))

    patterns = tuple("".join(chance.choices(LETTERS, k=chance.randrange(1, 4))) for _ in range(chance.randrange(1, 3)))
    return Rights(
        kind=chance.choice(("call", "manage")),
        models=None if chance.random() < 0.3 else patterns,
        providers=some(WORDS),
        routes=some(WORDS),
        addresses=some(NETWORKS),
        expires=None if chance.random() < 0.3 else chance.randrange(4),
        tags=tuple(word for word in WORDS if chance.random() < 0.3),
    )


def inspired_by(own: Rights, other: Rights, chance: Random) -> Rights:
    """`other` with some of its rights as `own` has them, so that some of them are granted."""
    names = [name for name in Rights.__struct_fields__ if chance.random() < 0.7]
    return msgspec.structs.replace(other, **{name: getattr(own, name) for name in names})


def test_whatever_is_handed_on_allows_nothing_more(figures) -> None:
    chance = Random(5)
    minted = 0
    for _ in range(CASES):
        own = some_rights(chance)
        wanted = inspired_by(own, some_rights(chance), chance)
        if excess(wanted, own):
            continue
        minted += 1
        model = "".join(chance.choices("abx", k=chance.randrange(1, 5)))
        address = str(ipaddress.ip_address(chance.getrandbits(32) if chance.random() < 0.5 else 0x0A010203))
        assert may_ask(own, [model]) or not may_ask(wanted, [model])
        assert may_come_from(own, address) or not may_come_from(wanted, address)
        assert own.expires is None or (wanted.expires is not None and wanted.expires <= own.expires)
        assert own.kind == "manage" or wanted.kind == "call"
        for name in ("providers", "routes"):
            mine, theirs = getattr(own, name), getattr(wanted, name)
            assert mine is None or set(theirs) <= set(mine)
        assert set(own.tags) <= set(wanted.tags)
    figures("attenuations tried", CASES)
    figures("attenuations granted", minted)
    figures("rights that went beyond", 0)
    assert minted > 100
