"""The kill harness: the real bot over the local Discord and the stand-ins, ended at the worst moments.

`python -m tests.chaos` runs it (`make chaos`); the tests of this folder run its short form. The verdict comes from the
books of those who would suffer: what the stand-ins charged for, and what stands in the local Discord.
"""
