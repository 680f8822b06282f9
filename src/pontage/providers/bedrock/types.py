"""What Amazon Bedrock says differently from the formats it takes: errors of AWS, before a model is asked. Floor 4.

`translate.py` reads them.
"""

from __future__ import annotations

from typing import Final

ERROR_TYPE: Final = "x-amzn-errortype"
"""The header with the name of the exception, perhaps with a colon and an address behind it."""
