"""How a request reaches a provider over HTTP: where to, with which headers, and how its refusals read. Floor 4.

A provider's folder overrides at most `target_for` (the path) and `headers_for`; nobody parses bodies here.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from pontage.config import MASK, Secret
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.envelope import Fields
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.providers.base import Attempt, Endpoint, ProviderConfig
from pontage.providers.described import DescribedProvider, missing_key
from pontage.transport import Origin, Outgoing, Timeouts, Transport

REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid")
"""Where hosts tell the id of a request, whatever the format it was in."""


class HTTPCaller(DescribedProvider):
    """A provider that is reached over HTTP."""

    def __init__(self, config: ProviderConfig, transport: Transport) -> None:
        super().__init__(config)
        self._transport = transport
        self._origin = Origin.of(config.base_url)
        self._base = urlsplit(config.base_url).path.rstrip("/")
        self._fixed: dict[str | None, tuple[tuple[str, str], ...]] = {}

    def target_for(self, endpoint: Endpoint, model: str, stream: bool) -> str:
        """Path and query of a request for `model`. Raises InvalidRequestError for a name that would lead elsewhere."""
        if any(segment in (".", "..") for segment in model.split("/")):
            raise InvalidRequestError(f"the model {model[:100]!r} is no name but a path", param="model")
        path = endpoint.stream_path if stream and endpoint.stream_path else endpoint.path
        base = "" if endpoint.rooted else self._base
        return base + (path.replace("{model}", quote(model, safe="-._~:/@")) if "{model}" in path else path)

    def headers_for(self, sent: Fields | None, key: Secret | None) -> tuple[tuple[str, str], ...]:
        """The request's headers; those that a client `sent` pass by allow-list, and only in the same format."""
        revealed = key.reveal() if key is not None else None
        fixed = self._fixed.get(revealed)
        if fixed is None:  # rendered once a key: this is the hot path
            fixed = self._fixed[revealed] = fixed_headers(self.config, revealed)
        if sent is None or not self.config.forward:
            return fixed
        passed = {name: value for name in self.config.forward if (value := sent.get(name)) is not None}
        return (*(field for field in fixed if field[0] not in passed), *passed.items()) if passed else fixed

    def outgoing(
        self, endpoint: Endpoint, attempt: Attempt, body: bytes, sent: Fields | None, *, stream: bool = False
    ) -> Outgoing:
        """The request as the transport takes it. `sent`: the client's headers, where the formats are one.

        Raises AuthenticationError when the provider needs a key and has none.
        """
        if self.config.needs_key and attempt.key is None:
            raise missing_key(self.config, attempt.model)
        limits = attempt.timeouts
        return Outgoing(
            method="POST",
            origin=self._origin,
            target=self.target_for(endpoint, attempt.model, stream),
            headers=self.headers_for(sent, attempt.key) + attempt.headers,
            body=body,
            timeouts=Timeouts(
                limits.pool, limits.connect, attempt.first_byte(stream=stream), limits.idle, limits.total
            ),
            private=self.config.private,
            deadline=attempt.deadline,
            resend=attempt.first,
        )


def fixed_headers(config: ProviderConfig, key: str | None) -> tuple[tuple[str, str], ...]:
    """The headers that are the same in every request with `key`."""
    fields = [("content-type", "application/json"), ("accept", "*/*"), ("user-agent", "pontage"), *config.headers]
    if key is not None:
        is_token = config.token_mark is not None and key.startswith(config.token_mark)
        header, prefix = ("authorization", "Bearer ") if is_token else (config.key_header, config.key_prefix)
        fields.append((header, prefix + key))
    return tuple(fields)


def signed(error: PontageError, config: ProviderConfig, model: str | None, key: Secret | None) -> PontageError:
    """`error` with the provider and model it came from, and without the key, which a provider may echo anywhere."""
    error.provider = error.provider or config.name
    error.model = error.model or model
    if key is not None and key.reveal():
        secret = key.reveal()
        for field in ("message", "param", "hint", "upstream_code", "request_id"):
            told = getattr(error, field)
            if told is not None and secret in told:
                setattr(error, field, told.replace(secret, MASK))
        error.args = (error.message,)
    return error


def refusal(side: ProviderSide, status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error an answer without status 200 tells; a redirect is never followed."""
    if status < 400:
        return ProtocolError(f"the provider answered with status {status}", upstream_status=status)
    error = side.decode_error(status, headers, body)
    error.request_id = error.request_id or next(filter(None, map(headers.get, REQUEST_IDS)), None)
    return error
