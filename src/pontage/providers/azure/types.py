"""What Azure OpenAI says differently from OpenAI's formats: nothing that has to be read in another way. Floor 4.

What its content filter found (`prompt_filter_results`, `content_filter_results`) passes in the same format, and is kept
in `extra` where an answer is decoded; a refusal by it has a code and a reason to stop that the formats know.
"""
