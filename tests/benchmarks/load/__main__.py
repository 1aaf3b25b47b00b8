"""Does our load test tell the truth, and what do both sides bear? `python -m tests.benchmarks load NAME …`.

stalls: beside other generators; floor: what the generator itself costs; sustained, spike: the profiles of that name
against a whole stack on this machine.
"""

import sys

from tests.benchmarks.load import floor, profiles, stalls

NAMES = {"stalls": stalls.main, "floor": floor.main, "sustained": profiles.main, "spike": profiles.main}


def main() -> None:
    """Hand over to the one that is named."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in NAMES:
        raise SystemExit(f"{__doc__}\nwhich? {', '.join(NAMES)}")
    words = sys.argv[1:] if NAMES[name] is profiles.main else sys.argv[2:]
    NAMES[name](words)


if __name__ == "__main__":
    main()
