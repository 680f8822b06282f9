"""Floor 7. Answers that are kept: which may be, under which key, where, and how one is told again."""
