"""Wire formats: one folder each, pure functions between bytes and canonical values. Floors 2 and 3."""
