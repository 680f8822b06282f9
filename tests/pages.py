"""The documentation as data: its blocks of code, what they shall print, and its links. For `test_docs.py`."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

_FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_REMARK = re.compile(r"<!-- (?P<kind>[\w ]+): (?P<told>[^>]*?) -->\s*\Z|<!-- (?P<word>config) -->\s*\Z")
_LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(msgspec.Struct, frozen=True):
    """One fenced block. `remark` is the comment before it as (kind, words), `output` the `text` block behind it."""

    language: str
    text: str
    line: int
    remark: tuple[str, str] | None
    output: str | None


def blocks(page: str) -> list[Block]:
    """All blocks of a page, in order; one that is the output of the block before it is not one of its own."""
    found: list[Block] = []
    behind = -1  # where a block that may have output ended
    for fence in _FENCE.finditer(page):
        before = page[: fence.start()]
        if fence["language"] == "text" and behind >= 0 and not page[behind : fence.start()].strip():
            found[-1] = msgspec.structs.replace(found[-1], output=fence["text"])
            behind = -1
            continue
        remark = _REMARK.search(before)
        told = (remark["kind"] or remark["word"], remark["told"] or "") if remark else None
        found.append(Block(fence["language"], fence["text"], before.count("\n") + 1, told, None))
        behind = fence.end()
    return found


def prose(page: str) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", page)


def links(page: str) -> Iterator[str]:
    """The targets of its links."""
    yield from (found["target"] for found in _LINK.finditer(prose(page)))


def anchors(page: str) -> set[str]:
    """The anchors that its headings make."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose(page))}


def fits(wanted: str, said: str) -> bool:
    """Whether `said` is what a page promises, where `...` stands for anything."""
    pieces = [re.escape(piece) for piece in wanted.strip().split("...")]
    return re.fullmatch(".*".join(pieces), said.strip(), re.DOTALL) is not None


def read(path: Path) -> str:
    """A page's text."""
    return path.read_text(encoding="utf-8")
