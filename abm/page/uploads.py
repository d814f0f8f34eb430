"""What a visitor may bring: a TOML file of a scenario or of reforms, small, and too small a run to fill a machine.

A file is parsed from what the browser sent.  Neither kind can name another file: a scenario's network is one of the
laws of :mod:`abm.engine.generators`, never an edge list, and every key that is not a parameter is refused.
"""

from __future__ import annotations

from abm.environment import Environment
from abm.gate import Gate, Refusal
from abm.reforms import Reform
from abm.reforms.files import of_table
from abm.scenario import Scenario, ScenarioError

__all__ = ["LARGEST_UPLOAD", "UploadError", "read_upload", "refuse_too_large"]

LARGEST_UPLOAD = 200_000  # bytes; kazakhstan.toml has 16,000
MOST_PERSONS = 200_000  # that a run may hold, at home, abroad and to come
MOST_TIES = 4_000_000
MOST_CELLS = 100_000  # months times countries


class UploadError(Refusal):
    """A file that the page cannot use, said in one sentence."""


GATE = Gate(UploadError, "an upload", LARGEST_UPLOAD)


def read_upload(name: str, content: bytes | None, size: int) -> Scenario | list[Reform]:
    """Return what an uploaded file holds: a scenario, or reforms.

    Parameters
    ----------
    name : str
        The file's name, only for messages.
    content : bytes, optional
        What it holds; None if the browser did not send it because of its size.
    size : int
        Its size in bytes, as the browser says.

    Raises
    ------
    UploadError
        If it cannot be used: one sentence.
    """
    name = (name if len(name) <= 60 else name[:57] + "...") or "the file"
    size = max(size, len(content or b""))
    if content is None or size > LARGEST_UPLOAD:
        raise UploadError(f"{name}: the file has {size:,} bytes, but at most {LARGEST_UPLOAD:,} are allowed.")
    try:
        table = GATE.parse_toml(GATE.decode(content, name), name)
        if "reform" in table:
            return of_table(table, name)
        world = Scenario.from_dict(table, name)
        refuse_too_large(Environment(world))
        return world
    except Refusal as error:
        raise UploadError(f"{error}.") from None


def refuse_too_large(environment: Environment) -> None:
    """Refuse a run that would take more memory than a page should.

    Raises
    ------
    ScenarioError
        If it has too many persons, ties, months or countries.
    """
    world = environment.scenario
    persons = round(environment.n_persons)
    where = world.name
    if persons > MOST_PERSONS:
        raise ScenarioError(
            f"{where}: a run of {persons:,} persons, at home, abroad and to come, is more than the page takes "
            f"({MOST_PERSONS:,}); lower graduates, or use the command line"
        )
    kind = world.network.kind
    ties = persons * (persons if kind == "complete" else world.network.mean_degree) / 2.0
    if kind != "none" and ties > MOST_TIES:
        raise ScenarioError(
            f"{where}: a network of {ties:,.0f} ties is more than the page takes ({MOST_TIES:,}); lower graduates or "
            "network.mean_degree, or use the command line"
        )
    if environment.n_months * environment.n_countries > MOST_CELLS:
        raise ScenarioError(
            f"{where}: {environment.n_months:,} months of {environment.n_countries} countries are more than the page "
            f"takes ({MOST_CELLS:,} together); end the run earlier, or use the command line"
        )
