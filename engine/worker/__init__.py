"""The worker: a process of its own that does what runs still lack, commits it, and asks again.

`python -m engine.worker --home DIR` starts one; `engine.runs.ensure_worker` does so for the terminal. The terminal
imports nothing of this package.
"""
