"""What `build_catalog.py` is made of: a reader a source, the merge, the hand-written restrictions, the report."""
