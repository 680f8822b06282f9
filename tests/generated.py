"""The parts of the documentation that are made from the code. `python -m tests.generated` writes them anew.

A part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; `test_docs.py` fails when one is stale.
"""

import inspect
import os
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec

import pontage
from pontage import errors
from pontage.cli import COMMANDS
from pontage.cli import pontage as pontage_command
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import ChatRequest
from pontage.errors import PontageError
from pontage.observing.metrics import Metrics
from pontage.providers.simulated.config import MODELS
from pontage.registry import BUILT_IN
from pontage.server.http import Limits
from pontage.server.routes import GOOGLE_METHODS, GOOGLE_ROOTS, PASSING, TABLE
from tests.corpus import exchanges
from tests.facts import capabilities, figures, losses, readme, recorded, vendors
from tests.facts.markdown import codes, table
from tests.faults import table as faults

ROOT = Path(__file__).parents[1]
PROVIDERS = ROOT / "src" / "pontage" / "providers"
WORDED = ("openai_chat", "anthropic_messages", "google_generate")  # formats that have a word for each error
SECTIONS = {"Models and prices": "models", "What stands behind this": "standing"}
"""The sections that end every provider's page, and the generated part of each."""
CLOSING = {
    "models": "How a cost comes about: [Costs](../../../../docs/explanation/costs.md).",
    "standing": "What the words mean: [Capabilities](../../../../docs/reference/capabilities.md).",
}
_MARKED = re.compile(r"<!-- generated: (?P<name>[\w-]+) -->\n.*?<!-- end of (?P=name) -->", re.DOTALL)


