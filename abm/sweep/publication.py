"""A folder is published as a transaction: whatever happens, it is the old publication or the new one, whole.

What a folder holds is built in a workplace inside it (:func:`abm.writing.workplace`), its manifest included, and
flushed.  One rename to ``.brain-gain-publication`` then decides: before it nothing has changed, and what was built is
thrown away; after it everything is on the disk, and only renames are left, which take no room.  They can be done
again, so whoever comes next (:func:`finish`, with which every command begins that reads or writes a folder) finishes
them if the process, or the machine, was stopped in the milliseconds that they take.  The manifest is the last to be
put in place and is never missing; until then its digests tell whoever does not use our commands that files are not
those it speaks of.

What is left to do is read off the two manifests.  A folder may come from anybody, with something in it that looks like
a publication cut short; so only what the new manifest vouches for is put in place, only what the old one vouches for is
removed, nothing is done through links, and what another user has begun is that user's to finish.

The folder itself is not swapped for another, though one rename would do: it holds the store of the sweep and files of
the user's own, it may be the working directory, a link or a mounted disk, and none of these can be renamed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from abm.sweep.manifest import ManifestError, file_digest, read_manifest
from abm.writing import LOCK, NEW, TakenError, flush, hold, new_name, workplace

__all__ = [
    "FIGURES",
    "MANIFESTS",
    "READY",
    "finish",
    "finish_to_read",
    "is_published",
    "publishing",
    "refuse_inputs",
    "refuse_others",
]

READY = ".brain-gain-publication"  # what is whole and only has to be put in place
MANIFESTS = ("manifest.json", "machine.json")  # of an experiment and of measurements of speed
FIGURES = "figures"
# a file that a publication may consist of, or might in earlier versions; whatever a manifest says, no other is ever
# replaced or removed
OURS = re.compile(r"(figures/)?[A-Za-z0-9_][A-Za-z0-9_-]*(\.csv|\.csv\.[gx]z|\.md|\.json|\.png|\.pdf|\.svg)")


READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)  # what systems answer where one may only look


class UnfinishedError(TakenError):
    """A publication that was cut short and is not this user's to finish."""


def refuse_others(
    folder: Path,
    manifest: str,
    names: Collection[str] = (),
    *,
    overwrite: bool = False,
    inputs: Sequence[Path] = (),
) -> None:
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
    inputs : sequence of Path
        What the command reads, which it never replaces.

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
        refuse_inputs(path, inputs)
        if overwrite or (name == manifest and digests is not None):
            continue
        if digests is None or name not in digests:
            raise TakenError(_taken(path, "this file was not published by the command"))
        if not path.is_file() or file_digest(path) != digests[name]:
            raise TakenError(_taken(path, "this file was changed since it was published"))
    if digests is None and not overwrite and figures.is_dir() and any(figures.iterdir()):
        raise TakenError(_taken(figures, "the files in it were not published by the command"))


def refuse_inputs(path: Path, inputs: Sequence[Path]) -> None:
    """Refuse to replace a file that the command reads, under whatever name.

    Raises
    ------
    TakenError
        If it is one.
    """
    if path.exists() and any(other.exists() and path.samefile(other) for other in inputs):
        raise TakenError(f"{path}: the command reads this file and would replace it; name another folder with --out")


