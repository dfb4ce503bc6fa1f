"""Mutation: does any property notice the mistakes that kernel patches make?

``operators`` make mutants of the syntax tree, ``mutants`` numbers and names them, ``spell`` writes
each as an edit in the language of variants. ``judge`` decides what becomes of one, ``alike``
whether it can be told from the original at all; ``run`` does so for all of them.
"""
