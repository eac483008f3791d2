import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.codecs import scpi


def test_a_reply_of_three_numbers_is_three_numbers():
    line = "1.000000E-03,3.701234E+00,0.123456"
    assert scpi.numbers(line, 3) == (0.001, 3.701234, 0.123456)


@pytest.mark.parametrize("line", ["1,2", "1,2,3,4", "1,,3", "", "1,2,volt"])
def test_a_reply_of_other_things_is_refused(line: str):
    with pytest.raises(ValueError, match=r"."):
        scpi.numbers(line, 3)


def test_overflow_and_not_a_number_are_nan():
    assert all(math.isnan(value) for value in scpi.numbers("9.9E37,-9.9E37,9.91E37", 3))


def test_separators_in_quotes_separate_nothing():
    assert scpi.split('0,"No error;0,0,0"', ",") == ["0", '"No error;0,0,0"']
    assert scpi.split(":A 'x;y';:B", ";") == [":A 'x;y'", ":B"]


def test_a_compound_line_continues_below_the_last_parent():
    units = scpi.parse(":SENS:CURR:RANG:AUTO 0;:SENS:CURR:RANG 0.1;NPLC 2;*RST;AZER?")
    assert units == (
        scpi.Unit("SENS:CURR:RANG:AUTO", False, ("0",)),
        scpi.Unit("SENS:CURR:RANG", False, ("0.1",)),
        scpi.Unit("SENS:CURR:NPLC", False, ("2",)),
        scpi.Unit("*RST", False, ()),
        scpi.Unit("SENS:CURR:AZER", True, ()),
    )


def test_arguments_keep_their_quotes_and_lose_their_spaces():
    (unit,) = scpi.parse(':read? "defbuffer1", SOUR , read')
    assert unit == scpi.Unit("READ", True, ('"defbuffer1"', "SOUR", "read"))
    assert scpi.unquoted(unit.arguments[0]) == "defbuffer1"


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(line: str):
    assert isinstance(scpi.parse(line), tuple)


def test_short_and_long_forms_are_all_the_spellings_there_are():
    assert set(scpi.spellings("SOURce[1]:CURRent[:LEVel]")) >= {
        "SOUR:CURR",
        "SOURCE1:CURRENT:LEVEL",
        "SOUR1:CURR:LEV",
    }
    assert "SOURC:CURR" not in set(scpi.spellings("SOURce[1]:CURRent[:LEVel]"))
    assert set(scpi.spellings("[SENSe[1]]:FUNC")) == {
        "FUNC", "SENS:FUNC", "SENS1:FUNC", "SENSE:FUNC", "SENSE1:FUNC",
    }  # fmt: skip
    assert list(scpi.spellings("*RST")) == ["*RST"]


@pytest.mark.parametrize(("word", "fits"), [("himp", True), ("HIMPEDANCE", True), ("HIMPE", False)])
def test_a_word_is_its_short_or_its_long_form(word: str, fits: bool):
    assert scpi.matches(word, "HIMPedance") is fits
