"""What Vertex AI says differently from the formats of its vendors. Floor 4.

Of Gemini: nothing but whose thought signatures it takes. Of Claude: where model and version stand in a request, and
that a refusal by Google itself is in Google's words; `translate.py` has both. Its streams have events of its own
(`vertex_event`), which say nothing and pass.
"""
