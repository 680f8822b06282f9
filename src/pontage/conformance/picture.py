"""A picture that every decoder takes: 64 by 64 pixels, all of them red. Floor 8; data only."""

from __future__ import annotations

RED = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEXcFB73SBu4AAAAG0lEQVR42u3BgQAAAADDoPlT3+AE"
    "VQEAAAB8AxBAAAG9PLePAAAAAElFTkSuQmCC"
)
"""A PNG file in base64."""
