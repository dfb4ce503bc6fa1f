"""Which sequences of events one design can show and another cannot."""
