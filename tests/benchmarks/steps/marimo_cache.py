"""A function of marimo's persistent cache whose value is an array of 8 MB."""

import marimo

app = marimo.App()


@app.cell
def _():  # type: ignore[no-untyped-def]
    import marimo as mo
    import numpy as np
    from timing import timed

    return mo, np, timed


@app.cell
def _(mo, np, timed):  # type: ignore[no-untyped-def]
    @mo.persistent_cache(save_path="marimo")
    def step(count):  # type: ignore[no-untyped-def]
        return np.random.default_rng(0).random(count)

    timed(lambda: step(1_000_000))
    return (step,)


if __name__ == "__main__":
    app.run()
