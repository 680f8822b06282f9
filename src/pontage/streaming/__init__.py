"""Floor 2. Streams as bytes and as events: how a body is cut into frames, and what is done with them."""
