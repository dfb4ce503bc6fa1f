"""What the interpreter has computed, remembered. What is here wraps a plain class, and changes nothing
of what that answers.
"""
