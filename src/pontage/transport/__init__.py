"""The only code that opens outgoing sockets: a pooled HTTP/1.1 client. Floor 2.

`Transport.send` takes an `Outgoing` and returns an `Answer`, whose body is pulled. Below it, from top to bottom:
`pool` (who gets which connection), `dialing` (guard, TCP, proxy, TLS), `connection` (one socket), and the rooms that
know no sockets: `response` and `rendering` (bytes in, bytes out), `decoding`, `guard`, `timers`, `messages` (values).
"""

from pontage.transport.answer import Answer
from pontage.transport.guard import AddressGuard
from pontage.transport.messages import Headers, Origin, OriginStatistics, Outgoing, Timeouts, TransportSettings
from pontage.transport.transport import Transport

__all__ = [
    "AddressGuard",
    "Answer",
    "Headers",
    "Origin",
    "OriginStatistics",
    "Outgoing",
    "Timeouts",
    "Transport",
    "TransportSettings",
]
