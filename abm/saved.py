"""A run in a file: what it carries as plain arrays (numpy's .npz, nothing pickled), and of what it is a run.

A file comes from hands we do not know, and compiled rules look up what persons' records say without looking again.  So
no array is read that is larger than this run could have it, everything that is looked up is looked at first, and a file
of another version of the model, whose rules might mean something else by it, is refused.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from abm.carried import BY_PERSON, MOVES, N_MOVES, OPENING, SEEKERS, WHOLE, carried
from abm.checks import seed as checked_seed
from abm.checks import whole
from abm.codes import ABSENT, DEGREES, NO_SECTOR, NOWHERE, PERMITS, SECTORS, STAGES
from abm.engine.version import model_version
from abm.gate import Gate, Refusal
from abm.heritage import heritage_in
from abm.network import Network
from abm.reforms import files
from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.writing import new_file

__all__ = ["SavedRunError", "check", "damaged", "read", "save"]

FORMAT = 1
HEAD = "run"  # the array, of bytes, that says in JSON of what run the others are
OWN = ("network.first", "network.neighbour")  # of a network of one's own
GROUPS = "network.groups"  # the scenario's group of each in it, from 1 on, 0 for everybody else; if it has any
MOST_ARRAYS = 100
LONGEST_HEAD = 10_000_000  # bytes
SUFFIX = ".npy"
# the many ways in which zipfile and numpy say that bytes are not what they should be
FOREIGN: tuple[type[Exception], ...] = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError)
FOREIGN += (LookupError, TypeError, RuntimeError, ArithmeticError)
FREE = (SEEKERS, MOVES)  # as long as they are

# what months change of a person; all else is as it was made, and is compared
CHANGES = (
    "match",
    "human_capital",
    "arrival_month",
    "left_month",
    "months_abroad",
    "permit_month",
    "tax_cut_month",
    "work_permit_month",
    "obligation_month",
    "status_month",
    "stage",
    "country",
    "sector",
    "permit",
    "degree",
)


class SavedRunError(Refusal):
    """A saved run that cannot be written, read or gone on with, said in one sentence."""


GATE = Gate(SavedRunError, "a saved run", largest=100_000_000_000)  # of some five hundred million persons


class Plan(NamedTuple):
    """Of what a file is the run, and how many of its months are run."""

    scenario: Scenario
    reforms: list[Reform]
    seed: int
    network: Network | None
    month: int


def save(run: Any, path: str | os.PathLike[str]) -> None:
    """Write a run (:class:`abm.simulation.Simulation`) to a file.

    Raises
    ------
    SavedRunError
        If it cannot be written.
    ReformError
        If a reform is of a kind of one's own.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise SavedRunError(f"{path!r} is not the name of a file")
    head = {
        "format": FORMAT,
        "model": model_version(),
        "scenario": run.scenario.to_toml(),
        "reforms": files.dumps(run.reforms),
        "seed": run.seed,
        "month": run.month,
    }
    arrays = {HEAD: np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **carried(run)}
    if run.own_network is not None:
        arrays |= dict(zip(OWN, (run.own_network.first, run.own_network.neighbour), strict=True))
        of_own = heritage_in(run.own_network, run.environment)
        arrays |= {} if of_own is None else {GROUPS: of_own.astype(np.uint8)}
    try:
        with new_file(Path(path)) as partial, partial.open("wb") as handle:
            np.savez(handle, **arrays)  # type: ignore[arg-type]  # names are no options of its own
            handle.flush()
    except OSError as error:
        raise SavedRunError(f"{path}: the run cannot be saved ({error.strerror or error})") from error


def damaged(path: str | os.PathLike[str], problem: str) -> NoReturn:
    """Refuse a file.

    Raises
    ------
    SavedRunError
        Always.
    """
    GATE.fail(path, f"this is no saved run, or it is damaged: {problem}")


