"""Recorded provider traffic: where it is, and how to read it. The recordings lie beside the checkout, not in it."""

import functools
import os
from pathlib import Path
from typing import Any

import msgspec


class Half(msgspec.Struct, frozen=True):
    """A request or a response: harmless headers; parsed JSON, or for a stream the text as recorded."""

    headers: dict[str, str] | None = None
    body: Any = None


class Exchange(msgspec.Struct, frozen=True):
    """One recorded request and its answer. `fidelity` "verbatim" means: the very bytes the provider sent."""

    id: str
    provider: str
    vendor: str | None
    endpoint: str
    model: str | None
    path: str
    status: int
    streaming: bool
    fidelity: str
    features: list[str]
    request: Half
    response: Half


def locate() -> Path | None:
    """The folder of recordings: $PONTAGE_CORPUS, or shared/corpus next to the checkout; None if there is none."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "corpus"
    folder = Path(os.environ.get("PONTAGE_CORPUS") or beside)
    return folder if (folder / "index.json").is_file() else None


@functools.cache
def exchanges() -> tuple[Exchange, ...]:
    """All recordings, in the order of their ids; none when there is no folder of them."""
    folder = locate()
    if folder is None:
        return ()
    decoder = msgspec.json.Decoder(Exchange)
    return tuple(decoder.decode(path.read_bytes()) for path in sorted(folder.glob("*/*.json")))
