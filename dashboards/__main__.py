"""Write the boards' JSON anew: `python -m dashboards`."""

import sys
from pathlib import Path

from dashboards.catalogue import BOARDS, problems

FOLDER = Path(__file__).parent


def main(folder: Path = FOLDER) -> int:
    """Write NAME.json for each board, unless the catalogue contradicts itself; the exit code."""
    wrong = list(problems())
    if wrong:
        sys.stderr.write("".join(f"dashboards: {one}\n" for one in wrong))
        return 1
    for board in BOARDS:
        path = folder / f"{board.name}.json"
        path.write_text(board.json(), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
