"""The house has floors: imports only run downward, siblings never meet, and one room alone has the way out.

`FLOORS` is the law. A module's name in it is its path below the package; a star stands for anything within a folder.
The first pattern that fits decides.
"""

import ast
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house import Import, Module, imports, modules

FLOORS = [
    *((1, name) for name in ("errors", "version", "domain.*", "catalog.*", "config.*")),
    (2, "streaming.*"),
    (2, "cost"),
    (2, "estimate"),
    (2, "transport.*"),
    (3, "dialects.bridge"),
    (3, "dialects.envelope"),
    (3, "dialects.table"),
    (3, "dialects.task"),
    (3, "dialects.operations"),
    (3, "dialects.counting"),
    (3, "dialects.forwarding"),
    (3, "dialects.*.*"),  # the folders, one a dialect
    (2, "dialects.*"),  # the files beside them, which all dialects share
    (4, "providers.*"),
    *((5, name) for name in ("registry", "knowledge", "overlay", "inventory")),
    *((6, name) for name in ("router.*", "security.*", "ledger.*", "observing.*")),
    (7, "admission"),
    (7, "attempts"),
    (7, "planning"),
    (7, "crossing"),
    (7, "accounts.*"),
    (7, "live"),
    (7, "continuing"),
    (7, "hedging"),
    (7, "leaving"),
    (7, "race"),
    (7, "opening"),
    (7, "direct"),
    (7, "caching.*"),
    (7, "engine"),
    (7, "timeline"),
    (7, "health"),
    (7, "observer"),
    (7, "tracing"),
    (7, "assemble"),
    (7, "discovery"),
    *((8, name) for name in ("answers", "asking", "client", "tasks")),
    (8, "server.*"),
    (8, "conformance.*"),
    (8, "scaffold.*"),
    (9, "cli.*"),
    (9, "__init__"),
    (9, "__main__"),
    (9, "asgi"),
    (9, "testing"),
]

WITH_SIBLINGS = {"dialects", "providers"}
"""Rooms whose folders know nothing of each other."""

PURE = ["domain.*", "dialects.*", "cost", "router.*", "streaming.framing"]
IMPURE_MODULES = {
    "asyncio", "os", "time", "random", "secrets", "uuid", "socket",
    "ssl", "select", "subprocess", "threading", "http.client", "urllib.request",
}  # fmt: skip

DIALS = {
    "create_connection", "open_connection", "create_unix_connection", "open_unix_connection",
    "sock_connect", "getaddrinfo", "create_datagram_endpoint",
}  # fmt: skip
LISTENS = {"create_server", "start_server", "create_unix_server", "start_unix_server"}
CLIENT_LIBRARIES = {
    "http.client", "urllib.request", "httpx", "httpx2", "requests",
    "aiohttp", "urllib3", "websockets", "pycurl",
}  # fmt: skip
SOCKET_LIBRARIES = {"socket", "ssl"}


def floor_of(name: str) -> int | None:
    return next((floor for floor, pattern in FLOORS if fnmatchcase(name, pattern)), None)


def homeless(house: dict[str, Module]) -> list[str]:
    return [
        f"{name} stands on no floor: if the house needs this room, give it a line in FLOORS of tests/test_floors.py"
        for name in house
        if floor_of(name) is None
    ]


def climbing(found: list[Import]) -> list[str]:
    complaints = []
    for entry in found:
        here, there = floor_of(entry.importer), floor_of(entry.target)
        if entry.internal and here is not None and there is not None and there > here:
            complaints.append(f"{entry}: floor {here} may not know floor {there}")
    return complaints


def sibling_of(name: str) -> tuple[str, str] | None:
    room, _, rest = name.partition(".")
    folder, _, inside = rest.partition(".")
    return (room, folder) if room in WITH_SIBLINGS and inside else None


def meeting_siblings(found: list[Import]) -> list[str]:
    complaints = []
    for entry in found:
        here, there = sibling_of(entry.importer), sibling_of(entry.target)
        if entry.internal and here and there and here[0] == there[0] and here != there:
            complaints.append(f"{entry}: siblings never meet; what both need belongs on the floor below")
    return complaints


