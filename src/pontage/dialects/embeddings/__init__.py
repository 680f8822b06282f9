"""Embeddings in every format there is. Floor 3; pure.

A format is one file, with a record for both sides of the bridge.
"""
