"""A whole gateway on a real port, in a thread with an event loop of its own."""

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httptools  # noqa: F401  # imported here once, so that no test pays for it
import uvloop

from pontage.assemble import assemble
from pontage.config import Config, ProviderSettings, Secret
from pontage.engine import Engine
from pontage.server.app import Gateway
from pontage.server.http import Limits
from pontage.server.listener import Listener, ServerSettings

PATIENCE = 20.0  # seconds; generous, for a machine that is busy with something else
CANARIES = {
    "openai": "sk-canary-openai-3f9a1c7e5b2d8460",
    "anthropic": "sk-ant-canary-anthropic-7d1e93b4c5a60f28",
    "google": "AIzaCanaryGoogle4e8b2f6a9c1d7035XyZwVuTs",
    **{
        name: f"canary-{name}-5b0e7c92d4a6f183"
        for name in ("responses", "mistral", "cohere", "ollama", "vllm", "openrouter")
    },
}
"""The keys by which the gateway knows its providers; they may appear nowhere but in the requests to these."""


def upstream_config(url: str, **more: Any) -> Config:
    """A configuration whose three providers are one server at `url`, each by its vendor's paths."""
    providers = {
        "openai": ProviderSettings(base_url=f"{url}/v1", api_key=Secret(CANARIES["openai"])),
        "anthropic": ProviderSettings(base_url=url, api_key=Secret(CANARIES["anthropic"])),
        "google": ProviderSettings(base_url=url, api_key=Secret(CANARIES["google"])),
    }
    return Config(providers={**providers, **more.pop("providers", {})}, **more)


class RunningGateway:
    """A gateway that serves. Whatever it logs is kept in `log`."""

    def __init__(self, config: Config, environ: Mapping[str, str], limits: Limits) -> None:
        self._config = config
        self._environ = environ
        self._limits = limits
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stop: asyncio.Event
        self.loop: asyncio.AbstractEventLoop
        self.engine: Engine
        self.listener: Listener
        self.log: list[str] = []
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        if self._failure is not None:
            self._thread.join(PATIENCE)
            raise self._failure

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def failures(self) -> int:
        """How many requests failed by the gateway's own fault."""
        return self.listener.failures

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run `work` on the gateway's own loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def close(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # handed to the thread that waits
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.engine = assemble(self._config, self._environ)
        self.listener = await Listener.start(
            Gateway(self.engine), ServerSettings(host="127.0.0.1", port=0, limits=self._limits)
        )
        self._ready.set()
        await self._stop.wait()
        await self.listener.close()
        await self.engine.aclose()


class _Kept(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@contextmanager
def running(
    config: Config, *, environ: Mapping[str, str] | None = None, limits: Limits | None = None
) -> Iterator[RunningGateway]:
    """A gateway for the time of a `with`; everything below `pontage` is logged into its `log`."""
    gateway = RunningGateway(config, environ or {}, limits or Limits())
    logger = logging.getLogger("pontage")
    handler = _Kept(gateway.log)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield gateway
    finally:
        gateway.close()
        logger.removeHandler(handler)
        logger.setLevel(level)