def is_published(path: Path) -> bool:
    """Return whether a file belongs to a publication in its folder: what else is written there never replaces it."""
    folder = path.parent.parent if path.parent.name == FIGURES else path.parent
    name = path.relative_to(folder).as_posix()
    return any(
        name == manifest or name in (_digests(folder / manifest) or ())
        for manifest in MANIFESTS
        if (folder / manifest).is_file()
    )


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
def publishing(folder: Path, manifest: str, *, overwrite: bool = False, inputs: Sequence[Path] = ()) -> Iterator[Path]:
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
        refuse_others(folder, manifest, names, overwrite=overwrite, inputs=inputs)
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
    vouched = _digests(new / manifest)  # None if somebody has just removed it, of which the system speaks below
    if manifest not in MANIFESTS or (vouched is not None and {*vouched, manifest} != set(names)):
        raise ValueError(f"{manifest} must be a manifest of all that is published with it")
    for path in (*(new / name for name in names), *{(new / name).parent for name in names}, new.parent):
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
    UnfinishedError
        If another user has begun it, or this one may only read the folder.
    TakenError
        If what is there is no publication of ours.
    OSError
        If it cannot be written.
    """
    ready = folder / READY
    try:
        found = ready.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISDIR(found.st_mode):
        raise TakenError(f"{ready}: this must be an ordinary folder; remove it")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise UnfinishedError(
            f"{folder}: a publication was cut short here that another user has begun, who can finish it by any command "
            f"on the folder; or remove {ready}"
        )
    try:
        lock = hold(ready / LOCK, wait=True)  # whoever publishes right now needs a moment only
        try:
            _put_in_place(folder)
        finally:
            if lock is not None:
                lock.close()
    except FileNotFoundError:
        return  # and has just ended
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        raise UnfinishedError(
            f"{folder}: a publication was cut short here, and this user cannot finish it ({error.strerror})"
        ) from None


def finish_to_read(folder: Path) -> str:
    """Do as :func:`finish` before a folder is only read; return why it is read as it is, or nothing if it is whole.

    Raises
    ------
    TakenError, OSError
        As :func:`finish` raises them.
    """
    try:
        finish(folder)
    except UnfinishedError as error:
        return f"{error}; what follows is of the folder as it is now"
    return ""


def _put_in_place(folder: Path) -> None:
    """Do what is left to do, as two manifests say: the old one is in place until the new one is, the last of all."""
    ready = folder / READY
    new = ready / NEW
    manifest = next((name for name in MANIFESTS if os.path.lexists(new / name)), None)
    if manifest is not None:  # else all is in place
        digests = _promised(folder, manifest)
        for name in digests:
            _move(new / name, folder / name)
        vouched = _digests(folder / manifest) or {}
        gone = [name for name in vouched if name not in digests and _is_file(folder / name, vouched[name])]
        for name in gone:
            (folder / name).unlink(missing_ok=True)
        if any(name.startswith(FIGURES) for name in vouched.keys() - digests.keys()):
            with suppress(OSError):  # there may be others in it
                (folder / FIGURES).rmdir()
        _move(new / manifest, folder / manifest)
    flush(folder)
    left = folder / new_name()  # no longer ready before it is less than whole
    with suppress(FileNotFoundError):
        os.rename(ready, left)
    shutil.rmtree(left, ignore_errors=True)


def _promised(folder: Path, manifest: str) -> dict[str, str]:
    """Return the digests of what is to be put in place, having made sure that it is that, before anything is moved.

    Raises
    ------
    TakenError
        If it is anything else, or would have to be moved to another folder.
    """
    ready = folder / READY
    new = ready / NEW
    for path in (new, new / FIGURES, folder / FIGURES):
        if os.path.lexists(path) and not _is_folder_of(path, folder):
            raise TakenError(f"{path}: this must be an ordinary folder; remove {ready}, or mend it, and publish again")
    digests = _digests(new / manifest)
    if digests is None and os.path.lexists(new / manifest):
        raise TakenError(f"{new / manifest}: this is no manifest; remove {ready} and publish again")
    for name, digest in (digests or {}).items():
        if os.path.lexists(new / name) and not _is_file(new / name, digest) and os.path.lexists(new / name):
            raise TakenError(
                f"{new / name}: this file is not the one that its manifest speaks of; remove {ready} and publish again"
            )
    return digests or {}


def _is_file(path: Path, digest: str) -> bool:
    """Return whether a path is an ordinary file itself, no link to one, that holds what its digest says."""
    try:
        in_folder = stat.S_ISDIR(path.parent.lstat().st_mode) or path.parent.name != FIGURES
        return in_folder and stat.S_ISREG(path.lstat().st_mode) and file_digest(path) == digest
    except FileNotFoundError:
        return False


def _move(source: Path, target: Path) -> None:
    with suppress(FileNotFoundError):  # it was moved before
        os.replace(source, target)
