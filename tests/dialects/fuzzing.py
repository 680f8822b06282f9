"""Samples bent out of shape: what the tests of hostile input share."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

SAMPLES = Path(__file__).parents[1] / "samples"


def bodies(dialect: str, ending: str) -> list[Any]:
    """The bodies of a dialect's own samples that end so: request, response, error."""
    return [json.loads(path.read_text()) for path in sorted((SAMPLES / dialect).glob(f"*.{ending}.json"))]


def events(dialect: str) -> list[list[Any]]:
    """What the lines of data in a dialect's own streams hold."""
    texts = [path.read_text() for path in sorted((SAMPLES / dialect).glob("*.sse"))]
    return [[json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")] for text in texts]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn, samples: list[Any], odd: st.SearchStrategy[Any]) -> bytes:
    """A sample with a value replaced by something `odd`, removed or said twice, or its bytes cut."""
    value = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            continue
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        action = draw(st.sampled_from(["replace", "remove", "repeat"]))
        if action == "remove":
            del holder[path[-1]]
        elif action == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        else:
            holder[path[-1]] = copy.deepcopy(draw(odd))
    body = json.dumps(value).encode()
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 9)) == 0 else body
