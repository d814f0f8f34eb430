"""Compiled code: two first starts at once, a fresh cache, a damaged one, and folders that are not the user's own."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import pytest

from abm.engine import cache
from abm.engine.compiled import compiled, compiler_is_on

ROOT = Path(__file__).parents[2]
RUN = """
import hashlib
from abm.scenario import Scenario
from abm.simulation import Simulation
run = Simulation(Scenario.load("kazakhstan").replace({"graduates": 300, "end": "2026-06"}), seed=3).run()
total = hashlib.sha256(run.graduates.person.tobytes() + run.graduates.belief.tobytes())
for values in run.accounts.monthly().values():
    total.update(values.tobytes())
print(total.hexdigest())
"""
RULE = """
import sys
sys.path.insert(0, {folder!r})
from mine import rule
print(rule(20))
"""

pytestmark = pytest.mark.skipif(not compiler_is_on(), reason="rules are not compiled")


def start(code: str = RUN, **environment: str) -> subprocess.Popen[str]:
    paths = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.Popen(
        [sys.executable, "-c", code], env=paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def result(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what a process said, on standard output and on standard error."""
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, err
    return out.strip(), err.strip()


@pytest.mark.slow
def test_two_first_starts_at_once_give_the_bits_of_a_warm_one_and_say_that_they_compile(tmp_path: Path) -> None:
    """Both compile into the same empty folder; a third process reads what they left."""
    firsts = [result(process) for process in [start(BRAIN_GAIN_CACHE=str(tmp_path)) for _ in range(2)]]
    compiled_files = sorted(path.name for path in tmp_path.rglob("*.nbc"))
    warm = result(start(BRAIN_GAIN_CACHE=str(tmp_path)))
    assert sorted(path.name for path in tmp_path.rglob("*.nbc")) == compiled_files
    usual = result(start())
    assert len(warm[0]) == 64 and {out for out, _ in firsts} == {warm[0], usual[0]}
    assert [err for _, err in firsts] == [cache.COMPILING] * 2 and warm[1] == ""


# --- damage, with a rule that is compiled in a moment ---


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return the file in which the code of a small rule is kept."""
    (tmp_path / "mine.py").write_text(
        "from abm.engine.compiled import compiled\n\n\n@compiled\ndef rule(n):\n    return n * n + 1\n"
    )
    assert run_rule(tmp_path) == ("401", "")
    (path,) = (tmp_path / "cache").rglob("*.nbc")
    return path


def run_rule(folder: Path, **environment: str) -> tuple[str, str]:
    caches = {"BRAIN_GAIN_CACHE": str(folder / "cache")}
    return result(start(RULE.format(folder=str(folder)), **(caches | environment)))


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_instead(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def one_bit_turned(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"\x80garbage" * 900),
    "a pickle of something else": lambda path: path.write_bytes(pickle.dumps({"key": 1})),
    "cut": cut,
    "longer": longer,
    "one bit turned": one_bit_turned,
    "a folder": folder_instead,
    "a pipe": pipe_instead,
    "a link": link_instead,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_deleted_and_its_rule_compiled_anew_once_with_a_line(
    tmp_path: Path, kept: Path, how: str
) -> None:
    sound = kept.read_bytes()
    DAMAGE[how](kept)
    out, err = run_rule(tmp_path)
    assert out == "401"
    assert len(err.splitlines()) == 1 and str(kept.parent) in err and "compiled anew" in err
    assert kept.is_file() and len(kept.read_bytes()) == pytest.approx(len(sound), rel=0.1)
    assert run_rule(tmp_path) == ("401", "")


def test_the_code_of_other_types_or_sources_is_never_taken_for_this_ones(tmp_path: Path, kept: Path) -> None:
    other = kept.read_bytes()
    (tmp_path / "mine.py").write_text(
        "from abm.engine.compiled import compiled\n\n\n@compiled\ndef rule(n):\n    return n * n + 2\n"
    )
    assert run_rule(tmp_path) == ("402", "")
    edited = next(path for path in kept.parent.glob("*.nbc") if path != kept)
    edited.write_bytes(other)  # sound in itself, but under another's name
    assert run_rule(tmp_path) == ("402", "")


def test_what_cannot_be_kept_is_said_and_the_rule_works(tmp_path: Path, kept: Path) -> None:
    script = RULE.format(folder=str(tmp_path)).replace("from mine", "import errno, abm.engine.cache\nfrom mine")
    full = "\ndef full(path, content):\n    raise OSError(errno.ENOSPC, 'No space')\nabm.engine.cache._write = full\n"
    kept.unlink()
    out, err = result(start(script.replace("print", full + "print"), BRAIN_GAIN_CACHE=str(tmp_path / "cache")))
    assert out == "401" and "No space" in err and len(err.splitlines()) == 1


# --- folders ---


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path | str], Path]]:
    """Return what chooses the folder anew, with this one as the user's."""

    def chosen(root: Path | str) -> Path:
        monkeypatch.setenv("BRAIN_GAIN_CACHE", str(root))
        cache.cache_folder.cache_clear()
        return cache.cache_folder()

    yield chosen
    monkeypatch.undo()
    cache.cache_folder.cache_clear()


