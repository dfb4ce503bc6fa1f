"""Lines from the data of traces: the only place where text is made of operations, places, values and events."""
