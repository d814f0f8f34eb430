"""A folder is published as a transaction: whatever happens, it is the old publication or the new one, whole.

What a folder holds is built in a workplace inside it (:func:`abm.writing.workplace`), the manifest and a list of what
is to be put where included, and flushed.  One rename to ``.brain-gain-publication`` then decides: before it nothing has
changed, and what was built is thrown away; after it everything is on the disk, and only renames are left, which take no
room.  They can be done again, so whoever comes next (:func:`finish`, with which every command begins that reads or
writes a folder) finishes them if the process, or the machine, was stopped in the milliseconds that they take.  The
manifest is the last to be put in place and is never missing; until then its digests tell whoever does not use our
commands that files are not those it speaks of.

The folder itself is not swapped for another, though one rename would do: it holds the store of the sweep and files of
the user's own, it may be the working directory, a link or a mounted disk, and none of these can be renamed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from abm.sweep.manifest import ManifestError, file_digest, read_manifest
from abm.writing import LOCK, NEW, TakenError, flush, hold, new_name, workplace

__all__ = ["finish", "publishing", "refuse_others"]

READY = ".brain-gain-publication"  # what is whole and only has to be put in place
LIST = "list.json"  # in it: which files, and which of an earlier publication have to go
FIGURES = "figures"
# a file that a publication may consist of; whatever a manifest says, no other is ever replaced or removed
OURS = re.compile(r"(figures/)?[A-Za-z0-9_][A-Za-z0-9_-]*(\.csv|\.csv\.gz|\.md|\.json|\.png|\.svg)")


def refuse_others(folder: Path, manifest: str, names: Collection[str] = (), *, overwrite: bool = False) -> None:
    """Refuse to publish over what the manifest of a folder does not vouch for.

    Parameters
    ----------
    folder : Path
        The folder; it need not be there.
    manifest : str
        The name of the manifest in it.
    names : collection of str
        Files that are to be written, beside those of the earlier publication.
    overwrite : bool
        Whether the user has said that files of these names may be replaced.

    Raises
    ------
    TakenError
        If a file was not published there, or not as it is now: one sentence that names it.
    """
    figures = folder / FIGURES
    if os.path.lexists(figures) and not _is_folder_of(figures, folder):
        raise TakenError(f"{figures}: this must be an ordinary folder in {folder}; name another folder with --out")
    digests = _digests(folder / manifest)
    for name in sorted({manifest, *names, *(digests or ())}):
        path = folder / name
        if not os.path.lexists(path):
            continue
        if path.is_dir():
            raise TakenError(f"{path}: this is a folder, but must be a file; name another folder with --out")
        if overwrite or (name == manifest and digests is not None):
            continue
        if digests is None or name not in digests:
            raise TakenError(_taken(path, "this file was not published by the command"))
        if not path.is_file() or file_digest(path) != digests[name]:
            raise TakenError(_taken(path, "this file was changed since it was published"))
    if digests is None and not overwrite and figures.is_dir() and any(figures.iterdir()):
        raise TakenError(_taken(figures, "the files in it were not published by the command"))


def _taken(path: Path, why: str) -> str:
    return f"{path}: {why}; name another folder with --out, or say --overwrite to replace what has such a name"


def _is_folder_of(path: Path, folder: Path) -> bool:
    """Return whether a path is a folder itself, no link to one, and on the same disk, so that renaming works."""
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_dev == folder.stat().st_dev


def _digests(manifest: Path) -> dict[str, str] | None:
    """Return the digests of the files that a manifest vouches for; None without a manifest."""
    try:
        files = read_manifest(manifest).get("files")
    except ManifestError as error:
        reason = error.__context__  # what the system said of it
        if isinstance(reason, OSError) and not isinstance(reason, FileNotFoundError | IsADirectoryError):
            raise reason from None  # it may vouch for all that is there
        return None
    if not isinstance(files, Mapping):
        return None
    return {name: str(digest) for name, digest in files.items() if OURS.fullmatch(name)}


@contextmanager
def publishing(folder: Path, manifest: str, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder to build in; if all goes well, what is in it takes the place of the earlier publication.

    Raises
    ------
    TakenError
        If it would replace what was not published there; nothing has happened then.
    OSError
        If it cannot be written.
    """
    finish(folder)
    with workplace(folder) as new:
        yield new
        names = sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if not path.is_dir())
        refuse_others(folder, manifest, names, overwrite=overwrite)
        _decide(folder, new, manifest, names)
        try:
            _put_in_place(folder)
        except KeyboardInterrupt:
            _put_in_place(folder)
            raise


def _decide(folder: Path, new: Path, manifest: str, names: list[str]) -> None:
    """Have everything on the disk and say in one step that it is what the folder holds."""
    if strange := [name for name in names if not OURS.fullmatch(name)]:
        raise ValueError(f"{strange[0]} is no name of a file that is published, such as figures/gain.png")
    put = [*(name for name in names if name != manifest), manifest]
    remove = sorted(set(_digests(folder / manifest) or ()) - set(names))
    listed = new.parent / LIST
    listed.write_text(json.dumps({"put": put, "remove": remove}), encoding="utf-8")
    for path in (*(new / name for name in names), listed, *{(new / name).parent for name in names}, new.parent):
        flush(path)
    made = [parent for parent in {(folder / name).parent for name in names} if not parent.exists()]
    for parent in made:  # now, as it may need room
        parent.mkdir()
    try:
        os.rename(new.parent, folder / READY)
    except OSError:
        for parent in made:
            parent.rmdir()
        raise
    flush(folder)


def finish(folder: Path) -> None:
    """Put in place what was published but not all put in place, as when the process was killed; else do nothing.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    ready = folder / READY
    if not ready.is_dir():
        return
    try:
        lock = hold(ready / LOCK, wait=True)  # whoever publishes right now needs a moment only
    except FileNotFoundError:
        return  # and has just ended
    try:
        _put_in_place(folder)
    finally:
        if lock is not None:
            lock.close()


def _put_in_place(folder: Path) -> None:
    """Do what the list says, or what is left of it."""
    ready = folder / READY
    put, remove = _listed(ready)
    for name in put[:-1]:
        _move(ready / NEW / name, folder / name)
    for name in remove:
        (folder / name).unlink(missing_ok=True)
    for name in put[-1:]:
        _move(ready / NEW / name, folder / name)
    if any(name.startswith(FIGURES) for name in remove):
        with suppress(OSError):  # there may be others in it
            (folder / FIGURES).rmdir()
    flush(folder)
    left = folder / new_name()  # no longer ready before it is less than whole
    with suppress(FileNotFoundError):
        os.rename(ready, left)
    shutil.rmtree(left, ignore_errors=True)


def _listed(ready: Path) -> tuple[list[str], list[str]]:
    """Return which files are to be put in place, the manifest last, and which to be removed."""
    path = ready / LIST
    try:
        listed: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        put, remove = ([name for name in listed[what] if OURS.fullmatch(name)] for what in ("put", "remove"))
    except FileNotFoundError:
        return [], []  # another process has just done it all
    except (ValueError, LookupError, TypeError):
        raise TakenError(f"{path}: this is no list of what to publish; remove {ready} and publish again") from None
    return put, remove


def _move(source: Path, target: Path) -> None:
    with suppress(FileNotFoundError):  # it was moved before
        os.replace(source, target)
