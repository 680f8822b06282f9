"""Compiles `restrictions.toml`: groups are written out, entries checked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from pontage.catalog.facts import EFFORTS, ReasoningFacts
from pontage.catalog.rules import Restrictions

HERE = Path(__file__).parent


def compile_rules(path: Path = HERE / "restrictions.toml") -> tuple[list[Restrictions], dict[str, list[str]]]:
    """The restrictions, and by provider the prefixes to take off its models' names.

    Raises ValueError (msgspec's own included) for an entry that is not complete.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    found: list[Restrictions] = []
    for entry in data["restrictions"]:
        compiled = msgspec.convert(_complete(entry, data["groups"]), Restrictions)
        if not (compiled.source and compiled.verified and compiled.models and compiled.providers):
            raise ValueError(f"an entry needs providers, models, source and verified: {entry}")
        if compiled.reasoning is not None and set(compiled.reasoning.efforts) - set(EFFORTS):
            raise ValueError(f"{compiled.models}: unknown efforts {compiled.reasoning.efforts}")
        found.append(compiled)
    return found, data["strip"]


def _complete(entry: dict[str, Any], groups: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    rules = [rule for name in entry.get("use", ()) for rule in groups[name]] + list(entry.get("rules", ()))
    wanted = {name: entry[name] for name in ("providers", "models", "source", "verified") if name in entry}
    reasoning = entry.get("reasoning")
    if reasoning is not None:
        budget = reasoning.get("budget")
        whole = {**reasoning, **({"budget": [*budget, None][:2]} if budget else {})}
        wanted["reasoning"] = msgspec.convert(whole, ReasoningFacts)
    return {**wanted, "rules": rules}
