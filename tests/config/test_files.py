import pytest

from pontage.config import ConfigErrors, load
from pontage.config.load import read_text
from pontage.errors import ConfigError


def test_the_file_is_found_in_this_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home, folder = tmp_path / "home", tmp_path / "xdg"
    environ = {"HOME": str(home)}
    assert load(environ=environ).file is None

    def place(path, port):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"server: {{port: {port}}}", encoding="utf-8")

    place(home / ".config/pontage/pontage.yaml", 1)
    assert load(environ=environ).config.server.port == 1
    place(folder / "pontage/pontage.yaml", 2)
    environ["XDG_CONFIG_HOME"] = str(folder)
    assert load(environ=environ).config.server.port == 2
    place(tmp_path / "pontage.yaml", 3)
    loaded = load(environ=environ)
    assert (loaded.config.server.port, loaded.file) == (3, "pontage.yaml")
    assert loaded.origins["server.port"] == "pontage.yaml:1:16"
    place(tmp_path / "named.yaml", 4)
    environ["PONTAGE_CONFIG"] = str(tmp_path / "named.yaml")
    assert load(environ=environ).config.server.port == 4
    place(tmp_path / "flag.yaml", 5)
    assert load("flag.yaml", environ=environ).config.server.port == 5


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    with pytest.raises(ConfigErrors, match="no such file"):
        load(str(tmp_path / "none.yaml"), environ={})
    with pytest.raises(ConfigErrors, match="that is a folder") as caught:
        load(environ={"PONTAGE_CONFIG": str(tmp_path)})
    assert caught.value.hint == "it was asked for by PONTAGE_CONFIG"


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    file = tmp_path / "pontage.yaml"
    file.write_bytes(b"\xef\xbb\xbfserver: {port: 7}\r\n")
    assert load(str(file), environ={}).config.server.port == 7
    file.write_bytes("a: 1\nb: ü\n".encode("latin-1"))
    with pytest.raises(ConfigErrors) as caught:
        load(str(file), environ={})
    assert (caught.value.line, caught.value.column) == (2, 4)
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigErrors, match="larger than 1048576 bytes"):
        load(str(file), environ={})


def test_a_file_that_may_not_be_opened(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path)
