"""What the gateway writes to standard error: lines for people, or JSON for machines. Floor 9."""

from __future__ import annotations

import logging
import time
from typing import Any

import msgspec

from pontage.config import LoggingSection


class JSONLines(logging.Formatter):
    """One JSON object a record: time (UTC, ISO 8601), level, logger, message, what the record carries as `fields`,
    and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def set_up_logging(section: LoggingSection) -> None:
    """Write what `section` asks for. Only our own loggers are touched."""
    handler = logging.StreamHandler()
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JSONLines() if section.format == "json" else text)
    ours = logging.getLogger("pontage")
    ours.handlers = [handler]
    ours.propagate = False
    ours.setLevel(section.level.upper())
