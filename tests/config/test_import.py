import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def test_importing_the_room_loads_no_yaml_and_reading_does(tmp_path):
    program = """
import sys, types
house = types.ModuleType("pontage")
house.__path__ = [sys.argv[1] + "/pontage"]  # the room by itself, without the rest of the house
sys.modules["pontage"] = house
from pontage.config import load
assert "ruamel.yaml" not in sys.modules
load(environ={})
assert "ruamel.yaml" not in sys.modules
load(sys.argv[2], environ={})
assert "ruamel.yaml" in sys.modules
"""
    example = tmp_path / "named.yaml"
    example.write_text("version: 1\n", encoding="utf-8")
    command = [sys.executable, "-W", "error", "-c", program, str(SOURCE), str(example)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
