"""What a green cell does not speak about: code that never runs, properties that say nothing,
scenarios in which nothing happens.
"""
