"""Every mistake in a profile is one clear line, at its place."""

import os
from pathlib import Path

import pytest

from fixture.config.resolve import plan
from fixture.config.yaml.errors import ConfigError
from tests.config.cases import PROFILE, changed, complaints, rig_file

PRESS = [
    (
        changed("15 MPa", "50 Mpa"),
        "p.yaml:7:5: '50 Mpa': unknown unit 'Mpa'; did you mean MPa?",
    ),
    (
        changed("15 MPa", "50 mPa"),
        "p.yaml:7:5: 50 mPa is 0.00000005 MPa; did you mean 50 MPa?",
    ),
    (
        changed("15 MPa", "15"),
        "p.yaml:7:5: 15 has no unit; write '15 MPa' if you mean that",
    ),
    (
        changed("15 MPa", "1,5 MPa"),
        "p.yaml:7:5: '1,5 MPa' has a comma, and numbers here take a point; write '1.5 MPa'",
    ),
    (
        changed("15 MPa", "1,500 kPa"),
        (
            "p.yaml:7:5: '1,500 kPa' has a comma, and numbers here take a point; "
            "write '1.500 kPa' or '1500 kPa'"
        ),
    ),
    (
        changed("15 MPa", "1e300 MPa"),
        "p.yaml:7:5: 1e300 MPa is outside 0.05 … 1000 MPa",
    ),
    (
        changed("15 MPa", "1e-300 MPa"),
        "p.yaml:7:5: 1e-300 MPa is outside 0.05 … 1000 MPa",
    ),
    (
        changed("15 MPa", "5812 N"),
        (
            "p.yaml:7:5: 5812 N is a force; on 78.54 mm² it presses with 74 MPa: "
            "write 'press: 74 MPa' if that is what you mean"
        ),
    ),
    (
        changed("15 MPa", "150 MPa"),
        (
            "p.yaml:7:5: 150 MPa on 78.54 mm² is 11781 N; rig twin allows 9000 N, "
            "at most 114.5 MPa on this cell"
        ),
    ),
    (
        changed("15 MPa", "200 MPa"),
        (
            "p.yaml:7:5: 200 MPa on 78.54 mm² is 15708 N, 5236 N on each of 3 load cells of "
            "4000 N; at most 114.5 MPa on this cell"
        ),
    ),
    (
        changed("  diameter: 10 mm\n", ""),
        (
            "p.yaml:2:1: pressure needs an area: "
            "add 'diameter: 10 mm' or 'area: 78.54 mm**2' to the cell"
        ),
    ),
    (
        changed("diameter: 10 mm", "diameter: 10 mm\n  area: 78 mm**2"),
        "p.yaml:4:3: the cell has a diameter and an area; keep the one that was measured",
    ),
    (
        changed("    at: cycling", "    at: cycling\n    wait: false\n    hold: 5 min"),
        "p.yaml:9:5: 'hold' begins when the pressure has settled: drop 'wait: false'",
    ),
    (
        changed("    at: cycling", "    at: cycling\n    hold: 5"),
        "p.yaml:9:5: 5 has no unit; write '5 min' if you mean that, or 'trace'",
    ),
    (
        changed("    at: cycling", "    at: cycling\n    hold_within: 200 %"),
        "p.yaml:9:5: 200 % is outside 1 ppm … 50 % of the pressure; write '1 %' or so",
    ),
    (
        changed("    at: cycling", "    at: cycling\n    settle_timeout: 0 s"),
        (
            "p.yaml:9:5: 0 s: a pressure is settled after 5 s in its band, so this would always "
            "trip; write '60 min', or leave it out for that"
        ),
    ),
    (
        changed("    at: cycling", "    at: cycling\n    rate: 1e-9 MPa/s"),
        (
            "p.yaml:9:5: 15 MPa at 0.000000001 MPa/s take 174000 days, and a year is the most; "
            "raise the rate ('1 MPa/min')"
        ),
    ),
    (
        changed("    at: cycling", "    at: cycling\n    hold: trace"),
        "p.yaml:7:5: 'hold: trace' needs a rig that plays a measured trace, and --trace FILE",
    ),
    (
        changed("    at: cycling", "    at: cyclin"),
        "p.yaml:8:5: the protocol has no tag or id 'cyclin'; did you mean 'cycling'?",
    ),
    (
        changed(
            "    at: cycling", "    at: cycling\n  - press: 1 MPa\n  - {press: 2 MPa, at: cycling}"
        ),
        (
            "p.yaml:9:5: a free pressure step between bound ones: when it comes is not said; "
            "bind it with 'at:' to a tag or id of the protocol"
        ),
    ),
    (
        PROFILE[: PROFILE.index("protocol:")],
        "p.yaml:8:5: 'at: cycling', but this profile has no protocol; drop 'at'",
    ),
]
WORDS = [
    (
        changed("diameter", "diametre"),
        "p.yaml:3:3: unknown key 'diametre'; did you mean 'diameter'?",
    ),
    (
        changed("name: test", "name: ../x"),
        (
            "p.yaml:1:1: '../x': a name is 1 to 64 letters, digits, '.', '_' or '-', "
            "and begins with a letter or digit"
        ),
    ),
    (
        changed("kind: metal-anode", "kind: metal_anode"),
        "p.yaml:4:3: 'metal_anode' is not known here; did you mean 'metal-anode'?",
    ),
    (
        changed("negative: Na", "negative: na"),
        (
            "p.yaml:5:16: no breathing coefficient for 'na'; did you mean 'Na'? (one of your own: "
            "{name: …, breathing: 8.86 um/(mAh/cm**2), source: …})"
        ),
    ),
    (
        changed("negative: Na", "negative: NMC811"),
        (
            "p.yaml:5:3: metal-anode: this kind of cell plates metal: write 'negative: Na or Li', "
            "or one of your own with 'metal: true'"
        ),
    ),
    (
        changed("name: test", "name: test\nat_end: maybe"),
        "p.yaml:2:1: 'maybe' is not known here; choose from halt, keep, release",
    ),
    (
        changed("name: test", "name: [test"),
        (
            "p.yaml:2:5: not YAML: expected ',' or ']', but got ':'; "
            "check indentation, colons and quotes here"
        ),
    ),
]
CURRENT = "{step: constant_current, current_mA: 1, until_time_s: 60}"
PROTOCOL = [
    (
        changed("current_mA: 1,", "curent_mA: 1,"),
        "p.yaml:14:32: unknown key 'curent_mA'; did you mean 'current_mA'?",
    ),
    (
        changed("constant_current", "constant_curent"),
        "p.yaml:14:7: 'constant_curent' is not known here; did you mean 'constant_current'?",
    ),
    (
        changed("current_mA: 1,", "current_mA: 30,"),
        "p.yaml:14:32: 30 mA is beyond the limits -20 … 20 mA of rig and safety; lower it",
    ),
    (
        changed("cycle_count: 2", "cycle_count: 2000000"),
        (
            "p.yaml:12:3: this never ends: its steps add up to 1389 days in 2000000 passes, "
            "and a year is the most; lower cycle_count or the times"
        ),
    ),
    (
        changed("until_time_s: 60", "until_time_s: .inf"),
        "p.yaml:14:47: until_time_s inf: a step takes between 0 and a year (31622400 s)",
    ),
    (
        changed("until_time_s: 60", "until_time_s: -5"),
        "p.yaml:14:47: until_time_s -5: a step takes between 0 and a year (31622400 s)",
    ),
    (
        changed("until_time_s: 60", "until_voltage_V: 7"),
        (
            "p.yaml:14:47: this step never ends: 7 V is not inside the limits -5 … 5 V; "
            "lower it, or add until_time_s"
        ),
    ),
    (
        changed(CURRENT, "{step: constant_voltage, voltage_V: 6, until_time_s: 9}"),
        "p.yaml:14:32: 6 V is outside the limits -5 … 5 V of rig and safety",
    ),
    (
        changed("loop_to: cycling", "loop_to: cyclin"),
        "p.yaml:15:20: the protocol has no tag 'cyclin'; did you mean 'cycling'?",
    ),
    (
        changed("current_mA: 1,", "rate_C: C/10,").replace("capacity_mAh: 1.0", ""),
        (
            "p.yaml:14:32: a C-rate needs the cell's capacity; "
            "add 'sample: {capacity_mAh: …}' to the protocol, or 'capacity' to the cell"
        ),
    ),
    (
        changed("current_mA: 1,", "rate_C: C/0,"),
        "p.yaml:14:7: aurora-unicycler cannot read this step: float division by zero; check values",
    ),
    (
        changed("tag: cycling}", "tag: 3}").replace("loop_to: cycling", "loop_to: 1"),
        (
            "p.yaml:13:7: aurora-unicycler cannot read this step: "
            "'int' object has no attribute 'strip'; check values"
        ),
    ),
    (
        changed(
            CURRENT,
            "{step: impedance_spectroscopy, amplitude_V: 0.01, start_frequency_Hz: 1e5, "
            "end_frequency_Hz: 1}",
        ),
        (
            "p.yaml:14:8: a spectrum needs a potentiostat that measures impedance; the "
            "keithley-2450 of rig twin does not, and palmsens-emstat4 does. Use a rig with one; or "
            "measure a resistance by pulses of current, with 'resistance: {pulse: 0.1 mA}' under "
            "'pressure'"
        ),
    ),
    (
        changed(
            CURRENT,
            "{step: voltage_scan, start_voltage_V: 0, end_voltage_V: 6, scan_rate_mV_per_s: 1}",
        ),
        "p.yaml:14:48: 6 V is outside the limits -5 … 5 V of rig and safety",
    ),
    (
        changed(
            CURRENT,
            "{step: voltage_scan, start_voltage_V: 0, end_voltage_V: 4, scan_rate_mV_per_s: 1e-5}",
        ),
        ("p.yaml:14:66: this scan takes 4630 days, and a year is the most; raise its rate"),
    ),
    (
        changed("sample: {capacity_mAh: 1.0}", "safety: {min_voltage_V: 6, max_voltage_V: 7}"),
        (
            "p.yaml:11:3: nothing is left of the rig's limits 6 … 5 V, -20 … 20 mA; "
            "widen 'safety' or use another rig"
        ),
    ),
    (
        changed("method:", "method: 3\n  other:"),
        "p.yaml:12:3: 'method' is a list of '{step: …}' mappings",
    ),
    (
        changed(
            "    - {step: loop, loop_to: cycling, cycle_count: 2}",
            "    - {step: tag, tag: b}\n    - {step: open_circuit_voltage, until_time_s: 1}\n"
            "    - {step: loop, loop_to: cycling, cycle_count: 2}\n"
            "    - {step: open_circuit_voltage, until_time_s: 1}\n"
            "    - {step: loop, loop_to: b, cycle_count: 2}",
        ),
        (
            "p.yaml:19:20: this loop overlaps the one that ends at step 5; loops may only stand "
            "side by side or one inside the other"
        ),
    ),
]
RIGS = [
    (
        "limits: {force: 1 kN}\n",
        (
            "p.yaml:7:5: 15 MPa on 78.54 mm² is 1178 N; rig twin allows 1000 N, "
            "at most 12.7 MPa on this cell"
        ),
    ),
    (
        "limits: {force: 1 MPa}\n",
        "r.yaml:2:10: 1 MPa is a pressure, not a force; write it like '5 kN'",
    ),
    (
        "load_cells: {full_scale: 1 kN}\nlimits: {force: 9 kN}\n",
        "r.yaml:3:10: 9000 N is more than the load cells can read (3000 N together); lower it",
    ),
    (
        "load_cells: {units: [1, 1, 2]}\n",
        "r.yaml:2:14: units [1, 1, 2]: each load cell needs its own number",
    ),
    ("press: {travel: [5 um, 1 um]}\n", None),
    (
        "tick: 30 s\n",
        "r.yaml:2:1: 30 s is outside 0.001 … 20 s",
    ),
    (
        "press: {options: {heartbeat: 70 s}}\n",
        "r.yaml:2:19: 'heartbeat' takes a whole number of at most 60000 ms, not 70000",
    ),
    (
        "press: {options: {module: 1.5}}\n",
        "r.yaml:2:19: 'module' takes a whole number, not 1.5",
    ),
    (
        "load_cells: {options: {deadline: -1 ms}}\n",
        "r.yaml:2:24: 'deadline' takes a number above 0.0 ms, not -1",
    ),
    (
        "twin: {seed: true}\n",
        "r.yaml:2:8: 'seed' takes a whole number, not true",
    ),
    (
        "twin: {load_cells: {shares: [0.5, 0.3, 0.3]}}\n",
        "r.yaml:2:21: shares add up to 1.1; make it 1",
    ),
    (
        "twin: {load_cells: {shares: [1.2, -0.1, -0.1]}}\n",
        "r.yaml:2:21: shares has -0.1; give each load cell more than 0",
    ),
    (
        "twin: {stack: {stiffness: 0 N/um}}\n",
        "r.yaml:2:16: stiffness is 0; make it larger than 0",
    ),
    (
        "twin: {press: {landing: 200 %}}\n",
        "r.yaml:2:16: landing is 2; give a share from 0 to below 1",
    ),
    (
        "twin: {press: {slip: -1 um}}\n",
        "r.yaml:2:16: slip is -1; make it 0 or larger",
    ),
    (
        "twin: {press: {kind: ram}}\n",
        "r.yaml:2:16: kind is 'ram'; choose from screw, air, bellows, hydraulic",
    ),
    (
        "twin: {air: {stroke: [1 mm, 2 mm]}}\n",
        "r.yaml:2:14: stroke runs from 1000 to 2000 um; make it begin below 0 and end above",
    ),
    (
        "twin: {press: {delay: -1 s}}\n",
        "r.yaml:2:16: delay is -1; make it 0 or larger",
    ),
    (
        "twin: {electrochemistry: {initial_soc: 3}}\n",
        "r.yaml:2:27: initial_soc is 3; give a share from 0 to 1",
    ),
    (
        "limits: {reactions: {tiltt: halt}}\n",
        "r.yaml:2:22: no trip is called 'tiltt'; did you mean 'tilt'?",
    ),
    (
        "press: {model: trinamic-tcml}\n",
        "r.yaml:2:9: no model 'trinamic-tcml'; did you mean 'trinamic-tmcl'?",
    ),
    (
        "press: {options: {modul: 1}}\n",
        "r.yaml:2:19: unknown key 'modul'; did you mean 'module'?",
    ),
    (
        "twin: {stack: {stifness: 9 N/um}}\n",
        "r.yaml:2:16: unknown key 'stifness'; did you mean 'stiffness'?",
    ),
    (
        "twin: {stack: {stiffness: 9 MPa}}\n",
        "r.yaml:2:16: 9 MPa is a pressure, not a quantity in N/um; write it like '1 N/um'",
    ),
    (
        "twin: null\n",
        (
            "r.yaml:1:1: 'emulated:' ports are simulated together: give the rig a 'twin:' section "
            "and every device an 'emulated:' address, or none of them"
        ),
    ),
    (
        "twin: {load_cells: {shares: [1]}}\n",
        "r.yaml:2:21: shares has 1 for 3 load cells; write one for each",
    ),
]


