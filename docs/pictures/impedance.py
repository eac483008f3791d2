"""`python docs/pictures/impedance.py`: the picture of the page on impedance.

Runs the recipe `sodium-impedance`, half a minute, and draws its spectra.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fixture.analysis.pictures.impedance import bode, nyquist
from fixture.analysis.pictures.style import DPI, save_png, styled
from fixture.analysis.spectra import spectra
from fixture.record.parts import JoinedRecord

TARGET = Path(__file__).with_name("impedance.png")
RECIPE = "sodium-impedance"
SIZE_IN = 10.0, 3.6


def main() -> None:
    """Run, and draw over the picture that is there."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        program = Path(sys.executable).with_name("isostack")
        command = [str(program), "run", RECIPE, "--speed", "max"]
        command += ["--out", str(out)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)  # noqa: S603
        with JoinedRecord.open(out / f"{RECIPE}.h5") as record, styled():
            found = list(spectra(record))
            made = Figure(figsize=SIZE_IN, dpi=DPI, layout="constrained")
            FigureCanvasAgg(made)
            left, right = made.subplots(1, 2)
            nyquist(left, found)
            bode(right, found)
            save_png(made, TARGET)
    print(TARGET)


if __name__ == "__main__":
    main()
