"""`${VARIABLE}` in values: what the environment says in place of what the file says. Floor 1; pure.

===================  ==================================================================
``${NAME}``          the variable's value; an error when it is not set
``${NAME:-text}``    ... or `text` when it is not set or empty
``${NAME:?text}``    ... or an error that says `text` when it is not set or empty
``$$``               one dollar sign; any other ``$`` stands for itself
``secret://NAME``    stays as it is: the gateway opens its vault for it
===================  ==================================================================

Values are replaced after the file was read as YAML, so a variable cannot change its structure. Keys are not
interpolated. What came from the environment is marked (`Scalar.expanded`) and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pontage.config.nodes import MappingNode, Place, Scalar, problem, scalars
from pontage.config.suggest import nearest
from pontage.errors import ConfigError

_VAULT = "secret://"
_IN_VAULT = re.compile(r"secret://[A-Za-z0-9._-]+")
_SUGGESTIONS = 20  # for as many variables that are not set the nearest name is looked for: it takes its time
_TOKEN = re.compile(r"\$\$|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::(?P<kind>[-?])(?P<text>[^${}]*))?\}|(?P<bad>\$\{)")


def interpolate(root: MappingNode, environ: Mapping[str, str]) -> list[ConfigError]:
    """Replace the variables in every value below `root`, in place, and return what is wrong with them."""
    problems: list[ConfigError] = []
    for scalar in scalars(root):
        if "$" not in scalar.text and not scalar.text.startswith(_VAULT):
            continue
        names = environ if len(problems) < _SUGGESTIONS else ()
        try:
            _expand(scalar, environ, names)
        except ConfigError as error:
            scalar.broken = True
            problems.append(error)
    return problems


def _expand(scalar: Scalar, environ: Mapping[str, str], names: Collection[str]) -> None:
    written = scalar.text
    if written.startswith(_VAULT):
        if _IN_VAULT.fullmatch(written) is None:
            raise problem("secret:// wants a name of letters, digits, ., _ and -", scalar.place)
        return
    pieces: list[str] = []
    done = 0
    for token in _TOKEN.finditer(written):
        pieces.append(written[done : token.start()])
        done = token.end()
        if token["name"] is None and token["bad"] is None:
            pieces.append("$")
            continue
        place = _inside(scalar, token.start())
        if token["bad"] is not None:
            raise problem("${ without a name and } behind it", place, "write $${ for the characters themselves")
        pieces.append(_variable(token, place, environ, names))
        scalar.expanded = True
    scalar.text = "".join(pieces) + written[done:]


def _variable(token: re.Match[str], place: Place, environ: Mapping[str, str], names: Collection[str]) -> str:
    name, kind, text = token["name"], token["kind"], token["text"]
    value = environ.get(name)
    if kind is None and value is not None:
        return value
    if kind is not None and value:
        return value
    if kind == "-":
        return text
    if kind == "?":
        raise problem(f"{name}: {text or 'not set, or empty'}", place)
    near = nearest(name, names)
    hint = f'did you mean "{near}"?' if near else f"set it, or write ${{{name}:-default}}"
    raise problem(f"the environment variable {name} is not set", place, hint)


def _inside(scalar: Scalar, offset: int) -> Place:
    """Where the character at `offset` stands; the scalar's beginning when escapes or line ends make that unclear."""
    place, (line, column) = scalar.place, scalar.end
    quotes = column - place.column - len(scalar.text)
    if line != place.line or quotes not in (0, 2):
        return place
    return Place(place.file, place.line, place.column + quotes // 2 + offset)
