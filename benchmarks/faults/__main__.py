"""`python -m benchmarks.faults`: lying sensors and a press that does not obey.

Each fault of `benchmarks.faults.table` begins at random moments of a recipe on the twin, while it
presses and while it holds, and is judged by the true force that the stack feels from then on: never
more than 5 % of the load cells' full scale beyond the setpoint. A line for each fault goes to
standard output: how often it was noticed, how soon, and the largest force beyond the setpoint.
1 where one was unsafe, missed although it can be detected, or the recipe without a fault tripped.

`--moments N` of each phase (25), `--fault TEXT` those whose name has it, `--short` a few of each.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.common import Figure, conclude, parser, perform
from benchmarks.faults.run import PHASES, Job, Result, limit_n, work
from benchmarks.faults.table import FAULTS
from fixture.core.safety.trips import Trip
from fixture.twin.seeds import seeded

SHORT = ("all drift by -1 N/s", "one is reversed", "runs in by 1 um/s")


def main(arguments: list[str] | None = None) -> int:
    """Run what is chosen, print it, judge it."""
    options = command_line().parse_args(arguments)
    jobs = list(_jobs(options))
    results: list[Result] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for done, result in enumerate(pool.map(work, jobs), 1):
            results.append(result)
            print(f"{done}/{len(jobs)} {_name(result.job)}", file=sys.stderr, flush=True)
    print("\n".join(table(results)))
    return conclude(figures(results), f"faults: {len(results)} runs", options.short)


def command_line() -> argparse.ArgumentParser:
    """The options."""
    line = parser(__doc__)
    add = line.add_argument
    add("--moments", type=int, default=25, help="random moments of each phase (25)")
    add("--fault", action="append", help="only faults whose name has this; repeatable")
    add("--seed", type=int, default=1, help="of the moments (1)")
    add("--jobs", type=int, default=2, help="processes (2)")
    return line


def _jobs(options: argparse.Namespace) -> Iterator[Job]:
    random = seeded(options.seed, "moments")
    moments = 1 if options.short else options.moments
    wanted: Sequence[str] = options.fault or (SHORT if options.short else [""])
    for rig, phases in PHASES.items():
        yield Job(-1, "hold", phases["hold"][0], 0, rig)
    for number, fault in enumerate(FAULTS):
        if not any(text in fault.name for text in wanted):
            continue
        if fault.from_start:
            yield Job(number, "start", 0.0, 0, fault.rig)
            continue
        for phase in fault.phases:
            for seed in range(moments):
                at_s = round(random.uniform(*PHASES[fault.rig][phase]), 1)
                yield Job(number, phase, at_s, seed, fault.rig)


def _name(job: Job) -> str:
    return FAULTS[job.fault].name if job.fault >= 0 else f"no fault on {job.rig}"


def table(results: Sequence[Result]) -> Iterator[str]:
    """A line for each fault in each phase."""
    words = f"{'runs':>4} {'noticed':>7} {'after s':>15} {'beyond N':>9}  trips"
    yield f"{'fault':52} {'begun':6} {words}"
    for key in dict.fromkeys((one.job.fault, one.job.phase, one.job.rig) for one in results):
        of = [one for one in results if (one.job.fault, one.job.phase, one.job.rig) == key]
        tripped_s = [one.after_s for one in of if one.trip]
        after = f"{min(tripped_s):.1f} - {max(tripped_s):.1f}" if tripped_s else "-"
        names = sorted({Trip(one.trip).name.lower() for one in of if one.trip})
        beyond_n = max(one.beyond_n for one in of)
        yield (
            f"{_name(of[0].job):52} {key[1]:6} {len(of):4} {len(tripped_s):7} {after:>15} "
            f"{beyond_n:9.0f}  {', '.join(names)}"
        )


def is_unsafe(result: Result) -> bool:
    """More force than the limit allows, where it can be detected."""
    job = result.job
    detectable = job.fault >= 0 and not FAULTS[job.fault].undetectable
    return detectable and not result.beyond_n <= limit_n(job.rig)


def is_missed(result: Result) -> bool:
    """Not noticed, though it can be detected and does harm."""
    if result.trip or result.job.fault < 0:
        return False
    fault = FAULTS[result.job.fault]
    return not (fault.undetectable or fault.quiet or fault.harmless)


def is_false(result: Result) -> bool:
    """A trip though nothing is wrong."""
    return result.trip != 0 and (result.job.fault < 0 or FAULTS[result.job.fault].harmless)


def figures(results: Sequence[Result]) -> list[Figure]:
    """The counts."""
    tripped_s = [one.after_s for one in results if one.trip and not math.isnan(one.after_s)]
    return [
        Figure("unsafe", float(sum(map(is_unsafe, results))), "", most=0.0),
        Figure("missed", float(sum(map(is_missed, results))), "", most=0.0),
        Figure("false", float(sum(map(is_false, results))), "", most=0.0),
        Figure("longest until a trip", max(tripped_s, default=0.0), "s"),
    ]


if __name__ == "__main__":
    perform(main)
