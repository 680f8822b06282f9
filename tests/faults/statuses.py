"""Faults that are told: statuses, redirects, and every form of a request to wait."""

from tests.faults.expected import BROKEN, BUSY, FAILED, LATE, Outcome, elsewhere, final
from tests.faults.fault import Fault, Told, Unlike, both
from tests.faults.peer import Step
from tests.faults.wire import Ask

TOO_SOON = Outcome("429 PTG-1429", 3, elsewhere=True)
LATER = elsewhere("429 PTG-1429")
SPENT = elsewhere("402 PTG-1302")
DATES = ("date: Wed, 21 Oct 2026 07:28:00 GMT", "retry-after: Wed, 21 Oct 2026 07:{}:00 GMT")


def refused(status: int, *fields: str) -> Told:
    return lambda ask: ask.refused(status, *fields)


def bare(status: int, body: bytes = b"", kind: str = "text/html", *fields: str) -> Told:
    return lambda ask: [ask.sized(body, *fields, status=status, kind=kind)]


def bodiless(status: int, *fields: str) -> Told:
    return lambda ask: [ask.head(*fields, status=status)]


def waiting(form: str, outcome: Outcome, *fields: str) -> Fault:
    return both(f"429, {form}", outcome, refused(429, *fields))


def spent(ask: Ask) -> list[Step]:
    """Money or quota in the vendor's own words; who has none says 402."""
    return ask.refused(402 if ask.dialect in ("ollama_chat", "cohere_chat") else 429, quota=True)


STATUSES = (
    *(
        both(f"{status}", BROKEN, bare(status, b"", "text/html", "location: http://127.0.0.1:1/elsewhere"))
        for status in (301, 302, 303, 307, 308)
    ),
    both("204", BROKEN, bodiless(204)),
    both("304", BROKEN, bodiless(304)),
    both("206", BROKEN, lambda ask: [ask.sized(ask.body(), status=206)]),
    both("400", final("400 PTG-1201"), refused(400)),
    both("401", final("401 PTG-1301"), refused(401)),
    both("402", SPENT, refused(402)),
    both("403", final("403 PTG-1303"), refused(403)),
    both(
        "404",
        final("404 PTG-1401"),
        refused(404),
        unlike=(
            Unlike(
                outcome=final("404 PTG-1402"),
                why="it tells nothing else in this way than that there is no such model",
                dialects=("ollama_chat",),
            ),
        ),
    ),
    both("408", LATE, refused(408)),
    both("409", final("409 PTG-1409"), refused(409)),
    both("413", final("413 PTG-1413"), refused(413)),
    both("418", final("400 PTG-1201"), refused(418)),
    both("422", final("400 PTG-1201"), refused(422)),
    waiting("no word of a wait", TOO_SOON),
    waiting("retry-after: 0", TOO_SOON, "retry-after: 0"),
    waiting("retry-after: 0.05", TOO_SOON, "retry-after: 0.05"),
    waiting("retry-after-ms: 50", TOO_SOON, "retry-after-ms: 50"),
    waiting("a date that is now", TOO_SOON, DATES[0], DATES[1].format(28)),
    waiting("a date in an hour", LATER, DATES[0], DATES[1].format(58)),
    waiting("retry-after: 3600", LATER, "retry-after: 3600"),
    waiting("retry-after: -5", TOO_SOON, "retry-after: -5"),
    waiting("retry-after: soon", TOO_SOON, "retry-after: soon"),
    both("429, a web page", TOO_SOON, bare(429, b"<html>slow down</html>")),
    both("429, an empty body", TOO_SOON, bare(429)),
    both("quota used up", SPENT, spent),
    both("500", FAILED, refused(500)),
    both("501", FAILED, refused(501)),
    both("502", FAILED, refused(502)),
    both("503", BUSY, refused(503)),
    both("503, retry-after: 3600", elsewhere("503 PTG-1506"), refused(503, "retry-after: 3600")),
    both("504", LATE, refused(504)),
    both("520, a web page", FAILED, bare(520, b"<html>origin unreachable</html>")),
    both("529", BUSY, refused(529)),
    both("500, an empty body", FAILED, bare(500)),
    both("500, no JSON", FAILED, bare(500, b"\xff\xfe{{{", "application/json")),
    both("500, a good answer", FAILED, lambda ask: [ask.sized(ask.body(), status=500)]),
)
