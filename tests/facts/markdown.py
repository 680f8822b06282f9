"""How tables of the documentation are written."""

from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)


def codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
