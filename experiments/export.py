"""A published table of runs in the format of another program: Parquet, plain CSV, or netCDF through xarray."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.extras import install
from experiments import called
from experiments.options import Parser, UsageError, check_folder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["export", "main"]

RUNS = "runs.csv.gz"
SUFFIX = {"parquet": ".parquet", "csv": ".csv", "xarray": ".nc"}
NEEDED = {"parquet": ("pyarrow",), "csv": (), "xarray": ("xarray", "h5netcdf", "h5py")}


def main(arguments: Sequence[str]) -> int:
    """Export a folder's table as the command line asks and return 0, or 2 for a mistake."""
    parser = Parser(prog=called("export"), description="Write a published table in another format")
    parser.add_argument("folder", type=Path, help=f"folder with a {RUNS}")
    parser.add_argument("--format", choices=sorted(SUFFIX), required=True, help="xarray is a netCDF file")
    parser.add_argument("--out", type=Path, metavar="FILE", default=None, help="new file (default: in the folder)")
    options = parser.parse_args(arguments)
    try:
        written = export(options.folder, options.format, options.out)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{written} holds the runs of {options.folder}.")
    return 0


def export(folder: Path, form: str, out: Path | None = None) -> Path:
    """Write the runs of a published folder to a new file and return its path.

    Parameters
    ----------
    folder : Path
        Where ``runs.csv.gz`` is.
    form : str
        ``parquet`` and ``csv`` have a row for each run and year; ``xarray`` is a netCDF file with the dimensions run
        and year, the measures as variables, and all that tells runs apart as coordinates.
    out : Path, optional
        The file; else ``runs`` in the folder, with the ending of the format.

    Raises
    ------
    UsageError
        If there is no such table, the file is there already, or a library is missing.
    """
    for library in NEEDED[form]:
        if importlib.util.find_spec(library) is None:
            raise UsageError(f"--format {form} needs {library}, which is not installed: {install('export')} brings it")
    table = _table(folder / RUNS)
    path = folder / f"runs{SUFFIX[form]}" if out is None else out
    check_folder(path.parent)
    try:
        if path.exists():
            raise UsageError(f"{path} is there already; name another file with --out")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        if form == "csv":
            partial.write_bytes(gzip.decompress((folder / RUNS).read_bytes()))
        else:
            {"parquet": _parquet, "xarray": _netcdf}[form](table, partial)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: the file cannot be written ({error.strerror or error})") from None
    return path


def _table(path: Path) -> pd.DataFrame:
    from abm.sweep.table import read_runs

    try:
        table = read_runs(path)
        if not {"run", "status"} <= set(table.columns):
            raise ValueError("it has no columns run and status")
        return table
    except OSError as error:
        raise UsageError(f"{path}: the table of runs cannot be read ({error.strerror or error})") from None
    except (ValueError, EOFError) as error:
        raise UsageError(f"{path}: this is not a table of runs ({error})") from None


def _parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, engine="pyarrow", index=False)


def _netcdf(table: pd.DataFrame, path: Path) -> None:
    as_dataset(table).to_netcdf(path, engine="h5netcdf")


def as_dataset(table: pd.DataFrame) -> Any:
    """Return a table of runs as an xarray Dataset: measures by run and year; a failed run's are not numbers."""
    import numpy as np
    import pandas
    import xarray

    from abm.sweep.table import measures_of, successful

    finished = successful(table)
    position = {name: column for column, name in enumerate(table.columns)}
    cut = position["year"] if "year" in position else len(position)
    identity = list(table.columns[:cut])  # everything that stands before the year tells runs apart
    runs = table.drop_duplicates(identity)[identity].reset_index(drop=True)
    years = np.array(sorted(finished["year"].unique()), dtype=np.int64)
    keys = runs.set_index(identity).index
    row = keys.get_indexer(finished.set_index(identity).index)
    column = np.searchsorted(years, finished["year"].to_numpy(np.int64))
    variables: dict[str, Any] = {}
    measures = [name for name in measures_of(table, identity)] + (["months"] if "months" in table else [])
    for measure in measures:
        values = np.full((len(runs), len(years)), np.nan)
        values[row, column] = finished[measure].to_numpy(float)
        variables[measure] = (("run", "year"), values)
    coordinates: dict[str, Any] = {"year": years}
    for name in identity:
        cells = runs[name]
        is_number = pandas.api.types.is_numeric_dtype(cells)
        coordinates[name] = ("run", cells.to_numpy() if is_number else cells.to_numpy(dtype=object))
    return xarray.Dataset(variables, coordinates)
