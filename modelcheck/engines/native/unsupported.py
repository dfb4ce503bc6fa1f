"""What the native engine leaves to the plain one."""


class Unsupported(Exception):
    """The system has values or operations that 64-bit code would not compute exactly; the message says which."""
