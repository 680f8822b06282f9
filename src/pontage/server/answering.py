"""Runs the application for one request: whatever it does, the client gets exactly one end. Floor 8; no sockets."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Protocol

from pontage.errors import OverloadedError, PontageError
from pontage.server.http import Application, Headers, Request, Responder

_log = logging.getLogger("pontage.server")


class FinishingResponder(Responder, Protocol):
    """A responder that knows whether its answer is over."""

    @property
    def ended(self) -> bool:
        """Whether the answer is complete or aborted."""
        ...


async def answer(application: Application, request: Request, responder: FinishingResponder) -> bool:
    """Let the application answer; whether it failed by our own fault (then it is logged and counts as a 500).

    What it raises becomes a refusal while nothing has been sent, and a truncated body afterwards.
    """
    own_fault = False
    try:
        await application(request, responder)
        if responder.ended:
            return False
        raise PontageError("the application left its answer unfinished")
    except asyncio.CancelledError:
        # The client has left, and reads nothing; or the server stops, and the client shall know.
        failure: PontageError = OverloadedError("the server is stopping", retry_after=1.0)
    except PontageError as error:
        failure = error
        own_fault = error.status == PontageError.status
        if own_fault:
            _report(request, error)
    except Exception as error:
        failure = PontageError("the gateway failed to answer; this is its own fault")
        own_fault = True
        _report(request, error)
    if not responder.started:
        target = f"{request.path}?{request.query}" if request.query else request.path
        word(application, responder, (request.method, target, request.headers), failure)
    elif not responder.ended:
        responder.abort()
    return own_fault


def word(application: Application, responder: Responder, asked: tuple[str, str, Headers], error: PontageError) -> None:
    """Answer with `error` in the words of the application; `asked` is (method, target, headers)."""
    try:
        responder.send(*application.refuse(*asked, error))
    except Exception as failure:
        # A refusal that cannot be worded must still be a refusal.
        _log.error("cannot word the refusal %s: %s", error.code, type(failure).__name__)
        if not responder.started:
            responder.send(error.status, (), b"")


def _report(request: Request, error: Exception) -> None:
    # Neither the exception's text nor its values: either may quote a body or a key.
    trace = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s while answering %s %s\n%s", type(error).__name__, request.method, request.path, trace)
