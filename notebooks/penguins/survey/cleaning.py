"""From the raw survey to a table that can be fitted."""

from __future__ import annotations

import pandas as pd

COLUMNS = {
    "Species": "species",
    "Island": "island",
    "Date Egg": "season",
    "Culmen Length (mm)": "bill_length_mm",
    "Culmen Depth (mm)": "bill_depth_mm",
    "Flipper Length (mm)": "flipper_length_mm",
    "Body Mass (g)": "body_mass_g",
    "Sex": "sex",
}


def tidy(raw: pd.DataFrame) -> pd.DataFrame:
    """One row a bird, plain column names, and only birds that were measured and sexed."""
    table = raw[list(COLUMNS)].rename(columns=COLUMNS)
    table["species"] = table["species"].str.split().str[0]
    table["season"] = pd.to_datetime(table["season"]).dt.year
    table["sex"] = table["sex"].str.lower()
    return table.dropna().reset_index(drop=True)
