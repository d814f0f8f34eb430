r"""Regular two-level fractional factorials: a fair share of all combinations, and what it confuses with what.

Factors are called A, B, C, ... in their order (without I, which is the identity).  A generator such as ``D = ABC`` says
that D is at its second level wherever an odd number of A, B and C are: the fraction that contains the arm with every
factor at its first level, the baseline.  In the usual signs that is D = ABC for words of odd length and D = -AB for
even ones.  The products of generators are the *defining words*; the shortest has as many letters as the *resolution*:
at III main effects are confused with effects of pairs, at IV with those of triples only, at V pairs are clear of each
other too (Box, Hunter and Hunter, 2005, "Statistics for Experimenters", chapter 6).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from abm.scenario import shown
from abm.sweep.arms import LARGEST_DESIGN, Design
from abm.sweep.factors import DesignError, Factor, Level

__all__ = ["FractionalFactorial"]

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
LOWEST_RESOLUTION = 3  # below it, main effects are confused with each other
_GENERATOR = re.compile(r"\s*([A-Z])\s*=\s*([A-Z]+)\s*")


@dataclass(frozen=True)
class FractionalFactorial(Design):
    """A regular fraction of the combinations of two-level factors; the first arm is the baseline.

    Parameters
    ----------
    generators : sequence of str
        Such as ``("D = AB", "E = AC")``; all factors not on a left side are combined in full.
    resolution : int, optional
        Instead of generators: the resolution wanted; the smallest fraction is taken for which generators are found.
    """

    factors: Sequence[Factor]
    generators: Sequence[str] = ()
    resolution: int | None = None
    words: dict[int, int] = field(init=False, repr=False, compare=False)  # right sides, a bit a factor, by left side

    kind: ClassVar[str] = "fractional"
    title: ClassVar[str] = "a fractional factorial"

    def __post_init__(self) -> None:
        """Refuse factors without exactly two levels and fractions that cannot be."""
        n_factors = len(self.factors)
        if not 3 <= n_factors <= len(LETTERS):
            raise DesignError(f"{self.title} has {n_factors} factors, but takes from 3 to {len(LETTERS)}")
        if isinstance(self.generators, str) or bool(self.generators) == (self.resolution is not None):
            raise DesignError(f"{self.title} takes either a list of generators, such as ['D = ABC'], or a resolution")
        words = self._stated_words() if self.generators else _words_of(n_factors, self._wanted_resolution())
        if _shortest(words) < LOWEST_RESOLUTION:
            raise DesignError(
                f"generators {', '.join(self.generators)} give resolution {_shortest(words)}, which confuses main "
                f"effects with each other; at least {LOWEST_RESOLUTION} is needed"
            )
        object.__setattr__(self, "words", words)
        super().__post_init__()
        for factor in self.factors:
            if len(factor.values) != 2:
                raise DesignError(f"factor '{factor.name}' has {len(factor.values)} values, but {self.title} takes two")

    def _wanted_resolution(self) -> int:
        wanted, most = self.resolution, len(self.factors)
        if not isinstance(wanted, int) or isinstance(wanted, bool) or not LOWEST_RESOLUTION <= wanted <= most:
            raise DesignError(
                f"resolution is {shown(wanted)}, but fractions of {most} factors have one from {LOWEST_RESOLUTION} "
                f"to {most}"
            )
        return wanted

    def _stated_words(self) -> dict[int, int]:
        """Return the right side of every generator, a bit for each factor, by the factor on its left."""
        known = LETTERS[: len(self.factors)]
        words: dict[int, int] = {}
        for text in self.generators:
            match = _GENERATOR.fullmatch(text) if isinstance(text, str) else None
            if match is None:
                raise DesignError(f"generator {shown(text)} cannot be read, but must be like 'D = ABC'")
            left, right = match.groups()
            for letter in left + right:
                if letter not in known:
                    raise DesignError(f"generator '{text}' speaks of {letter}, but the factors are {known}")
            if len(set(right)) < len(right) or left in right:
                raise DesignError(f"generator '{text}' has a letter twice")
            if known.index(left) in words:
                raise DesignError(f"generator '{text}' defines {left} a second time")
            words[known.index(left)] = sum(1 << known.index(letter) for letter in right)
        for left, word in words.items():
            if any(word >> other & 1 for other in words):
                raise DesignError(f"generator '{_text_of(left, word)}' is made of another generator's factor")
        return words

    def __len__(self) -> int:
        return 1 << (len(self.factors) - len(self.words))

    def points(self) -> list[tuple[Level, ...]]:
        """Return the points, the last factor that no generator defines varying fastest."""
        basic = [position for position in range(len(self.factors)) if position not in self.words]
        points = []
        for bits in itertools.product((0, 1), repeat=len(basic)):
            second = dict(zip(basic, bits, strict=True))
            for position, word in self.words.items():
                second[position] = sum(second[other] for other in basic if word >> other & 1) % 2
            points.append(tuple(factor.values[second[position]] for position, factor in enumerate(self.factors)))
        return points

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain values, without its arms."""
        generators = [_text_of(factor, word) for factor, word in self.words.items()]
        return super().to_dict() | {"generators": generators, "resolution": _shortest(self.words)}


def _text_of(factor: int, word: int) -> str:
    letters = "".join(letter for position, letter in enumerate(LETTERS) if word >> position & 1)
    return f"{LETTERS[factor]} = {letters}"


def _shortest(words: dict[int, int]) -> int:
    """Return the length of the shortest product of some generators with each other: the resolution."""
    defining = np.zeros(1, dtype=np.int64)
    for factor, word in words.items():
        defining = np.concatenate([defining, defining ^ (word | 1 << factor)])
    return int(np.bitwise_count(defining[1:]).min())


def _words_of(n_factors: int, resolution: int) -> dict[int, int]:
    """Return generators of the smallest fraction of this resolution that the search below finds.

    Raises
    ------
    DesignError
        If even that is too large to be meant.
    """
    for n_basic in range(2, n_factors):
        if 1 << n_basic > LARGEST_DESIGN:
            break
        columns = _columns(n_basic, n_factors - n_basic, resolution)
        if columns is not None:
            return {n_basic + position: column for position, column in enumerate(columns)}
    raise DesignError(
        f"a fraction of {n_factors} factors with resolution {resolution} takes more than {LARGEST_DESIGN:,} arms"
    )


def _columns(n_basic: int, n_generated: int, resolution: int) -> list[int] | None:
    """Return words in the basic factors for the generated ones, or None if too few are found.

    Every factor is a column of bits over the basic ones; the resolution is the smallest number of columns that add up
    to nothing (modulo 2).  Columns are taken in the order of their numbers whenever fewer than ``resolution`` of them,
    itself included, still cannot add up to nothing: a lexicographic code (Conway and Sloane, 1986, "Lexicographic
    codes", IEEE Transactions on Information Theory 32), as small as the textbooks' fractions wherever those are listed.
    """
    numbers = np.arange(1 << n_basic)
    sums = [numbers == 0 for _ in range(resolution - 1)]  # of up to 0, 1, 2, ... columns taken so far
    generated: list[int] = []
    column = 0
    while len(generated) < n_generated:
        free = np.flatnonzero(~sums[-1][column + 1 :])
        if not len(free):
            return None
        column += 1 + int(free[0])
        if column & (column - 1):  # the powers of two are the basic factors themselves
            generated.append(column)
        for size in range(resolution - 2, 0, -1):
            sums[size] = sums[size] | sums[size - 1][numbers ^ column]
    return generated
