"""The soak: the real bot under a steady load for a quarter of an hour, with faults all the time, and what it costs.

`python -m tests.soak` runs it (`make soak`); a miniature of it runs with the other tests. It says whether memory,
descriptors and tasks stay where they were, whether the event loop kept its pace, and by the books of the image services
and of Discord whether anything was lost, paid twice or posted twice.
"""
