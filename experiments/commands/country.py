"""Another country: write a template of its scenario file, look one over, make series of public tables."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from abm.country.declared import Key, declared
from abm.country.report import report_of
from abm.country.tables import Asked, TableError, series_of
from abm.country.template import file_stem, template
from abm.gate import Refusal, plain_number
from abm.wording import shown, toml_value
from abm.writing import TakenError, refuse_taken, write_text
from experiments import called
from experiments.study.options import Parser, UsageError, add_overwrite, check_folder, file_name
from experiments.terminal import guarded

__all__ = ["main"]

CANNOT_BE_RUN = 2
DIGITS = 12  # of a number that was multiplied by --scale
_YEARS = re.compile(r"([12][0-9]{3})(?:-([12][0-9]{3}))?")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and return the exit code: 2 for a mistake, and for a file that cannot be run."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except (Refusal, TakenError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or options.out}: cannot be written ({error.strerror})", file=sys.stderr)
    return 2


def _parser() -> Parser:
    parser = Parser(prog=called("country"), description="Another country: its scenario file")
    commands = parser.add_subparsers(required=True, metavar="new|check|import", dest="command")

    new = commands.add_parser("new", help="write a template to fill in", description="Write a template to fill in")
    new.add_argument("name", metavar="NAME", help="the country's name, such as Georgia")
    new.add_argument("--out", type=file_name, metavar="FILE", help="new file (default: the name, with .toml)")
    add_overwrite(new, "FILE if it is there")
    new.set_defaults(do=_new)

    check = commands.add_parser(
        "check",
        help="say what a file states, what is missing, what looks implausible",
        description="Say what a scenario file states, leaves to defaults, lacks, and what looks implausible",
    )
    check.add_argument("file", type=file_name, metavar="FILE", help="scenario file")
    check.set_defaults(do=_check, out=None)

    take = commands.add_parser(
        "import",
        help="make a series of a table of the World Bank or of the UN's migrant stocks",
        description="Make a series of a table that you have downloaded and saved as CSV; spreadsheets are not read",
    )
    _add_import_options(take)
    take.set_defaults(do=_import)
    return parser


def _add_import_options(parser: Parser) -> None:
    add = parser.add_argument
    add("table", type=file_name, metavar="TABLE", help="CSV file: World Bank (years as columns) or UN migrant stocks")
    add("--country", required=True, metavar="NAME", help="name or code; of migrant stocks, where the migrants live")
    add("--origin", metavar="NAME", help="of migrant stocks, where the migrants come from")
    add("--indicator", metavar="NAME", help="name or code, where the table has several")
    add("--key", metavar="KEY", help="key of the scenario file, such as home.wage, whose range is then held to")
    add("--years", type=_years, default="1900-2200", metavar="FROM-TO", help="years that are wanted")
    add(
        "--scale", type=_factor, default="1", metavar="FACTOR", help="multiply by this; 0.01 turns per cent into shares"
    )
    add("--out", type=file_name, metavar="FILE", help="new file for the series (default: print it)")
    add_overwrite(parser, "FILE if it is there")


def _years(text: str) -> range:
    found = _YEARS.fullmatch(text)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise argparse.ArgumentTypeError(f"'{text}' is not a year or years such as 2010-2024")
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def _factor(text: str) -> float:
    number = plain_number(text)
    if number is None or not 0.0 < number <= 1e12:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0 such as 0.01")
    return float(number)


def _new(options: argparse.Namespace) -> int:
    text = template(options.name)
    path = options.out or Path(f"{file_stem(options.name)}.toml")
    _write(path, text, options)
    print(f"{path} is a template: fill in the lines that begin with #!, then say {called('country', 'check')} {path}")
    return 0


def _check(options: argparse.Namespace) -> int:
    report = report_of(options.file)
    print(report.text())
    return 0 if report.can_be_run else CANNOT_BE_RUN


def _import(options: argparse.Namespace) -> int:
    key = _key(options.key) if options.key else None
    found = series_of(
        options.table, Asked(options.country, options.indicator or "", options.origin or "", options.years)
    )
    values = dict(found.values)
    if options.scale != 1.0:
        values = {year: float(f"{value * options.scale:.{DIGITS}g}") for year, value in values.items()}
    if key is not None:
        _refuse_out_of_range(options, key, values)
    line = toml_value({str(year): value for year, value in values.items()} | {"source": found.title})
    if options.key:
        table, _, leaf = options.key.rpartition(".")
        line = f"[{table}]\n{leaf} = {line}"
    if options.out:
        _write(options.out, f"{line}\n", options)
        print(f"{options.out} holds {len(values)} years.")
    else:
        print(line)
    return 0


def _key(name: str) -> Key:
    """Return the key of a series by its dotted name; destinations and groups have any name."""
    parts = name.split(".")
    named: dict[str, dict[str, object]] = {table: {"NAME": {}} for table in ("destinations", "groups")}
    if len(parts) == 3 and parts[0] in named:
        named[parts[0]] = {parts[1]: {}}
    series = {key.name: key for key in declared(named) if key.is_series}
    if name not in series:
        close = difflib.get_close_matches(name[:200], series, n=3, cutoff=0.5) or list(series)
        raise UsageError(f"--key {shown(name)} is no key of a yearly series; there is {', '.join(close)}")
    return series[name]


def _refuse_out_of_range(options: argparse.Namespace, key: Key, values: dict[int, float]) -> None:
    facts = key.item.metadata
    for year, value in values.items():
        if not facts["low"] <= value <= facts["high"]:
            raise TableError(
                f"{options.table}: {key.name} would be {value:g} in {year}, but must be between {facts['low']:g} and "
                f"{facts['high']:g} ({facts['unit']}); --scale turns one unit into another, 0.01 per cent into shares"
            )


def _write(path: Path, text: str, options: argparse.Namespace) -> None:
    check_folder(path.parent)
    inputs = [options.table] if "table" in options else []
    refuse_taken(path, overwrite=options.overwrite, inputs=inputs)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text, overwrite=options.overwrite)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
