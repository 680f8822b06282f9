"""What Cohere says differently from the format it invented: nothing. Floor 4.

The wire types are those of `pontage.dialects.cohere_chat`.
"""
