"""`python -m pontage` is `pontage`. Floor 9."""

from pontage.cli import main

if __name__ == "__main__":
    main()
