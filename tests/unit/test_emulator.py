"""The emulator: a quadratic is found again, and the error it states is that of runs it has not seen."""

from __future__ import annotations

import numpy as np

from abm.analysis.emulator import Emulator, quadratic


def made_up(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points, outputs and the coefficients of two quadratics of three scores."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n, 3))
    true = np.random.default_rng(1).normal(size=(10, 2))
    return scores, quadratic(scores) @ true + noise * generator.normal(size=(n, 2)), true


def test_a_quadratic_without_noise_comes_out_again() -> None:
    """Ten coefficients of two outputs, of 200 runs."""
    scores, outputs, true = made_up(200, 0.0, seed=2)
    emulator = Emulator.fitted(scores, outputs, penalties=np.array([1e-8]))
    np.testing.assert_allclose(emulator.coefficients, true, atol=1e-6)
    assert emulator.n_inputs == 3
    assert np.all(emulator.explained > 1.0 - 1e-9)


def test_the_stated_error_is_that_of_runs_left_out() -> None:
    """Leaving out one by one gives the residuals that are stated, with the penalty that was chosen."""
    scores, outputs, _ = made_up(40, 0.5, seed=3)
    penalty = np.array([1.0])
    emulator = Emulator.fitted(scores, outputs, penalties=penalty)
    for left_out in (0, 7, 39):
        others = np.delete(np.arange(40), left_out)
        terms, centred = quadratic(scores), quadratic(scores)[:, 1:]
        # the same standardization as with all runs: the shortcut is exact for it
        centred = (centred - centred.mean(axis=0)) / centred.std(axis=0)
        middle = np.hstack([np.ones((40, 1)), centred])
        penalties = np.diag([0.0] + [1.0] * 9)
        weights = np.linalg.solve(middle[others].T @ middle[others] + penalties, middle[others].T @ outputs[others])
        np.testing.assert_allclose(emulator.residuals[left_out], outputs[left_out] - middle[left_out] @ weights)
        assert terms.shape == (40, 10)


def test_the_error_of_new_runs_is_as_stated() -> None:
    """Over 4,000 new runs the variance of the error is within a tenth of what 2,000 runs say (s.e. 4 %)."""
    scores, outputs, _ = made_up(2000, 0.5, seed=4)
    new, seen, _ = made_up(4000, 0.5, seed=5)
    emulator = Emulator.fitted(scores, outputs)
    errors = (seen - emulator.at(new)).var(axis=0)
    np.testing.assert_allclose(errors, np.diag(emulator.covariance), rtol=0.1)
    np.testing.assert_allclose(errors, 0.25, rtol=0.08)
