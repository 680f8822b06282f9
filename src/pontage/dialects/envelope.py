"""The envelope that carries a request and its answer through the house. Floor 3; pure.

A `Call` is a client's bytes in its format, or a canonical request; a `Reply` is a provider's bytes in its format, or a
canonical answer. Each converts only when the other side speaks another format, and then once. So crossing between like
formats is the identity and not a second code path: what a vendor invents tomorrow passes through today.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from msgspec import Struct

from pontage.dialects.dialect import ClientSide, Encoded, KeptState, ProviderSide
from pontage.domain.chat import ChatRequest, ChatResponse, TokenUsage
from pontage.errors import InvalidRequestError


class Fields(Protocol):
    """A client's header fields, as far as they are looked up by name."""

    def get(self, name: str, /) -> str | None:
        """The first value of `name` (lower case), or None."""
        ...


LONGEST_NAME = 512
"""Characters of a model's name: it is told in headers, errors and books."""
_TIER = b'"service_tier"'


class _Asked(Struct):
    service_tier: str | None = None


_ASKED = msgspec.json.Decoder(_Asked)


class Call:
    """One request on its way. `model` is what the caller asked for, `stream` whether it wants pieces, `choices` how
    many answers, `kept` what it goes on from that one provider keeps."""

    __slots__ = ("_request", "body", "choices", "client", "headers", "kept", "model", "stream")

    def __init__(
        self, *, client: ClientSide | None, body: bytes, request: ChatRequest | None, model: str, stream: bool
    ) -> None:
        self.client = client
        self.body = body
        self._request = request
        self.model = model
        self.stream = stream
        self.choices = 1
        self.kept: tuple[KeptState, ...] = ()
        self.headers: Fields = {}

    @classmethod
    def received(cls, client: ClientSide, body: bytes, *, model: str | None = None, stream: bool | None = None) -> Call:
        """A client's request as it came; `model` and `stream` are given where the path says them and not the body.

        Raises InvalidRequestError when the body is not a JSON object or names no model, or one without end.
        """
        peek = client.peek_request(body)
        named = model if model is not None else peek.model
        if not named:
            raise InvalidRequestError("`model` is missing: name the model to ask", param="model")
        if len(named) > LONGEST_NAME:
            raise InvalidRequestError(f"`model` is longer than {LONGEST_NAME} characters", param="model")
        streamed = peek.stream if stream is None else stream
        call = cls(client=client, body=body, request=None, model=named, stream=streamed)
        call.choices, call.kept = peek.choices, peek.kept
        return call

    @classmethod
    def of(cls, request: ChatRequest) -> Call:
        """A canonical request as an SDK user made it."""
        return cls(client=None, body=b"", request=request, model=request.model, stream=request.stream)

    @property
    def request(self) -> ChatRequest:
        """The canonical request, decoded when first asked for. Raises InvalidRequestError when it is not valid."""
        if self._request is None:
            self._request = self._decode(keep_spelling=False)
        return self._request

    @property
    def service_tier(self) -> str | None:
        """The service tier that is asked for, read without decoding the rest; None where there is none."""
        if self._request is not None:
            return self._request.service_tier
        if _TIER not in self.body:
            return None
        try:
            return _ASKED.decode(self.body).service_tier
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None  # its provider will say what is wrong

    def request_for(self, side: ProviderSide) -> ChatRequest:
        """The canonical request as `side` can say it. Raises InvalidRequestError when it is not valid."""
        unfold = self.client.unfold if self.client is not None else None
        return self.request if unfold is None or self.speaks(side) else unfold(self.request)

    def speaks(self, side: ProviderSide) -> bool:
        """Whether the bytes are in this side's format already."""
        return self.client is not None and self.client.name == side.name

    def bytes_for(self, side: ProviderSide, model: str, params: dict[str, Any] | None = None) -> Encoded:
        """The request as `side` sends it to `model`: the very same bytes where the formats are one and nothing has to
        change. `params` are canonical fields that the route sets."""
        if self.speaks(side) and not params:
            return Encoded(side.adjust_request(self.body, model, self.stream))
        request = self._decode(keep_spelling=True) if self.speaks(side) else self.request_for(side)
        request = msgspec.structs.replace(request, model=model)
        encoded = side.encode_request(with_params(request, params) if params else request)
        if not self.speaks(side):
            return encoded
        return Encoded(side.adjust_request(encoded.body, model, self.stream), encoded.notes)

    def _decode(self, *, keep_spelling: bool) -> ChatRequest:
        assert self.client is not None
        decoded = self.client.decode_request(self.body, keep_spelling=keep_spelling)
        return msgspec.structs.replace(decoded, model=self.model, stream=self.stream)


