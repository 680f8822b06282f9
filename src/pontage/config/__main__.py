"""`python -m pontage.config FOLDER` writes into FOLDER what the documentation takes from the types. Floor 1."""

import sys
from pathlib import Path

from pontage.config.reference import write

write(Path(sys.argv[1]))
