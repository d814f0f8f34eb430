"""The diaspora kept in touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["DiasporaEngagement"]


@dataclass(frozen=True, kw_only=True)
class DiasporaEngagement(Reform):
    """Keep up ties with those abroad, as Ireland does: ties bring more offers from home, and the diaspora invests.

    Investment is reckoned from the diaspora at the start of the run, because paths are known before it begins: it does
    not follow who leaves or returns later.
    """

    pillar: ClassVar[str] = "linkage"
    title: ClassVar[str] = "Diaspora kept in touch"
    priced_as: ClassVar[str] = "diaspora_engagement"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("tie_offers", "offers that each tie at home brings", 0.0, 10.0, 0.5),
        Slider("offers", "job offers sent abroad", 1.0, 5.0, 0.1),
        Slider("posts_per_thousand", "posts that its investment makes", 0.0, 200.0, 5.0),
    )

    tie_offers: float = parameter(
        2.0,
        meaning="factor on how strongly each tie at home raises the rate of offers from there",
        unit="factor",
        low=0.0,
        high=50.0,
        source="assumption: swept",
    )
    offers: float = parameter(
        1.0,
        meaning="factor on the rate of all offers from home to people abroad",
        unit="factor",
        low=0.0,
        high=20.0,
        source="assumption: none unless stated",
    )
    posts_per_thousand: float = parameter(
        0.0,
        meaning="private posts that investment makes, per thousand graduates abroad at the start",
        unit="posts per thousand persons",
        low=0.0,
        high=1000.0,
        source="assumption: none unless stated",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the stronger ties, the offers and the posts."""
        abroad = float(environment.diaspora.sum()) * environment.weight
        return [
            Change("home_offer_ties_gain", self.tie_offers),
            Change("remote_search", self.offers),
            Change("private_posts", self.posts_per_thousand / 1000.0 * abroad),
        ]
