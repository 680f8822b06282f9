"""The HTTP face of the house: floor 8. The only code that listens on a socket."""
