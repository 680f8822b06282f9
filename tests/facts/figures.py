"""The figures of the project that its own files tell, for the page that holds it against the plan it grew from."""

import itertools
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from pontage import errors
from pontage.dialects.operations import OPERATIONS
from pontage.dialects.table import CLIENT_SIDES
from pontage.errors import PontageError
from pontage.providers.rows import rows
from pontage.registry import BUILT_IN
from tests.facts.capabilities import can_say, evidence
from tests.facts.features import FEATURES
from tests.facts.losses import targets
from tests.facts.markdown import table
from tests.facts.providers import kinds, spoken
from tests.facts.readme import catalog
from tests.facts.recorded import recorded

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results" / "crossing-0.1.0.json"


def figures() -> str:
    """Each figure and where it is from."""
    return table(("what", "figure", "from"), _figures())


def _figures() -> Iterator[tuple[str, str, str]]:
    formats = len(CLIENT_SIDES)
    yield "providers with a folder", str(len(BUILT_IN)), "`src/pontage/registry.py`"
    yield "vendors that are a row of data", str(len(rows())), "`src/pontage/providers/compatible.toml`"
    yield "formats of clients; of providers", f"{formats}; {len(targets())}", "`src/pontage/dialects`"
    yield "directions between two formats, under the laws", str(formats * (formats - 1)), "`tests/test_crossing.py`"
    yield "operations beside chat", str(len(OPERATIONS)), "`src/pontage/dialects/operations.py`"
    models = list(itertools.chain.from_iterable(catalog().models(name) for name in catalog().providers()))
    priced = sum(1 for facts in models if facts.prices is not None)
    yield "models in the catalogue; with prices", f"{len(models):,}; {priced:,}", "`src/pontage/catalog/data.jsonl`"
    yield "types of provider with recordings", f"{len(recorded())} of {len(kinds())}", "`tests/facts/recorded.json`"
    found = Counter(
        evidence(kind, side, feature)
        for kind in kinds()
        for side in {side.name: side for one in spoken(kind) for side in one.sides[:1]}.values()
        for feature in FEATURES
        if can_say(side, feature)
    )
    told = ", ".join(f"{number} {word}" for word, number in found.most_common())
    yield "features of providers in their first format", told, "`docs/reference/capabilities.md`"
    tree = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PontageError)]
    yield "kinds of errors, each with a stable code", str(len(tree)), "`src/pontage/errors.py`"
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    least = settings["tool"]["coverage"]["report"]["fail_under"]
    yield "least coverage of branches that passes", f"{least} %", "`pyproject.toml`"
    ratios = _ratios(json.loads(RESULTS.read_text(encoding="utf-8")))
    yield "CPU of a crossing as a multiple of nginx's", ratios, "`bench/results/crossing-0.1.0.json`"


def _ratios(results: dict[str, Any]) -> str:
    """By row without streams, the median CPU a request over that of the first one, nginx."""
    cpu = {
        row["name"]: median(sample["cpu_per_1k_requests"] for sample in row["samples"])
        for row in results["rows"]
        if not row["stream"]
    }
    base, *others = cpu
    return ", ".join(f"{name} {cpu[name] / cpu[base]:.1f}" for name in others)
