"""How fast the model is on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence

from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.options import Parser, whole_number

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Time whole runs, set-up included and compiler warm, print a table and return 0."""
    parser = Parser(prog="python -m experiments benchmark", description="Time whole runs of the model")
    sizes = [20_000, 100_000]
    parser.add_argument("--graduates", type=whole_number(1), nargs="+", default=sizes, metavar="N", help="sizes")
    parser.add_argument("--threads", type=whole_number(1, 1024), nargs="+", default=[1, 2], metavar="N", help="threads")
    options = parser.parse_args(arguments)
    world = Scenario.load("kazakhstan")
    print("compiling ...", flush=True)
    for threads in options.threads:
        Simulation(world.replace({"graduates": 2_000}), seed=1, threads=threads).run()
    print(f"{'graduates':>10} {'months':>7} {'threads':>8} {'seconds':>8} {'ns a graduate and month':>24}")
    for graduates in options.graduates:
        for threads in options.threads:
            began = time.perf_counter()
            Simulation(world.replace({"graduates": graduates}), seed=1, threads=threads).run()
            seconds = time.perf_counter() - began
            each = 1e9 * seconds / graduates / world.n_months
            print(f"{graduates:>10,} {world.n_months:>7} {threads:>8} {seconds:>8.2f} {each:>24.1f}")
    return 0
