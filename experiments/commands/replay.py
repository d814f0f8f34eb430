"""Run again what the browser page showed: one scenario without reform and with it, under one seed, month by month.

``python -m experiments replay --scenario scenario.toml --reforms reforms.toml --seed 1 --months 60 --out series.csv``
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from abm.page.pair import Pair, series_csv
from abm.reforms import ReformError, load, remarks
from abm.scenario import Scenario, ScenarioError
from abm.writing import TakenError, refuse_taken, write_text
from experiments import called
from experiments.study.conduct import refuse_published
from experiments.study.options import Parser, UsageError, add_overwrite, check_folder, file_name, whole_number
from experiments.terminal import NO_MEMORY, guarded, said_of_memory

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Run both, write their series and return the exit code."""
    parser = Parser(prog=called("replay"), description="The page's two runs again, to the last digit")
    add = parser.add_argument
    add("--scenario", default="kazakhstan", metavar="NAME", help="bundled scenario, or path of a .toml file")
    add("--reforms", type=Path, metavar="FILE", help="TOML file of the reforms in the second run; without it, none")
    add("--seed", type=whole_number(0), default=1, metavar="N", help="seed of both runs")
    add("--months", type=whole_number(1, 2400), metavar="N", help="months to run; without it, to the scenario's end")
    add("--out", type=file_name, default=Path("series.csv"), metavar="FILE", help="file for the series")
    add_overwrite(parser, "FILE of --out if it is there")
    options = parser.parse_args(arguments)
    inputs = [Path(options.scenario), *([options.reforms] if options.reforms else [])]
    try:
        world = Scenario.load(options.scenario)
        plan = load(options.reforms) if options.reforms else []
        there_are = world.n_months - world.past_months
        months = there_are if options.months is None else options.months
        if months > there_are:
            since = f" from {world.reforms_from} on" if world.past_months else ""
            raise UsageError(f"--months is {months}, but the scenario has {there_are} months{since}")
        check_folder(options.out.parent)
        refuse_published(options.out)
        refuse_taken(options.out, overwrite=options.overwrite, inputs=inputs)
        pair = Pair(world, plan, options.seed)
        said = [remark.sentence for remark in remarks(world, plan)]
        while pair.months < months:
            pair.step()
        options.out.parent.mkdir(parents=True, exist_ok=True)
        write_text(options.out, series_csv(pair), overwrite=options.overwrite)
    except (ScenarioError, ReformError, UsageError, TakenError) as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError as error:
        print(said_of_memory(str(error), world.graduates), file=sys.stderr)
        return NO_MEMORY
    except OSError as error:
        print(f"{error.filename or options.out}: cannot be written ({error.strerror})", file=sys.stderr)
        return 2
    for sentence in said:
        print(sentence)
    series = pair.series()
    gap, work = series["net_brain_gain"].so_far().gap[-1], series["graduates_at_work"].gap[-1]
    print(
        f"Until {pair.latest} the reforms bring {gap:+,.0f} graduates against none, and {work:+,.0f} at work at home; "
        f"all series are in {options.out}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
