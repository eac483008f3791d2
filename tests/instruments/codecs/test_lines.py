from hypothesis import given
from hypothesis import strategies as st

from instruments.codecs.lines import Lines


@given(st.lists(st.text("abc ?:;,", max_size=10)), st.integers(1, 7))
def test_lines_are_cut_whole_and_in_pieces(lines: list[str], size: int):
    data = "".join(line + "\r\n" for line in lines).encode()
    reader = Lines()
    pieces = (data[i : i + size] for i in range(0, len(data), size))
    assert [line.decode() for piece in pieces for line in reader.feed(piece)] == lines
    assert reader.left == 0


def test_an_overlong_line_is_dropped_whole_and_the_next_is_read():
    reader = Lines(cap=8)
    assert reader.feed(b"123456789") == []
    assert reader.feed(b"still the same\n*RST\n") == [b"*RST"]
    assert reader.overlong == 1
    assert reader.feed(b"123456789abcdef\nOK\n") == [b"OK"]
    assert reader.overlong == 2
