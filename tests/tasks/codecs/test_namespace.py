from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from nbcellar.tasks.codecs import KeptNames, Why, decode_namespace, encode_namespace


def again(kept: KeptNames) -> dict[str, object]:
    return decode_namespace(parcel.data for parcel in kept.parcels)


def test_every_name_that_can_be_kept_comes_back() -> None:
    names = {"n": 3, "array": np.arange(3), "frame": pd.DataFrame({"a": [1]}), "count": Counter("ab")}
    kept = encode_namespace(names)
    back = again(kept)
    assert kept.left == ()
    assert set(back) == set(names)
    assert back["n"] == 3
    assert back["count"] == Counter("ab")


def test_names_that_hold_one_object_hold_one_object_afterwards() -> None:
    frame, item, counter = pd.DataFrame({"a": [1]}), [1], Counter("a")
    kept = encode_namespace(
        {"frame": frame, "groups": {"first": frame}, "x": item, "y": item, "c": counter, "d": [counter], "alone": 5}
    )
    back = again(kept)
    assert back["groups"]["first"] is back["frame"]  # type: ignore[index]
    assert back["x"] is back["y"]
    assert back["d"][0] is back["c"]  # type: ignore[index]
    assert sorted(sorted(parcel.names) for parcel in kept.parcels) == [
        ["alone"],
        ["c", "d"],
        ["frame", "groups"],
        ["x", "y"],
    ]


def test_equal_constants_do_not_bind_names_together() -> None:
    dtype, path = np.dtype("f8"), Path("a")
    kept = encode_namespace({"a": {"t": dtype, "p": path}, "b": {"t": dtype, "p": path}})
    assert [len(parcel.names) for parcel in kept.parcels] == [1, 1]


def test_each_name_that_is_not_kept_has_its_reason_in_words() -> None:
    kept = encode_namespace(
        {"np": np, "f": again, "C": Counter, "lock": [threading.Lock()], "big": np.zeros(10**6), "n": 1},
        most_bytes=10**6,
    )
    assert [(left.name, left.why) for left in kept.left] == [
        ("np", Why.DEFINITION),
        ("f", Why.DEFINITION),
        ("C", Why.DEFINITION),
        ("lock", Why.TYPE),
        ("big", Why.SIZE),
    ]
    reasons = {left.name: left.reason for left in kept.left}
    assert reasons["f"] == "f is a function"
    assert reasons["lock"].startswith("lock[0] is a _thread.lock, which cannot be kept.")
    assert reasons["big"] == "big is too large to keep. It has 8.0 MB or more; 1.0 MB are kept at most."
    assert [parcel.names for parcel in kept.parcels] == [("n",)]


def test_where_not_all_fit_the_smaller_names_are_kept() -> None:
    kept = encode_namespace({"large": bytes(700), "small": bytes(100), "middle": bytes(300)}, most_bytes=800)
    assert sorted(name for parcel in kept.parcels for name in parcel.names) == ["middle", "small"]
    assert [(left.name, left.why) for left in kept.left] == [("large", Why.SIZE)]
    assert kept.size_bytes <= 800


CELLS = """
import json, sys
from nbcellar.tasks.codecs import decode_namespace, encode_namespace
class Host:
    def __init__(self, n): self.n = n
if sys.argv[1] == "write":
    limit = 3
    names = {"hosts": [Host(1)], "alone": lambda x: x + 1, "bound": lambda x: x < limit}
    kept = encode_namespace(names)
    json.dump([parcel.data.hex() for parcel in kept.parcels], open("names.json", "w"))
    print([(left.name, left.reason) for left in kept.left])
else:
    back = decode_namespace(map(bytes.fromhex, json.load(open("names.json"))))
    print(sorted(back), type(back["hosts"][0]) is Host, back["hosts"][0].n, back["alone"](1))
"""


def test_objects_of_the_notebooks_classes_are_of_the_class_that_is_defined_when_they_are_loaded(tmp_path: Path) -> None:
    def cell(word: str) -> str:
        command = [sys.executable, "-c", CELLS, word]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    assert "'<lambda>' in it uses names of the notebook: limit." in cell("write")
    assert len(json.loads((tmp_path / "names.json").read_text())) == 2
    assert cell("read") == "['alone', 'hosts'] True 1 2"