@pytest.mark.parametrize(("profile", "said"), PRESS + WORDS + PROTOCOL)
def test_a_mistake_in_a_profile_is_one_line_at_its_place(
    tmp_path: Path, profile: str, said: str
) -> None:
    assert complaints(tmp_path, profile) == [said]


@pytest.mark.parametrize(("rig", "said"), RIGS)
def test_a_mistake_in_a_rig_is_one_line_at_its_place(
    tmp_path: Path, rig: str, said: str | None
) -> None:
    found = complaints(tmp_path, PROFILE, rig_file(tmp_path, rig))
    assert len(found) == 1
    assert said is None or found == [said]


def test_the_good_profile_has_no_mistakes(tmp_path: Path) -> None:
    assert complaints(tmp_path, PROFILE) == []


def test_several_mistakes_are_all_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed("diameter: 10 mm", "diameter: 10 mn").replace("press: 15", "pres: 15")
    assert complaints(tmp_path, text) == [
        "p.yaml:3:3: '10 mn': unknown unit 'mn'; did you mean m?",
        "p.yaml:7:5: 'press' is missing; add it here",
        "p.yaml:7:5: unknown key 'pres'; did you mean 'press'?",
    ]


def test_an_unknown_name_lists_what_there_is_and_the_nearest(tmp_path: Path) -> None:
    assert complaints(tmp_path, PROFILE, "twn") == [
        (
            "twn: no rig of this name; did you mean 'twin'? (rigs: bench, bench-air, "
            "bench-follow, bench-hydraulic, bench-screw-t7, twin, twin-60kn, twin-air, "
            "twin-air-t7, twin-air-t7-follow, twin-bellows, twin-emstat4, twin-foil, twin-follow, "
            "twin-hydraulic, twin-llzo, twin-low, twin-lpscl, twin-pellet, twin-ranges, twin-real, "
            "twin-springs, twin-sulfur, twin-traced); or give the path of a .yaml file"
        )
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert complaints(tmp_path, PROFILE, str(tmp_path / "no.yaml")) == [
        "no.yaml: cannot be read: No such file or directory; check the path"
    ]


def test_a_rig_that_plays_a_trace_asks_for_it(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, PROFILE[: PROFILE.index("    at:")], "twin-traced")
    assert said.endswith("rig twin-traced plays a measured trace: give it, --trace FILE")


# -- what is no file -------------------------------------------------------------------------------


def test_a_pipe_a_folder_or_a_huge_file_is_refused_and_not_read(tmp_path: Path) -> None:
    pipe, folder, huge = (tmp_path / f"{name}.yaml" for name in ("pipe", "folder", "huge"))
    os.mkfifo(pipe)
    folder.mkdir()
    with huge.open("wb") as file:
        file.truncate(2**40)
    for path, said in (
        (pipe, "is no plain file but a folder, link, pipe or device"),
        (folder, "is no plain file but a folder, link, pipe or device"),
        (huge, "1099511627776 bytes: this is no profile or rig"),
    ):
        with pytest.raises(ConfigError, match=said):
            plan(str(path))
        with pytest.raises(ConfigError, match=said):
            plan("sodium-assembly-hold", str(path))
