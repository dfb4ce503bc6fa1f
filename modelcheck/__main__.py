"""``python -m modelcheck`` is the command ``modelcheck``."""

import gc
import sys
from typing import NoReturn

#: New objects after which garbage is looked for. What is imported and read makes nearly as many, and none is garbage.
_GARBAGE = 100_000


def main() -> NoReturn:
    """Run the command line and exit, also where Ctrl-C comes before there is anybody to take it."""
    gc.set_threshold(_GARBAGE, 20, 100)
    try:
        from modelcheck.cli.main import main as run
    except KeyboardInterrupt:
        print("modelcheck: interrupted", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
