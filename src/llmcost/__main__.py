"""`python -m llmcost`, and the entry point of the `llmcost` command."""

import sys


def run() -> None:
    from llmcost.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    run()
