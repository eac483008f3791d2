"""Settings of a Keithley 2450: headers, values after `*RST`, ranges.

Source: 2450 Reference Manual (2450-901-01 Rev. B) section 6. Those that reach no cell are kept and
shown, so that others' drivers find them.
"""

from collections.abc import Iterator

from instruments.emulators.scpi_device import Setting, integer, number, switch, word

OUTPUT = "OUTPut[1][:STATe]"
SOURCE = "SOURce[1]:FUNCtion[:MODE]"
SENSE = "[SENSe[1]]:FUNCtion[:ON]"
COUNT = "[SENSe[1]]:COUNt"
CURRENT = "SOURce[1]:CURRent[:LEVel][:IMMediate][:AMPLitude]"
VOLTAGE = "SOURce[1]:VOLTage[:LEVel][:IMMediate][:AMPLitude]"
VLIM = "SOURce[1]:CURRent:VLIMit[:LEVel]"
ILIM = "SOURce[1]:VOLTage:ILIMit[:LEVel]"
TERMINALS = "ROUTe:TERMinals"
RANGE_A = "[SENSe[1]]:CURRent[:DC]:RANGe[:UPPer]"
AUTO_A = "[SENSe[1]]:CURRent[:DC]:RANGe:AUTO"
OFF_STATES = {"CURR": "OUTPut[1]:CURRent:SMODe", "VOLT": "OUTPut[1]:VOLTage:SMODe"}
NPLC = {
    "VOLT": "[SENSe[1]]:VOLTage[:DC]:NPLCycles",
    "CURR": "[SENSe[1]]:CURRent[:DC]:NPLCycles",
    "RES": "[SENSe[1]]:RESistance:NPLCycles",
}
RANGES = {"CURR": "SOURce[1]:CURRent:RANGe", "VOLT": "SOURce[1]:VOLTage:RANGe"}
SENSED = (
    ("VOLTage[:DC]", "20", 210.0),
    ("CURRent[:DC]", "1E-8", 1.05),
    ("RESistance", "2E8", 210e6),
)
SOURCED = (("VOLTage", "2E-2", 210.0), ("CURRent", "1E-8", 1.05))
DELAY_S = 10_000.0

OFF_STATE = word("NORMal", "HIMPedance", "ZERO", "GUARd")


def _sensed() -> Iterator[Setting]:
    """What each function of measurement has."""
    for name, whole, most in SENSED:
        at = f"[SENSe[1]]:{name}"
        yield Setting(f"{at}:RSENse", "0", switch)
        yield Setting(f"{at}:NPLCycles", "1", number(0.01, 10.0))
        yield Setting(f"{at}:AZERo[:STATe]", "1", switch)
        yield Setting(f"{at}:RANGe[:UPPer]", whole, number(-most, most))
        yield Setting(f"{at}:RANGe:AUTO", "1", switch)
        yield Setting(f"{at}:AVERage[:STATe]", "0", switch)
        yield Setting(f"{at}:AVERage:COUNt", "10", integer(1, 100))
        yield Setting(f"{at}:AVERage:TCONtrol", "REP", word("REPeat", "MOVing"))
        yield from _delays(at)


def _sourced() -> Iterator[Setting]:
    """What each function of the source has."""
    for name, whole, most in SOURCED:
        at = f"SOURce[1]:{name}"
        yield Setting(f"{at}:RANGe", whole, number(-most, most))
        yield Setting(f"{at}:RANGe:AUTO", "1", switch)
        yield Setting(f"{at}:READ:BACK", "1", switch)
        yield Setting(f"{at}:DELay", "0", number(0.0, DELAY_S))
        yield Setting(f"{at}:DELay:AUTO", "1", switch)
        yield Setting(f"OUTPut[1]:{name}:SMODe", "NORM", OFF_STATE)
        yield from _delays(at)


def _delays(at: str) -> Iterator[Setting]:
    for user in range(1, 6):
        yield Setting(f"{at}:DELay:USER{user}", "0", number(0.0, DELAY_S))


SETTINGS: tuple[Setting, ...] = (
    Setting(SOURCE, "VOLT", word("VOLTage", "CURRent")),
    Setting(SENSE, "CURR", word("VOLTage", "CURRent", "RESistance")),
    Setting(COUNT, "1", integer(1, 300_000)),
    Setting(CURRENT, "0", number(-1.05, 1.05)),
    Setting(VLIM, "21", number(0.02, 210.0)),
    Setting(VOLTAGE, "0", number(-210.0, 210.0)),
    Setting(ILIM, "1.05E-4", number(-1.05, 1.05)),
    *_sensed(),
    *_sourced(),
    Setting(OUTPUT, "0", switch),
    Setting(TERMINALS, "FRON", word("FRONt", "REAR")),
    Setting("FORMat[:DATA]", "ASC", word("ASCii", "REAL", "SREal")),
    Setting("DISPlay:DIGits", "5", integer(3, 6)),
)