def with_params(request: ChatRequest, params: dict[str, Any]) -> ChatRequest:
    """`request` with canonical fields replaced by `params`. Raises InvalidRequestError for what does not fit."""
    unknown = sorted(params.keys() - set(ChatRequest.__struct_fields__))
    if unknown:
        raise InvalidRequestError(f"the route's params name no field of a request: {', '.join(unknown)}")
    try:
        return msgspec.convert({**msgspec.to_builtins(request), **params}, ChatRequest)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"the route's params do not fit a request: {error}") from None


class Reply:
    """One whole answer: a provider's bytes in its format, or a canonical one. `elapsed`: the seconds it took;
    `first_byte`: those until its head was in, if anybody looked.

    `keep_spelling`: the canonical answer will be kept, and perhaps written back in its own format (an SDK's will).
    """

    __slots__ = ("_keep_spelling", "_response", "_side", "_usage", "body", "elapsed", "first_byte")

    def __init__(
        self,
        *,
        side: ProviderSide | None = None,
        body: bytes = b"",
        response: ChatResponse | None = None,
        keep_spelling: bool = True,
    ) -> None:
        self._side = side
        self.body = body
        self._response = response
        self._usage: TokenUsage | None = None
        self._keep_spelling = keep_spelling
        self.elapsed = 0.0
        self.first_byte: float | None = None

    @property
    def response(self) -> ChatResponse:
        """The canonical answer, decoded when first asked for. Raises ProtocolError when it is malformed."""
        if self._response is None:
            assert self._side is not None
            self._response = self._side.decode_response(self.body, keep_spelling=self._keep_spelling)
        return self._response

    def canonical(self) -> ChatResponse:
        """The canonical answer for one who keeps it: with the way its origin wrote it. Raises ProtocolError."""
        if self._side is None or self._keep_spelling:
            return self.response
        return self._side.decode_response(self.body, keep_spelling=True)

    @property
    def usage(self) -> TokenUsage | None:
        """What the answer says it used, read without decoding the rest of it."""
        if self._response is not None:
            return self._response.usage
        if self._usage is None and self._side is not None:
            self._usage = self._side.usage_of(self.body)
        return self._usage

    @property
    def stop(self) -> str | None:
        """Why it ended, where the answer was decoded; None where nobody had to."""
        return self._response.stop.reason if self._response is not None else None

    def verify(self, *, translated: bool) -> None:
        """Read now what will be needed of the answer, while another provider can still be asked; one that tells no
        usage may be no answer at all. Raises ProtocolError when it is malformed, or the error that it tells instead."""
        if translated or self.usage is None:
            _ = self.response

    def state_for(self, client: ClientSide | None) -> str:
        """The id by which this client may go on from the answer later; empty where its format has none."""
        if client is None or client.state_of is None:
            return ""
        alike = self._side is not None and self._side.name == client.name
        return client.state_of(self.body) if alike else self.response.id

    def bytes_in(self, client: ClientSide) -> Encoded:
        """The answer in the client's format: the provider's very bytes where the formats are one."""
        if self._side is not None and self._side.name == client.name:
            return Encoded(self.body)
        return client.encode_response(self.response)
