"""Does an endpoint do what it is said to? A battery of cases, and a tape to play answers again. Floor 8."""

from pontage.conformance.battery import CASES, Report, Result, as_json, run_battery
from pontage.conformance.bench import Bench
from pontage.conformance.tape import Exchange, Tape

__all__ = ["CASES", "Bench", "Exchange", "Report", "Result", "Tape", "as_json", "run_battery"]
