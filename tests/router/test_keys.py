"""The pool of keys beside a simple model, on a virtual clock."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pontage.config import Secret
from pontage.router.keys import MOST_RESTS, KeyPool

MODELS = ("small", "large")
HOUR = 3600.0


def pool(count: int) -> KeyPool:
    return KeyPool([Secret(f"secret-{number}") for number in range(count)])


def taken(keys: KeyPool, now: float, model: str = "small") -> str | None:
    key = keys.take(model, now)
    return None if key is None else key.label


def test_the_keys_take_turns() -> None:
    keys = pool(3)
    assert [taken(keys, 0.0) for _ in range(4)] == ["key-1", "key-2", "key-3", "key-1"]


def test_a_key_is_taken_out_of_turn_where_a_conversation_knows_it() -> None:
    keys = pool(3)
    assert [keys.take("small", 0.0, first="key-2") for _ in range(2)] == [keys.keys[1]] * 2
    assert taken(keys, 0.0) == "key-1"  # the turn of the others has not changed
    keys.keys[1].rest("small", 0.0, 9.0)
    assert keys.take("small", 0.0, first="key-2") is keys.keys[2]


def test_a_request_does_not_get_the_same_key_twice() -> None:
    keys = pool(2)
    first = keys.take("small", 0.0)
    assert first is not None
    second = keys.take("small", 0.0, without=[first])
    assert second is not None
    assert keys.take("small", 0.0, without=[first, second]) is None


def test_a_key_rests_for_one_model_only_until_its_time() -> None:
    keys = pool(1)
    keys.keys[0].rest("small", 0.0, 30.0)
    keys.keys[0].rest("small", 1.0, 2.0)  # does not cut the longer rest short
    assert taken(keys, 29.9) is None
    assert keys.wait("small", 20.0) == 10.0
    assert taken(keys, 29.9, "large") == "key-1"
    assert taken(keys, 30.0) == "key-1"
    keys.keys[0].rest("small", 40.0, 1e9)  # whoever says so: an hour at most
    assert taken(keys, 40.0 + HOUR) == "key-1"


def test_a_key_without_money_is_tried_once_an_hour() -> None:
    keys = pool(1)
    keys.keys[0].set_aside("parked", 0.0)
    assert taken(keys, HOUR - 1, "large") is None
    assert taken(keys, HOUR) == "key-1"
    assert taken(keys, HOUR + 1) is None
    keys.keys[0].revive("small")
    assert taken(keys, HOUR + 2) == "key-1"


def test_trouble_is_forgiven_where_nobody_else_can_be_asked_and_rest_is_not() -> None:
    keys = pool(2)
    keys.keys[0].set_aside("invalid", 0.0)
    keys.keys[1].set_aside("parked", 0.0)
    keys.keys[0].rest("small", 0.0, None)  # nobody told how long
    keys.keys[1].rest("small", 0.0, 5.0)
    assert taken(keys, 0.0) is None
    found = [keys.take("small", 0.0, forgiving=True) for _ in range(2)]
    assert [key.label for key in found if key is not None] == ["key-1", "key-1"]
    keys.keys[1].revive("large")
    assert keys.take("small", 0.0, forgiving=True) is None  # a key that works rests: better that than a refused one
    assert keys.must_rest("small", 0.0)


def test_a_caller_cannot_make_a_key_remember_without_end() -> None:
    (key,) = pool(1).keys
    for number in range(10 * MOST_RESTS):
        key.rest(f"made-up-{number}", 0.0, 60.0)
    key.rest("small", 61.0, 60.0)  # the others have ended and make room
    assert key.free_at("small", 61.0) == 121.0


class Machine(RuleBasedStateMachine):
    """Three keys, two models; what happens to a key is told in any order. The model: each key's two ends, looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = pool(3)
        self.now = 0.0
        self.rests: dict[tuple[int, str], float] = {}
        self.trouble: dict[int, float] = {}
        self.turn = 0

    def usable(self, index: int, model: str, *, forgiving: bool = False) -> bool:
        trouble = 0.0 if forgiving and len(self.trouble) == 3 else self.trouble.get(index, 0.0)
        return max(trouble, self.rests.get((index, model), 0.0)) <= self.now

    keys = st.integers(0, 2)
    models = st.sampled_from(MODELS)

    @rule(seconds=st.sampled_from([0.0, 1.0, 20.0, 600.0, HOUR]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(index=keys, model=models, seconds=st.sampled_from([0.0, 5.0, 60.0, 90_000.0]))
    def rest(self, index: int, model: str, seconds: float) -> None:
        self.pool.keys[index].rest(model, self.now, seconds)
        self.rests[index, model] = max(self.rests.get((index, model), 0.0), self.now + min(seconds, HOUR))

    @rule(index=keys, trouble=st.sampled_from(["parked", "invalid"]))
    def set_aside(self, index: int, trouble: str) -> None:
        self.pool.keys[index].set_aside("parked" if trouble == "parked" else "invalid", self.now)
        self.trouble[index] = self.now + HOUR

    @rule(index=keys, model=models)
    def revive(self, index: int, model: str) -> None:
        self.pool.keys[index].revive(model)
        self.trouble.pop(index, None)
        self.rests.pop((index, model), None)

    @rule(model=models, tried=st.sets(keys), forgiving=st.booleans())
    def take(self, model: str, tried: set[int], forgiving: bool) -> None:
        without = [self.pool.keys[index] for index in tried]
        found = self.pool.take(model, self.now, without=without, forgiving=forgiving)
        order = [(self.turn + step) % 3 for step in range(3)]
        expected = next((i for i in order if i not in tried and self.usable(i, model, forgiving=forgiving)), None)
        assert (None if found is None else self.pool.keys.index(found)) == expected
        if expected is not None:
            self.turn = (expected + 1) % 3
            if expected in self.trouble:
                self.trouble[expected] = self.now + HOUR

    @invariant()
    def agrees(self) -> None:
        for model in MODELS:
            assert (self.pool.wait(model, self.now) == 0) == any(self.usable(index, model) for index in range(3))


TestKeys = Machine.TestCase
TestKeys.settings = settings(max_examples=200, stateful_step_count=40)
