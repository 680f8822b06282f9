"""The `pontage` command. Floor 9; one file a command, imported when it is run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import cast

import click

from pontage.cli.console import complain, exit_code, give_up_output
from pontage.errors import PontageError
from pontage.version import __version__

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("pontage.cli.serve:serve", "Run the gateway."),
    "chat": ("pontage.cli.chat:chat", "Ask one question; the answer streams to the terminal."),
    "models": ("pontage.cli.models:models", "List the models that can be named."),
    "providers": ("pontage.cli.providers:providers", "List the providers, or show one."),
    "provider": ("pontage.cli.provider:provider", "Add a provider, or check what one can do."),
    "route": ("pontage.cli.route:route", "Tell where requests go, and why."),
    "usage": ("pontage.cli.usage:usage", "Show what was used and spent."),
    "keys": ("pontage.cli.keys:keys", "Make, list and end virtual keys."),
    "secrets": ("pontage.cli.secrets:secrets", "Keep providers' keys in the encrypted vault."),
    "audit": ("pontage.cli.audit:audit", "Verify the trail of who changed what."),
    "catalog": ("pontage.cli.catalog:catalog", "Show or renew the facts on models."),
    "check": ("pontage.cli.check:check", "Check the configuration without starting anything."),
}
"""Name to where the command is and its short help, so that `pontage --help` imports none of them."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        return cast(click.Command, getattr(importlib.import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in `--help`."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pontage", message="%(prog)s %(version)s")
def pontage() -> None:
    """One typed door to every model: a gateway, and the tools around it."""


def main() -> None:
    """Run the command line and exit: 0 ok, 1 failure, 2 usage, 69 upstream, 75 temporary, 77 permission, 78
    configuration, 130 interrupted."""
    try:
        left = pontage.main(standalone_mode=False)  # what `Context.exit` was given, or the command's own None
        sys.exit(left if isinstance(left, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except PontageError as error:
        complain(error)
        sys.exit(exit_code(error))
    except OSError as error:  # of the files that commands read, and of the network, they tell by errors of their own
        give_up_output(error)
        sys.exit(1)
