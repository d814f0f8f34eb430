"""A published table of runs in the format of another program: Parquet, plain CSV, or netCDF through xarray."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.extras import install
from abm.measures import known_among
from abm.sweep.publication import finish_to_read
from abm.writing import TakenError, new_file, refuse_taken
from experiments import called
from experiments.study.conduct import RUNS, refuse_published
from experiments.study.options import Parser, UsageError, add_overwrite, check_folder, file_name, folder_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_dataset", "export", "main"]

SUFFIX = {"parquet": ".parquet", "csv": ".csv", "xarray": ".nc"}
NEEDED = {"parquet": ("pyarrow",), "csv": (), "xarray": ("xarray", "h5netcdf", "h5py")}


def main(arguments: Sequence[str]) -> int:
    """Export a folder's table as the command line asks and return 0, or 2 for a mistake."""
    parser = Parser(prog=called("export"), description="Write a published table in another format")
    parser.add_argument("folder", type=folder_name, help=f"folder with a {RUNS}")
    parser.add_argument("--format", choices=sorted(SUFFIX), required=True, help="xarray is a netCDF file")
    parser.add_argument("--out", type=file_name, metavar="FILE", default=None, help="new file (default: in the folder)")
    add_overwrite(parser, "FILE if it is there")
    options = parser.parse_args(arguments)
    try:
        written = export(options.folder, options.format, options.out, overwrite=options.overwrite)
    except (UsageError, TakenError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{written} holds the runs of {options.folder}.")
    return 0


def export(folder: Path, form: str, out: Path | None = None, *, overwrite: bool = False) -> Path:
    """Write the runs of a published folder to a new file and return its path.

    Parameters
    ----------
    folder : Path
        Where ``runs.csv.xz`` is.
    form : str
        ``parquet`` and ``csv`` have a row for each run and year; ``xarray`` is a netCDF file with the dimensions run
        and year, the measures as variables, and all that tells runs apart as coordinates.  But for ``csv``, each
        declared measure carries its ``long_name``, ``units``, ``description`` and ``kind`` (:mod:`abm.measures`).
    out : Path, optional
        The file; else ``runs`` in the folder, with the ending of the format.
    overwrite : bool
        Whether to replace a file that is there already.

    Raises
    ------
    UsageError
        If there is no such table, the file cannot be written, or a library is missing.
    TakenError
        If the file is there already, or belongs to a publication.
    """
    for library in NEEDED[form]:
        if importlib.util.find_spec(library) is None:
            raise UsageError(f"--format {form} needs {library}, which is not installed: {install('export')} brings it")
    path = folder / f"runs{SUFFIX[form]}" if out is None else out
    check_folder(path.parent)
    refuse_published(path)
    refuse_taken(path, overwrite=overwrite, inputs=[folder / RUNS])
    try:
        if said := finish_to_read(folder):
            print(said, file=sys.stderr)
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: a publication was cut short in {folder} and cannot be finished "
            f"({error.strerror})"
        ) from None
    try:
        table = _table(folder / RUNS)
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, overwrite=overwrite) as partial:
            if form == "csv":
                _csv(folder / RUNS, partial)
            else:
                {"parquet": _parquet, "xarray": _netcdf}[form](table, partial)
    except OSError as error:
        raise UsageError(f"{path}: the file cannot be written ({error.strerror or error})") from None
    return path


def _table(path: Path) -> pd.DataFrame:
    from abm.sweep.table import TableError, read_runs

    try:
        table = read_runs(path)
    except TableError as error:
        raise UsageError(str(error)) from None
    if not {"run", "status"} <= set(table.columns):
        raise UsageError(f"{path}: this is not a table of runs (it has no columns run and status)")
    return table


def _csv(packed: Path, path: Path) -> None:
    from abm.sweep.table import GATE

    with GATE.unpacked(packed) as plain, path.open("wb") as handle:
        shutil.copyfileobj(plain, handle)


def _parquet(table: pd.DataFrame, path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    plain = pyarrow.Table.from_pandas(table, preserve_index=False)
    known = known_among(table.columns)
    fields = [
        field.with_metadata(known[field.name].attributes()) if field.name in known else field for field in plain.schema
    ]
    parquet.write_table(plain.cast(pyarrow.schema(fields, metadata=plain.schema.metadata)), path)


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
    known = known_among(table.columns)
    measures = [name for name in measures_of(table, identity)] + (["months"] if "months" in table else [])
    for measure in measures:
        values = np.full((len(runs), len(years)), np.nan)
        values[row, column] = finished[measure].to_numpy(float)
        variables[measure] = (("run", "year"), values, known[measure].attributes() if measure in known else {})
    coordinates: dict[str, Any] = {"year": years}
    for name in identity:
        cells = runs[name]
        is_number = pandas.api.types.is_numeric_dtype(cells)
        coordinates[name] = ("run", cells.to_numpy() if is_number else cells.to_numpy(dtype=object))
    return xarray.Dataset(variables, coordinates)
