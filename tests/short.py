"""A short whole run on the twin: seconds of pressing and cycling, in a few thousand ticks."""

from pathlib import Path

PROFILE = """\
name: short
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Na}
pressure:
  - press: 6 MPa
    settle_within: 3 %
  - press: 4 MPa
    settle_within: 3 %
    at: cycle
protocol:
  record: {time_s: 0.1}
  sample: {capacity_mAh: 0.785}
  method:
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 1, until_time_s: 20}
    - {step: constant_current, current_mA: -1, until_time_s: 20}
    - {step: loop, loop_to: cycle, cycle_count: 2}
"""


def profile(folder: Path, text: str = PROFILE) -> str:
    """The path of the short profile, written into `folder`."""
    path = folder / "short.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)
