"""What vLLM says differently from OpenAI's format: nothing that has to be read in another way. Floor 4.

Its own fields (`structured_outputs`, `chat_template_kwargs`, `min_p`, `token_ids`, ...) grow with every release. They
pass in the same format, and are kept in `extra` where a request or an answer is decoded.
"""
