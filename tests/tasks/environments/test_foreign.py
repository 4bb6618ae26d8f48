"""The pickled files of EnOSlib: plain values come in, nothing is run."""

from __future__ import annotations

import datetime
import pickle
import sys
from collections import Counter, OrderedDict, UserDict, defaultdict, deque
from pathlib import Path
from types import ModuleType

import pytest

from nbcellar.errors import CorruptDataError, UnsafeError
from nbcellar.tasks.environments import Environment, get_or_create_env

VALUES: dict[object, object] = {
    "config_file": None,
    "config": {"a": [1, 2.5, "x", b"y", None, True, {3}, frozenset({4}), (5,)]},
    "config_type": "yaml",
    "path": Path("a/b"),
    "when": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    "wait": datetime.timedelta(1, 2),
    "ordered": OrderedDict(b=1, a=2),
    "count": Counter("aab"),
    "lists": defaultdict(list, {"a": [1]}),
    "queue": deque([1, 2], 5),
    "bytes": bytearray(b"z"),
    "complex": 1 + 2j,
    "range": range(0, 9, 2),
    ("x", 1): 10**40,
}


class _Environment(UserDict[object, object]):
    env_name: Path


def written_by_enoslib(
    monkeypatch: pytest.MonkeyPatch, values: dict[object, object], protocol: int = pickle.DEFAULT_PROTOCOL
) -> Path:
    """An ``env`` file as EnOSlib writes it: its class pickled by name, with ``data`` and ``env_name`` as state."""
    module = ModuleType("enoslib.task")
    monkeypatch.setitem(sys.modules, "enoslib", ModuleType("enoslib"))
    monkeypatch.setitem(sys.modules, "enoslib.task", module)
    kind = type("Environment", (_Environment,), {"__module__": "enoslib.task"})
    module.__dict__["Environment"] = kind
    env = kind({"resultdir": Path("/gone/xp1"), **values})
    env.env_name = Path("/gone/xp1")
    file = Path("xp1/env")
    file.parent.mkdir()
    file.write_bytes(pickle.dumps(env, protocol))
    monkeypatch.delitem(sys.modules, "enoslib.task")
    return file


@pytest.mark.parametrize("protocol", range(3, pickle.HIGHEST_PROTOCOL + 1))
def test_an_environment_of_enoslib_is_read_with_every_plain_value(
    monkeypatch: pytest.MonkeyPatch, place: Path, protocol: int
) -> None:
    file = written_by_enoslib(monkeypatch, VALUES, protocol)
    env = Environment.load_from_file(file)
    assert env.data == {"resultdir": Path("/gone/xp1"), **VALUES}
    assert env.env_name == place / "xp1"
    assert isinstance(env["lists"], defaultdict)
    assert env["lists"].default_factory is list
    assert isinstance(env["queue"], deque)
    assert env["queue"].maxlen == 5


def test_what_was_read_is_saved_in_our_form_and_the_pickle_stays_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    file = written_by_enoslib(monkeypatch, {"nodes": 3})
    before = file.read_bytes()
    env = get_or_create_env(False, "xp1")
    env["nodes"] = 4
    env.dump()
    assert get_or_create_env(False, "xp1")["nodes"] == 4
    assert file.read_bytes().startswith(b"nbcellar environment 1\n")
    assert [one.note for one in env.log()] == ["", "found in the folder"]
    from nbcellar.store import current

    asset = env.log()[1].run.asset
    assert asset is not None
    assert current().read_file(current().manifest(asset)[b"env"]) == before


class Harm:
    def __init__(self, call: object, *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self.call, self.arguments


def harms(folder: Path) -> dict[str, object]:
    import builtins
    import os
    import subprocess

    target = str(folder / "harm")
    return {
        "posix.system": Harm(os.system, f"touch {target}"),
        "builtins.eval": Harm(builtins.eval, f"open({target!r}, 'w')"),
        "builtins.getattr": Harm(builtins.getattr, Path(target), "touch"),
        "io.open": Harm(builtins.open, target, "w"),
        "subprocess.Popen": Harm(subprocess.Popen, ["touch", target]),
        "io.FileIO": Harm(__import__("io").FileIO, target, "w"),
        "builtins.__import__": Harm(builtins.__import__, "antigravity"),
    }


@pytest.mark.parametrize("name", harms(Path()))
def test_a_pickle_that_asks_for_more_is_refused_by_name_and_nothing_of_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    file = written_by_enoslib(monkeypatch, {"fine": 1, "deep": [{"x": harms(tmp_path)[name]}]})
    before = file.read_bytes()
    with pytest.raises(UnsafeError, match=rf"asks for '(_)?{name}'") as caught:
        Environment.load_from_file(file)
    assert caught.value.exit_code == 7
    assert not (tmp_path / "harm").exists()
    assert file.read_bytes() == before
    assert "antigravity" not in sys.modules


def test_an_object_of_a_class_of_somebody_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("enoslib.objects")
    host = type("Host", (), {"__module__": "enoslib.objects"})
    module.__dict__["Host"] = host
    monkeypatch.setitem(sys.modules, "enoslib.objects", module)
    file = written_by_enoslib(monkeypatch, {"hosts": [host()]})
    with pytest.raises(UnsafeError, match=r"'enoslib.objects.Host'"):
        Environment.load_from_file(file)


@pytest.mark.parametrize(
    "call",
    [Harm(set, range(10**12)), Harm(bytearray, 10**12), Harm(Counter, range(10**12)), Harm(deque, range(10**12))],
    ids=["set", "bytearray", "counter", "deque"],
)
def test_a_pickle_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch, call: Harm) -> None:
    file = written_by_enoslib(monkeypatch, {"x": call})
    with pytest.raises(UnsafeError):
        Environment.load_from_file(file)


@pytest.mark.parametrize("data", [b"\x80\x04", b"\x80\x04K\x01.", b"\x80\x04]\x94.", b"\x80\x04\x95\xff\xff\xff"])
def test_a_pickle_that_is_damaged_or_no_environment_is_refused(place: Path, data: bytes) -> None:
    (place / "env").write_bytes(data)
    with pytest.raises(CorruptDataError):
        Environment.load_from_file("env")
