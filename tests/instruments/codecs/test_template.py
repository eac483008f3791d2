import pytest

from instruments.codecs.template import Template, TemplateError, counts_of, printed


@pytest.mark.parametrize(
    ("template", "line", "values"),
    [
        ("{value}", "-123456", (-123456.0,)),
        ("{value}", "  8388607\r", (8388607.0,)),
        ("{value1},{value2}", "1.5, -2e-3", (1.5, -0.002)),
        ("{value2};{value1}", "1;2", (2.0, 1.0)),
        ("{any},{any},{value}kg", "ST,GS,+  4.876kg", (4.876,)),
        ("F = {value} N", "F  =\t.5 N", (0.5,)),
        ("{{{value}}}", "{7}", (7.0,)),
    ],
)
def test_numbers_are_read_out_of_a_line(template: str, line: str, values: tuple[float, ...]):
    assert Template(template).values(line) == values


@pytest.mark.parametrize(
    "line", ["", "x1", "1x", "1 2", "--1", "nan", "1,2", "0x10", "1_0", "1\x00"]
)
def test_what_is_no_number_does_not_fit(line: str):
    assert Template("{value}").values(line) is None


def test_texts_are_given_as_they_come():
    found = Template("{any},{model},{serial},{firmware}").match("ACME, X 1,007, v2")
    assert found == {"any": "ACME", "model": " X 1", "serial": "007", "firmware": " v2"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "a brace alone"),
        ("{val}", "no field {val}"),
        ("{value},{value}", "a field is there twice"),
        ("{value2}", "one number is {value}"),
        ("{value1},{value3}", "one number is {value}"),
    ],
)
def test_a_template_that_cannot_be_one_says_what_to_write(text: str, says: str):
    with pytest.raises(TemplateError, match=says):
        Template(text)


@pytest.mark.parametrize("count", [1.0, 0.01, -0.001, 1e-6, 0.25, 10.0])
@pytest.mark.parametrize("counts", [0, 1, -7, 2**31 - 1])
def test_counts_survive_being_printed(count: float, counts: int):
    line = Template("W {value}").fill({"value": printed(counts, count)})
    values = Template("W {value}").values(line)
    assert values is not None
    assert counts_of(values[0], count) == counts


def test_counts_beyond_32_bits_are_none():
    assert counts_of(1e12, 1.0) is None
