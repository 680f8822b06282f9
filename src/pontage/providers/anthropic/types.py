"""What Anthropic says differently from the format it invented: nothing. Floor 4.

The wire types are those of `pontage.dialects.anthropic_messages`; compatible providers subclass them in their folders.
"""
