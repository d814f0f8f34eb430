"""Weights from the world: the estimator on made-up data, the delta method, the tables, pooling and the priors."""

from __future__ import annotations

import lzma
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma

from experiments.gravity import derive
from experiments.gravity.designs import DESIGNS, dropped
from experiments.gravity.estimator import OLS, PPML, EstimationError, Fit, Model, estimate, missing, ratio
from experiments.gravity.panels import researchers, stayed_recently, stocks, world
from experiments.gravity.pooling import Evidence, gamma_of, kept_above_zero, pooled
from experiments.gravity.tables import FOLDER, TABLES, TableError, path_of, read

needs_pyfixest = pytest.mark.skipif(bool(missing()), reason=missing())
INCOME, LAW = 0.4, 0.15  # of the made-up world
N_COUNTRIES, N_YEARS = 25, 8


def made_up(seed: int) -> pd.DataFrame:
    """Return moves between made-up countries: Poisson, with effects of pairs and of destinations by year."""
    luck = np.random.default_rng(seed)
    names = [f"C{k:02}" for k in range(N_COUNTRIES)]
    rows = pd.MultiIndex.from_product([names, names, range(N_YEARS)], names=["origin", "dest", "year"])
    table = rows.to_frame(index=False).query("origin != dest").reset_index(drop=True)
    home = {(name, year): luck.normal(0.0, 1.0, 2) for name in names for year in range(N_YEARS)}
    of_origin = np.array([home[key] for key in zip(table["origin"], table["year"], strict=True)])
    table["income"], table["law"] = -of_origin[:, 0], -(0.5 * of_origin[:, 0] + of_origin[:, 1])
    table["pair"], table["dest_year"] = table["origin"] + table["dest"], table["dest"] + table["year"].astype(str)
    effects = sum(
        table[by].map(dict(zip(table[by].unique(), luck.normal(0.0, 0.7, 10_000), strict=False)))
        for by in ("pair", "dest_year")
    )
    rate = np.exp(1.5 + effects + INCOME * table["income"] + LAW * table["law"])
    table["movers"] = luck.poisson(rate).astype(float)
    table["log_share"] = np.log(table["movers"].where(table["movers"] > 0))
    return table


def model(method: str) -> Model:
    outcome = "movers" if method == PPML else "log_share"
    return Model(outcome, ("income", "law"), ("pair", "dest_year"), ("origin",), method)


# --- the estimator ---


@needs_pyfixest
def test_known_coefficients_come_out_within_their_errors() -> None:
    """Fixed seed; errors are about .02, so that a sign, a swapped column or a missing effect is seen."""
    fit = estimate(made_up(3), model(PPML))
    for name, true in (("income", INCOME), ("law", LAW)):
        assert fit.error(name) < 0.03
        assert abs(fit.coefficients[name] - true) < 3.0 * fit.error(name)
    value, error = ratio(fit, "law", "income")
    assert abs(value - LAW / INCOME) < 3.0 * error < 0.3


@needs_pyfixest
def test_least_squares_are_those_of_dummies() -> None:
    """The estimates of effects taken out are those of a regression with a dummy for each, to ten digits."""
    rows = made_up(4).query("dest < 'C05' and origin < 'C08'").dropna().reset_index(drop=True)
    fit = estimate(rows, model(OLS))
    dummies = pd.get_dummies(rows[["pair", "dest_year"]], drop_first=True, dtype=float)
    x = np.column_stack([rows[["income", "law"]], np.ones(len(rows)), dummies])
    by_hand = np.linalg.lstsq(x, rows["log_share"].to_numpy(), rcond=None)[0][:2]
    assert fit.coefficients[["income", "law"]].to_numpy() == pytest.approx(by_hand, rel=1e-7)


@needs_pyfixest
def test_an_offset_has_the_coefficient_of_one() -> None:
    """What the offset already says of income is not said again by its coefficient."""
    rows = made_up(3)
    rows["log_stayers"] = 0.3 * rows["income"]
    offset = replace(model(PPML), offset="log_stayers")
    plain, beside = estimate(rows, model(PPML)), estimate(rows, offset)
    assert beside.coefficients["income"] == pytest.approx(plain.coefficients["income"] - 0.3, abs=1e-5)
    assert beside.coefficients["law"] == pytest.approx(plain.coefficients["law"], abs=1e-5)


