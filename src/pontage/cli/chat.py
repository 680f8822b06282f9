"""`pontage chat`: one question, one answer. Floor 9."""

from __future__ import annotations

import sys
import time

import click

from pontage.asking import ChatOptions
from pontage.cli.console import plain, say
from pontage.cli.serve import example_model
from pontage.client import Client
from pontage.domain.chat import ChatResponse


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[MODEL] PROMPT")
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--system", help="What the model is told before the prompt.")
@click.option("--stream/--no-stream", default=True, help="Show the answer as it comes, or whole.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def chat(words: tuple[str, ...], path: str | None, system: str | None, stream: bool, as_json: bool) -> None:
    """Ask one question. PROMPT `-` is read from standard input; without MODEL the first one that answers is asked."""
    if len(words) > 2:
        raise click.UsageError("give a model and one prompt; quote the prompt if it has several words")
    *named, prompt = list(words)
    if prompt == "-":
        prompt = _read_prompt()
    options: ChatOptions = {} if system is None else {"system": system}
    with Client(path) as client:
        model = named[0] if named else example_model(client.engine)
        began = time.monotonic()
        if as_json or not stream:
            response = client.chat(model, prompt, **options).response
            say(plain(response.to_json().decode() if as_json else response.text))
        else:
            response = _stream(client, model, prompt, options)
        click.echo(plain(summary(model, response, time.monotonic() - began), sys.stderr), err=True)


def _read_prompt() -> str:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # so it is when the process began without
        raise click.ClickException("standard input is closed: there is no prompt to read")
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise click.ClickException("standard input is not UTF-8 text") from None


def _stream(client: Client, model: str, prompt: str, options: ChatOptions) -> ChatResponse:
    with client.stream(model, prompt, **options) as stream:
        for text in stream.text_deltas():
            say(plain(text), newline=False)
        say("")
        return stream.response()


def summary(model: str, response: ChatResponse, seconds: float) -> str:
    """One line about the crossing: model, tokens, time, and what was lost."""
    usage = response.usage
    told = [response.model if response.model == model else f"{model} ({response.model})"]
    if usage is not None and usage.total is not None:
        told.append(f"{usage.total_input or 0} tokens in, {usage.total_output or 0} out")
    if response.cost is not None:
        told.append(f"${response.cost}")
    told.append(f"{seconds:.1f} s")
    told += (f"{note.kind} {note.where}" for note in response.notes)
    return " · ".join(told)
