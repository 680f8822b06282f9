"""Floor 9. Pontage: one typed door to every model, and exact books of what each crossing cost."""