def test_the_delta_method_is_that_of_the_book() -> None:
    """r = b / a at a = 2, b = 1 with variances .04 and .09 and covariance .01: var r = (.09 - .01 + .01) / 4."""
    names = ["income", "law"]
    covariance = pd.DataFrame([[0.04, 0.01], [0.01, 0.09]], index=names, columns=names)
    fit = Fit(pd.Series([2.0, 1.0], index=names), covariance, 10, 5)
    assert ratio(fit, "law", "income") == pytest.approx((0.5, np.sqrt((0.09 - 2 * 0.5 * 0.01 + 0.25 * 0.04) / 4.0)))
    draws = np.random.default_rng(2).multivariate_normal([2.0, 1.0], covariance, 200_000)
    assert ratio(fit, "law", "income")[1] == pytest.approx(np.std(draws[:, 1] / draws[:, 0]), rel=0.05)


def test_of_a_ratio_over_nothing_nothing_is_said() -> None:
    names = ["income", "law"]
    covariance = pd.DataFrame(np.eye(2), index=names, columns=names)
    assert np.isnan(ratio(Fit(pd.Series([0.9, 1.0], index=names), covariance, 10, 5), "law", "income")).all()
    assert not np.isnan(ratio(Fit(pd.Series([-1.1, 1.0], index=names), covariance, 10, 5), "law", "income")).any()


@needs_pyfixest
def test_what_cannot_be_estimated_is_refused_in_a_sentence() -> None:
    rows = made_up(3)
    with pytest.raises(EstimationError, match="the rows have no column wealth"):
        estimate(rows, Model("movers", ("wealth",)))
    with pytest.raises(EstimationError, match="2 rows are too few for 2 terms"):
        estimate(rows.head(2), model(PPML))
    with pytest.raises(EstimationError, match="twice does not vary beside the others"):
        estimate(rows.assign(twice=2.0 * rows["income"]), Model("movers", ("income", "twice"), ("pair",)))


@needs_pyfixest
def test_an_origin_that_makes_the_answer_is_seen_by_leaving_it_out() -> None:
    rows = made_up(3)
    odd = (rows["origin"] == "C00") & (rows["law"] > 0.0)
    rows["log_share"] = rows["log_share"] + np.where(odd, 6.0, 0.0)
    with_it = ratio(estimate(rows.drop(columns="movers"), model(OLS)), "law", "income")[0]
    lowest, highest = dropped(rows.drop(columns="movers"), model(OLS))
    assert lowest < LAW / INCOME + 0.1 < with_it - 0.3
    assert highest >= with_it - 0.05


# --- the tables ---


def test_the_tables_have_the_figures_of_their_publishers() -> None:
    law = read("rule_of_law").set_index(["country", "year"])["rule_of_law"]
    assert (law["KAZ", 2023], law["USA", 2023]) == (-0.4468, 1.3277)
    high = read("emigration_rates").set_index(["country", "year"])["high"]
    assert (round(100 * high["KAZ", 2005], 2), round(100 * high["KAZ", 2010], 3)) == (2.37, 1.871)
    assert read("emigrants_by_stay").set_index("country").loc["KAZ", "graduates_recent"] == 15_830


def test_figures_that_predictions_are_scored_on_are_left_out() -> None:
    moves = read("researcher_moves")
    for country, last in (("TUR", 2015), ("KAZ", 2019), ("IRL", 2007)):
        years = moves[(moves["origin"] == country) | (moves["dest"] == country)]["year"]
        assert years.max() == last
    assert not ((moves["origin"] == "GEO") | (moves["dest"] == "GEO")).any()
    assert read("emigration_rates").query("country == 'GEO'")["year"].max() == 2000
    assert not {"GEO", "IRL"} & {*read("emigrants_by_stay")["country"]}


def test_together_they_are_small() -> None:
    assert sum(path_of(name).stat().st_size for name in TABLES) < 1_000_000
    assert {path.name for path in FOLDER.iterdir()} == {path_of(name).name for name in TABLES}


RULE = "country,year,rule_of_law\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("country,year\nKAZ,2000\n", "the columns are country, year, but must be country, year, rule_of_law"),
        (RULE, "there are no rows"),
        (RULE + "KAZ,2000,0.1\nKZ,2001,0.1\n", r"line 3: country is 'KZ', but must match \[A-Z\]\{3\}"),
        (RULE + "KAZ,2000,high\n", "line 2: rule_of_law is 'high', but must be a number from -3.5 to 3.5"),
        (RULE + "KAZ,2000,-44.68\n", "line 2: rule_of_law is '-44.68', but must be a number"),
        (RULE + "KAZ,2000,\n", "line 2: rule_of_law is '', but must be a number"),
        (RULE + "KAZ,2000,0.1\nKAZ,2000,0.2\n", "line 3: a row of KAZ, 2000 is there already; there must be one"),
        (RULE + 'KAZ,2000,"0.1\n', "this is not a table in CSV"),
    ],
)
def test_a_bad_table_is_refused_in_a_sentence(text: str, said: str, tmp_path: Path) -> None:
    path_of("rule_of_law", tmp_path).write_bytes(lzma.compress(text.encode()))
    with pytest.raises(TableError, match=said):
        read("rule_of_law", tmp_path)


