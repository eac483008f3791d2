"""Options of described models, one of each wire and kind, as tests use them."""

from typing import Any

from instruments.model import Model
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES

SCALE = {"division_n": 0.1, "full_scale_n": 1000.0}
STREAM: dict[str, Any] = {"line": "{value}", "example": "-12", "rate_hz": 80.0, **SCALE}
METER: dict[str, Any] = {"read": [{"say": "READ?", "reply": "{value}"}], **SCALE}
MAP: dict[str, Any] = {
    "read": [{"register": 7, "type": "int32"}],
    "status": {"register": 6, "fault": 3, "over": 0x1C, "sign": 0x80},
    **SCALE,
}
TEXT_PRESS: dict[str, Any] = {
    "um_per_count": 0.05,
    "when_silent": "goes on to its end",
    "move": {"say": "MOVE {value}", "reply": "OK"},
    "stop": {"say": "STOP", "reply": "OK"},
    "position": {"say": "POS?", "reply": "{value}"},
    "moving": {"say": "MOV?", "reply": "{value}"},
    "end_low": {"say": "LOW?", "reply": "{value}"},
    "set_up": ["HB 200"],
    "keeps": [{"say": "HB?", "reply": "200"}],
}
MAP_PRESS: dict[str, Any] = {
    "um_per_count": 0.05,
    "when_silent": "stops",
    "target": {"register": 0, "type": "int32"},
    "go": [{"register": 4, "value": 1}],
    "stop": [{"register": 2, "value": 1}],
    "position": {"register": 10, "type": "int32", "order": "low_first"},
    "moving": {"register": 12, "mask": 1},
    "end_high": {"register": 12, "mask": 2},
    "set_up": [{"register": 20, "value": 200}],
    "keeps": [{"register": 20, "value": 200}],
}

MODELS: dict[str, tuple[Model[Any, Any], dict[str, Any]]] = {
    "laumas": (LOAD_CELLS["laumas-tlb"], {"units": [1, 2, 3]}),
    "laumas, signs in the status": (LOAD_CELLS["laumas-tlb"], {"sign": "status_bit"}),
    "thermocouple": (LOAD_CELLS["labjack-t7-thermocouple"], {"type": "K"}),
    "thermocouple with an LM34": (
        LOAD_CELLS["labjack-t7-thermocouple"],
        {"type": "T", "units": [2], "differential": True, "cold_input": 5},
    ),
    "digitiser": (LOAD_CELLS["mantracourt-dsc"], {}),
    "terminal": (LOAD_CELLS["mt-sics"], {}),
    "digital multimeter": (LOAD_CELLS["keithley-dmm6500"], {}),
    "box": (LOAD_CELLS["labjack-t7"], {"units": [0, 1, 4]}),
    "amplifier the other way round": (
        LOAD_CELLS["labjack-t7"],
        {"units": [2], "differential": True, "output_v": -5.0},
    ),
    "alicat": (PRESSES["alicat"], {"um_per_count": 0.5}),
    "isco": (PRESSES["isco-d"], {"um_per_count": 0.05}),
    "trinamic": (PRESSES["trinamic-tmcl"], {"um_per_count": 0.05}),
    "zaber": (PRESSES["zaber-ascii"], {"um_per_count": 0.05}),
    "keithley of before": (POTENTIOSTATS["keithley-2400"], {}),
    "keithley": (POTENTIOSTATS["keithley-2450"], {}),
    "keithley that is observed": (POTENTIOSTATS["keithley-2450"], {"observe": True}),
    "monitors": (POTENTIOSTATS["labjack-t7-monitors"], {}),
    "monitors with a line that opens": (
        POTENTIOSTATS["labjack-t7-monitors"],
        {"open_output": 3, "voltage_gain": -1.0, "current_span_a": -0.01},
    ),
    "file": (POTENTIOSTATS["follow-file"], {}),
    "file of another program": (
        POTENTIOSTATS["follow-file"],
        {"form": "biologic", "emulated_every_ms": 500.0},
    ),
    "palmsens": (POTENTIOSTATS["palmsens-emstat4"], {}),
    "stream": (LOAD_CELLS["ascii-stream"], STREAM),
    "stream that is begun, by CR": (
        LOAD_CELLS["ascii-stream"],
        STREAM | {"start": ["", "GO"], "end": "cr", "line": "{value} g", "example": "1 g"},
    ),
    "slow stream of three": (
        LOAD_CELLS["ascii-stream"],
        STREAM | {"line": "{value1},{value2},{value3}", "example": "1,2,3", "rate_hz": 10.0},
    ),
    "meter": (LOAD_CELLS["scpi"], METER),
    "meter by CR with an identity": (
        LOAD_CELLS["scpi"],
        METER
        | {"end": "cr", "count": 0.01}
        | {"identify": {"say": "*IDN?", "reply": "{any},{model},{serial},{firmware}"}},
    ),
    "map": (LOAD_CELLS["modbus-map"], MAP),
    "map on TCP": (LOAD_CELLS["modbus-map"], MAP | {"framing": "tcp", "units": [1, 2]}),
    "map of floats": (
        LOAD_CELLS["modbus-map"],
        SCALE
        | {"read": [{"register": n, "type": "float32", "function": 4} for n in (0, 2, 8)]}
        | {"count": 0.1},
    ),
    "press in lines": (PRESSES["scpi"], TEXT_PRESS),
    "press in registers": (PRESSES["modbus-map"], MAP_PRESS),
}
