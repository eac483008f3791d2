"""What processes take, read from /proc: Linux."""

import os
from pathlib import Path
from typing import NamedTuple


class Memory(NamedTuple):
    """Of one process, MB: with its share of what is shared, and its own alone."""

    pss_mb: float
    own_mb: float


def memory(pid: int) -> Memory:
    """How large a process is. Raises OSError where it has ended."""
    kinds = {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, size = line.partition(":")
        if name in kinds:
            kinds[name] = int(size.split()[0])
    return Memory(kinds["Pss"] / 1000, (kinds["Private_Clean"] + kinds["Private_Dirty"]) / 1000)


def cpu_s(pid: int) -> float:
    """CPU time that a process has had, s. Raises OSError where it has ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
