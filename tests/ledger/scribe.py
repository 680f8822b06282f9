"""A process that books without end, and says of every record when it is safe. `test_crash.py` kills it.

Usage: python -m tests.ledger.scribe LEDGER RUN. It prints `NAME reserved` and `NAME settled`, each after the books
acknowledged it.
"""

import asyncio
import sys
from pathlib import Path

from pontage.ledger.changes import Recover
from pontage.ledger.sqlite import SQLiteStore
from tests.ledger.rows import charge, finish, reserve, settle


async def scribble(path: Path, run: str) -> None:
    store = SQLiteStore(path, keeper=True)
    await store.apply(Recover(1))
    print("ready", flush=True)

    async def book(writer: int) -> None:
        for number in range(10_000):
            name = f"{run}-{writer}-{number}"
            await store.apply(reserve(name, charge(amount=10, limit=10**15)))
            sys.stdout.write(f"{name} reserved\n")
            await store.apply(settle(name, 7), finish(name))
            sys.stdout.write(f"{name} settled\n")
            sys.stdout.flush()

    await asyncio.gather(*map(book, range(8)))


if __name__ == "__main__":
    asyncio.run(scribble(Path(sys.argv[1]), sys.argv[2]))
