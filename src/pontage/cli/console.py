"""What the commands share: tables, complaints, exit codes. Floor 9. stdout is for data, stderr for the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from pontage.config import ConfigErrors, describe
from pontage.errors import (
    AuthenticationError,
    ConfigError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    RateLimitedError,
    UpstreamError,
)


def exit_code(error: PontageError) -> int:
    """The process's exit code for `error` (the numbers of sysexits.h)."""
    match error:
        case ConfigError():
            return 78
        case AuthenticationError() | PermissionDeniedError():
            return 77
        case OverloadedError() | RateLimitedError():
            return 75
        case UpstreamError():
            return 69
        case _:
            return 1


def complain(error: PontageError) -> None:
    """Tell the person what went wrong, where and what to do."""
    for one in error.errors if isinstance(error, ConfigErrors) else (error,):
        click.echo(f"pontage: {describe(one) if isinstance(one, ConfigError) else one}", err=True)
        if one.hint:
            click.echo(f"         {one.hint}", err=True)
    if error.attempts:
        click.echo(f"         tried: {', '.join(error.attempts)}", err=True)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under titles: drawn on a terminal, tab-separated where a program reads."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console  # only here: it costs more than the rest of a command
    from rich.table import Table

    drawn = Table(*titles, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*row)
    Console().print(drawn)
