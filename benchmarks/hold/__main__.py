"""`python -m benchmarks.hold`: how well pressure is held, beside what else could hold it.

Each scenario of control runs on rigs drawn by seed, with clean and with real sensors, under our
controller and its rivals: a fixed gap, a spring, PI tuned for the scenario, PI with one tuning for
all rigs, PI with feed-forward of the charge. Tables go to standard output, goals last; progress to
standard error. 1 where a goal is missed, 2 where a file cannot be used.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from benchmarks.common import conclude, parser
from benchmarks.hold import tuning
from benchmarks.hold.case import Case
from benchmarks.hold.goals import GATED, function, goals, wire
from benchmarks.hold.report import report
from benchmarks.hold.rivals import Gains
from benchmarks.hold.scenarios.table import BY_NAME, CLEAN, REAL, Scenario
from benchmarks.hold.tuning import Wanted
from benchmarks.hold.wire import agreement
from benchmarks.hold.work import FED, GAP, ONE, OURS, RIVALS, TUNED, Job, Outcome, work
from fixture.cli.errors import guarded

SEEDS, RIVAL_SEEDS, SPREAD_SEEDS = 6, 3, 12
CONTROLLERS = (*RIVALS, OURS)
AGREE = Case("B2", "δ 0.5", CLEAN, 1)
AGREE_S, AGREE_SHORT_S = 9000.0, 3000.0
SHORT = {"scenario": ["B2"], "variant": ["δ 0.5"], "sensors": [CLEAN], "seed": 1}
SHORT_CONTROLLERS = (GAP, TUNED, OURS)
UNTUNED = Gains(0.3, 0.03)


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and print it."""
    return guarded(lambda: judged(command_line().parse_args(arguments)))


def command_line() -> argparse.ArgumentParser:
    """The options."""
    line = parser(__doc__)
    add = line.add_argument
    add("--scenario", action="append", choices=list(BY_NAME), help="only this one; repeatable")
    add("--variant", action="append", help="only this variant, as the table names it; repeatable")
    add("--sensors", action="append", help="clean or real; repeatable")
    add("--controller", action="append", choices=CONTROLLERS, help="only this one; repeatable")
    add("--seeds", type=int, default=SEEDS, help=f"seeds of each case ({SEEDS})")
    add("--rival-seeds", type=int, default=RIVAL_SEEDS, help=f"of each rival ({RIVAL_SEEDS})")
    add("--seed", type=int, help="one seed, this one")
    add("--profile", default="", help="a profile in place of the scenario's")
    add("--rig", default="", help="a rig in place of the scenario's")
    add("--trace", type=Path, help="a measured table")
    add("--tuned", type=Path, help="a file that keeps the gains that tuning found")
    add("--jobs", type=int, default=2, help="processes (2)")
    add("--markdown", action="store_true", help="tables in markdown")
    return line


def judged(options: argparse.Namespace) -> int:
    """Run, print, judge."""
    if options.short:
        vars(options).update(SHORT)
    scenarios = [BY_NAME[name] for name in options.scenario or BY_NAME]
    controllers: Sequence[str] = options.controller or CONTROLLERS
    if options.short:
        controllers = SHORT_CONTROLLERS
    with ProcessPoolExecutor(options.jobs) as pool:
        agreed = pool.submit(agreement, AGREE, AGREE_SHORT_S if options.short else AGREE_S)
        gains = {} if options.short else _tuned(scenarios, controllers, pool, options)
        outcomes = list(_worked(list(_jobs(scenarios, controllers, gains, options)), pool))
        through = wire(agreed.result())
    report(scenarios, outcomes, markdown=options.markdown)
    figures = [*goals(scenarios, outcomes), *function(outcomes), *through]
    if options.short:
        figures = [figure._replace(timed=figure.what not in GATED) for figure in figures]
    return conclude(figures, f"hold: {len(outcomes)} runs", options.short)


def _tuned(
    scenarios: Sequence[Scenario],
    controllers: Sequence[str],
    pool: ProcessPoolExecutor,
    options: argparse.Namespace,
) -> dict[Wanted, Gains]:
    sought = tuning.wanted(scenarios, controllers)
    if sought:
        _say(f"tuning {len(sought)} rivals")
    told = [(one, BY_NAME[one.scenario].tuned_s, options.trace) for one in sought]
    return tuning.tuned(told, pool, options.tuned)


def _jobs(
    scenarios: Sequence[Scenario],
    controllers: Sequence[str],
    gains: dict[Wanted, Gains],
    options: argparse.Namespace,
) -> Iterator[Job]:
    for scenario in scenarios:
        for variant in scenario.variants:
            if options.variant and variant.name not in options.variant:
                continue
            for sensors in options.sensors or (CLEAN, REAL):
                if sensors not in scenario.sensors:
                    continue
                for controller in controllers:
                    for seed in _seeds(scenario, controller, options):
                        case = Case(
                            scenario.name,
                            variant.name,
                            sensors,
                            seed,
                            options.trace,
                            options.profile,
                            options.rig,
                        )
                        key = _key(scenario, variant.name, controller)
                        yield Job(case, controller, gains.get(key, UNTUNED))


def _key(scenario: Scenario, variant: str, controller: str) -> Wanted:
    """Which tuning a PI uses."""
    if controller == ONE or (scenario.spread and controller == TUNED):
        return Wanted("spread", "12 rigs", ONE)
    if scenario.spread and controller == FED:
        return Wanted("spread", "12 rigs", FED)
    return Wanted(scenario.name, variant, controller)


def _seeds(scenario: Scenario, controller: str, options: argparse.Namespace) -> Sequence[int]:
    if options.seed is not None:
        return (options.seed,)
    if scenario.spread:
        return range(1, SPREAD_SEEDS + 1)
    return range(1, 1 + (options.seeds if controller == OURS else options.rival_seeds))


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


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