def test_a_table_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"rule_of_law.csv.xz: the file cannot be read \(No such file or directory\)"):
        read("rule_of_law", tmp_path)


def published(folder: Path) -> None:
    """Write tables in the form of their publishers, of a world of two countries."""
    rows = {
        "scholars_bilateral_flows": ("KAZ,USA,2000,3,scopus2024", "KAZ,KAZ,2000,9,scopus2024"),
        "scholars_country_year": ("KAZ,1999.0,50,scopus2024", "USA,1999.0,0,scopus2024"),
        "wgi2024": ("KAZ,2000,rl,-1.1", "USA,2000,rl,1.5", "USA,2000,cc,1.7"),
        "pwt110_gdp_pop": ("KAZ,2000,9000,15", "USA,2000,45000,280", "USA,1990,4,280"),
        "iab_emigration_by_skill": ("KAZ,both,2000,.01,.02,.03", "KAZ,male,2000,0,0,0"),
        "cepii_geodist": ("KAZ,USA,10000,0,0,0", "KAZ,RUS,2000,1,1,1"),
        "dioc2015_emigrants_by_duration": ("KAZ,3,1,4", "KAZ,3,1,5", "KAZ,1,3,7", "KAZ,99,3,1", "EURO,3,1,8"),
        "barrolee_v3_education_25_64": ("KAZ,2010,1.5,0.5", "KAZ,2005,9,9"),
    }
    tables = {name: "\n".join((",".join(derive.NEEDED[name]), *lines)) for name, lines in rows.items()}
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def test_tables_are_made_of_their_publishers_and_hold_what_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, made = tmp_path / "given", tmp_path / "made"
    given.mkdir()
    published(given)
    assert derive.main([str(given), str(made)]) == 0
    assert read("researcher_moves", made).to_numpy().tolist() == [["scopus", "KAZ", "USA", 2000, 3]]
    assert read("researchers", made).to_numpy().tolist() == [["scopus", "KAZ", 1999, 50]]
    assert read("rule_of_law", made)["rule_of_law"].tolist() == [-1.1, 1.5]
    assert read("income", made)["year"].tolist() == [2000, 2000]
    assert read("emigration_rates", made).to_numpy().tolist() == [["KAZ", 2000, 0.02, 0.03, 0.01]]
    assert read("geography", made)["dest"].tolist() == ["USA"]
    assert read("emigrants_by_stay", made).to_numpy().tolist() == [["KAZ", 9, 0, 7]]
    assert read("schooling", made).to_numpy().tolist() == [["KAZ", 1500, 500]]
    assert derive.main([str(given), str(made)]) == 2
    assert "is there already" in capsys.readouterr().err
    (given / "wgi2024.csv").write_text("iso3,year\nKAZ,2000\n", encoding="utf-8")
    assert derive.main([str(given), str(made), "--overwrite"]) == 2
    assert "this is not a table with the columns iso3, year, indicator, estimate" in capsys.readouterr().err


# --- the panels ---


def test_gaps_are_those_of_the_year_before_and_zeros_are_kept() -> None:
    now = world()
    assert now.law["KAZ", 1997] == pytest.approx((now.law["KAZ", 1996] + now.law["KAZ", 1998]) / 2.0)
    assert now.law["KAZ", 1995] == now.law["KAZ", 1996]
    rows = researchers("scopus", now)
    row = rows.query("origin == 'KAZ' and dest == 'USA' and year == 2010").iloc[0]
    assert row["law"] == pytest.approx(now.law["USA", 2009] - now.law["KAZ", 2009])
    assert row["income"] == pytest.approx(now.income["USA", 2009] - now.income["KAZ", 2009])
    assert row["law_later"] == pytest.approx(now.law["USA", 2012] - now.law["KAZ", 2012])
    for country, last in (("TUR", 2015), ("KAZ", 2019), ("IRL", 2007)):  # what is left out is no zero
        assert rows[(rows["origin"] == country) | (rows["dest"] == country)]["year"].max() == last
    assert (rows["movers"] == 0).any() and rows["log_share"].isna().sum() == (rows["movers"] == 0).sum()
    assert row["log_share"] == pytest.approx(np.log(row["movers"]) - row["log_stayers"])


