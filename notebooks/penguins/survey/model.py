"""A linear model of body mass."""

from __future__ import annotations

import numpy as np
import pandas as pd

MEASURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm")
SPECIES = ("Adelie", "Chinstrap", "Gentoo")


def design(table: pd.DataFrame) -> np.ndarray:
    """The design matrix, one row a bird: a one, three measures, two species flags, one flag for males."""
    columns = [np.ones(len(table))]
    columns += [table[name].to_numpy(float) for name in MEASURES]
    columns += [(table["species"] == name).to_numpy(float) for name in SPECIES[1:]]
    columns.append((table["sex"] == "male").to_numpy(float))
    return np.column_stack(columns)


def fit(table: pd.DataFrame) -> np.ndarray:
    """The least-squares coefficients for body mass in grams."""
    return np.linalg.lstsq(design(table), table["body_mass_g"].to_numpy(float), rcond=None)[0]


def predict(coefficients: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """Body mass in grams, one value a bird."""
    return design(table) @ coefficients
