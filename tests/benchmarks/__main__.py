"""Runs one of the benchmarks: `python -m tests.benchmarks NAME …`; the rest of the line is the benchmark's own."""

import runpy
import sys

NAMES = ("api", "coldstart", "cutover", "gates", "images", "load", "parts_lists", "reindex", "telemetry")


def main() -> None:
    """Hand over to the one that is named."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in NAMES:
        raise SystemExit(f"which benchmark? {', '.join(NAMES)}")
    del sys.argv[1]
    runpy.run_module(f"tests.benchmarks.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
