"""What a cell read, however it did: files that change or go meanwhile, large ones, links, and URLs."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from nbcellar.model import InputKind
from nbcellar.tasks.reads.inputs import digest_now
from tests.frontends.magics.conftest import Shell, names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_an_input_that_changes_meanwhile_is_noted_and_has_no_digest(below: Shell) -> None:
    below.ok("import subprocess\nopen('../data/x.csv', 'w').write('1')")
    text = below.ok(
        "%%task a\nopen('../data/x.csv').read()\n"
        "subprocess.run(['sh', '-c', 'echo more >> ../da\"\"ta/x.cs\"\"v'])  # in words that say nothing"
    )
    assert "data/x.csv changed while the cell ran; which content it read is not known" in text
    assert [one.digest for one in below.cellar.find("a").inputs if one.path == "data/x.csv"] == [None]


def test_an_input_that_the_cell_replaces_is_not_called_changed(shell: Shell) -> None:
    Path("state").write_text("before")
    text = shell.ok(
        "%%task a\nimport os\nold = open('state').read()\nopen('new', 'w').write('x')\nos.replace('new', 'state')"
    )
    assert "changed while" not in text
    (one,) = shell.cellar.find("a").inputs
    assert one.digest == blake3(b"before").digest()
    assert names(shell, "a") == ["state"]


@pytest.mark.parametrize("remove", ["os.remove('in.csv')", "shutil.rmtree('folder')"])
def test_an_input_that_the_cell_deletes_keeps_its_digest(shell: Shell, remove: str) -> None:
    Path("folder").mkdir()
    path = Path("in.csv" if "in.csv" in remove else "folder/in.csv")
    path.write_text("before")
    shell.ok(f"%%task a\nimport os, shutil\nopen({str(path)!r}).read()\n{remove}")
    assert [one.digest for one in shell.cellar.find("a").inputs] == [blake3(b"before").digest()]
    assert shell.cellar.find("a").asset is None


def test_a_file_of_the_same_name_in_a_removed_folder_is_another(shell: Shell) -> None:
    """``shutil.rmtree`` removes names relative to a descriptor."""
    Path("in.csv").write_text("x")
    shell.ok(
        "%%task a --fresh --in in.csv\nimport os, shutil\nos.mkdir('sub')\nopen('sub/in.csv', 'w').close()\n"
        "shutil.rmtree('sub')\nopen('in.csv').read()"
    )


def sparse(path: Path, size_bytes: int = 10 * 2**30) -> None:
    with path.open("wb") as file:
        file.truncate(size_bytes)


@pytest.mark.parametrize(
    "line",
    [
        "a\nopen('big.bin', 'rb').read(10)",
        "a\n'big.bin'",
        "a --in big.bin\n1",
        "a --in big=./*.bin\n1",
        "a --fresh --in big.bin\nopen('big.bin', 'rb').read(10)",
        "a\nimport os\nopen('big.bin', 'rb').read(10)\nos.remove('big.bin')",
    ],
)
def test_an_input_of_ten_gigabytes_is_not_read_where_nothing_needs_its_digest(shell: Shell, line: str) -> None:
    sparse(Path("big.bin"))
    shell.ok(f"%%task {line}")
    (one,) = shell.cellar.find("a").inputs
    assert one.digest is None and one.size_bytes == 10 * 2**30


def test_a_child_that_writes_through_a_linked_input_is_noticed(shell: Shell) -> None:
    Path("in.csv").write_text("x")
    text = shell.ok(
        "%%task a --fresh --in in.csv\nimport subprocess\nsubprocess.run(['sh', '-c', 'echo more >> in.csv'])"
    )
    assert "in.csv changed while the cell ran" in text


def test_lazy_objects_of_a_fresh_folder_go_on_after_the_cell(shell: Shell) -> None:
    Path("rain.txt").write_text("1 2 3")
    shell.ok(
        "%%task a --fresh --in rain.txt\nimport numpy as np, xarray as xr\n"
        "np.save('grid.npy', np.arange(6.0))\ngrid = np.load('grid.npy', mmap_mode='r')\n"
        "xr.Dataset({'rain': ('time', np.arange(4.0))}).to_netcdf('rain.nc', engine='netcdf4')\n"
        "rain = xr.open_dataset('rain.nc', engine='netcdf4', chunks=None)\n"
        "lines = open('rain.txt')"
    )
    assert Path.cwd() == shell.folder and not Path("rain.nc").exists()
    shell.ok("assert grid.sum() == 15.0 and float(rain['rain'].sum()) == 6.0 and lines.read() == '1 2 3'")
    shell.ok("rain.close()")
    assert names(shell, "a") == ["grid.npy", "rain.nc"]


def test_a_pattern_that_fits_one_file_has_the_digest_of_a_pattern(shell: Shell) -> None:
    """Whoever compares it later looks at the pattern again, whatever it fits by then."""
    Path("data").mkdir()
    Path("data/a.csv").write_text("a")
    shell.ok("%%task a --in data/*.csv --in data\n1")
    for one in shell.cellar.find("a").inputs:
        assert one.digest is not None and one.digest == digest_now(shell.cellar, one)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server on the loopback; gives its address."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web/table.csv").write_text("a,b\n1,2\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_input_from_a_url_is_fetched_and_recorded(shell: Shell, web: str) -> None:
    shell.ok(
        f"%%task a --in t={web}/table.csv\nimport nbcellar as cellar\n"
        "text = cellar.current.inputs['t'].read_text()\nopen('copy.csv', 'w').write(text)"
    )
    one = next(one for one in shell.cellar.find("a").inputs if one.kind is InputKind.URL and one.alias)
    assert (one.path, one.digest) == (f"{web}/table.csv", blake3(b"a,b\n1,2\n").digest())
    shell.ok(f"%%task b --fresh --in {web}/table.csv\nassert open('table.csv').read() == 'a,b\\n1,2\\n'")


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("{web}/missing.csv", "There is nothing at"),
        ("http://127.0.0.1:1/x.csv", "could not be read"),
        ("github://a:b@x/y", "is no protocol for inputs"),
        ("http://user:word@127.0.0.1/x", "holds a password"),
    ],
)
def test_a_url_that_cannot_be_read_is_said_before_the_body(shell: Shell, web: str, ref: str, said: str) -> None:
    result, text = shell.run(f"%%task a --in {ref.format(web=web)}\nopen('ran', 'w')")
    assert not result.success and said in text and "word@" not in text
    assert not Path("ran").exists()
