"""How a caller is answered in each format that a route may speak. Floor 8; constant.

Beside the dialects there is one provider's own variant, for that provider's own client.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pontage.dialects.dialect import ClientSide
from pontage.dialects.table import CLIENT_SIDES
from pontage.providers.mistral import answering

FORMATS: Final[Mapping[str, ClientSide]] = MappingProxyType({**CLIENT_SIDES, "mistral_chat": answering.client_side()})
"""By the names that routes have for them."""
