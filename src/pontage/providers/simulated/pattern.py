"""A text that matches a regular expression, for the expressions people write into schemas. Floor 4; pure.

Made, not searched: of every choice the first, of every repetition the fewest. So a stranger's expression costs no more
than its own length and the length of the text, whatever it would cost to match. What is not understood gets None.
"""

from __future__ import annotations

LONGEST_PATTERN = 1_000
"""Characters of an expression that is read."""

DEEPEST = 50
"""Groups within groups."""

PRINTABLE = "a0A_- ." + "".join(map(chr, range(0x21, 0x7F)))
"""What a class that only says what it excludes is filled from, in order."""

DIGITS = "0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ESCAPES = {"d": DIGITS, "w": LETTERS + DIGITS + "_", "s": " \t\n\r\f\v"}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


class _StrangeError(Exception):
    """Something that is not understood."""


def matching(pattern: str, least: float = 0, most: float = 10_000) -> str | None:
    """A text of `least` to `most` characters in which `pattern` is found, or None."""
    if len(pattern) > LONGEST_PATTERN:
        return None
    try:
        for more in (0, 1, 2, 4, 8, 16, 32, int(least)):
            text = _Writer(pattern, more, int(most)).write()
            if least <= len(text) <= most:
                return text
    except _StrangeError:
        pass
    return None


class _Writer:
    """Reads an expression once and writes what it says; repetitions may be `more` than they must."""

    def __init__(self, pattern: str, more: int, most: int) -> None:
        self._pattern = pattern
        self._place = 0
        self._more = more
        self._most = most

    def write(self) -> str:
        """The text. Raises _StrangeError."""
        text = self._alternatives(0)
        if self._place < len(self._pattern):
            raise _StrangeError
        return text

    def _peek(self) -> str:
        return self._pattern[self._place : self._place + 1]

    def _take(self) -> str:
        if self._place >= len(self._pattern):
            raise _StrangeError
        self._place += 1
        return self._pattern[self._place - 1]

    def _alternatives(self, depth: int) -> str:
        if depth > DEEPEST:
            raise _StrangeError
        first = self._sequence(depth)
        while self._peek() == "|":
            self._take()
            self._sequence(depth)
        return first

    def _sequence(self, depth: int) -> str:
        written: list[str] = []
        size = 0
        if depth == 0 and self._peek() == "^":
            self._take()
        while self._peek() not in ("", "|", ")"):
            if depth == 0 and self._peek() == "$" and self._pattern[self._place + 1 : self._place + 2] in ("", "|"):
                self._take()
                break
            piece = self._repeated(self._atom(depth))
            size += len(piece)
            if size > self._most:
                raise _StrangeError
            written.append(piece)
        return "".join(written)

    def _atom(self, depth: int) -> str:
        match self._take():
            case "(":
                if self._peek() == "?":
                    self._take()
                    if self._take() != ":":
                        raise _StrangeError
                text = self._alternatives(depth + 1)
                if self._take() != ")":
                    raise _StrangeError
                return text
            case "[":
                return self._class()
            case "\\":
                return self._escaped()[0]
            case ".":
                return "a"
            case "^" | "$" | "*" | "+" | "?" | "{" | "}" | "]":
                raise _StrangeError
            case literal:
                return literal

    def _repeated(self, text: str) -> str:
        match self._peek():
            case "*":
                least, most = 0, self._most
            case "+":
                least, most = 1, self._most
            case "?":
                least, most = 0, 1
            case "{":
                least, most = self._counts()
            case _:
                return text
        self._take()
        if self._peek() == "?":  # as few as can be: so it is done here
            self._take()
        count = min(least + self._more, most)
        if self._peek() in ("*", "+", "{") or count < least or count * len(text) > 2 * self._most:
            raise _StrangeError
        return text * count

    def _counts(self) -> tuple[int, int]:
        """What stands before the `}` that is next then."""
        end = self._pattern.find("}", self._place)
        low, comma, high = self._pattern[self._place + 1 : max(end, 0)].partition(",")
        if not (low.isdecimal() and len(low) < 6 and (not high or (high.isdecimal() and len(high) < 10))):
            raise _StrangeError
        self._place = end
        return int(low), int(high) if high else self._most if comma else int(low)

    def _escaped(self) -> str:
        """What an escape stands for: one character, or several of which any will do."""
        letter = self._take()
        if letter in ESCAPES:
            return ESCAPES[letter]
        if letter.lower() in ESCAPES:
            return "".join(one for one in PRINTABLE if one not in ESCAPES[letter.lower()])
        if letter in CONTROLS:
            return CONTROLS[letter]
        if letter.isalnum():
            raise _StrangeError
        return letter

    def _class(self) -> str:
        excludes = self._peek() == "^"
        if excludes:
            self._take()
        characters = ""
        ranges: list[tuple[str, str]] = []
        while self._peek() != "]":
            low = self._member()
            if self._peek() == "-" and self._pattern[self._place + 1 : self._place + 2] not in ("]", ""):
                self._take()
                high = self._member()
                if len(low) != 1 or len(high) != 1 or low > high:
                    raise _StrangeError
                ranges.append((low, high))
                low = low if not excludes else ""
            characters += low
        self._take()
        if not excludes and characters:
            return characters[0]
        for one in PRINTABLE if excludes else "":
            if one not in characters and not any(low <= one <= high for low, high in ranges):
                return one
        raise _StrangeError

    def _member(self) -> str:
        character = self._take()
        if character == "[":  # a class within a class, in the dialects that know it
            raise _StrangeError
        return self._escaped() if character == "\\" else character
