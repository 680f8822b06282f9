"""Reranking in every format there is. Floor 3; pure."""