def read(path: str | os.PathLike[str]) -> tuple[Plan, dict[str, np.ndarray]]:
    """Return of what run a file is, and the arrays that the run carried, still to be looked at (:func:`check`).

    Raises
    ------
    SavedRunError
        If there is no such file, or it is damaged, no saved run, or one of another version of the model.
    """
    with GATE.opened(path) as handle:
        size = os.fstat(handle.fileno()).st_size
        try:
            with zipfile.ZipFile(handle) as archive:
                members = {info.filename.removesuffix(SUFFIX): info for info in archive.infolist()}
                if len(members) > MOST_ARRAYS or sum(info.file_size for info in members.values()) > size:
                    damaged(path, "it holds more than a run has")
                if HEAD not in members or members[HEAD].file_size > LONGEST_HEAD:
                    damaged(path, f"it has no array '{HEAD}' that says of what run it is")
                head = _head(_array(archive, members[HEAD]), path)
                arrays = {name: _array(archive, info) for name, info in members.items() if name != HEAD}
        except SavedRunError:
            raise
        except FOREIGN as error:
            damaged(path, str(error) or type(error).__name__)
    own = [arrays.pop(name) for name in OWN if name in arrays]
    groups = arrays.pop(GROUPS, None)
    network = Network(own[0], own[1]) if len(own) == len(OWN) else None
    plan = _plan(head, network, path)
    if network is None or groups is None:
        return plan, arrays
    names = (None, *(key for key, _ in plan.scenario.groups))
    if groups.shape != (network.n_persons,) or groups.dtype != np.uint8 or (groups >= len(names)).any():
        damaged(path, f"{GROUPS} are none")
    named = Network(own[0], own[1], tuple(names[code] for code in groups.tolist()))
    return plan._replace(network=named), arrays


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """Return an array of an archive, as long as its bytes are."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{info.filename} is compressed, which the arrays of a saved run are not")
    content = io.BytesIO(archive.read(info))
    major, _ = np.lib.format.read_magic(content)
    header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
    shape, by_columns, kind = header(content)
    if kind.hasobject or by_columns:
        raise ValueError(f"{info.filename} holds something else than rows of numbers")
    return np.frombuffer(content.getbuffer()[content.tell() :], dtype=kind).reshape(shape)


def _head(content: np.ndarray, path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a file says of itself, having refused another format or version."""
    head = GATE.parse_json(GATE.decode(content.tobytes(), path), path)
    if not isinstance(head, dict) or head.get("format") is None:
        damaged(path, f"the array '{HEAD}' says something else")
    if head["format"] != FORMAT:
        GATE.fail(path, f"the run is saved in format {head['format']}, but this version reads {FORMAT}")
    if head.get("model") != model_version():
        GATE.fail(
            path,
            f"the run was saved by the model '{head.get('model')}', but this is '{model_version()}', whose months may "
            "be others: go on with it where it was saved, or run it anew",
        )
    return head


def _plan(head: Mapping[str, Any], network: Network | None, path: str | os.PathLike[str]) -> Plan:
    scenario, reforms = head.get("scenario"), head.get("reforms")
    if not isinstance(scenario, str) or not isinstance(reforms, str):
        damaged(path, f"the array '{HEAD}' names no scenario or no reforms")
    world = Scenario.from_toml(scenario, f"the scenario in {path}")
    plan = files.loads(reforms, f"the reforms in {path}")
    month = whole(f"{path}: month", head.get("month"), 0, world.n_months, SavedRunError)
    return Plan(world, plan, checked_seed(head.get("seed"), SavedRunError), network, month)


def check(path: str | os.PathLike[str], month: int, arrays: Mapping[str, np.ndarray], run: Any) -> None:
    """Refuse arrays that are not those of a run, which is given as it is before its first month.

    Raises
    ------
    SavedRunError
        If one is missing or has another form, or a row or code is none.
    """
    made = carried(run)
    if arrays.keys() != made.keys():
        damaged(path, f"{', '.join(sorted(arrays.keys() ^ made.keys()))} should not be there, or should")
    for name, like in made.items():
        array = arrays[name]
        length = (len(array),) if name in FREE else like.shape[:1] if _is_whole(name) else (month,)
        if array.dtype != like.dtype or array.shape != (*length, *like.shape[1:]):
            damaged(path, f"{name} is of {array.dtype.name} in the shape {array.shape}")
    if fault := _fault(arrays, made, run.environment.n_countries):
        damaged(path, fault)


def _is_whole(name: str) -> bool:
    """Return whether an array has its length from the beginning, and not from the months that are run."""
    return name in (*BY_PERSON, *WHOLE, OPENING)


def _fault(arrays: Mapping[str, np.ndarray], made: Mapping[str, np.ndarray], n_countries: int) -> str:
    """Return what of a run's arrays would mislead the rules that look up by it, or nothing."""
    person, as_made, seekers, moves = (*(a[BY_PERSON[0]] for a in (arrays, made)), arrays[SEEKERS], arrays[MOVES])
    for name in person.dtype.names or ():
        if name not in CHANGES and not np.array_equal(person[name], as_made[name]):
            return f"the persons have another {name} than those of this scenario and seed"
    codes = {"stage": (0, len(STAGES)), "country": (NOWHERE, n_countries), "sector": (NO_SECTOR, len(SECTORS))}
    for name, (low, end) in (codes | {"permit": (0, len(PERMITS)), "degree": (0, len(DEGREES))}).items():
        if len(person) and not low <= person[name].min() <= person[name].max() < end:
            return f"somebody's {name} is none"
    if ((person["stage"] != ABSENT) & (person["country"] == NOWHERE)).any():
        return "somebody has appeared in no country"
    if len(np.unique(seekers)) < len(seekers) or not _are_rows(seekers, len(person)):
        return "the list of job-seekers is none"
    n_moves = arrays[N_MOVES]
    if (n_moves < 0).any() or n_moves.sum() != len(moves) or not _are_rows(moves["person"], len(person)):
        return "the moves are none"
    return ""


def _are_rows(rows: np.ndarray, n: int) -> bool:
    return len(rows) == 0 or bool(0 <= rows.min() and rows.max() < n)
