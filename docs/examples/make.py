"""Make the example notebooks with their outputs: `python docs/examples/make.py`.

The cells of each stand here; they are carried out on a stored record, in this process. The notebooks
expect `run.h5` beside them: `gunzip -c data/press-and-cycle.h5.gz > docs/examples/run.h5`.
"""

import ast
import base64
import contextlib
import gzip
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RECORD = HERE.parents[1] / "data" / "press-and-cycle.h5.gz"
RECORD_HINT = "`run.h5` is a record; any will do, such as `data/press-and-cycle.h5.gz`, unpacked."
EXAMPLES: dict[str, tuple[str, list[str]]] = {
    "1-open-and-plot": (
        "# Open a run and plot it",
        [
            'import isostack\n\nrun = isostack.open("run.h5")\nrun',
            "run.plot()",
            (
                "thin = run.rows(pixels=400)\n"
                'peak_mpa = thin.maximum["surface_pressure_pa"].max() / 1e6\n'
                'print(f"{len(thin.time_s)} points for {run.log.rows} rows; at most {peak_mpa:.2f} MPa")'
            ),
        ],
    ),
    "2-cycles": (
        "# The table of cycles",
        [
            'import isostack\n\nrun = isostack.open("run.h5")\nrun.cycles',
            (
                'run.cycles.to_pandas()[["charging_capacity_ah", "coulombic_efficiency", '
                '"pressure_swing_pa", "error_rms_pa"]].round(5)'
            ),
            "for name, unit in list(run.cycles.units.items())[:8]:\n    print(name, unit)",
        ],
    ),
    "3-breathing-and-stiffness": (
        "# Breathing, stiffness and friction, as identified",
        [
            (
                "import isostack\n\n"
                'run = isostack.open("run.h5")\n'
                "cycles = run.cycles.to_pandas()\n"
                'cycles[["breathing_metre_per_coulomb", "breathing_lag_second", '
                '"stiffness_newton_per_metre", "slip_pa"]]'
            ),
            (
                'last = cycles.iloc[-1]\nprint(f"{last.stiffness_newton_per_metre / 1e6:.2f} N/µm, '
                "{1e6 * last.breathing_metre_per_coulomb:.3f} µm/C, "
                '{1e6 * last.irreversible_thickness_metre:.2f} µm lost or added in the cycle")'
            ),
            (
                "error = run.hold_error().measured\n"
                'print(f"{abs(error[error == error]).max():.2f} % at most from the setpoint")'
            ),
        ],
    ),
    "4-follow-a-live-run": (
        (
            "# Follow a run\n\nA finished run has no new rows, so this loop ends at once; of one that goes on "
            "it shows each row a second or two after it was measured."
        ),
        [
            'import isostack\n\nrun = isostack.open("run.h5")\nprint(run.finished, run.outcome)',
            (
                "for row in run.follow():\n"
                '    print(row["test_time_second"], row["surface_pressure_pa"])\n'
                'print("the run has ended")'
            ),
            (
                "# The run itself, by name: watch it, or stop it.\n"
                'try:\n    live = isostack.connect("cell-7")\n'
                "    for row, events in live.watch(history_s=60):\n"
                '        print(row["t_s"], row["pressure_mpa"], *events)\n'
                "except isostack.RunError as error:\n    print(str(error).split(';')[0])"
            ),
        ],
    ),
    "5-pandas-and-xarray": (
        "# Export to pandas and xarray\n\n`pip install 'isostack[notebook]'`",
        [
            (
                'import isostack\n\nrun = isostack.open("run.h5")\n'
                'log = run.log.to_pandas()\nlog[["surface_pressure_pa", "voltage_volt"]].describe().round(3)'
            ),
            'data = run.log.to_xarray()\nprint(data["surface_pressure_pa"].attrs, dict(data.sizes))',
            'import pandas\n\nlog.to_csv("log.csv")\nprint(len(pandas.read_csv("log.csv")), "rows")',
        ],
    ),
}


def carried_out(source: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """What a cell prints, and the value of its last line, as a notebook shows them."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    found: list[dict[str, Any]] = []
    if printed.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue()})
    if value is not None:
        result = {"output_type": "execute_result", "execution_count": None, "metadata": {}}
        found.append(result | {"data": shown(value)})
    return found


def shown(value: Any) -> dict[str, str]:
    """A value by its kinds of display."""
    data = {"text/plain": repr(value)}
    for kind, method in (("text/html", "_repr_html_"), ("image/png", "_repr_png_")):
        made = getattr(value, method, lambda: None)()
        if made:
            data[kind] = base64.b64encode(made).decode() if isinstance(made, bytes) else made
    return data


def notebook(title: str, cells: list[str]) -> dict[str, Any]:
    """A notebook with its outputs."""
    names: dict[str, Any] = {}
    made: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": f"{title}\n\n{RECORD_HINT}"}
    ]
    for number, source in enumerate(cells, 1):
        cell = {"cell_type": "code", "execution_count": number, "metadata": {}, "source": source}
        made.append(cell | {"outputs": carried_out(source, names)})
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def main() -> None:
    """Carry out all of them in a folder of their own, and write them here."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("run.h5").write_bytes(gzip.decompress(RECORD.read_bytes()))
        for name, (title, cells) in EXAMPLES.items():
            text = json.dumps(notebook(title, cells), indent=1, ensure_ascii=False)
            (HERE / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
