"""Plans of reforms that tests share."""

from __future__ import annotations

import abm.reforms as kinds
from abm.reforms import Reform

# kinds of reform with every lever, so that each path of the environment moves during two or three years: those that
# change what all graduates decide in
FOR_ALL: tuple[Reform, ...] = (
    kinds.JudicialReform(target=0.5, speed=0.1, fidelity=0.8, ramp_months=12),
    kinds.Reversal(start="2027-06", end="2028-06"),
    kinds.MeritReform(target=0.9, return_to_ability=0.5, start="2026-04", ramp_months=6),
    kinds.PublicSalaryParity(target=1.0, ramp_months=24, start="2026-06"),
    kinds.Diversification(private_jobs=0.2, less_exposure=0.5, start="2027-01"),
    kinds.OilPriceShock(factor=0.4, start="2026-09"),
    kinds.ReturnIncentive(
        sum_usd=20_000.0, tax_cut=0.3, tax_cut_years=1.5, cost_reduction=0.6, offers=1.5, start="2026-03"
    ),
    kinds.ReturnIncentive(
        months_of_pay=30.0, tax_cut=0.5, tax_cut_years=4.0, cost_reduction=0.3, only_with_offer=True, start="2027-03"
    ),
    kinds.ForeignTalentVisa(
        candidates=4.0, sum_usd=9_000.0, months_of_pay=6.0, cost_reduction=0.7, start="2026-05", end="2028-04"
    ),
    kinds.GraduateResearchFunding(doctorates=0.1, masters=0.3, graduates=0.4, start="2026-02"),
    kinds.DiasporaEngagement(tie_offers=8.0, offers=1.2, posts_per_thousand=50.0, start="2026-08"),
    kinds.HostTightening(
        offers=0.8,
        permit_prob=0.7,
        permits_per_year=400.0,
        post_study_months=2,
        post_study_months_science=5,
        start="2026-11",
        end="2028-02",
    ),
    kinds.BondedScholarship(share=0.4, months=8, repayment=400_000.0, pursuit=0.9, start="2026-04"),
)

# and programmes that choose among persons
EVERY_KIND: tuple[Reform, ...] = (
    *FOR_ALL,
    kinds.ServiceObligation(share=0.6, months=18, placement=0.8, housing=1.0, follow_up=0.6, pay=1.2, start="2026-02"),
    kinds.PersonnelReserve(places=60_000.0, months=10, pay=1.5, appointment=0.5, start="2026-03"),
    kinds.CirculationScheme(places=400_000.0, months=9, repayment=200_000.0, start="2026-06"),
)
