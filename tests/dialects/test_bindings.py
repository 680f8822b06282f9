"""Results that name no call answer the first one of their tool that is still open."""

from pontage.dialects.bindings import OpenCalls


def test_a_result_answers_the_first_open_call_of_its_tool() -> None:
    calls = OpenCalls()
    for identity, tool in (("1", "f"), ("2", "g"), ("3", "f")):
        calls.add(identity, tool)
    assert [calls.take("f"), calls.take("f"), calls.take("f"), calls.take("h")] == ["1", "3", None, None]
    assert calls.take("g") == "2"


def test_a_result_of_no_tool_answers_the_first_open_call_of_any() -> None:
    calls = OpenCalls()
    for identity, tool in (("1", "f"), ("2", "g"), ("3", "f")):
        calls.add(identity, tool)
    assert calls.take("f") == "1"
    assert [calls.take(None), calls.take(None), calls.take(None)] == ["2", "3", None]


def test_a_call_that_a_later_result_names_is_left_to_it() -> None:
    calls = OpenCalls(claimed=["1", "1"])
    for identity in ("1", "1", "2", "1"):
        calls.add(identity, "f")
    assert [calls.take("f"), calls.take("f"), calls.take("f")] == ["2", "1", None]
