"""`pontage check`: is the configuration right, and if not, what is wrong and where. Floor 9."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from pontage.cli.console import say
from pontage.config import ConfigErrors, Loaded, advise, load, validate
from pontage.config.excerpt import point
from pontage.config.load import read_text
from pontage.config.mask import masked_lines
from pontage.errors import ConfigError

EXIT_CONFIG = 78
"""The exit code of every command that cannot use its configuration (EX_CONFIG of sysexits.h)."""


class Report(Struct, frozen=True):
    """What was found. `loaded` is None when the configuration could not be read at all."""

    loaded: Loaded | None
    errors: tuple[ConfigError, ...]
    warnings: tuple[ConfigError, ...]


@click.command()
@click.option("--config", "path", metavar="FILE", help="The file to check, instead of the one found by itself.")
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def check(context: click.Context, path: str | None, strict: bool, as_json: bool) -> None:
    """Check the configuration; nothing is started and nobody is called.

    Exits with 0 when it can be used, with 78 when it cannot.
    """
    report = examine(path, dict(os.environ))
    failed = bool(report.errors) or (strict and bool(report.warnings))
    if as_json:
        say(json.dumps(_as_data(report, failed=failed), indent=2))
    else:
        for line in _as_text(report, strict=strict):
            # Told apart by colour only where a person looks on and did not ask for none.
            say(line, colour=False if os.environ.get("NO_COLOR") else None)
    context.exit(EXIT_CONFIG if failed else 0)


def examine(path: str | None, environ: dict[str, str]) -> Report:
    """Read the configuration as `load` does, and judge it."""
    try:
        loaded = load(path, environ=environ)
    except ConfigErrors as errors:
        return Report(None, errors.errors, ())
    try:
        known = _has_keys(loaded, environ)
    except ConfigError as error:
        return Report(loaded, (error,), ())
    errors = validate(loaded.config, places=loaded.places, known_providers=_known_providers(), has_keys=known)
    warnings = advise(loaded, environ)
    if not errors:
        found, left_out = _tried_out(loaded, environ)
        errors, warnings = found, [*warnings, *left_out]
    return Report(loaded, ConfigErrors(errors).errors if errors else (), tuple(warnings))


def _tried_out(loaded: Loaded, environ: dict[str, str]) -> tuple[list[ConfigError], list[ConfigError]]:
    # Imported here, as everything that serves is: the other commands should not wait for it.
    from pontage.cli.trial import assembled, faults_of_routes

    try:
        return faults_of_routes(assembled(loaded, environ), loaded)
    except ConfigError as error:
        return [error], []


def _has_keys(loaded: Loaded, environ: dict[str, str]) -> bool:
    # Imported here, as the ledger is: the other commands should not wait for it.
    from pontage.accounts.strongroom import has_keys

    return has_keys(loaded.config, environ)


def _known_providers() -> list[str]:
    # Imported here, as the providers are: the other commands should not wait for them.
    from pontage.registry import provider_types

    return provider_types()


def _as_text(report: Report, *, strict: bool) -> Iterable[str]:
    sources: dict[str, list[str]] = {}
    kinds = ((report.errors, "error", "red"), (report.warnings, "error" if strict else "warning", "yellow"))
    for problems, kind, colour in kinds:
        for error in problems:
            yield from _one_as_text(error, click.style(kind, fg=colour, bold=True), sources)
    count = len(report.errors) + (len(report.warnings) if strict else 0)
    if count:
        yield f"{count} error{'s' if count != 1 else ''}"
    elif report.loaded is not None:
        yield _summary(report.loaded)


def _one_as_text(error: ConfigError, kind: str, sources: dict[str, list[str]]) -> Iterable[str]:
    where = f"{error.file}:{error.line}:{error.column}: " if error.line else f"{error.file}: " if error.file else ""
    yield f"{where}{kind} {error.code}: {error.message}"
    if error.file is not None and error.line:
        if error.file not in sources:
            sources[error.file] = _lines(error.file)
        shown = point(error, sources[error.file])
        yield from (f"  {line}" for line in shown.splitlines())
    if error.hint:
        yield f"  {error.hint}"


def _lines(file: str) -> list[str]:
    try:
        return masked_lines(read_text(Path(file)))
    except ConfigError:  # not readable as text: there is nothing to show
        return []


def _summary(loaded: Loaded) -> str:
    config = loaded.config
    counted = ((len(config.providers), "provider"), (len(config.models), "virtual model"))
    told = ", ".join(f"{number} {name}{'s' if number != 1 else ''}" for number, name in counted)
    return f"{loaded.file or 'no file, defaults and environment only'}: {click.style('ok', fg='green')} ({told})"


def _as_data(report: Report, *, failed: bool) -> dict[str, Any]:
    return {
        "ok": not failed,
        "file": report.loaded.file if report.loaded is not None else None,
        "errors": [_one_as_data(error) for error in report.errors],
        "warnings": [_one_as_data(error) for error in report.warnings],
    }


def _one_as_data(error: ConfigError) -> dict[str, Any]:
    place = {"file": error.file, "line": error.line or None, "column": error.column or None}
    return {**place, "code": error.code, "message": error.message, "hint": error.hint}
