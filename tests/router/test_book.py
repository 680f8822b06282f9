"""What is remembered of attempts, and the picture of it that planning sees."""

import pytest

from pontage.config import Secret
from pontage.router.average import Average
from pontage.router.book import MOST_PLACES, HealthBook
from pontage.router.classify import Effect
from pontage.router.health import UNSEEN
from pontage.router.keys import PooledKey
from pontage.router.plan import RouteTarget

TARGET = RouteTarget(provider="p", model="m", reason="")
OTHER = RouteTarget(provider="p", model="other", reason="")


def book(keys: int = 1) -> tuple[HealthBook, tuple[PooledKey, ...]]:
    made = HealthBook()
    return made, made.pool("p", "", [Secret(f"secret-{number}") for number in range(keys)]).keys


def attempt(
    made: HealthBook,
    key: PooledKey,
    now: float,
    effect: Effect | None = None,
    target: RouteTarget = TARGET,
    wait: float | None = None,
) -> None:
    watch = made.begin(target, key, now)
    assert watch is not None
    if effect is None:
        watch.answered(now)
        watch.ended(now, None)
    else:
        watch.failed(effect, now, 0.5, why="x", wait=wait)


def test_a_mean_forgets() -> None:
    average = Average()
    assert (average.mean, average.weight(5.0)) == (None, 0.0)
    average.add(1.0, 0.0)
    average.add(4.0, 60.0)
    assert average.mean == pytest.approx(3.0)
    assert average.weight(60.0) == pytest.approx(1.5)
    assert average.weight(120.0) == pytest.approx(0.75)
    assert average.mean == pytest.approx(3.0)


def test_of_what_was_never_tried_nothing_is_known() -> None:
    made, _ = book()
    assert made.snapshot([TARGET], 0.0).of(OTHER) is UNSEEN
    assert HealthBook().health(TARGET, 0.0) is UNSEEN
    assert made.health(TARGET, 0.0) == UNSEEN
    assert made.verdict("p", 0.0) == "well"


def test_a_stream_tells_two_times_and_a_whole_answer_one() -> None:
    made, (key,) = book()
    watch = made.begin(TARGET, key, 10.0)
    assert watch is not None
    assert made.health(TARGET, 10.0).in_flight == 1
    watch.answered(12.0, streamed=True)
    watch.answered(13.0, streamed=True)  # only the first counts
    watch.ended(17.0, 50)
    watch.ended(99.0, 1)  # after the ending nothing is heard
    watch.failed("fault", 99.0, 0.5, why="x")
    fares = made.health(TARGET, 17.0)
    assert (fares.in_flight, fares.first_token, fares.per_token) == (0, 2.0, 0.1)
    whole = made.begin(TARGET, key, 20.0)
    assert whole is not None
    whole.answered(32.0)
    whole.ended(32.0, 100)
    fares = made.health(TARGET, 32.0)
    assert fares.first_token == 2.0
    assert fares.per_token == pytest.approx(0.1)
    assert fares.seen > 1


def test_faults_open_the_breaker_of_a_key_and_the_other_key_serves() -> None:
    made, (one, two) = book(2)
    for _ in range(5):
        attempt(made, one, 0.0, "fault")
    assert made.begin(TARGET, one, 0.0) is None
    assert made.begin(TARGET, one, 0.0, forced=True) is not None
    fares = made.health(TARGET, 0.0)
    assert (fares.share, fares.trouble) == (1.0, "")
    assert fares.failing == 1.0
    for _ in range(5):
        attempt(made, two, 0.0, "fault")
    fares = made.health(TARGET, 4.0)
    assert (fares.state, fares.share, fares.wait, fares.resting) == ("open", 0.0, 6.0, False)
    assert fares.trouble == "shut off after faults, for 6 s more"
    assert made.health(OTHER, 4.0) == UNSEEN


def test_an_overload_shuts_off_the_model_and_not_the_key() -> None:
    made, (one, two) = book(2)
    for key in (one, two, one, two, one):
        attempt(made, key, 0.0, "overload")
    assert made.health(TARGET, 0.0).state == "open"
    assert made.begin(TARGET, two, 0.0) is None
    attempt(made, one, 0.0, target=OTHER)
    assert made.verdict("p", 0.0) == "ailing"
    assert made.verdict("q", 0.0) == "well"
    for _ in range(5):
        attempt(made, one, 0.0, "fault", OTHER)
        attempt(made, two, 0.0, "fault", OTHER)
    assert made.verdict("p", 0.0) == "down"