def test_stocks_are_log_odds_and_the_diaspora_is_that_of_five_years_before() -> None:
    now = world()
    rows = stocks(now).set_index(["origin", "year"])
    assert rows.loc[("KAZ", 2010), "graduates"] == pytest.approx(np.log(0.018715 / (1 - 0.018715)), abs=1e-4)
    assert rows.loc[("KAZ", 2010), "diaspora"] == pytest.approx(np.log(0.010196 / (1 - 0.010196)), abs=1e-4)
    assert rows.loc[("KAZ", 2010), "law"] == -now.law["KAZ", 2010]
    assert rows.loc[("KAZ", 2010), "income"] == -now.income["KAZ", 2010]
    near = read("geography").query("origin == 'KAZ'").set_index("dest")
    persons = now.population.xs(2000, level=1)[near.index]
    assert rows.loc[("KAZ", 2010), "log_km"] == pytest.approx(np.log(np.average(near["km"], weights=persons)))
    assert rows.loc[("KAZ", 2010), "log_km_nearest"] == pytest.approx(np.log(near["km"].min()))
    recent = stayed_recently(now).set_index("origin")
    schooled = read("schooling").set_index("country").loc["KAZ", "tertiary"]
    assert recent.loc["KAZ", "graduates"] == pytest.approx(np.log(15_830 / schooled))


def test_every_falsification_puts_a_kind_of_evidence_to_the_test() -> None:
    families = {design.family for design in DESIGNS if design.family}
    assert {design.tests for design in DESIGNS if design.tests} == families
    assert all(design.tested in design.model.terms for design in DESIGNS if design.tests)
    assert len({design.name for design in DESIGNS}) == len(DESIGNS)
    assert all(design.earlier.why for design in DESIGNS if design.earlier)


# --- pooling ---


def test_kinds_that_agree_are_pooled_as_by_hand() -> None:
    """With hardly any spread allowed the mean is that by inverse variances, and its variance their sum's inverse."""
    law = pooled([Evidence("a", 0.2, 0.1), Evidence("b", 0.5, 0.2)], spread=1e-6)
    assert law.mean == pytest.approx((0.2 / 0.01 + 0.5 / 0.04) / (1 / 0.01 + 1 / 0.04))
    assert law.deviation == pytest.approx((1 / 0.01 + 1 / 0.04) ** -0.5)


def test_what_a_falsification_finds_takes_weight_away() -> None:
    doubtful = Evidence("b", 0.5, 0.1, allowance=0.3)
    assert doubtful.variance == pytest.approx(0.1)
    assert (
        pooled([Evidence("a", 0.2, 0.1), doubtful]).mean
        < pooled([Evidence("a", 0.2, 0.1), Evidence("b", 0.5, 0.1)]).mean
    )


def test_one_kind_of_evidence_is_a_normal_with_the_spread_beside_it() -> None:
    """Then tau is as it was, half-normal, and counts twice: from there to the mean, and from the mean to the next."""
    law = pooled([Evidence("a", 0.3, 0.2)], spread=0.25)
    assert law.mean == pytest.approx(0.3, abs=1e-9)
    flat = pooled([Evidence("a", 0.3, 10.0)], spread=0.25)
    assert flat.deviation**2 - 100.0 == pytest.approx(2.0 * 0.25**2, rel=0.01)


def test_kinds_that_differ_are_pooled_as_by_summing_over_all_means_and_spreads() -> None:
    y, v, spread = np.array([0.5, -0.2, 0.1]), np.array([0.01, 0.02, 0.09]), 0.25
    mean, tau = np.meshgrid(np.linspace(-4.0, 4.0, 1601), np.linspace(0.0, 1.0, 801)[:-1] + 0.5 / 800)
    total = v[:, None, None] + tau**2
    log_weight = -0.5 * (np.log(total) + (y[:, None, None] - mean) ** 2 / total).sum(axis=0) - 0.5 * (tau / spread) ** 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    expected = (weight * mean).sum()
    deviation = np.sqrt((weight * (mean**2 + tau**2)).sum() - expected**2)
    law = pooled([Evidence("", *pair) for pair in zip(y, np.sqrt(v), strict=True)], spread)
    assert (law.mean, law.deviation) == pytest.approx((expected, deviation), rel=1e-3)


def test_what_is_kept_above_zero_is_a_half_normal_at_zero() -> None:
    law = pooled([Evidence("a", 0.0, 0.2)], spread=1e-6)
    assert kept_above_zero(law) == pytest.approx((0.2 * np.sqrt(2 / np.pi), 0.2 * np.sqrt(1 - 2 / np.pi)), rel=2e-3)


def test_a_gamma_law_has_the_moments_that_it_is_of() -> None:
    shape, scale = gamma_of(0.26, 0.2)
    assert (gamma(shape, scale=scale).mean(), gamma(shape, scale=scale).std()) == pytest.approx((0.26, 0.2))
