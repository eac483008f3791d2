"""`python -m benchmarks.hold`: how well pressure is held, beside what else could hold it.

Each scenario of control runs on rigs drawn by seed, with clean and with real sensors, under our
controller and its rivals: a fixed gap, a spring, PI tuned for the scenario, PI with one tuning for
all rigs, PI with feed-forward of the charge. Tables go to standard output, goals last; progress to
standard error. 1 where a goal is missed, 2 where a file cannot be used.

A case of your own: `--profile FILE --rig FILE`, as the rig writes it, or drawn with `--seed N`;
with `--scenario NAME` the files take the place of that scenario's. A case alone is not compared
with the instruments' bytes, and the loop's speed is not measured beside it. `--trace FILE` is the
table that B8 plays (CSV with the columns of docs/benchmarks.md); without it a made one is used.

`python -m benchmarks.hold spread` is another benchmark, with options of its own: `spread --help`.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

from benchmarks.common import Figure, conclude, parser, perform
from benchmarks.hold import picture, speed, tuning
from benchmarks.hold.case import AS_IS, Case, build
from benchmarks.hold.goals import GATED, function, goals, wire
from benchmarks.hold.report import report
from benchmarks.hold.rivals import APPROACH, Gains
from benchmarks.hold.scenarios.table import (
    ACTIVE,
    BY_NAME,
    CLEAN,
    COMPENSATED,
    GAP,
    GIVEN,
    ONE,
    OURS,
    PASSIVE,
    REAL,
    SCENARIOS,
    TUNED,
    WINDING,
    Scenario,
)
from benchmarks.hold.spread import command
from benchmarks.hold.tuning import Wanted
from benchmarks.hold.wire import Agreement, agreement
from benchmarks.hold.work import Job, Outcome, work
from fixture.cli.errors import UsageError, guarded
from tests import made_trace

CONTROLLERS = (*PASSIVE, WINDING, *ACTIVE, OURS)
AGREE = Case("B2", "δ 0.5", CLEAN, 1)
AGREE_S, AGREE_SHORT_S = 9000.0, 1200.0
SHARE_SHORT = 0.3  # of the passes: one of three
SHORT = {
    "scenario": ["B2"],
    "variant": ["δ 0.5"],
    "sensors": [CLEAN],
    "seed": 1,
    "controller": [GAP, TUNED, OURS],
}
SENSORS = (CLEAN, REAL, COMPENSATED)
MADE_CYCLES = 10


def main(arguments: list[str] | None = None) -> int:
    """Run what is chosen and print it."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == [command.WORD]:
        return guarded(lambda: command.main(words[1:]))
    return guarded(lambda: judged(command_line().parse_args(arguments)))


def command_line() -> argparse.ArgumentParser:
    """The options."""
    line = parser(__doc__)
    add = line.add_argument
    add("--scenario", action="append", choices=list(BY_NAME), help="only this one; repeatable")
    add("--variant", action="append", help="only this variant, as the tables name it; repeatable")
    add("--sensors", action="append", choices=SENSORS, help="only these; repeatable")
    add("--controller", action="append", choices=CONTROLLERS, help="only this one; repeatable")
    add("--seeds", type=_from_1, help="seeds of ours in each case (the scenario's, mostly 6)")
    add("--rival-seeds", type=_from_1, help="seeds of each rival (the scenario's, mostly 3)")
    add("--seed", type=_from_1, help="one seed, this one")
    add("--profile", default="", help="a profile in place of the scenario's")
    add("--rig", default="", help="a rig in place of the scenario's")
    add("--trace", type=Path, help="a measured table for B8 or a rig that plays one")
    add("--tuned", type=Path, help="a file that keeps the gains that tuning found")
    add("--jobs", type=_from_1, default=2, help="processes (2)")
    add("--pictures", type=Path, help="a folder to draw the traces into, hold-NAME.png")
    add("--markdown", action="store_true", help="tables in markdown")
    return line


