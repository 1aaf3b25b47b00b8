"""Compiles Python files; run as a file, by the Python that is to load them: `python -I -S compile_sources.py < LIST`.

The list has a line for each file, in fields parted by tabs: its source, where the bytecode goes ("": beside it, in
__pycache__), the path that tracebacks are to name. What is made is trusted without a look at its source (PEP 552,
unchecked hash).
"""

import py_compile
import sys
from collections.abc import Iterable


def main(lines: Iterable[str]) -> int:
    """Compile them all; 0, or 1 after the first that is no Python, said on stderr."""
    for line in lines:
        path, made, shown = line.rstrip("\n").split("\t")
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        try:
            py_compile.compile(path, cfile=made or None, dfile=shown, doraise=True, invalidation_mode=mode)
        except py_compile.PyCompileError as error:
            sys.stderr.write(f"{shown}: {error.msg}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin))
