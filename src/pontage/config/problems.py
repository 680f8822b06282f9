"""All that is wrong with a configuration, in one error. Floor 1."""

from __future__ import annotations

from collections.abc import Iterable

from pontage.errors import ConfigError


class ConfigErrors(ConfigError):  # noqa: N818 - it is many of them, and its name says so
    """The configuration cannot be used: `errors` holds every reason found, in the order of the file."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        """Take at least one error; the same one found twice (through an alias) counts once."""
        found = {(error.file, error.line, error.column, error.message): error for error in errors}
        self.errors = tuple(sorted(found.values(), key=lambda error: (error.file or "", error.line, error.column)))
        first = self.errors[0]
        super().__init__(
            "\n".join(describe(error) + (f" ({error.hint})" if error.hint else "") for error in self.errors),
            file=first.file,
            line=first.line,
            column=first.column,
            hint=first.hint,
        )


def describe(error: ConfigError) -> str:
    """`error` on one line: ``file:line:column: message``."""
    where = f"{error.file}:{error.line}:{error.column}: " if error.line else f"{error.file}: " if error.file else ""
    return f"{where}{error.message}"
