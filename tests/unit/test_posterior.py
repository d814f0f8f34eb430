"""Posteriors: what a file of draws says of a scenario, and which files are refused in which words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from abm import posterior
from abm.gate import Gate, Refusal
from abm.posterior import MOST_DRAWS, OBSERVATION, TIMES, Posterior, PosteriorError
from abm.scenario import Scenario

WORLD = Scenario.load("kazakhstan-2010")
DOOR = "destinations.russia.doors.compatriots_programme.offset"
TEXT = f"""decision.return_cost,groups.slavs.share{TIMES},{DOOR},network.mean_degree,{OBSERVATION}sampling_error
2.1,0.9,0.25,10,0.1
2.5,1.1,-0.5,12,0.2

3,1,1e-1,14,0.3
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "draws.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_draw_sets_multiplies_and_keeps_what_is_of_the_observation_model(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    found = Posterior.read(path)
    assert (len(found), found.rows.shape, found.lines) == (3, (3, 5), (2, 3, 5))
    assert found.names[0] == "decision.return_cost" and found.names[-1] == "observation.sampling_error"
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.parameters() == ["decision.return_cost", "groups.slavs.share", DOOR, "network.mean_degree"]
    world = WORLD.replace(found.overrides(WORLD, 1))
    assert world.decision.return_cost == 2.5 and world.network.mean_degree == 12 and world.get(DOOR) == -0.5
    assert world.groups[0][1].share.years == WORLD.groups[0][1].share.years
    assert world.groups[0][1].share.values == tuple(1.1 * share for share in (0.32, 0.25, 0.18))
    assert [found.observation(draw) for draw in range(3)] == [{"sampling_error": error} for error in (0.1, 0.2, 0.3)]
    # nothing else has changed
    same = {"decision.return_cost": 2.4, "groups.slavs.share": WORLD.get("groups.slavs.share"), DOOR: 0.0}
    assert world.replace(same | {"network.mean_degree": 10}) == WORLD


def test_a_constant_is_multiplied_as_a_series_is(tmp_path: Path) -> None:
    found = Posterior.read(written(tmp_path, "groups.germans.share x,decision.return_cost x\n2,0.5\n"))
    assert found.overrides(WORLD, 0) == {"groups.germans.share": 0.02, "decision.return_cost": 1.2}


def test_marks_and_spaces_of_other_programs_change_nothing(tmp_path: Path) -> None:
    plain = Posterior.read(written(tmp_path, TEXT))
    other = "\ufeff" + TEXT.replace(",", " , ").replace("\n", "\r\n")
    found = Posterior.read(written(tmp_path, other))
    assert found.names == plain.names and np.array_equal(found.rows, plain.rows)


def test_draws_are_selected_evenly_from_the_first_on(tmp_path: Path) -> None:
    found = Posterior.read(written(tmp_path, "decision.return_cost\n" + "".join(f"{2 + i / 100}\n" for i in range(10))))
    for n, places in ((1, [0]), (2, [0, 5]), (3, [0, 3, 6]), (4, [0, 2, 5, 7]), (10, list(range(10)))):
        part = found.select(n)
        assert part.rows[:, 0].tolist() == [2 + place / 100 for place in places]
        assert part.lines == tuple(place + 2 for place in places)
        assert part.digest == found.digest
    for n, said in ((11, "11 draws are asked for, but there are 10"), (0, "must be a whole number of at least 1")):
        with pytest.raises(PosteriorError, match=said):
            found.select(n)


