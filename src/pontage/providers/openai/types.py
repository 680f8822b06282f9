"""What OpenAI says differently from the format it invented: nothing. Floor 4.

The wire types are those of `pontage.dialects.openai_chat`; compatible providers subclass them in their own folders.
"""
