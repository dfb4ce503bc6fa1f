"""What the other tool's language cannot say."""


class Unexportable(Exception):
    """The message says what, in the user's words."""
