"""The newest things are kept, as many and as heavy as a shelf may hold."""

from hypothesis import given
from hypothesis import strategies as st

from pontage.observing.shelf import Shelf

PUTS = st.lists(st.tuples(st.integers(0, 12).map(str), st.integers(0, 40)))


@given(PUTS, st.integers(0, 6), st.integers(0, 100))
def test_a_shelf_never_holds_more_than_it_may(puts: list[tuple[str, int]], most: int, heaviest: int) -> None:
    shelf: Shelf[int] = Shelf(most, heaviest)
    model: dict[str, int] = {}
    for name, weight in puts:
        shelf.put(name, weight, weight)
        model.pop(name, None)
        model[name] = weight
        while model and (len(model) > most or sum(model.values()) > heaviest):
            model.pop(next(iter(model)))
        assert shelf.weight == sum(model.values())
        assert len(shelf) == len(model)
        assert shelf.newest(100) == list(reversed(model.values()))
        assert [shelf.get(one) for one in model] == list(model.values())
        assert all(one in shelf for one in model)


def test_pages_follow_one_another() -> None:
    shelf: Shelf[str] = Shelf(10, 1000)
    for name in "abcdefg":
        shelf.put(name, name, 1)
    assert shelf.newest(3) == ["g", "f", "e"]
    assert shelf.newest(3, before="e") == ["d", "c", "b"]
    assert shelf.newest(3, before="b") == ["a"]
    assert shelf.newest(3, before="a") == []
    assert shelf.newest(3, before="gone") == []
    assert shelf.get("gone") is None
