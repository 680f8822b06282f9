"""What `check` says is what `serve` does: neither lets a configuration through that the other refuses."""

from pathlib import Path

import pytest

from tests.cli.commands import pontage

PROVIDER = "providers:\n  o: {type: compatible, base_url: 'http://127.0.0.1:1/v1'%s}\n"


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        ("providers:\n  o: {type: compatible}\n", "base_url", ":2:"),
        ("providers:\n  o: {type: compatible, base_url: 'http://127.0.0.1:1', dialect: openai}\n", "dialect", ":2:"),
        (PROVIDER % ", api_key: 'täst'", "api_key", ":2:"),
        (PROVIDER % ", api_key: ' '", "api_key", ":2:"),
        (PROVIDER % ", headers: {'x y': a}", "x y", ":2:"),
        (PROVIDER % ", headers: {content-length: '5'}", "content-length", ":2:"),
        (PROVIDER % ', headers: {x-a: "a\\nb"}', "x-a", ":2:"),
        (PROVIDER % ", options: {done_optional: 7}", "options", ":2:"),
        (PROVIDER % "" + "models:\n  f: {targets: [{model: o/x, params: {max_token: 5}}]}\n", "max_token", ":4:"),
        (PROVIDER % "" + "models:\n  f: {targets: [{model: o/x, params: {max_tokens: many}}]}\n", "params", ":4:"),
    ],
)
def test_both_refuse_with_the_place(tmp_path: Path, text: str, said: str, place: str) -> None:
    (tmp_path / "pontage.yaml").write_text(text)
    checked = pontage("check", cwd=tmp_path)
    served = pontage("serve", "--port", "0", cwd=tmp_path)
    assert (checked.returncode, served.returncode) == (78, 78)
    assert said in checked.stdout
    assert f"pontage.yaml{place}" in checked.stdout
    assert said in served.stderr
    assert f"pontage.yaml{place}" in served.stderr


def test_a_route_that_nobody_can_serve_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("models:\n  f: {targets: [sim/chat]}\n")
    checked = pontage("check", cwd=tmp_path)
    assert checked.returncode == 78
    assert "pontage.yaml:2:3" in checked.stdout
    assert "allow_simulated" in checked.stdout


def test_a_target_that_is_left_out_is_a_warning(tmp_path: Path) -> None:
    text = PROVIDER % "" + "  anthropic: {}\nmodels:\n  f: {targets: [anthropic/claude-haiku-4-5, o/x]}\n"
    (tmp_path / "pontage.yaml").write_text(text)
    checked = pontage("check", cwd=tmp_path)
    assert checked.returncode == 0
    assert "anthropic/claude-haiku-4-5 is left out" in checked.stdout
    assert pontage("check", "--strict", cwd=tmp_path).returncode == 78


def test_line_ends_around_a_key_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text(PROVIDER % ', api_key: "${KEY}"')
    assert pontage("check", cwd=tmp_path, environ={"KEY": "abc\r\n"}).returncode == 0
