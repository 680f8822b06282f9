"""Virtual keys: their form, who they let in, their changes, and that none of them is ever kept."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from pontage.config.spending import BudgetRule, LimitRule
from pontage.errors import AuthenticationError, ConflictError, InvalidRequestError, NotFoundError, PermissionDeniedError
from pontage.ledger.sqlite import SQLiteStore
from pontage.security.keys import Keys, Who
from pontage.security.rights import Rights
from pontage.security.tokens import PREFIX, digest, is_token, new_id, new_token
from tests.ledger.test_sqlite import play

PEPPER = b"p" * 32
NOW = 1_000_000_000
SECOND = 1_000_000
ROOT = Who(name="cli", now=NOW)


def with_keys(path: Path, scene: Callable[[Keys, SQLiteStore], Awaitable[None]]) -> None:
    async def run(store: SQLiteStore) -> None:
        await scene(Keys(store, PEPPER), store)

    play(path / "ledger.db", run)


def test_the_form_of_a_token() -> None:
    number = new_id()
    token = new_token(number).reveal()
    assert token.startswith(PREFIX + number)
    assert is_token(token)
    assert len({new_token(number).reveal() for _ in range(100)}) == 100
    assert "ptg_vk_" not in repr(new_token(number))


def test_one_wrong_character_is_noticed_before_anything_is_looked_up() -> None:
    token = new_token(new_id()).reveal()
    for place in range(len(PREFIX), len(token)):
        other = "x" if token[place] != "x" else "y"
        assert not is_token(token[:place] + other + token[place + 1 :])
    cyrillic = token.replace("p", "р", 1)
    for wrong in ("", "sk-123", token[:-1], token + "0", token.upper(), f" {token}", token + "\n", cyrillic):
        assert not is_token(wrong)


def test_a_digest_is_the_servers_own() -> None:
    token = new_token(new_id()).reveal()
    assert digest(token, PEPPER) == digest(token, PEPPER)
    assert digest(token, PEPPER) != digest(token, b"q" * 32)


def test_a_key_lets_its_bearer_in_until_it_is_revoked(tmp_path: Path) -> None:
    async def scene(keys: Keys, store: SQLiteStore) -> None:
        key, token = await keys.create("build", Rights(models=("fast",), tags=("ci",)), ROOT)
        caller = keys.ring.find(token.reveal(), NOW)
        assert (caller.key, caller.ids) == (key, (key.id,))
        for stranger in (new_token(key.id).reveal(), "ptg_vk_", token.reveal()[:-1] + "?"):
            with pytest.raises(AuthenticationError):
                keys.ring.find(stranger, NOW)
        assert (await keys.revoke(key.id, ROOT)).revoked == NOW
        with pytest.raises(AuthenticationError):
            keys.ring.find(token.reveal(), NOW)
        with pytest.raises(ConflictError):
            await keys.rotate(key.id, 0, ROOT)
        assert [row.action for row in await store.audit()] == ["key.create", "key.revoke"]

    with_keys(tmp_path, scene)


def test_a_key_ends_by_itself(tmp_path: Path) -> None:
    async def scene(keys: Keys, _: SQLiteStore) -> None:
        _, token = await keys.create("short", Rights(expires=NOW + SECOND), ROOT)
        keys.ring.find(token.reveal(), NOW)
        with pytest.raises(AuthenticationError):
            keys.ring.find(token.reveal(), NOW + SECOND)

    with_keys(tmp_path, scene)


def test_a_token_that_is_replaced_is_good_for_its_grace(tmp_path: Path) -> None:
    async def scene(keys: Keys, _: SQLiteStore) -> None:
        key, first = await keys.create("rotating", Rights(), ROOT)
        _, second = await keys.rotate(key.id, 60, ROOT)
        _, third = await keys.rotate(key.id, 10, msgspec.structs.replace(ROOT, now=NOW + SECOND))
        assert {keys.ring.find(each.reveal(), NOW + 2 * SECOND).key.id for each in (first, second, third)} == {key.id}
        for late, moment in ((second, NOW + 11 * SECOND), (first, NOW + 60 * SECOND)):
            with pytest.raises(AuthenticationError):
                keys.ring.find(late.reveal(), moment)
        assert keys.ring.find(third.reveal(), NOW + 10**9).key.id == key.id
        _, last = await keys.rotate(key.id, 0, msgspec.structs.replace(ROOT, now=NOW + 100 * SECOND))
        with pytest.raises(AuthenticationError):
            keys.ring.find(third.reveal(), NOW + 100 * SECOND)
        keys.ring.find(last.reveal(), NOW + 100 * SECOND)

    with_keys(tmp_path, scene)


def test_a_key_mints_only_what_it_has_and_they_share_its_fate(tmp_path: Path) -> None:
    async def scene(keys: Keys, _: SQLiteStore) -> None:
        budget, limit = BudgetRule(usd=5), LimitRule(requests=10)
        own = Rights(kind="manage", models=("acme/*",), budgets=(budget,), limits=(limit,))
        _, token = await keys.create("team", own, ROOT)
        team = keys.ring.find(token.reveal(), NOW)
        by_team = Who(name=team.key.id, now=NOW, by=team)
        with pytest.raises(PermissionDeniedError, match="models"):
            await keys.create("greedy", Rights(models=("other/*",)), by_team)
        with pytest.raises(InvalidRequestError):
            await keys.create("odd", Rights(addresses=("nowhere",)), ROOT)
        less = Rights(models=("acme/small",), budgets=(BudgetRule(usd=1),))
        child, minted = await keys.create("build", less, by_team)
        with pytest.raises(PermissionDeniedError, match="models"):
            await keys.edit(child.id, Rights(), by_team)
        stranger, _ = await keys.create("other", Rights(), ROOT)
        with pytest.raises(PermissionDeniedError):
            await keys.rotate(stranger.id, 0, by_team)  # its new token would do more than the team may
        caller = keys.ring.find(minted.reveal(), NOW)
        assert caller.ids == (child.id, team.key.id)
        assert [(rule.usd, rule.key) for rule in caller.budgets] == [(1, child.id), (5, team.key.id)]
        assert len({rule.name for rule in caller.budgets}) == 2
        assert [rule.key for rule in caller.limits] == [team.key.id]
        assert (await keys.edit(child.id, Rights(models=("acme/large",)), by_team)).rights.models == ("acme/large",)
        await keys.revoke(team.key.id, ROOT)
        with pytest.raises(AuthenticationError):
            keys.ring.find(minted.reveal(), NOW)

    with_keys(tmp_path, scene)


def test_the_last_use_is_remembered_now_and_then(tmp_path: Path) -> None:
    async def scene(keys: Keys, store: SQLiteStore) -> None:
        key, token = await keys.create("used", Rights(), ROOT)
        caller = keys.ring.find(token.reveal(), NOW)
        touch = keys.ring.touched(caller, NOW)
        assert touch is not None
        assert keys.ring.touched(caller, NOW + SECOND) is None
        assert keys.ring.touched(caller, NOW + 61 * SECOND) is not None
        await store.apply(touch)
        assert [(row.id, row.used) for row in await store.keys()] == [(key.id, NOW)]

    with_keys(tmp_path, scene)


def test_there_is_nothing_to_do_to_a_key_that_is_not_there(tmp_path: Path) -> None:
    async def scene(keys: Keys, _: SQLiteStore) -> None:
        for change in (keys.revoke("k", ROOT), keys.edit("k", Rights(), ROOT), keys.rotate("k", 0, ROOT)):
            with pytest.raises(NotFoundError):
                await change

    with_keys(tmp_path, scene)


def test_no_token_is_kept_anywhere(tmp_path: Path, figures) -> None:
    tokens: list[bytes] = []

    async def scene(keys: Keys, store: SQLiteStore) -> None:
        for number in range(10):
            key, token = await keys.create(f"key {number}", Rights(), ROOT)
            _, rotated = await keys.rotate(key.id, 60, ROOT)
            tokens.extend((token.reveal().encode(), rotated.reveal().encode()))
        await store.backup(tmp_path / "copy.db")
        await asyncio.sleep(0)
        find(tokens)

    def find(wanted: list[bytes]) -> None:
        files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert {"ledger.db", "ledger.db-wal", "copy.db"} <= set(files)
        secrets = [token[len(PREFIX) + 10 :] for token in wanted]
        windows = {each[place : place + 10] for each in secrets for place in range(len(each) - 9)}
        found = [name for name, content in files.items() for window in windows if window in content]
        figures("10-byte windows of tokens searched in ledger, log and copy", len(windows))
        figures("canary finds in ledger, log and copy", len(found))
        assert found == []

    with_keys(tmp_path, scene)