def test_one_probe_is_let_through_and_its_place_is_given_back() -> None:
    made, (key,) = book()
    for _ in range(5):
        attempt(made, key, 0.0, "overload")
    probe = made.begin(TARGET, key, 10.0)
    assert probe is not None
    assert made.begin(TARGET, key, 10.0) is None
    assert made.health(TARGET, 10.0).trouble == "shut off after faults, and being probed"
    probe.left(10.0)
    probe = made.begin(TARGET, key, 10.0)
    assert probe is not None
    probe.failed("rest", 10.0, 0.5, why="429", wait=3.0)  # no fault: the probe's place is free again
    assert made.health(TARGET, 13.0).state == "probing"
    attempt(made, key, 13.0)
    assert made.health(TARGET, 13.0).share == 1.0  # three more


@pytest.mark.parametrize(
    ("effects", "resting", "trouble"),
    [
        (["rest"], True, "no key for 1 s more: key-1 rests"),
        (["park"], False, "no key for 3600 s more: key-1 parked"),
        (["invalid"], False, "no key for 3600 s more: key-1 invalid"),
        (["rest", "invalid"], True, "no key for 1 s more: key-1 rests, key-2 invalid"),
        (["none"], False, ""),
    ],
)
def test_a_target_without_a_usable_key_says_why(effects: list[Effect], resting: bool, trouble: str) -> None:
    made, keys = book(len(effects))
    for key, effect in zip(keys, effects, strict=True):
        attempt(made, key, 0.0, effect, wait=1.0)
    fares = made.health(TARGET, 0.0)
    assert (fares.resting, fares.trouble, fares.share) == (resting, trouble, 0.0 if trouble else 1.0)


def test_a_rest_that_nobody_told_is_forgiven_where_nobody_else_is_left() -> None:
    made, (key,) = book()
    attempt(made, key, 0.0, "rest")
    fares = made.health(TARGET, 0.0)
    assert (fares.resting, fares.trouble) == (False, "no key for 1 s more: key-1 rests")


def test_a_provider_without_keys_has_none_to_blame() -> None:
    made = HealthBook()
    (key,) = made.pool("p", "", [None]).keys
    attempt(made, key, 0.0, "invalid")
    assert made.health(TARGET, 0.0).share == 1.0


def test_a_key_that_works_again_is_forgiven() -> None:
    made, (key,) = book()
    attempt(made, key, 0.0, "invalid")
    assert key.trouble == "invalid"
    attempt(made, key, 1.0)
    assert key.trouble is None


def test_after_content_a_fault_still_counts() -> None:
    made, (key,) = book()
    for _ in range(5):
        watch = made.begin(TARGET, key, 0.0)
        assert watch is not None
        watch.failed("fault", 0.0, 0.5, why="PTG-1504")
    assert made.health(TARGET, 0.0).state == "open"
    places = made.places()
    assert [list(vitals.errors)[-1] for vitals in places.values()] == [(0.0, "PTG-1504")] * 2
    assert list(made.pools()) == [("p", "")]


def test_a_caller_cannot_make_it_remember_without_end() -> None:
    made, (key,) = book()
    for _ in range(5):
        attempt(made, key, 0.0, "fault")
    running = made.begin(OTHER, key, 0.0)
    for number in range(2 * MOST_PLACES):
        attempt(made, key, 0.0, target=RouteTarget(provider="p", model=f"made-up-{number}", reason=""))
    assert len(made.places()) <= MOST_PLACES + 2
    assert made.health(OTHER, 0.0).in_flight == 1
    assert running is not None


def test_everything_can_be_forgotten() -> None:
    made, (key,) = book()
    for _ in range(5):
        attempt(made, key, 0.0, "fault")
    made.reset()
    assert made.health(TARGET, 0.0) is UNSEEN
    assert (made.places(), made.pools()) == ({}, {})


def test_budgets_and_pools_are_kept_by_name() -> None:
    made, keys = book()
    assert made.pool("p", "", [Secret("else")]).keys is keys
    assert made.pool("p", "route.1", [Secret("own")]).keys is not keys
    assert made.budget("p") is made.budget("p")
    assert made.budget("p") is not made.budget("q")
