"""`python -m tests.trust NAME ...`: an experiment by its name, with arguments of its own."""

import importlib
import sys

EXPERIMENTS = ("faults", "kills", "soak", "table")


def main(arguments: list[str]) -> int:
    """Run one; the exit status tells whether what it shows holds."""
    name, *others = arguments or [""]
    if name not in EXPERIMENTS:
        print(f"there is no experiment {name!r}, only {', '.join(EXPERIMENTS)}", file=sys.stderr)
        return 2
    experiment = importlib.import_module(f"tests.trust.{name}")
    return int(experiment.main(others))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
