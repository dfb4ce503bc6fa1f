"""Walking through a model step by step, as the interpreter executes it."""