def circle(found: list[Import]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for entry in found:
        if entry.internal:
            graph.setdefault(entry.importer, set()).add(entry.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" -> ".join(reversed(error.args[1]))]
    return []


def is_or_within(target: str, names: set[str]) -> bool:
    return any(target == name or target.startswith(f"{name}.") for name in names)


def impure(found: list[Import]) -> list[str]:
    return [
        f"{entry}: this room is pure, it has no clock, no chance and no I/O"
        for entry in found
        if any(fnmatchcase(entry.importer, pattern) for pattern in PURE)
        and (entry.target.startswith("transport.") if entry.internal else is_or_within(entry.target, IMPURE_MODULES))
    ]


def names_used(tree: ast.AST) -> list[tuple[str, int]]:
    used = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                used.append((name, node.lineno))
            case ast.ImportFrom(names=aliases):
                used += [(alias.name, node.lineno) for alias in aliases]
            case _:
                pass
    return used


def opening_sockets(house: dict[str, Module], found: list[Import]) -> list[str]:
    complaints = []
    for entry in found:
        room = house[entry.importer].room
        if entry.internal:
            continue
        if is_or_within(entry.target, CLIENT_LIBRARIES):
            complaints.append(f"{entry}: there is one HTTP client in the house, `transport`")
        if is_or_within(entry.target, SOCKET_LIBRARIES) and room not in {"transport", "server"}:
            complaints.append(f"{entry}: sockets are the business of `transport` (out) and `server` (in)")
    for module in house.values():
        for name, line in names_used(module.tree):
            if name in DIALS and module.room != "transport":
                complaints.append(f"{module.name}:{line} {name}: only `transport` opens outgoing sockets")
            if name in LISTENS and module.room != "server":
                complaints.append(f"{module.name}:{line} {name}: only `server` listens")
    return complaints


def complaints_about(house: dict[str, Module]) -> list[str]:
    found = imports(house)
    return [
        *homeless(house),
        *climbing(found),
        *meeting_siblings(found),
        *circle(found),
        *impure(found),
        *opening_sockets(house, found),
    ]


def test_the_house_stands() -> None:
    house = modules()
    assert "errors" in house
    assert complaints_about(house) == []


BAD_HOUSES: dict[str, tuple[dict[str, str], str]] = {
    "upward": ({"domain/chat.py": "import pontage.engine", "engine.py": ""}, "domain.chat:1 imports engine: floor 1"),
    "upward, one name": (
        {"router/plan.py": "from pontage.server import run", "server/__init__.py": ""},
        "router.plan:1 imports server.__init__: floor 6 may not know floor 8",
    ),
    "upward, a module out of its folder": (
        {"streaming/tap.py": "from pontage.providers import base", "providers/base.py": ""},
        "streaming.tap:1 imports providers.base",
    ),
    "upward, relative": ({"cost.py": "from .providers.base import X", "providers/base.py": ""}, "cost:1 imports"),
    "upward, two dots": (
        {"dialects/codec.py": "from .openai import wire", "dialects/openai/wire.py": ""},
        "dialects.codec:1 imports dialects.openai.wire: floor 2 may not know floor 3",
    ),
    "upward for types only": (
        {"errors.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pontage.client import Client",
         "client.py": ""},
        "errors:3 imports client",
    ),
    "upward in a function": (
        {"cost.py": "def f():\n    from pontage import Client", "__init__.py": ""},
        "cost:2 imports",
    ),
    "siblings": (
        {"providers/groq/client.py": "from pontage.providers.openai.config import X", "providers/openai/config.py": ""},
        "providers.groq.client:1 imports providers.openai.config: siblings never meet",
    ),
    "siblings, relative": (
        {"dialects/a/request.py": "from ..b import wire", "dialects/b/wire.py": ""},
        "dialects.a.request:1 imports dialects.b.wire: siblings never meet",
    ),
    "a circle": (
        {"domain/a.py": "import pontage.domain.b", "domain/b.py": "from pontage.domain.c import x",
         "domain/c.py": "from . import a"},
        "domain.a -> domain.b -> domain.c -> domain.a",
    ),
    "a room nobody planned": ({"helpers/strings.py": ""}, "helpers.strings stands on no floor"),
    "a file nobody planned": ({"utils.py": ""}, "utils stands on no floor"),
    "a clock in the domain": ({"domain/chat.py": "from time import time"}, "chat:1 imports time: this room is pure"),
    "chance in the plan": ({"router/plan.py": "import random"}, "router.plan:1 imports random"),
    "a system call in a dialect": ({"dialects/a/wire.py": "import os.path"}, "imports os.path: this room is pure"),
    "a way out of a dialect": (
        {"dialects/a/wire.py": "from pontage.transport import pool", "transport/pool.py": ""},
        "dialects.a.wire:1 imports transport.pool: this room is pure",
    ),
    "a second HTTP client": ({"transport/pool.py": "import http.client"}, "there is one HTTP client"),
    "sockets elsewhere": ({"ledger/store.py": "import socket"}, "ledger.store:1 imports socket: sockets are"),
    "dialling elsewhere": (
        {"providers/base.py": "async def f(loop):\n    await loop.create_connection(f)"},
        "providers.base:2 create_connection: only `transport`",
    ),
    "dialling by name": ({"engine.py": "from asyncio import open_connection"}, "engine:1 open_connection"),
    "listening elsewhere": (
        {"transport/pool.py": "import asyncio\nasyncio.start_server"},
        "transport.pool:2 start_server: only `server` listens",
    ),
}  # fmt: skip


@pytest.fixture
def build(tmp_path: Path):
    def build_house(files: dict[str, str]) -> dict[str, Module]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return modules(tmp_path)

    return build_house


@pytest.mark.parametrize("fault", BAD_HOUSES)
def test_a_fault_is_found(build, fault: str) -> None:
    files, complaint = BAD_HOUSES[fault]
    complaints = complaints_about(build(files))
    assert len(complaints) == 1
    assert complaint in complaints[0]


def test_what_is_allowed_is_not_found_fault_with(build) -> None:
    house = build({
        "__init__.py": "from pontage.client import Client",
        "client.py": "from pontage import engine\nfrom pontage.domain.chat import Chat",
        "engine.py": "import asyncio, time, random\nfrom .router import plan",
        "router/plan.py": "import math\nfrom pontage.cost import price",
        "cost.py": "from pontage.domain import chat\nfrom .errors import PontageError",
        "domain/__init__.py": "from pontage.domain.chat import Chat",
        "domain/chat.py": "import msgspec",
        "errors.py": "",
        "providers/openai/client.py": "from pontage.providers import base\nfrom . import config",
        "providers/openai/config.py": "from pontage.dialects.openai_chat import wire",
        "providers/base.py": "from pontage.transport.pool import Pool",
        "dialects/openai_chat/wire.py": "from pontage.dialects.codec import walk",
        "dialects/codec.py": "import re",
        "transport/pool.py": "import socket, ssl\nasync def f(loop): await loop.create_connection(f)",
        "server/listener.py": "import ssl\nasync def f(loop): await loop.create_server(f)",
    })  # fmt: skip
    assert complaints_about(house) == []
