"""What the other tool's language cannot say."""

from modelcheck.result.reasons.lengths import Inexpressible


class Unexportable(Exception):
    """``why`` says what, in the user's words, or what no solver can be told."""

    def __init__(self, why: str | Inexpressible) -> None:
        self.why = why
        super().__init__(str(why))
