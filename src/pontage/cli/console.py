"""What the commands share: data, tables, complaints, exit codes. Floor 9. stdout is for data, stderr for the rest."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TextIO

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

CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
"""The characters by which a text could steer a terminal: move in it, recolour it, type into it."""


def say(text: str, *, newline: bool = True, colour: bool | None = True) -> None:
    """Write data as it is; without `colour` without escape sequences, None: where no terminal is.

    Raises OSError where that cannot be: standard output is closed, its disk is full.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # so it is when the process began without
        raise OSError(errno.EBADF, "standard output is closed")
    click.echo(text, nl=newline, color=colour)


def plain(text: str, stream: TextIO | None = None) -> str:
    """A stranger's text without control characters where `stream` (or standard output) is a terminal."""
    stream = stream or sys.stdout
    return text.translate(CONTROLS) if stream is not None and stream.isatty() else text  # None: it is closed


def give_up_output(error: OSError) -> None:
    """Complain about a file, or standard output, that cannot be written."""
    what = "the output cannot be written" if error.filename is None else error.filename
    click.echo(f"pontage: {what}: {error.strerror or error}", err=True)
    if sys.stdout is not None and error.filename is None:  # pyright: ignore[reportUnnecessaryComparison]  # as in `say`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python's own last flush shall not fail, too


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
        told = describe(one) if isinstance(one, ConfigError) else str(one)
        click.echo(f"pontage: {plain(told, sys.stderr)}", err=True)
        if one.hint:
            click.echo(f"         {plain(one.hint, sys.stderr)}", err=True)
    if error.attempts:
        click.echo(f"         tried: {', '.join(error.attempts)}", err=True)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under titles: drawn on a terminal, tab-separated where a program reads."""
    if sys.stdout is None or not sys.stdout.isatty():  # pyright: ignore[reportUnnecessaryComparison]  # as in `say`
        for row in rows:
            say("\t".join(row))
        return
    from rich.console import Console  # only here: it costs more than the rest of a command
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*titles, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))  # brackets in a stranger's text are no markup
    Console().print(drawn)
