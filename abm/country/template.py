"""A scenario file to fill in for another country, written from the declarations of the parameters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from abm.country.declared import Key, declared
from abm.gate import Refusal, breaks_line
from abm.parameters import Series
from abm.reading import described
from abm.wording import shown, toml_value

__all__ = ["PLACE", "CountryError", "file_stem", "template"]

PLACE = "#!"  # begins a line that a country must fill in
ASIDE = "##"  # begins a line of what it need not have
EXAMPLE = "abroad"  # the destination that a template has
# a group as it would stand there: a country need not have any
GROUP: dict[str, Any] = {"groups": {"some": {"destinations": {EXAMPLE: {}}}}}
LONGEST_NAME = 60
WIDTH = 118

# paragraphs, wrapped where they are written
HEAD = (
    "{name}: a scenario to be filled in.",
    f"Lines that begin with {PLACE} are what only the country can know. Take the {PLACE} away, and fill in the value "
    "and where it comes from, such as {{value = 0.05, source = 'assumption: as its neighbours'}}. A series has a "
    "number for some years, such as {{2015 = 900, 2020 = 1100, source = 'its statistics'}}; each belongs to the middle "
    "of its year.",
    "Other lines have a default, which holds as long as the # is there. Each destination has a table "
    "[destinations.NAME] like the one below; groups by language, kin or citizenship, if there are to be any, "
    f"have a table [groups.NAME] each, like the one below whose lines begin with {ASIDE}.",
    "'brain-gain country check FILE' says what is missing and what looks implausible, 'brain-gain country import "
    "TABLE' makes series of public tables, and 'brain-gain example kazakhstan' prints a country as it looks when done.",
)


class CountryError(Refusal):
    """A text that names no country."""


def file_stem(name: str) -> str:
    """Return the name of a country as that of a file, without ending: lower-case letters, digits and hyphens.

    Raises
    ------
    CountryError
        If it cannot be the name of a country.
    """
    stem = "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())
    if not stem or len(name) > LONGEST_NAME or breaks_line(name):
        raise CountryError(
            f"{shown(name)} is not the name of a country, which has letters or digits, stands on one line and has "
            f"{LONGEST_NAME} characters at the most"
        )
    return stem


def template(name: str) -> str:
    """Return the text of a scenario file for a country: TOML, in which every key stands that there is.

    Parameters
    ----------
    name : str
        The country's name.

    Raises
    ------
    CountryError
        If it cannot be the name of a country.
    """
    stated = {"name": file_stem(name), "home": {"name": name}, "destinations": {EXAMPLE: {}}, "costs": {}}
    lines = [line for paragraph in HEAD for line in (*_comment(paragraph.format(name=name)), "#")][:-1]
    table = ""
    for key in declared(stated | GROUP):
        aside = key.name.startswith("groups.")
        if table != (table := key.name.rpartition(".")[0]):
            lines += ["", *_comment(key.table), f"{ASIDE} [{table}]" if aside else f"[{table}]"]
        line = _line(key)
        lines += ["", *_comment(_about(key)), f"{ASIDE} {line.lstrip('#! ')}" if aside else line]
    return "\n".join(lines) + "\n"


def _about(key: Key) -> str:
    """Return what a key means, in which unit and range, and where its default comes from."""
    source = "" if key.is_needed else f"; default: {key.item.metadata['source']}"
    return f"{described(key.item)}{source}"


def _line(key: Key) -> str:
    """Return the line of a key: stated, to be filled in, or with its default."""
    name, default = key.item.name, key.item.default
    if key.stated is not None:
        return f"{name} = {toml_value(key.stated)}"
    if not key.is_needed:
        value = default.values[0] if isinstance(default, Series) else default
        if value == ():  # named tables, of which there are none
            value = {}
        return f"# {name} =" if value is None else f"# {name} = {toml_value(value)}"
    if key.item.metadata["unit"] == "text":
        return f'{PLACE} {name} = ""'
    year = "YEAR" if key.is_series else "value"
    value = '""' if key.item.metadata["unit"] == "month" else ""
    return f'{PLACE} {name} = {{{year} = {value}, source = ""}}'


def _comment(text: str) -> Iterator[str]:
    yield from (f"# {part}" for part in textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))
