"""A twin with a thermometer and a displacement gauge on ports of their own."""

from pathlib import Path

GAUGE = """\
about: LVDT conditioner that prints millimetres
wire: ascii-stream
for: load_cells
line: "{value} mm"
example: "+1.2345 mm"
rate: 50 Hz
count: 0.0001
fault: [ERR]
"""
THERMOMETER = """\
about: Pt100 transmitter that is asked
wire: scpi
for: load_cells
identify: {say: "*IDN?", reply: "{any},{model},{serial},{firmware}"}
read:
  - {say: "MEAS:TEMP?", reply: "{value}"}
count: 0.01
"""
RIG = """\
name: metered
extends: twin
press: {options: {temperature_port: null}}
gauge:
  model: lvdt.yaml
  port: {address: "emulated:gauge"}
  division: 0.1 um
  at_zero: 100 um
thermometer:
  model: pt100.yaml
  port: {address: "emulated:thermometer"}
  division: 0.01 K
"""

THERMOCOUPLE = """\
name: warm-box
extends: twin-air-t7
thermometer:
  model: labjack-t7-thermocouple
  port: {address: "emulated:t7?turnaround_us=800"}
  unit: 6
  division: 0.01 K
  options: {type: K, differential: true, cold_input: 9, deadline: 150 ms}
"""


def rig(folder: Path, text: str = RIG) -> str:
    """The path of that rig, with its descriptions beside it in `folder`."""
    (folder / "lvdt.yaml").write_text(GAUGE, encoding="utf-8")
    (folder / "pt100.yaml").write_text(THERMOMETER, encoding="utf-8")
    path = folder / "metered.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)