def sentence(of: object) -> str:
    """The first sentence of a docstring, on one line."""
    if isinstance(of, types.UnionType):
        return f"One of {codes(one.__name__ for one in of.__args__)}."
    text = " ".join((inspect.getdoc(of) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def error_classes() -> list[type[PontageError]]:
    """Every class of the tree, in the order of their codes."""
    found = (one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PontageError))
    return sorted(found, key=lambda one: one.code)


def error_table() -> str:
    rows = (
        (f"[`{one.code}`](#{one.code.lower()})", f"`{one.__name__}`", str(one.status), "yes" if one.retryable else "no")
        for one in error_classes()
    )
    return table(("code", "class", "status", "may succeed when sent again"), rows)


def error_words() -> str:
    """What each format calls each error."""

    def word(format_name: str, error: PontageError) -> str:
        status, body = CLIENT_SIDES[format_name].encode_error(error)
        told = msgspec.json.decode(body)["error"]
        match format_name:
            case "openai_chat":
                spelled = f"`{told['type']}`, `{told['code']}`" if told.get("code") else f"`{told['type']}`"
            case "anthropic_messages":
                spelled = f"`{told['type']}`"
            case _:
                spelled = f"`{told['status']}`"
        return f"{status} {spelled}"

    rows = (
        (f"`{one.code}` {one.__name__}", *(word(name, one("what happened")) for name in WORDED))
        for one in error_classes()
        if one is not errors.ConfigError
    )
    return table(("error", "OpenAI: `type`, `code`", "Anthropic: `type`", "Gemini: `status`"), rows)


def routes() -> str:
    spellings: dict[tuple[str, str, str], list[str]] = {}
    for path, methods in TABLE.items():
        for method, route in methods.items():
            spellings.setdefault((method, route.handler, route.format or "by headers"), []).append(path)
    rows = [(method, codes(paths), handler, form) for (method, handler, form), paths in spellings.items()]
    for verb, handler in GOOGLE_METHODS.items():
        paths = codes(f"{root}models/{{model}}:{verb}" for root in GOOGLE_ROOTS)
        rows.append(("POST", paths, handler, "google_generate"))
    rows.append(("GET", codes(["/v1/models/{model}", "/models/{model}"]), "model", "by headers"))
    rows.append(("GET", codes(["/v1beta/models/{model}"]), "model", "google_generate"))
    passing = [f"{path}*" if path != "/completions" else path for path in PASSING]
    rows.append(
        ("any", codes(f"{root}{path}" for path in passing for root in ("/v1", "")), "passthrough", "openai_chat")
    )
    rows.append(("any", codes(["/{provider}/..."]), "own_passthrough", "the provider's"))
    return table(("method", "paths", "does", "format"), rows)


def limits() -> str:
    refusals = {
        "header_bytes": "431",
        "header_fields": "431",
        "target_bytes": "431",
        "body_bytes": "413",
        "header_seconds": "408",
        "body_seconds": "408",
        "body_bytes_per_second": "at this rate a body may take longer",
        "keep_alive_seconds": "closed",
        "stall_seconds": "closed",
    }
    assert set(refusals) == set(Limits.__struct_fields__)
    default = Limits()
    values = {name: getattr(default, name) for name in refusals}
    rows = (
        (f"`server.limits.{name}`", f"{value:,}" if isinstance(value, int) else f"{value:g}", refusals[name])
        for name, value in values.items()
    )
    return table(("setting", "default", "beyond it"), rows)


def metrics() -> str:
    rows = (
        (f"`{one.name}`", type(one).__name__.lower(), codes(one.labels) if one.labels else "", one.meaning)
        for one in Metrics().families()
    )
    return table(("metric", "kind", "labels", "what it tells"), rows)


def commands() -> str:
    parts = [f"```text\n{_help()}\n```"]
    parts += (f"## `pontage {' '.join(words)}`\n\n```text\n{_help(*words)}\n```" for words in _spoken())
    return "\n\n".join(parts)


def _spoken() -> Iterator[tuple[str, ...]]:
    """The words of every command, and of those within a command."""
    context = click.Context(pontage_command)
    for name in COMMANDS:
        yield (name,)
        command = pontage_command.get_command(context, name)
        yield from ((name, inner) for inner in (command.commands if isinstance(command, click.Group) else ()))


def _help(*words: str) -> str:
    """What the command itself prints, on a terminal of the usual width."""
    program = "from pontage.cli import pontage; pontage(prog_name='pontage')"
    done = subprocess.run(
        [sys.executable, "-c", program, *words, "--help"],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def simulated_models() -> str:
    return table(("model", "what it does"), ((f"`sim/{name}`", does) for name, does in MODELS.items()))


def public_names() -> str:
    rows = ((f"`{name}`", sentence(getattr(pontage, name))) for name in pontage.__all__ if not name.startswith("__"))
    return table(("name", "what it is"), rows)


def request_options() -> str:
    kept = ("messages", "stream", "origin", "spelling", "model")
    return codes(name for name in ChatRequest.__struct_fields__ if name not in kept) + "."


PARTS: dict[str, Callable[[], str]] = {
    "error-table": error_table,
    "error-words": error_words,
    "routes": routes,
    "limits": limits,
    "metrics": metrics,
    "commands": commands,
    "simulated-models": simulated_models,
    "public-names": public_names,
    "request-options": request_options,
    "vendors": vendors.addresses,
    "vendor-deviations": vendors.deviations,
    "plan-figures": figures.figures,
    "capabilities": capabilities.matrix,
    "capabilities-beside-chat": capabilities.operations,
    "losses-of-requests": losses.requests_lost,
    "losses-of-answers": losses.answers_lost,
    **faults.PARTS,
    **{f"facts-{folder}": vendors.facts(folder) for folder in BUILT_IN},
    **{f"models-{folder}": readme.models(folder) for folder in BUILT_IN},
    **{f"standing-{folder}": readme.standing(folder) for folder in BUILT_IN},
}


def documents() -> list[Path]:
    """Every page that people read."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *PROVIDERS.glob("*/README.md")])


def renewed(text: str) -> str:
    """A page with its generated parts as they should be."""

    def again(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- generated: {name} -->\n\n{PARTS[name]()}\n\n<!-- end of {name} -->"

    return _MARKED.sub(again, text)


def used(text: str) -> Iterator[str]:
    """The names of the generated parts of a page."""
    yield from (found["name"] for found in _MARKED.finditer(text))


def completed(page: Path, text: str) -> str:
    """A provider's page with the sections that are made whole; a new provider's has none yet."""
    folder = page.parent.name
    if page.parent.parent != PROVIDERS or folder not in BUILT_IN:
        return text
    for title, name in SECTIONS.items():
        if f"{name}-{folder}" not in used(text):
            part = f"<!-- generated: {name}-{folder} -->\n<!-- end of {name}-{folder} -->"
            text = f"{text.rstrip()}\n\n## {title}\n\n{part}\n\n{CLOSING[name]}\n"
    return text


if __name__ == "__main__":
    if exchanges():
        recorded.FILE.write_bytes(recorded.written())
    for page in documents():
        before = page.read_text(encoding="utf-8")
        if (after := renewed(completed(page, before))) != before:
            page.write_text(after, encoding="utf-8")
            print(page.relative_to(ROOT))