def test_what_is_read_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        Posterior.read(written(tmp_path, TEXT)).rows[0, 0] = 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the first line is empty"),
        ("\n1\n", "line 1: the first line is empty"),
        ("decision.return_cost\n", "there are no draws"),
        ("1.5,2.5\n1,2\n", "line 1: column 1 is named '1.5', but must have the dotted name of a parameter"),
        ("decision.return_cost,,\n1,2,3\n", "line 1: column 2 is named ''"),
        ("observation.\n1\n", "line 1: column 1 is named 'observation.'"),
        ("a.b,c,a.b\n1,2,3\n", "columns 1 and 3 are both of 'a.b'"),
        ("a.b,a.b x\n1,2\n", "columns 1 and 2 are both of 'a.b'"),
        ("a,b\n1,2\n3\n", "line 3: there are 1 cells, but line 1 names 2 columns"),
        ("a;b\n1,5;2\n", "line 2: there are 2 cells, but line 1 names 1 columns, separated by commas"),
        ("a,b\n1,2\n3,four\n", "line 3: 'b' is 'four', but must be a finite number"),
        ("a\n1e999\n", "line 2: 'a' is '1e999', but must be a finite number"),
        ("a\nnan\n", "line 2: 'a' is 'nan'"),
        ('a\n"1\n', "line 2: this is not CSV"),
        ("a\n\x07\n", "line 2: the character"),
        (b"a\n\xff\n", "not text in UTF-8"),
        ("a\n" + "1\n" * (MOST_DRAWS + 1), "more than the 10,000 draws"),
        (",".join(f"a{i}" for i in range(201)) + "\n", "there are 201 columns, but at most 200"),
    ],
)
def test_what_is_no_table_of_draws_is_refused_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PosteriorError) as raised:
        Posterior.read(path)
    assert str(raised.value).startswith(str(path)) and said in str(raised.value)


def test_there_must_be_a_file_and_not_too_large_a_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PosteriorError, match="cannot be read"):
        Posterior.read(tmp_path / "none.csv")
    monkeypatch.setattr(posterior, "GATE", Gate(PosteriorError, "a posterior", largest=10))
    with pytest.raises(PosteriorError, match="larger than a posterior may be"):
        Posterior.read(written(tmp_path, TEXT))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("decision.return_price", "1", "there is no parameter 'decision.return_price'; did you mean"),
        ("decision.return_cost", "99", "decision.return_cost is 99.0 utility"),
        ("groups.slavs.share x", "4", "groups.slavs.share.1990 is 1.28 share, but must be between 0 and 1"),
        ("groups.slavs.share x", "-1", "must be between 0 and 1"),
        ("network.mean_degree", "10.5", "must be a whole number"),
        ("start", "2010", "'start' is '2010-01', but only numbers and series of years are drawn"),
        ("decision", "1", "only numbers and series of years are drawn"),
        ("home.rule_of_law.start x", "1", "multiplies what the scenario leaves out"),
    ],
)
def test_what_a_scenario_does_not_allow_is_refused_with_its_line(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    found = Posterior.read(written(tmp_path, f"decision.age_cost,{name}\n0.3,1\n0.3,{value}\n"))
    with pytest.raises(PosteriorError) as raised:
        found.overrides(WORLD, 1)
    assert "draws.csv, line 3: " in str(raised.value) and said in str(raised.value)
    assert issubclass(PosteriorError, Refusal)


def test_there_are_as_many_draws_as_lines(tmp_path: Path) -> None:
    found = Posterior.read(written(tmp_path, TEXT))
    for draw in (-1, 3, 1.5, True):
        with pytest.raises(PosteriorError, match="the draw is .*, but must be a whole number from 0 to 2"):
            found.overrides(WORLD, draw)  # type: ignore[arg-type]
        with pytest.raises(PosteriorError, match="the draw is"):
            found.observation(draw)  # type: ignore[arg-type]


def test_a_bundled_posterior_has_the_name_of_its_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "FOLDER", tmp_path)
    with pytest.raises(PosteriorError, match="there is none of any"):
        Posterior.bundled("kazakhstan-2010")
    written(tmp_path, TEXT).rename(tmp_path / "kazakhstan-2010.csv")
    assert len(Posterior.bundled("kazakhstan-2010")) == 3
    for name in ("two-country", "../kazakhstan-2010", ""):
        with pytest.raises(PosteriorError, match="is bundled: there is one of kazakhstan-2010, and any other"):
            Posterior.bundled(name)


def test_every_bundled_posterior_can_be_drawn_from_in_its_scenario() -> None:
    for path in posterior.FOLDER.glob("*.csv"):
        found, world = Posterior.bundled(path.stem), Scenario.load(path.stem)
        for draw in range(len(found)):
            found.overrides(world, draw)
