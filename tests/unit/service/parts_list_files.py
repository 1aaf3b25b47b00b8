"""What the tests of parts lists share: files in, parts or the reason why not out."""

import pytest

from service.domains.parts_lists.reading import read_parts
from service.domains.parts_lists.rules import Part, PartsReader, RowError, Unreadable

HEADER = "Part ID,Part Name,Quantity,Color\n"


def read(content: str | bytes) -> tuple[list[Part], PartsReader]:
    data = content.encode() if isinstance(content, str) else content
    reader = read_parts([data])
    return list(reader), reader


def failure(content: str | bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(content)
    return caught.value


def only_error(row: str) -> RowError:
    """What is said of `row` when it stands between two good ones."""
    parts, reader = read(f"{HEADER}3001,Brick,1,Red\n{row}\n3002,Brick,2,Red\n")
    assert [part.line for part in parts] == [2, 4]
    assert reader.error_count == len(reader.errors) == 1
    return reader.errors[0]
