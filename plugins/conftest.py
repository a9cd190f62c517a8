"""Gives every `test_handler.py` the fixture `handlers`: the `handler.py` beside it."""

pytest_plugins = ["repro_worker.testing"]
