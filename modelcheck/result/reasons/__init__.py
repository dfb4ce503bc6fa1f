"""Why there is no answer, or what an answer rests on, as data. ``report.reasons`` makes sentences of it.

Each module has what one part of the program may say: ``stops`` explorations, ``lengths`` bounded
model checking, ``proofs`` induction, ``differences`` who re-checks; ``reason`` puts them together.
"""
