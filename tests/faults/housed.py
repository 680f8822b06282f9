"""A gateway in a process of its own that tells how it is: `python -m tests.faults.housed CONFIG_FILE`.

It says its port in its first line, and a line of counts for every line that it reads, until there are no more.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from pontage.config import load
from pontage.server.http import Limits
from tests.gateway import RunningGateway

PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    logging.getLogger("pontage").setLevel(logging.ERROR)
    gateway = RunningGateway(load(sys.argv[1], environ={}).config, {}, Limits())
    print(json.dumps({"port": gateway.port}), flush=True)
    for _ in sys.stdin:
        print(json.dumps({**gateway.do(counts(gateway)), **of_process()}), flush=True)
    gateway.close()


async def counts(gateway: RunningGateway) -> dict[str, int]:
    """What may grow, and must come back."""
    pools = gateway.engine.transport.statistics().values()
    return {
        "tasks": len(asyncio.all_tasks()) - 1,
        "clients": gateway.listener.connections,
        "in_use": sum(one.in_use + one.waiting for one in pools),
        "idle": sum(one.idle for one in pools),
        "in_flight": sum(vitals.in_flight for vitals in gateway.engine.book.places().values()),
        "failures": gateway.failures,
    }


def of_process() -> dict[str, int]:
    """Open descriptors, and the resident memory in bytes."""
    resident = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return {"descriptors": len(os.listdir("/proc/self/fd")), "rss": resident * PAGE}


if __name__ == "__main__":
    main()
