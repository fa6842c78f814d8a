"""Takes every field that the local Discord sends away, one at a time, and sees who notices.

A mutant is a field of a kind of message. The witnesses, in this order: Discord's own schemas; SimCord, which sends that
field; and two client libraries, which live through their scripts while a proxy takes the field out of all they get.
`python -m tests.playground.mutation` writes what came of it to `docs/playground-fields.md`.
"""
