"""``python -m modelcheck`` is the command ``modelcheck``."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit, also where Ctrl-C comes before there is anybody to take it."""
    try:
        from modelcheck.cli.main import main as run
    except KeyboardInterrupt:
        print("modelcheck: interrupted", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
