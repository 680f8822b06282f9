"""`pontage chat`: one question, one answer; data on standard output, the rest beside it."""

import json
import signal
import sys
from pathlib import Path

import pytest

from pontage.domain import ChatResponse
from tests.cli.commands import PATIENCE, pontage, start
from tests.replay.upstream import upstream, whole


def test_the_answer_streams_and_what_it_took_is_told_beside_it(tmp_path: Path) -> None:
    done = pontage("chat", "sim/echo", "Hello", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[simulated] Hello\n")
    assert "tokens in" in done.stderr
    assert "sim/echo" in done.stderr
    assert done.stderr.rstrip().endswith(" s")


def test_it_really_streams(tmp_path: Path) -> None:
    with start("chat", "sim/slow?delay=0.5", "Hello", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.read(11) == "[simulated]"
        assert process.poll() is None  # more is coming
        process.stdout.read()
        assert process.wait(PATIENCE) == 0


def test_the_whole_answer_as_text_and_as_json(tmp_path: Path) -> None:
    done = pontage("chat", "--no-stream", "sim/echo", "Hello", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[simulated] Hello\n")
    done = pontage("chat", "--json", "sim/echo", "Hello", cwd=tmp_path)
    response = ChatResponse.from_json(done.stdout)
    assert (response.text, response.attempts) == ("[simulated] Hello", ("simulated:200",))
    assert json.loads(done.stdout)["usage"]["input"] == 2


def test_without_a_model_the_first_that_answers_is_asked(tmp_path: Path) -> None:
    done = pontage("chat", "Hello", cwd=tmp_path)
    assert (done.returncode, done.stdout[:11]) == (0, "[simulated]")


def test_the_prompt_may_come_from_standard_input_and_the_system_be_told(tmp_path: Path) -> None:
    done = pontage("chat", "--json", "--system", "Be brief.", "sim/echo", "-", cwd=tmp_path, told="from a pipe")
    response = ChatResponse.from_json(done.stdout)
    assert response.text == "[simulated] from a pipe"
    assert response.usage is not None
    assert response.usage.input == 5  # both messages count


def test_more_than_two_words_are_wrong_usage(tmp_path: Path) -> None:
    done = pontage("chat", "sim/echo", "two", "words", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "quote the prompt" in done.stderr


def test_what_was_lost_is_told(tmp_path: Path) -> None:
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }
    with upstream() as server:
        server.script(whole(answer))
        environ = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "k"}
        done = pontage("chat", "--no-stream", "anthropic/claude-haiku-4-5", "Hi", cwd=tmp_path, environ=environ)
    assert (done.returncode, done.stdout) == (0, "Hello\n")
    assert "injected max_tokens" in done.stderr
    assert "5 tokens in, 2 out" in done.stderr


@pytest.mark.parametrize("options", [(), ("--no-stream",)])
@pytest.mark.parametrize(
    ("model", "code", "said"),
    [
        ("sim/500", 69, "PTG-1505"),
        ("sim/cut-stream", 69, "PTG-1504"),
        ("sim/overloaded", 75, "PTG-1506"),
        ("sim/429", 75, "PTG-1429"),
        ("sim/401", 77, "PTG-1301"),
        ("sim/404", 1, "PTG-1402"),
        ("sim/context", 1, "PTG-1202"),
        ("nothing/like-it", 1, "PTG-1402"),
    ],
)
def test_failures_have_their_exit_codes(
    tmp_path: Path, model: str, code: int, said: str, options: tuple[str, ...]
) -> None:
    done = pontage("chat", *options, model, "Hello", cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_key_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("providers: {openai: {}}\n", encoding="utf-8")
    done = pontage("chat", "openai/gpt-5", "Hello", cwd=tmp_path)
    assert done.returncode == 77
    assert "OPENAI_API_KEY" in done.stderr


def test_attempts_are_told(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text(
        "models: {story: {targets: [sim/500, sim/overloaded], allow_simulated: true}}\n", encoding="utf-8"
    )
    done = pontage("chat", "story", "Hello", cwd=tmp_path)
    assert done.returncode == 75
    assert "tried: simulated:500, simulated:529" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_exits_with_130(tmp_path: Path) -> None:
    with start("chat", "sim/slow?delay=30", "Hello", cwd=tmp_path) as process:
        assert process.stderr is not None
        try:
            process.wait(3)
        except Exception:
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert "Traceback" not in process.stderr.read()
