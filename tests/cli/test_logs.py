import io
import json
import logging

from pontage.cli.logs import set_up_logging
from pontage.config import LoggingSection


def written(section: LoggingSection, log) -> str:
    ours = logging.getLogger("pontage")
    before = ours.handlers, ours.propagate, ours.level
    try:
        set_up_logging(section)
        stream = io.StringIO()
        ours.handlers[0].setStream(stream)
        log(logging.getLogger("pontage.engine"))
        return stream.getvalue()
    finally:
        ours.handlers, ours.propagate = before[:2]
        ours.setLevel(before[2])


def test_json_lines_can_be_read_by_a_machine() -> None:
    def log(logger: logging.Logger) -> None:
        logger.info("%s went to %s", "a call", "b\nc")
        try:
            raise ValueError("broken")
        except ValueError:
            logger.exception("it failed")

    first, second = map(json.loads, written(LoggingSection(level="info", format="json"), log).splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {"level": "info", "logger": "pontage.engine", "message": "a call went to b\nc"}
    assert second["level"] == "error"
    assert "ValueError: broken" in second["traceback"]


def test_lines_for_people_leave_out_what_is_less_important() -> None:
    def log(logger: logging.Logger) -> None:
        logger.info("quiet")
        logger.warning("loud")

    lines = written(LoggingSection(), log).splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("WARNING pontage.engine: loud")