def test_a_cache_folder_that_cannot_be_made_gives_way_to_a_private_one(
    tmp_path: Path, choose: Callable[[Path], Path]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    folder = choose(tmp_path / "file")
    assert folder.is_relative_to(tempfile.gettempdir()) and os.access(folder, os.W_OK)
    assert folder.name == cache.source_digest() and stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_could_write_to_is_closed_to_them(tmp_path: Path, choose: Callable[[Path], Path]) -> None:
    (tmp_path / "brain-gain").mkdir()
    (tmp_path / "brain-gain").chmod(0o777)
    folder = choose(tmp_path)
    assert folder == tmp_path / "brain-gain" / cache.source_digest()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}


def test_a_link_laid_in_the_way_is_refused_with_a_line(
    tmp_path: Path, choose: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "brain-gain").symlink_to(tmp_path / "elsewhere")
    folder = choose(tmp_path)
    said = capsys.readouterr().err
    assert not folder.is_relative_to(tmp_path) and list((tmp_path / "elsewhere").iterdir()) == []
    assert len(said.splitlines()) == 1 and str(tmp_path / "brain-gain") in said and str(folder) in said


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a file away")
def test_nothing_of_another_user_is_read(
    tmp_path: Path, kept: Path, choose: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(kept, 12345, -1)
    out, err = run_rule(tmp_path)
    assert out == "401" and "compiled anew" in err and kept.stat().st_uid == 0
    os.chown(kept.parent.parent, 12345, -1)
    assert not choose(tmp_path / "cache").is_relative_to(tmp_path)
    assert "belongs to another user" in capsys.readouterr().err


def test_where_even_the_temporary_folder_is_somebody_elses_a_fresh_one_is_made_for_this_process_and_its_own(
    tmp_path: Path, choose: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("")
    (tmp_path / f"brain-gain-{os.getuid()}").symlink_to(tmp_path)
    folder = choose(tmp_path / "file")
    assert folder.is_relative_to(tmp_path) and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Path(os.environ["BRAIN_GAIN_CACHE"]) == folder.parent


def test_without_a_home_there_is_a_folder_all_the_same(
    tmp_path: Path, choose: Callable[[Path | str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delattr("os.getuid")
    user = "brain-gain-user"  # which nobody can be told from others by
    assert choose("") == Path(tempfile.gettempdir()) / user / cache.source_digest()


def test_the_code_of_other_sources_is_given_up_after_a_month(tmp_path: Path, choose: Callable[[Path], Path]) -> None:
    names = {"0" * 16: 40, "1" * 16: 20, "mine": 400}
    for name, days in names.items():
        (tmp_path / "brain-gain" / name).mkdir(parents=True)
        long_ago = time.time() - days * 24 * 3600
        os.utime(tmp_path / "brain-gain" / name, (long_ago, long_ago))
    folder = choose(tmp_path)
    assert {path.name for path in folder.parent.iterdir()} == {"1" * 16, "mine", folder.name}


def test_the_cache_of_others_in_the_same_process_is_where_they_want_it(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import numba
before = numba.config.CACHE_DIR
import abm.simulation
import theirs
assert numba.config.CACHE_DIR == before
print(theirs.rule(1), theirs.rule.stats.cache_path)
"""
    (tmp_path / "theirs.py").write_text("import numba\n\n\n@numba.njit(cache=True)\ndef rule(n):\n    return n + 1\n")
    out, _ = result(start(code))
    assert out == f"2 {tmp_path / '__pycache__'}"


def test_importing_the_model_touches_no_folder(tmp_path: Path) -> None:
    result(start("import abm.simulation, abm.sweep", BRAIN_GAIN_CACHE=str(tmp_path / "none")))
    assert not (tmp_path / "none").exists()


def test_a_rule_with_variables_of_its_surroundings_is_not_kept() -> None:
    factor = 3

    @compiled
    def rule(n: int) -> int:
        return factor * n

    before = set(cache.cache_folder().iterdir())
    assert rule(2) == 6 and set(cache.cache_folder().iterdir()) == before


def test_the_digest_of_what_compiles_changes_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.source_digest.cache_clear()
    before = cache.source_digest()
    with monkeypatch.context() as patch:
        patch.setattr(numba.config, "BOUNDSCHECK", 1)
        cache.source_digest.cache_clear()
        assert cache.source_digest() != before
    cache.source_digest.cache_clear()
    assert cache.source_digest() == before


def test_a_file_begins_with_the_digest_of_the_rest_and_is_for_the_user_alone(kept: Path) -> None:
    content = kept.read_bytes()
    assert hashlib.sha256(content[32:]).digest() == content[:32]
    assert stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0
