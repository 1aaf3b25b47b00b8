"""The weights as tables: for a terminal, and for the document that is kept."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from infra.package.contents import FUNCTION_LIMIT, LAYER_LIMITS
from infra.package.weights import FUNCTIONS, Weights, megabytes

BEGIN, END = "<!-- weights: written by `tox run -e package -- --document` -->", "<!-- end of weights -->"
_SMALL_BYTES = 200_000  # what is lighter shares a line

Row = tuple[str, ...]

_DISTRIBUTIONS = ("layer", "distribution", "downloaded", "Python", "libraries, data", "in the layer")
_TOTALS = ("archive", "files", "unzipped", "may be", "zipped")
_FUNCTIONS = ("function", "layers and code", "unzipped", "may be")


class NoPlace(Exception):
    """The document has no marked place for the tables."""


def terminal(weights: Weights) -> Sequence[Table]:
    """Three tables: distributions, archives, functions."""
    title = f"{weights.architecture}, Python {weights.python}, MB"
    return [
        _rich(f"What weighs what: {title}", _DISTRIBUTIONS, list(distributions(weights))),
        _rich(f"Archives: {title}", _TOTALS, list(totals(weights))),
        _rich(f"Functions: {title}", _FUNCTIONS, list(functions(weights))),
    ]


def document(text: str, all_weights: Sequence[Weights]) -> str:
    """The document with these weights between its marks. Raises NoPlace."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise NoPlace(f"the document has no place for the tables, between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{''.join(_section(weights) for weights in all_weights)}{END}{after}"


def distributions(weights: Weights) -> Iterator[Row]:
    """A line for each heavy distribution, the heaviest first, and one for all light ones of a layer."""
    for layer, found in weights.layers.items():
        ordered = sorted(found, key=lambda weight: (-weight.after_bytes, weight.name))
        light = [weight for weight in ordered if weight.after_bytes < _SMALL_BYTES]
        for weight in ordered:
            if weight.after_bytes >= _SMALL_BYTES:
                sizes = (weight.before_bytes, weight.bytecode_bytes, weight.other_bytes, weight.after_bytes)
                yield (layer, f"{weight.name} {weight.version}", *map(megabytes, sizes))
        if light:
            sizes = (
                sum(weight.before_bytes for weight in light),
                sum(weight.bytecode_bytes for weight in light),
                sum(weight.other_bytes for weight in light),
                sum(weight.after_bytes for weight in light),
            )
            yield (layer, f"{len(light)} lighter ones", *map(megabytes, sizes))


def totals(weights: Weights) -> Iterator[Row]:
    """A line for each archive."""
    for part, archive in weights.archives.items():
        limit = megabytes(LAYER_LIMITS[part]) if part in LAYER_LIMITS else ""
        sizes = (megabytes(archive.unzipped_bytes), limit, megabytes(archive.zipped_bytes))
        yield (archive.name, str(archive.files), *sizes)


def functions(weights: Weights) -> Iterator[Row]:
    """A line for each kind of function."""
    for name, parts in FUNCTIONS.items():
        size = megabytes(weights.unzipped_bytes(*parts))
        yield (name, " + ".join(parts), size, megabytes(FUNCTION_LIMIT))


def _section(weights: Weights) -> str:
    tables = (
        _markdown(_DISTRIBUTIONS, list(distributions(weights))),
        _markdown(_TOTALS, list(totals(weights))),
        _markdown(_FUNCTIONS, list(functions(weights))),
    )
    return f"### {weights.architecture}, Python {weights.python} (MB, a million bytes each)\n\n" + "".join(tables)


def _markdown(head: Row, rows: Sequence[Row]) -> str:
    lines = [head, tuple("--:" if _is_number(rows, at) else "---" for at in range(len(head))), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _rich(title: str, head: Row, rows: Sequence[Row]) -> Table:
    table = Table(title=title, title_justify="left")
    for at, name in enumerate(head):
        table.add_column(name, justify="right" if _is_number(rows, at) else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _is_number(rows: Sequence[Row], at: int) -> bool:
    return all(row[at].replace(".", "").isdecimal() or not row[at] for row in rows)
