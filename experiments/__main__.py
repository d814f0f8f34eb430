"""List, run, watch, check and export experiments, open the page, begin a country: ``brain-gain --help`` says how."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from experiments import called
from experiments.questions import EXPERIMENTS, experiment, in_order
from experiments.terminal import guarded

if TYPE_CHECKING:
    from experiments.study.estimate import Estimate
    from experiments.study.experiment import Experiment

USAGE = (
    "list",
    "run NAME [--help for its options]",
    "status DIR",
    "check DIR [--sample N]",
    "export DIR --format parquet|csv|xarray [--out FILE]",
    "indices DIR --sample FILE --method morris|sobol [--measure NAME]",
    "score DIR OUTCOMES",
    "answers [--results DIR]",
    "replay [--scenario NAME] [--reforms FILE] [--seed N] [--months N] [--out FILE]",
    "benchmark [--only NAME ...] [--quick] [--out DIR]",
    "app [--mesa] [--host ADDRESS] [--port N] [--no-open]",
    "example NAME",
    "country new NAME | check FILE | import TABLE --country NAME",
    "--version",
)
COMMANDS = [words.split()[0] for words in USAGE[2:-1]]  # beside list and run: a module each


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and return the exit code."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if command in ("-h", "--help"):
        print(_usage())
        return 0
    if command == "--version":
        from abm import __version__

        print(f"brain-gain {__version__}")
        return 0
    if command == "list":
        for found in in_order():
            print(f"{found.name:<22} {found.description}")
        return 0
    if command == "run" and rest and rest[0] in EXPERIMENTS:
        return _run(experiment(rest[0]), rest[1:])
    if command in COMMANDS:
        return int(import_module(f"experiments.commands.{command}").main(rest))
    return _refuse(command, rest)


def _run(question: Experiment | Estimate, arguments: Sequence[str]) -> int:
    """Put a question to the model, or to the data, and return the exit code."""
    from experiments.study.conduct import conduct
    from experiments.study.estimate import Estimate
    from experiments.study.estimating import carry_out

    return carry_out(question, arguments) if isinstance(question, Estimate) else conduct(question, arguments)


def _usage() -> str:
    return "\n".join(f"{'usage:' if k == 0 else '':<6} {called(words)}" for k, words in enumerate(USAGE))


def _refuse(command: str, rest: Sequence[str]) -> int:
    from abm.gate import one_line  # not before it is known that Ctrl-C ends in order

    if command == "run":
        asked = f"'{rest[0]}' is not an experiment" if rest else "no experiment is named"
        print(one_line(f"{asked}; there is {', '.join(found.name for found in in_order())}"), file=sys.stderr)
    elif command:
        print(one_line(f"'{command}' is not a command; there is list, run, {', '.join(COMMANDS)}"), file=sys.stderr)
    else:
        print(_usage(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
