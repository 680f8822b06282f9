"""The room of the books and keys: what it tends to while a gateway runs."""

import asyncio
from pathlib import Path

import pytest

from pontage.accounts.strongroom import StrongRoom, now_micros, open_room
from pontage.config import Config, LedgerSection
from pontage.ledger.store import Page
from tests.ledger.rows import DAY, finish, reserve, settle


def test_what_is_old_goes_and_what_was_never_closed_is_closed(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    config = Config(ledger=LedgerSection(retention_days=30))

    async def tended(room: StrongRoom) -> set[tuple[str, str]]:
        tending = asyncio.create_task(room.tend(config.ledger.retention_days))
        for _ in range(200):
            await asyncio.sleep(0.02)
            found = {(each.request.id, each.state) for each in await room.store.attempts(Page())}
            if len(found) == 2 and ("forgotten", "expired") in found:
                break
        tending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await tending
        return found

    async def run() -> None:
        room = await open_room(config, environ, keeper=True)
        now = now_micros()
        await room.store.apply(reserve("old", began=now - 40 * DAY), settle("old", 1), finish("old"))
        await room.store.apply(reserve("forgotten", began=now - 2 * DAY))
        await room.store.apply(reserve("new", began=now))
        assert await tended(room) == {("forgotten", "expired"), ("new", "reserved")}
        await room.aclose()
        again = await open_room(config, environ, keeper=True)  # as after a kill: what was open is settled
        assert {each.state for each in await again.store.request("new")} == {"settled"}
        await again.aclose()

    asyncio.run(run())
