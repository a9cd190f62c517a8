"""The embedded engine: transformers' models under our own decode loop.

Read in this order: `engine.py` (the service and its loop), `row.py` (one completion on its way),
`flat_rows.py` (one forward pass over all rows), `key_value_band.py` and `attend.py` (where keys and values
live, how they are read), `choose_tokens.py` (sampling), `chat_prompt.py` and `plain_text.py` (prompts),
`score_continuations.py` (likelihoods).
"""
