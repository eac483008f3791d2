import pytest

from instruments.codecs import alicat


def test_a_data_frame_is_pressure_setpoint_and_words():
    assert alicat.frame("A +049.95 +050.00", "A") == (49.95, 50.0, ())
    assert alicat.frame("A -000.02 +000.00 POV hld", "A") == (-0.02, 0.0, ("POV", "HLD"))


@pytest.mark.parametrize(
    "line",
    [
        "", "A", "B +049.95 +050.00", "A +049.95", "A +04x.95 +050.00", "A nan +050.00", "?",
        "A 1_0 +050.00", "A +014.70 +025.00 +010.00 +010.00 +010.00 Air", "A   10v05",
    ],
)  # fmt: skip
def test_what_is_no_frame_of_this_pressure_controller_is_refused(line: str):
    with pytest.raises(ValueError, match=r"not from unit|no pressure|not a number|flow"):
        alicat.frame(line, "A")


def test_setpoints_are_the_present_and_the_requested_one():
    assert alicat.setpoints("A +48.00 +50.00 10 PSIG", "A") == (48.0, 50.0)
    with pytest.raises(ValueError, match="no two setpoints"):
        alicat.setpoints("A +48.00", "A")


def test_information_and_version_are_read_from_their_lines():
    told = ["A  M04 Model Number PCD-100PSIG-D", "A  M05 Serial Number 521641"]
    assert (alicat.about(told, "M05"), alicat.about(told, "M06")) == ("521641", "")
    assert alicat.is_last("A  M09 Software Revision 10v20.0-R24")
    assert alicat.is_last("A ?")
    assert not alicat.is_last(told[0])
    assert alicat.version("A   10v20.0-R24 Jan  9 2025,15:04:07") == (10, 20)
    assert alicat.version("A +049.95 +050.00") == (0, 0)
    assert not alicat.is_version("A +049.95 +050.00")


def test_commands_begin_with_the_letter_and_end_with_a_carriage_return():
    assert alicat.said("A", "") == b"A\r"
    assert alicat.said("B", "LS 50.00") == b"BLS 50.00\r"
