"""The envelope of an operation beside chat. Floor 3; pure.

As with `Call` and `Reply`: bytes in the client's format or a canonical request, converted only when the other side
speaks another format.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

from pontage.dialects.dialect import Encoded, KeptState
from pontage.dialects.envelope import LONGEST_NAME, Fields
from pontage.dialects.operation import Format, Operation, model_of
from pontage.domain.chat import TokenUsage
from pontage.errors import InvalidRequestError

Q = TypeVar("Q")
A = TypeVar("A")


class Task(Generic[Q, A]):
    """One question of an operation on its way. `model` is what the caller asked for."""

    __slots__ = ("_request", "body", "client", "headers", "model", "operation")

    def __init__(
        self, operation: Operation[Q, A], *, client: Format[Q, A] | None, body: bytes, request: Q | None, model: str
    ) -> None:
        self.operation = operation
        self.client = client
        self.body = body
        self._request = request
        self.model = model
        self.headers: Fields = {}

    @classmethod
    def received(cls, operation: Operation[Q, A], form: str, body: bytes, *, model: str | None = None) -> Task[Q, A]:
        """A client's request as it came in the format `form`; `model` where the path says it.

        Raises InvalidRequestError when the body is not a JSON object or names no model.
        """
        named = model or model_of(body)
        if not named:
            raise InvalidRequestError("`model` is missing: name the model to ask", param="model")
        if len(named) > LONGEST_NAME:
            raise InvalidRequestError(f"`model` is longer than {LONGEST_NAME} characters", param="model")
        return cls(operation, client=operation.formats[form], body=body, request=None, model=named)

    @classmethod
    def of(cls, operation: Operation[Q, A], request: Q, model: str) -> Task[Q, A]:
        """A canonical request as an SDK user made it."""
        return cls(operation, client=None, body=b"", request=request, model=model)

    @property
    def kept(self) -> tuple[KeptState, ...]:
        """What the question goes on from that one provider keeps."""
        return self.client.kept_in(self.body) if self.client is not None and self.client.kept_in is not None else ()

    @property
    def request(self) -> Q:
        """The canonical request, decoded when first asked for. Raises InvalidRequestError when it is not valid."""
        if self._request is None:
            assert self.client is not None
            self._request = self.client.decode_request(self.body)
        return self._request

    def speaks(self, form: Format[Any, Any]) -> bool:
        """Whether the bytes are in this format already."""
        return self.client is not None and self.client.name == form.name

    def pieces_for(self, form: Format[Q, A], model: str) -> list[Encoded]:
        """The request as `form` sends it to `model`: its own bytes where the formats are one, else in as many pieces as
        the format's limit demands."""
        if self.speaks(form):
            return [Encoded(form.adjust_request(self.body, model))]
        request = cast(Q, msgspec.structs.replace(cast(Struct, self.request), model=model))
        whole = form.encode_request(request)  # pieces, too: what is wrong is named by its place in the whole
        pieces: list[Q] = [request] if form.most is None else self.operation.divide(request, form.most)
        if len(pieces) == 1:
            return [whole]
        return [Encoded(form.encode_request(piece).body, whole.notes) for piece in pieces]

    def fitted(self, form: Format[Q, A], answer: A) -> A:
        """What was read of an answer in `form`, as the answer to this question. Raises ProtocolError where it cannot be
        one."""
        try:
            request = self.request
        except InvalidRequestError:  # its provider could read it
            return answer
        return self.operation.fit(request, form.label(answer, request) if form.label is not None else answer)


class TaskReply(Generic[Q, A]):
    """The answer: a provider's bytes in its format, or a canonical one. `elapsed`: the seconds it took."""

    __slots__ = ("_form", "_task", "body", "elapsed", "response")

    def __init__(self, task: Task[Q, A], form: Format[Q, A] | None, body: bytes, response: A) -> None:
        self._task = task
        self._form = form
        self.body = body
        self.response = response
        self.elapsed = 0.0

    @property
    def usage(self) -> TokenUsage | None:
        """What the answer says it used."""
        return self._task.operation.usage_of(self.response)

    def bytes_in_own(self) -> Encoded:
        """The answer in the client's format: the provider's very bytes where the formats are one."""
        client = self._task.client
        assert client is not None
        if self._form is not None and self._task.speaks(self._form):
            return Encoded(self.body)
        return client.encode_response(self.response, self._task.request)
