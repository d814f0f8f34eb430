"""The command: choose measurements, make them one after the other, print the table and write the folder."""

from __future__ import annotations

import argparse
import csv
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from abm.engine.compiled import compiler_is_on
from abm.sweep.manifest import file_digests, git_state, machine, source_digest, versions, write_manifest
from abm.sweep.publication import finish, publishing, refuse_others
from abm.writing import TakenError
from experiments import called
from experiments.benchmark import growth, laboratory, memory_limits, speed, thousand_cores
from experiments.benchmark.timing import (
    FULL,
    LIMITS,
    QUICK,
    NotMeasuredError,
    Point,
    Row,
    Sizes,
    memory_figure,
    usable_cores,
)
from experiments.study.options import Parser, UsageError, add_overwrite, check_folder, folder_name
from experiments.terminal import INTERRUPTED

__all__ = ["COLUMNS", "MEASUREMENTS", "main"]

MEASUREMENTS: dict[str, Callable[[Sizes], list[Row]]] = {
    "cost": speed.cost,
    "objects": speed.objects,
    "numpy": speed.numpy_model,
    "one-to-one": speed.one_to_one,
    "thousand-runs": speed.thousand_runs,
    "shared-past": speed.shared_past,
    "threads": speed.threads,
    "large": speed.large,
    "start": speed.start,
    "memory-limits": memory_limits.memory_limits,
    "growth": growth.growth,
    "laboratory": laboratory.overhead,
    "thousand-cores": thousand_cores.thousand_cores,
}
COLUMNS = (
    "what", "size", "value", "unit", "floor", "aim", "met floor", "met aim", "lowest", "highest", "repeats", "note",
)  # fmt: skip
PRINTED = COLUMNS[:8]
FILES, MANIFEST = ("benchmark.csv", "cost.csv", "cost.png", "cost.pdf"), "machine.json"
CAUTION = (
    "Absolute figures hold for this machine at this moment and move with whatever else it does; ratios were taken by "
    "turns in one run, and travel."
)


def main(arguments: Sequence[str]) -> int:
    """Measure what the command line asks for, print and write it, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        check_folder(options.out)
        if not compiler_is_on():
            raise UsageError("NUMBA_DISABLE_JIT is set, but without the compiler there is nothing worth measuring")
        finish(options.out)
        refuse_others(options.out, MANIFEST, FILES, overwrite=options.overwrite)
    except (UsageError, TakenError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or options.out}: cannot be used ({error.strerror})", file=sys.stderr)
        return 2
    began = time.perf_counter()
    chosen = [name for name in MEASUREMENTS if name in options.only]
    try:
        found = [_measured(name, QUICK if options.quick else FULL) for name in chosen]
    except KeyboardInterrupt:
        print("Interrupted: nothing is written.", file=sys.stderr)
        return INTERRUPTED
    rows = [row for part, _ in found for row in part]
    table = [_cells(row, quick=options.quick) for row in rows]
    points = [row.point for row in rows if row.point is not None]
    unwritten = _write(options, table, points, time.perf_counter() - began)
    print(_aligned(table))
    print(f"\n{CAUTION}")
    if unwritten:
        print(unwritten, file=sys.stderr)
        return 2
    print(
        f"\nThe table is {options.out / 'benchmark.csv'}; the machine and the versions are in {options.out / MANIFEST}."
    )
    return 0 if all(succeeded for _, succeeded in found) else 1


def _parser() -> Parser:
    parser = Parser(prog=called("benchmark"), description=(
        "Measure how fast the model is here; everything takes some twelve minutes, and wants an idle machine"
    ))  # fmt: skip
    add = parser.add_argument
    names = ", ".join(MEASUREMENTS)
    everything = list(MEASUREMENTS)
    add("--only", nargs="+", type=_name, default=everything, metavar="NAME", help=f"some of {names}")
    add("--quick", action="store_true", help="tiny sizes, to try the command; floors and aims are not judged")
    add("--out", type=folder_name, default=Path("results/benchmark"), metavar="DIR", help="folder for what it writes")
    add_overwrite(parser, "files in DIR that were not written there by this command")
    return parser


def _name(text: str) -> str:
    if text not in MEASUREMENTS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a measurement; there is {', '.join(MEASUREMENTS)}")
    return text


def _measured(name: str, sizes: Sizes) -> tuple[list[Row], bool]:
    """Return the rows of a measurement and whether nothing went wrong; what fails takes no other with it."""
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    try:
        return MEASUREMENTS[name](sizes), True
    except NotMeasuredError as reason:
        return [Row(name, "", "", note=f"not measured: {reason}")], True
    except Exception as error:
        sentence = f"{type(error).__name__}: {error}".replace("\n", " ")
        return [Row(name, "", "", note=f"not measured, because it failed ({sentence})")], False


def _cells(row: Row, *, quick: bool) -> dict[str, str]:
    """Return a row as texts, by column."""
    limit = LIMITS.get(row.what)
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {"what": row.what, "size": row.size, "unit": row.unit, "note": row.note}
    if limit is not None:
        cells |= {"floor": f"{limit.floor:g}", "aim": f"{limit.aim:g}"}
    if row.value is None or row.lowest is None or row.highest is None:
        return cells
    cells |= {"value": _number(row.value), "lowest": _number(row.lowest), "highest": _number(row.highest)}
    cells["repeats"] = str(row.repeats)
    if limit is not None and not quick:  # the limits are those of the full sizes
        cells["met floor"] = "yes" if limit.met(row.value, limit.floor) else "no"
        cells["met aim"] = "yes" if limit.met(row.value, limit.aim) else "no"
    return cells


def _number(value: float) -> str:
    """Return a number with four digits that mean something, and without an exponent."""
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def _aligned(table: Sequence[dict[str, str]]) -> str:
    """Return the table as aligned text; what was not measured has its reason in place of a value."""
    lines = [PRINTED, *(tuple(cells[column] for column in PRINTED) for cells in table if cells["value"])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(PRINTED))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*text, *(f"{cells['what']}: {cells['note']}" for cells in table if not cells["value"])])


def _write(
    options: argparse.Namespace, table: Sequence[dict[str, str]], points: Sequence[Point], seconds: float
) -> str:
    """Publish the folder, and return why that was not possible, else nothing: what was measured took its time."""
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with publishing(options.out, MANIFEST, overwrite=options.overwrite) as folder:
            with (folder / "benchmark.csv").open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(table)
            files = ["benchmark.csv"]
            if points:
                growth.write_cost(folder / "cost.csv", points)
                files += ["cost.csv", *growth.draw_cost(folder, points)]
            digests = file_digests(folder, files)
            write_manifest(folder / MANIFEST, _provenance(options, seconds) | {"files": digests})
    except OSError as error:
        return f"{error.filename or options.out}: cannot be written ({error.strerror})"
    except TakenError as error:
        return str(error)
    return ""


def _provenance(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """Return what was measured, of what, on what and when; neither the machine's name nor any path."""
    only = [] if list(options.only) == list(MEASUREMENTS) else ["--only", *options.only]
    memory = memory_figure("/proc/meminfo", "MemTotal")
    return {
        "command": " ".join(["python -m experiments benchmark", *(["--quick"] if options.quick else []), *only]),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "git": git_state(),
        "versions": versions(),
        "source_digest": source_digest(),
        "machine": machine()
        | {
            "architecture": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "usable cores": usable_cores(),
            "memory in GB": None if memory is None else round(memory / 1e9, 1),
        },
        "seconds": round(seconds, 1),
    }


def _processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
