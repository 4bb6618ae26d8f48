"""What a body can change besides files and names: seeds, search paths, the current folder, options of libraries.

A cell further down notices such a change, so a cache hit repeats it.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from nbcellar.errors import EncodingError

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
_BACKENDS = ("backend", "backend_fallback", "interactive")
State: TypeAlias = Mapping[str, object]
"""Parts by name, such as one environment variable or one option; equal parts are unchanged."""

GONE = "gone"
"""Stands for a part that is not there any more; every other part is kept as a tuple of one."""


@dataclass(frozen=True, slots=True)
class Surrounding:
    """One kind of state.

    Attributes:
        words: What an error calls it.
        package: Where it lives; before that is imported, there is no such state.
        take: The state now.
        put: Set parts anew.
    """

    words: str
    package: str
    take: Callable[[], State]
    put: Callable[[State], None]


Surroundings: TypeAlias = Mapping[str, State]


def surroundings_now() -> Surroundings:
    """The state of every kind."""
    return {name: kind.take() for name, kind in _KINDS.items() if kind.package in sys.modules}


def surroundings_since(before: Surroundings, *, folder: bool, seeds: bool) -> dict[str, dict[str, object]]:
    """What is another one now, by kind and part.

    Args:
        folder: Whether the current folder counts.
        seeds: Whether the body may have seeded a generator that it also imported.

    Raises:
        EncodingError: It must not be kept: a secret in the environment.
    """
    found: dict[str, dict[str, object]] = {}
    for name, now in surroundings_now().items():
        if (name == "folder" and not folder) or (name == "numpy seed" and name not in before and not seeds):
            continue
        changed = _changes(before.get(name, {}), now)
        if changed:
            found[name] = changed
    secrets = sorted(name for name in found.get("environment", {}) if _SECRET.search(name))
    if secrets:
        raise EncodingError(f"the environment variable {secrets[0]} was set, and looks like a secret")
    return found


def _changes(before: State, now: State) -> dict[str, object]:
    changed: dict[str, object] = {
        part: (value,) for part, value in now.items() if part not in before or not _same(before[part], value)
    }
    changed.update({part: GONE for part in before if part not in now})
    return changed


def _same(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # arrays compare element by element
        return repr(one) == repr(other)


def repeat_surroundings(changed: Mapping[str, Mapping[str, object]]) -> None:
    """Make the same changes again.

    Raises:
        EncodingError: One cannot be made here.
    """
    for name, parts in changed.items():
        kind = _KINDS[name]
        try:
            now = kind.take()
            kind.put({part: value for part, value in parts.items() if not _is_now(value, part, now)})
        except Exception as error:  # a library of another version may refuse its option in any way
            raise EncodingError(f"{kind.words} cannot be set again: {error}") from error


def _is_now(value: object, part: str, now: State) -> bool:
    if isinstance(value, tuple):
        return part in now and _same(value[0], now[part])
    return part not in now


def _present(parts: State) -> Iterable[tuple[str, object]]:
    return ((part, value[0]) for part, value in parts.items() if isinstance(value, tuple))


def _put_environment(parts: State) -> None:
    for name, value in parts.items():
        if isinstance(value, tuple):
            os.environ[name] = str(value[0])
        else:
            os.environ.pop(name, None)


def _put_folder(parts: State) -> None:
    for _, path in _present(parts):
        os.chdir(str(path))


def _put_search_path(parts: State) -> None:
    for _, paths in _present(parts):
        assert isinstance(paths, list)
        sys.path[:0] = [path for path in paths if path not in sys.path]


def _put_python_seed(parts: State) -> None:
    import random

    for _, state in _present(parts):
        random.setstate(state)  # type: ignore[arg-type]  # what getstate gave


def _numpy_seed() -> State:
    import numpy

    state = numpy.random.get_state(legacy=False)
    inner = state["state"]
    return {"state": {**state, "state": {**inner, "key": inner["key"].tobytes()}}}


def _put_numpy_seed(parts: State) -> None:
    import numpy

    for _, state in _present(parts):
        assert isinstance(state, dict)
        inner = state["state"]
        key = numpy.frombuffer(inner["key"], "uint32")
        numpy.random.set_state({**state, "state": {**inner, "key": key}})


def _filters() -> State:
    return {"filters": [tuple(one) for one in warnings.filters]}


def _put_filters(parts: State) -> None:
    for _, wanted in _present(parts):
        assert isinstance(wanted, list) and isinstance(warnings.filters, list)
        warnings.filters[:0] = [one for one in wanted if one not in warnings.filters]
        with warnings.catch_warnings():  # leaving it makes Python look at the filters again
            pass


def _python_seed() -> State:
    import random

    return {"state": random.getstate()}


def _rc() -> State:
    import matplotlib

    options = matplotlib.rcParams  # asking for the backend would choose one
    return {name: options[name] for name in options if name not in _BACKENDS}


def _put_rc(parts: State) -> None:
    import matplotlib

    matplotlib.rcParams.update(dict(_present(parts)))  # type: ignore[arg-type]  # its own names


def _print_options() -> State:
    import numpy

    return dict(numpy.get_printoptions())


def _put_print_options(parts: State) -> None:
    import numpy

    numpy.set_printoptions(**dict(_present(parts)))  # type: ignore[arg-type]  # what get_printoptions gave


def _pandas_options() -> State:
    import pandas

    return dict(_flat(vars(pandas.options)["d"], ""))  # asking for each would warn of deprecated ones


def _flat(options: object, prefix: str) -> Iterable[tuple[str, object]]:
    assert isinstance(options, dict)
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _put_pandas_options(parts: State) -> None:
    import pandas

    for name, value in _present(parts):
        pandas.set_option(name, value)


_KINDS = {
    "environment": Surrounding("An environment variable", "os", lambda: dict(os.environ), _put_environment),
    "folder": Surrounding("The current folder", "os", lambda: {"path": os.getcwd()}, _put_folder),
    "search path": Surrounding("sys.path", "sys", lambda: {"path": list(sys.path)}, _put_search_path),
    "filters": Surrounding("The filters of warnings", "warnings", _filters, _put_filters),
    "seed": Surrounding("The state of random", "random", _python_seed, _put_python_seed),
    "numpy seed": Surrounding("The state of numpy.random", "numpy", _numpy_seed, _put_numpy_seed),
    "numpy": Surrounding("An option of numpy", "numpy", _print_options, _put_print_options),
    "pandas": Surrounding("An option of pandas", "pandas", _pandas_options, _put_pandas_options),
    "matplotlib": Surrounding("An option of matplotlib", "matplotlib", _rc, _put_rc),
}
