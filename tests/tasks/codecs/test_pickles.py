from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbcellar.assets.restoring.userkey import key_path, own_key
from nbcellar.errors import CorruptDataError, EncodingError, UnsafeError
from nbcellar.tasks.codecs import decode, encode


class Bomb:
    """Unpickling it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_what_this_user_pickled_loads() -> None:
    assert decode(encode(Counter("aab"))) == Counter("aab")


def test_what_another_user_pickled_is_refused_and_nothing_of_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "attacker"))
    data = encode(Bomb(tmp_path / "harm"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "victim"))
    with pytest.raises(UnsafeError, match="did not sign"):
        decode(data)
    own_key()
    with pytest.raises(UnsafeError, match="did not sign"):
        decode(data)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("part", ["pickle", "signature", "by", "python"])
def test_a_signed_pickle_that_was_changed_is_refused(tmp_path: Path, part: str) -> None:
    data = encode(Bomb(tmp_path / "harm"))
    old, new = {
        "pickle": (b"harm", b"HARM"),
        "signature": (b'"signature":"', b'"signature":"00'),
        "by": (b'"by":"cloudpickle"', b'"by":"cloudpickl"'),
        "python": (f'"python":"{sys.version_info.major}'.encode(), b'"python":"9'),
    }[part]
    head, length, rest = data[:17], int.from_bytes(data[17:25], "big"), data[25:]
    assert old in rest
    text, blob = rest[:length].replace(old, new, 1), rest[length:]
    blob = blob.replace(old, new, 1) if part == "pickle" else blob
    with pytest.raises(UnsafeError, match="did not sign"):
        decode(head + len(text).to_bytes(8, "big") + text + blob)
    assert not (tmp_path / "harm").exists()


def test_a_bare_pickle_is_no_stored_value(tmp_path: Path) -> None:
    with pytest.raises(CorruptDataError, match="no stored value"):
        decode(pickle.dumps(Bomb(tmp_path / "harm")))
    assert not (tmp_path / "harm").exists()


def test_the_key_is_for_its_owner_alone_and_made_once() -> None:
    key = own_key()
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_path().parent.stat().st_mode) == 0o700
    assert len(key) == 32
    assert own_key() == key


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_key_that_others_can_reach_signs_and_opens_nothing(mode: int) -> None:
    data = encode(Counter("a"))
    key_path().chmod(mode)
    for act in (lambda: decode(data), lambda: encode(Counter("b"))):
        with pytest.raises(UnsafeError, match="can be read or changed by others"):
            act()


def test_a_key_behind_a_link_is_refused(tmp_path: Path) -> None:
    own_key()
    key_path().rename(tmp_path / "elsewhere")
    key_path().symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="cannot be read"):
        own_key()


def test_threads_that_make_the_key_at_once_get_one_key() -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: own_key(), range(32)))
    assert len(keys) == 1
    assert [path.name for path in key_path().parent.iterdir()] == ["pickle.key"]


def test_processes_that_make_the_key_at_once_get_one_key() -> None:
    code = "from nbcellar.assets.restoring.userkey import own_key; print(own_key().hex())"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(4)
    ]
    keys = {process.communicate()[0] for process in started}
    assert len(keys) == 1
    assert keys.pop().strip() == own_key().hex().encode()


def test_a_function_of_the_notebook_loads_in_another_process(tmp_path: Path) -> None:
    write = "from nbcellar.tasks.codecs import encode\nf = lambda x: x + 1\nopen('v', 'wb').write(encode([f]))"
    read = "from nbcellar.tasks.codecs import decode\nprint(decode(open('v', 'rb').read())[0](2))"
    for code, printed in ((write, ""), (read, "3")):
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == printed


def test_without_cloudpickle_what_the_notebook_defines_is_refused_with_the_cure(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['cloudpickle'] = None\n"
        "from nbcellar.tasks.codecs import encode\n"
        "class Host: pass\n"
        "encode({'hosts': [1, Host()]}, name='state')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "state['hosts'][1] is a Host, which cannot be kept. 'Host' is defined in the notebook." in done.stderr
    assert "Install cloudpickle" in done.stderr


class Broken:
    def __getstate__(self) -> object:
        raise ZeroDivisionError("no state")


class Holder:
    def __init__(self) -> None:
        self.parts = {"name": "x", "lock": threading.Lock()}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"hosts": [0, 1, 2, threading.Lock()]}, r"state\['hosts'\]\[3\] is a _thread.lock, which cannot be kept"),
        (Holder(), r"state.parts\['lock'\] is a _thread.lock, which cannot be kept"),
        ((1, Broken()), r"state\[1\] is a .*Broken, which cannot be kept. It cannot be pickled: no state"),
        (threading.Lock(), r"state is a _thread.lock"),
    ],
)
def test_a_value_that_cannot_be_kept_is_named_with_its_path_its_type_and_the_cure(value: object, message: str) -> None:
    with pytest.raises(EncodingError, match=message) as caught:
        encode(value, name="state")
    assert "register a codec" in caught.value.hint


@pytest.mark.parametrize("closed", [False, True])
def test_an_open_file_is_refused_and_not_read_into_the_pickle(tmp_path: Path, closed: bool) -> None:
    (tmp_path / "in.txt").write_text("all of it")
    with open(tmp_path / "in.txt") as opened:
        if closed:
            opened.close()
        for value in (opened, [opened], lambda: opened.name):
            with pytest.raises(EncodingError, match=r"state.*holds an? \w+ file, .*in\.txt.*Keep the file's path"):
                encode(value, name="state")


def test_what_writes_to_the_terminal_is_kept() -> None:
    assert decode(encode(lambda: sys.__stdout__, name="state")) is not None


def test_a_value_that_is_too_large_is_refused_before_it_is_copied() -> None:
    with pytest.raises(EncodingError, match=r"state is too large to keep. It has 2.0 MB or more; 1.0 MB are kept"):
        encode([bytes(2_000_000)], name="state", most_bytes=1_000_000)
    with pytest.raises(EncodingError, match="too large"):
        encode(Counter(map(str, range(200_000))), name="state", most_bytes=1_000_000)


def test_a_figure_comes_back_drawable() -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    back = decode(encode(figure))
    assert isinstance(back, Figure)
    assert list(back.axes[0].lines[0].get_ydata()) == [1, 2, 3]