def _from_1(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: counted from 1")
    return number


def judged(options: argparse.Namespace) -> int:
    """Run, print, judge."""
    if options.short:
        vars(options).update(SHORT)
    scenarios = _scenarios(options)
    _check_variants(scenarios, options.variant or ())
    through: list[Figure] = []
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(options.jobs) as pool:
        options.trace = options.trace or _made(scenarios, Path(name))
        _check_files(scenarios, options)
        agreed = None if scenarios == [GIVEN] else _agreement(pool, options)
        gains = {} if options.short else _tuned(scenarios, pool, options)
        outcomes = list(_worked(list(_jobs(scenarios, gains, options)), pool))
        if agreed is not None:
            through += wire(agreed.result())
    if agreed is not None:
        through += speed.figures(speed.split(options.short))
    report(scenarios, outcomes, markdown=options.markdown)
    if options.pictures:
        _draw(scenarios, outcomes, options.pictures)
    figures = [*goals(scenarios, outcomes), *function(outcomes), *through]
    if options.short:
        figures = [figure._replace(timed=figure.what not in GATED) for figure in figures]
    return conclude(figures, f"hold: {len(outcomes)} runs", options.short)


def _scenarios(options: argparse.Namespace) -> list[Scenario]:
    """What is chosen; a profile and a rig alone are a scenario of their own."""
    if options.scenario:
        return [BY_NAME[name] for name in options.scenario]
    if not options.profile and not options.rig:
        return list(SCENARIOS)
    if not options.profile or not options.rig:
        raise UsageError("--profile and --rig go together, or each with --scenario NAME")
    return [GIVEN]


def _check_variants(scenarios: Sequence[Scenario], chosen: Sequence[str]) -> None:
    """Each variant that is chosen is one of a scenario's."""
    known = [variant.name for scenario in scenarios for variant in scenario.variants]
    wrong = [name for name in chosen if name not in known]
    if wrong:
        names = ", ".join(dict.fromkeys(known))
        raise UsageError(f"--variant {wrong[0]}: these scenarios have: {names}")


def _check_files(scenarios: Sequence[Scenario], options: argparse.Namespace) -> None:
    """Files of the command line are read before anything runs for long. Raises ConfigError."""
    if options.profile or options.rig:
        for scenario in scenarios:
            for case in _cases(scenario, OURS, options):
                build(case)


def _agreement(pool: ProcessPoolExecutor, options: argparse.Namespace) -> Future[Agreement]:
    """What the direct coupling does, beside drivers, codecs and emulators."""
    return pool.submit(agreement, AGREE, AGREE_SHORT_S if options.short else AGREE_S)


def _made(scenarios: Sequence[Scenario], folder: Path) -> Path | None:
    """A made table where one has to be played and none is given."""
    if not any(scenario.from_cycle for scenario in scenarios):
        return None
    _say("B8: no --trace, so a made table is played")
    return made_trace.write(folder / "made.csv", MADE_CYCLES, 1.0)


def _tuned(
    scenarios: Sequence[Scenario], pool: ProcessPoolExecutor, options: argparse.Namespace
) -> dict[Wanted, Gains]:
    chosen: Sequence[str] = options.controller or CONTROLLERS
    sought = [one for one in tuning.wanted(scenarios, options.variant) if one.controller in chosen]
    return tuning.tuned(sought, options.trace, pool, options.tuned)


def _jobs(
    scenarios: Sequence[Scenario], gains: dict[Wanted, Gains], options: argparse.Namespace
) -> Iterator[Job]:
    """Every run; the long ones first, so that no process is left waiting for them."""
    chosen: Sequence[str] = options.controller or CONTROLLERS
    for scenario in sorted(scenarios, key=lambda scenario: scenario.rival_share):
        for controller in (*scenario.rivals, OURS):
            if controller not in chosen:
                continue
            for case in _cases(scenario, controller, options):
                key = _key(scenario, case.variant, controller)
                share = 1.0 if controller == OURS else scenario.rival_share
                share = SHARE_SHORT if options.short else share
                yield Job(case, controller, gains.get(key, APPROACH), share)


def _cases(scenario: Scenario, controller: str, options: argparse.Namespace) -> Iterator[Case]:
    played = options.trace if scenario.from_cycle or scenario is GIVEN else None
    files = (played, options.profile, options.rig)
    for variant in scenario.variants:
        if options.variant and variant.name not in options.variant:
            continue
        for sensors in options.sensors or SENSORS:
            if sensors in scenario.sensors:
                for seed in _seeds(scenario, controller, sensors, options):
                    yield Case(scenario.name, variant.name, sensors, seed, *files)


def _key(scenario: Scenario, variant: str, controller: str) -> Wanted:
    """Which tuning a PI uses."""
    if controller == ONE:
        return Wanted("spread", "12 rigs", ONE)
    return Wanted(scenario.name, variant, TUNED if controller == WINDING else controller)


def _seeds(
    scenario: Scenario, controller: str, sensors: str, options: argparse.Namespace
) -> Sequence[int]:
    if options.seed is not None:
        return (options.seed,)
    if scenario is GIVEN:
        return (AS_IS,)
    if controller == OURS:
        return range(1, 1 + (options.seeds or scenario.seeds))
    fewer = min(1, scenario.rival_seeds - 1) if sensors != CLEAN else 0
    return range(1, 1 + (options.rival_seeds or scenario.rival_seeds - fewer))


def _worked(jobs: Sequence[Job], pool: ProcessPoolExecutor) -> Iterator[Outcome]:
    futures = [pool.submit(work, job) for job in jobs]
    for done, future in enumerate(as_completed(futures), 1):
        outcome = future.result()
        case = outcome.job.case
        _say(
            f"{done}/{len(jobs)} {case.scenario} {case.variant} {case.sensors} seed {case.seed} "
            f"{outcome.job.controller}"
        )
        yield outcome


def _draw(scenarios: Sequence[Scenario], outcomes: Sequence[Outcome], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scenario in scenarios:
        path = folder / f"hold-{scenario.name.lower().replace(' ', '-')}.png"
        if picture.draw(scenario, outcomes, path):
            _say(f"drew {path}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    perform(main)
