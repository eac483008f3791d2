"""Tables of cyclers: forms, headers, numbers and times as programs write them."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from instruments.codecs.cycler_text import BY_NAME, CyclerRow, CyclerText, own_form
from instruments.codecs.text_lines import Lines, Times
from instruments.protocols import BadReply

BDF = (
    b"Test Time / s,Voltage / V,Current / A,Unix Time / s\n0.0,3.1,0.001,1.0\n1.0,3.2,-0.002,2.0\n"
)
MPT = (
    "EC-Lab ASCII FILE\r\nNb header lines : 8\r\n\r\nModulo Bat\r\nAcquisition started on : "
    "05/20/2022 17:01:45.609\r\nmode\tox/red\ttime/s\tEwe/V\t<I>/mA\r\n"
    "1\t1\t2,500000000000000E+000\t3,1415\t-1,5\r\n"
).encode("latin-1")
NEWARE = (
    "\ufeffDataPoint,Cycle Index,Step Index,Step Type,Time,Total Time,Current(mA),Voltage(V),Date\n"
    "1,1,1,CC Chg,0:00:00.500,26:03:04.500,0.7850,3.4100,2024-05-01 12:00:00\n"
).encode()
LANDT = (
    "Index\tTestTime/Sec.\tStepTime/Sec.\tVoltage/V\tCurrent/uA\tState\n"
    "1\t61.5\t1.5\t2.9\t785\tD_CC\n"
)
MACCOR_LIKE = (
    "Rec#  Cyc#  Step  Test(Sec)  Step(Sec)  Amps  Volts  State\n1  0  1  10.0  10.0  0.5  3.0  C\n"
)


@pytest.mark.parametrize(
    ("text", "form", "row"),
    [
        (BDF, "bdf", CyclerRow(1.0, 3.2, -0.002)),
        (MPT, "biologic", CyclerRow(2.5, 3.1415, -0.0015)),
        (NEWARE, "neware", CyclerRow(93784.5, 3.41, 0.000785)),
        (LANDT.encode(), "landt", CyclerRow(61.5, 2.9, -0.000785)),
        (MACCOR_LIKE.encode(), "landt", CyclerRow(10.0, 3.0, 0.5)),
        (BDF.decode().encode("utf-16"), "bdf", CyclerRow(1.0, 3.2, -0.002)),
        (NEWARE.decode().encode("gb18030"), "neware", CyclerRow(93784.5, 3.41, 0.000785)),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_the_rows_of_a_form_are_read_however_the_bytes_come(
    text: bytes, form: str, row: CyclerRow, size: int
):
    table = CyclerText()
    rows = [row for at in range(0, len(text), size) for row in table.feed(text[at : at + size])]
    assert table.form == form
    assert rows[-1] == pytest.approx(row)


def test_half_a_row_is_not_read():
    table = CyclerText()
    assert table.feed(BDF[:-4]) == [CyclerRow(0.0, 3.1, 0.001)]
    assert table.feed(BDF[-4:]) == [CyclerRow(1.0, 3.2, -0.002)]


@pytest.mark.parametrize(
    "line",
    [
        b"2.0,nan,0.1,1\n", b"2.0,3.1\n", b"x,3.1,0.1,1\n", b"2.0,3.1,1e9,1\n", b"2.0,3_1,0.1,1\n",
        b"2.0,3.1,nan,1\n", b"inf,3.1,0.1,1\n", b"-inf,3.1,0.1,1\n", b"1e999,3.1,0.1,1\n",
        b"1e300,3.1,0.1,1\n",
    ],
)  # fmt: skip
def test_a_damaged_line_is_no_row_and_is_counted(line: bytes):
    table = CyclerText()
    table.feed(BDF)
    assert table.feed(line) == []
    assert table.damaged == 1


def test_a_header_that_comes_again_may_have_other_columns():
    table = CyclerText()
    table.feed(BDF)
    assert table.feed(b"Voltage / V,Current / A,Test Time / s\n3.0,0.5,9.0\n") == [
        CyclerRow(9.0, 3.0, 0.5)
    ]


def test_text_without_known_columns_says_how_it_begins():
    with pytest.raises(BadReply, match="begins with 'a b c'"):
        CyclerText().feed(b"a b c\n" * 3000)


def test_columns_of_ones_own_are_read_by_their_names_and_scales():
    form = own_form(("t [min]", "U [mV]", "I [uA]"), (60.0, 1e-3, 1e-6))
    rows = CyclerText((form,)).feed(b"t [min];U [mV];I [uA]\n1,5;3100;785\n")
    assert rows == [pytest.approx(CyclerRow(90.0, 3.1, 785e-6))]


def test_a_program_that_counts_discharge_as_positive_is_turned_round():
    assert CyclerText((BY_NAME["bdf"],), sign=-1.0).feed(BDF)[0].current_a == -0.001


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1:02:03.5", 3723.5),
        ("2-01:00:00", 176400.0),
        ("12,5", 12.5),
        ("2022-05-20 17:01:45.5", 1653066105.5),
        ("05/20/2022 17:01:45.500", 1653066105.5),
        ("05.20.2022 17:01:45.500", 1653066105.5),
        ("20.05.2022 17:01:45", 1653066105.0),
        ("20/05/2022 17:01:45", 1653066105.0),
    ],
)
def test_times_are_seconds_however_they_are_written(text: str, value: float):
    assert Times().seconds(text, comma=True) == pytest.approx(value)


DAY_S = 86_400.0


def dates(order: str, first: datetime, days: int) -> list[float]:
    """Times of rows each six hours, as a file writes them."""
    table = CyclerText()
    rows = [first + timedelta(hours=6 * row) for row in range(4 * days)]
    lines = [f"{row.strftime(order)},3.7,0.001\n" for row in rows]
    text = "Realtime,Voltage(V),Current(A)\n" + "".join(lines)
    times = [row.time_s for row in table.feed(text.encode())]
    assert (len(times), table.damaged) == (len(rows), 0)
    return times


@pytest.mark.parametrize("order", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y",
                                   "%m-%d-%Y", "%Y/%m/%d", "%Y-%m-%d"])  # fmt: skip
@pytest.mark.parametrize("first", [(5, 12), (1, 31), (12, 12), (11, 30), (1, 1), (5, 20)])
def test_dates_of_a_file_have_one_form_and_no_row_jumps_or_is_lost(
    order: str, first: tuple[int, int]
):
    times = dates(f"{order} %H:%M:%S", datetime(2022, *first, 1, 2, 3, tzinfo=UTC), days=40)
    assert {after - before for before, after in pairwise(times)} == {DAY_S / 4}


def test_an_order_of_day_and_month_is_kept_until_a_row_cannot_have_it():
    times = Times()
    said = [
        times.seconds(f"{date}/2022 12:00:00", comma=False)
        for date in ("05/11", "05/12", "06/01", "06/02", "06/13", "06/12")
    ]
    assert [(at - said[0]) / DAY_S for at in said] == [0.0, 1.0, 21.0, 22.0, 33.0, 32.0]


def test_a_date_that_no_other_row_agrees_with_is_no_row_and_changes_nothing():
    times = Times()
    first = times.seconds("05/30/2022 12:00:00", comma=False)
    assert math.isnan(times.seconds("31/05/2022 12:00:00", comma=False))
    assert times.seconds("05/31/2022 12:00:00", comma=False) == first + DAY_S


def test_an_order_that_was_taken_by_a_pause_is_left_without_a_jump():
    times = Times()
    said = [
        times.seconds(f"{date}/2022 12:00:00", comma=False)
        for date in ("11/05", "11/06", "13/06", "14/06")  # a pause of a month
    ]
    steps_s = [after - before for before, after in pairwise(said)]
    assert steps_s == [DAY_S, 2 * DAY_S, DAY_S]


def test_what_is_no_time_is_not_a_number():
    assert math.isnan(Times().seconds("soon", comma=True))


def test_a_line_without_an_end_is_dropped_before_it_fills_the_memory():
    lines = Lines()
    for _ in range(20):
        assert lines.feed(b"x" * 10_000) == []
    assert lines.feed(b"\nnext\n")[-1] == "next"
