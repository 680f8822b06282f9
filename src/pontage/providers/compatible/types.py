"""What a compatible server says differently from its format: nothing, or it is a provider of its own. Floor 4."""
