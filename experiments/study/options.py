"""The command line that experiments share, and the one sentence that a mistake in it gets."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from abm.checks import LONGEST_WAIT
from abm.gate import Gate, Refusal, breaks_line, one_line, plain_number
from abm.posterior import MOST_DRAWS
from abm.scenario import Scenario, ScenarioError
from abm.sweep.cluster import connect
from abm.sweep.posterior_draws import FEWEST_SEEDS
from experiments import called

__all__ = [
    "Parser",
    "UsageError",
    "add_overwrite",
    "check_folder",
    "common_options",
    "file_name",
    "folder_name",
    "replaced",
    "scenario_of",
    "usable_cores",
    "whole_number",
    "workers_of",
]


class UsageError(Refusal):
    """Options that cannot be used, said in one sentence."""


OPTION = Gate(UsageError, "an option", largest=100_000)
_BARE = re.compile(r"[^\s\"'=#{}\[\]]+(?: +[^\s\"'=#{}\[\]]+)*")  # text that may stand without quotes


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence and exit code 2."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.ArgumentDefaultsHelpFormatter, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse arguments that no name, number or text can be before anything is made of them."""
        for argument in args or ():
            if breaks_line(_as_utf8(argument)):
                self.error(f"{argument!r} holds a control character, a line break or bytes that are not UTF-8")
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read what is allowed."""
        self.exit(2, f"{self.prog}: {one_line(message)}; --help says what is allowed\n")


def _as_utf8(argument: str) -> str:
    """Return an argument as the user typed it, where the locale does not know its letters; else as it is."""
    try:
        return argument.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return argument


def whole_number(low: int, high: int = 2**63 - 1) -> Any:
    """Return a reader of whole numbers from ``low`` to ``high``."""

    def read(text: str) -> int:
        number = plain_number(text)
        if not isinstance(number, int) or not low <= number <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low} to {high:,}")
        return number

    return read


def folder_name(text: str) -> Path:
    """Return the path of a folder; an empty name, as an unset variable of a shell gives, is none."""
    if not text:
        raise argparse.ArgumentTypeError("'' is no name of a folder; the one you are in is named by a dot")
    return Path(text)


def file_name(text: str) -> Path:
    """Return the path of a file; what ends in a slash or is empty is none."""
    if os.path.basename(text) in ("", ".", ".."):
        raise argparse.ArgumentTypeError(f"'{text}' is no name of a file")
    return Path(text)


def seconds(text: str) -> float:
    """Return a number of seconds above 0."""
    number = plain_number(text)
    if number is None or not 0.0 < number <= LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds above 0 and up to {LONGEST_WAIT:,}")
    return float(number)


def usable_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Given(argparse.Action):
    """Keeps the value of an option, and that it was given: with it, as ``NAME_given``."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        """Take the value."""
        setattr(namespace, self.dest, values)
        setattr(namespace, f"{self.dest}_given", True)


def common_options(
    name: str, description: str, *, graduates: int | None, replicates: int, draws: int | None = None
) -> Parser:
    """Return the parser of an experiment with the options that all have."""
    parser = Parser(prog=called("run", name), description=description)
    parser.set_defaults(draws=None, posterior=None, replicates_given=False)
    add = parser.add_argument
    add("--scenario", default="kazakhstan", metavar="NAME", help="bundled scenario, or path of a .toml file")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="replace a parameter by its dotted name")
    default = "as the scenario says" if graduates is None else f"{graduates:,}, whatever the scenario says"
    size = f"simulated graduates at home at the start (default: {default})"
    add("--graduates", type=whole_number(1, 50_000_000), default=argparse.SUPPRESS, metavar="N", help=size)
    of_draws = f"runs of every arm; with --draws, of each draw, and {FEWEST_SEEDS} if left out"
    add("--replicates", type=whole_number(1, 1_000_000), default=replicates, metavar="N", help=of_draws, action=Given)
    usual = "none" if draws is None else f"{draws} of the bundled one if there is one, none with --replicates"
    drawn = f"draws of the scenario's posterior, shared by all arms; 0: none (default: {usual}; with --posterior, all)"
    add("--draws", type=whole_number(0, MOST_DRAWS), default=argparse.SUPPRESS, metavar="N", help=drawn)
    table = "csv file of the posterior (default: the one bundled with the scenario)"
    add("--posterior", type=file_name, default=argparse.SUPPRESS, metavar="FILE", help=table)
    add("--workers", type=whole_number(1, 4096), default=usable_cores(), metavar="N", help="processes on this machine")
    add("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers do the runs, such as tcp://10.0.0.1:8786")
    add("--time-limit", type=seconds, metavar="SECONDS", help="what one run may take; then it has failed")
    add("--seed", type=whole_number(0), default=1, metavar="N", help="seed of the whole experiment")
    add("--out", type=folder_name, default=Path("results") / name, metavar="DIR", help="folder for what it writes")
    add_overwrite(parser, "files in DIR that were not published there by this command")
    add("--network-store", action="store_true", help="DIR is on a network file system")
    add("--quiet", action="store_true", help="say nothing on the way")
    return parser


def scenario_of(
    options: argparse.Namespace, *, graduates: int | None, changes: Mapping[str, Any] = MappingProxyType({})
) -> Scenario:
    """Return the scenario that the options name, with what they replace, else these changes and so many graduates.

    Raises
    ------
    UsageError
        If there is no such scenario, parameter or value.
    """
    asked = dict(_assignment(text) for text in options.set)
    if len(asked) < len(options.set):
        raise UsageError("--set names a parameter twice, but each can have one value only")
    if "graduates" in options:
        if "graduates" in asked:
            raise UsageError("--graduates and --set graduates=... are both given, but they mean the same")
        asked["graduates"] = options.graduates
    size = {} if graduates is None else {"graduates": graduates}
    try:
        return Scenario.load(options.scenario).replace(size | dict(changes) | asked)
    except ScenarioError as error:
        raise UsageError(str(error)) from None


def replaced(options: argparse.Namespace) -> list[str]:
    """Return the parameters that the options replace."""
    return [*(_assignment(text)[0] for text in options.set), *(["graduates"] if "graduates" in options else [])]


def add_overwrite(parser: Parser, what: str) -> None:
    """Add the option without which nothing is replaced that the command did not make."""
    parser.add_argument("--overwrite", action="store_true", help=f"replace {what}")


@contextmanager
def workers_of(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield what :func:`~abm.sweep.runner.run_sweep` has to know of its workers: how many, and where if not here.

    Raises
    ------
    ClusterError
        If the cluster that the options name cannot be used.
    """
    if options.cluster is None:
        yield {"workers": options.workers}
        return
    with connect(options.cluster) as cluster:
        yield {"workers": cluster.n_workers, "executor": cluster.executor}


def _assignment(text: str) -> tuple[str, Any]:
    """Return name and value of ``name=value``; the value is read as TOML, or is a text that needs no quotes."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value:
        raise UsageError(
            f"--set {text} cannot be read, but must be KEY=VALUE, such as --set decision.discount_rate=0.05"
        )
    where = f"--set {name if len(name) <= 60 else name[:57] + '...'}"
    try:
        return name, OPTION.parse_value(value, where)
    except UsageError as error:
        if plain_number(value) is None and len(value) <= 1000 and _BARE.fullmatch(value):
            return name, value
        raise UsageError(f"{error}; --set takes one KEY=VALUE, with quotes around a text of more than words") from None


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made or written, before anything is computed.

    Raises
    ------
    UsageError
        If it is no folder or cannot be written.
    """
    if "\0" in str(folder):
        raise UsageError(f"--out {folder}: this is not the name of a folder, which holds no NUL")
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except OSError as error:
        raise UsageError(f"--out {folder}: this cannot be a folder ({error.strerror})") from None
    if not existing.is_dir():
        raise UsageError(f"--out {folder}: {existing} is a file, but must be a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"--out {folder}: {existing} cannot be written by this user")
