"""What a cell wrote and read, however it did: each safeguard has a test that fails without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nbcellar.model import InputOrigin
from tests.frontends.magics.conftest import Shell, found, names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ARROW = "import pyarrow as pa, pyarrow.parquet as pq\nfrom pathlib import Path\ntable = pa.table({'a': [1]})"


def test_what_a_c_library_writes_is_found_by_the_scan(shell: Shell) -> None:
    shell.ok(ARROW)
    shell.ok("%%task a\npq.write_table(table, 'x.parquet')")
    assert names(shell, "a") == ["x.parquet"]


@pytest.mark.parametrize(
    "body",
    [
        "pq.write_table(table, '../results/x.parquet')",
        "for n in 'x':\n    pq.write_table(table, f'../results/{n}.parquet')",
        "pq.write_table(table, str(ROOT / 'results' / 'x.parquet'))",
        "pq.write_table(table, OUT)",
        "pq.write_table(table, os.path.join(RESULTS, 'x.parquet'))",
        "for n in range(1):\n    pq.write_table(table, RESULTS + '/' + chr(120) + '.parquet')",
        "folder = ROOT / 'results'\npq.write_table(table, folder / (chr(120) + '.parquet'))",
        "name = 'x'\npq.write_table(table, f'{ROOT}/results/{name}.parquet')",
        "pq.write_table(table, Path('..').joinpath('results', 'x.parquet'))",
        "os.system('cd ../results && cp ' + FILE + ' x.parquet')",
    ],
)
def test_what_is_written_unseen_above_the_folder_is_found_where_the_code_mentions_it(below: Shell, body: str) -> None:
    below.ok(
        f"{ARROW}\nimport os\nROOT = Path('..').resolve()\nRESULTS = '../results'\n"
        "OUT = ROOT / 'results' / 'x.parquet'\nFILE = str(ROOT / 'data' / 'given')\nopen(FILE, 'w').close()"
    )
    below.ok(f"%%task a\n{body}")
    assert names(below, "a") == ["project/results/x.parquet"]


def test_of_a_folder_that_the_code_mentions_only_what_is_newer_than_the_task_is_its_own(below: Shell) -> None:
    below.ok("import subprocess\nopen('../results/older.txt', 'w').close()\nopen('../beside.txt', 'w').close()")
    below.ok("%%task a\nsubprocess.run(['touch', 'newer.txt'], cwd='../results')\n'..'")
    assert names(below, "a") == ["project/results/newer.txt"]


def test_what_was_written_unseen_before_other_files_is_found_too(below: Shell) -> None:
    below.ok(ARROW + "\nimport time")
    later = "time.sleep(0.05)\nopen('later.txt', 'w').write('1')"
    below.ok(f"%%task a\npq.write_table(table, '../results/x.parquet')\n{later}")
    assert names(below, "a") == ["later.txt", "project/results/x.parquet"]


LIBRARY = """
import ctypes, os, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
libc = ctypes.CDLL(None)
def write(path):
    fd = libc.creat(os.fsencode(path), 0o644)
    libc.write(fd, b"x", 1)
    libc.close(fd)
settings = {"out": {"dir": "../results"}}
args = SimpleNamespace(out=Path("../results"))
class Config:
    out = "../results/x.bin"
TARGET = Path("../results")
def save():
    write(TARGET / (chr(120) + ".bin"))
def save_all():
    save()
class Model:
    def save(self):
        write("../results" + "/" + chr(120) + ".bin")
model = Model()
"""


@pytest.mark.parametrize(
    "body",
    [
        "write(settings['out']['dir'] + '/x.bin')",
        "write(f'{args.out}/x.bin')",
        "write(args.out / (chr(120) + '.bin'))",
        "write(Config.out)",
        "save_all()",
        "Model().save()",
        "import writing\nwriting.save(write)",
    ],
)
def test_what_is_written_unseen_is_found_by_entries_fields_and_functions_that_hold_the_path(
    below: Shell, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    (below.folder / "writing.py").write_text("OUT = '../results'\ndef save(write):\n    write(OUT + '/x' + '.bin')\n")
    monkeypatch.syspath_prepend(str(below.folder))
    below.ok(LIBRARY)
    below.ok(f"%%task a\n{body}")
    assert names(below, "a") == ["project/results/x.bin"]
    sys.modules.pop("writing", None)


HIDDEN = [
    "write(bytes.fromhex('2e2e2f726573756c74732f782e62696e').decode())",
    "subprocess.run(['sh'], input=bytes.fromhex('6364202e2e3b206563686f2078203e20726573756c74732f782e62696e'))",
]


@pytest.mark.parametrize("body", HIDDEN)
def test_what_nobody_mentions_and_nobody_sees_is_named_on_the_card_with_the_way_to_keep_it(
    below: Shell, body: str
) -> None:
    below.ok(LIBRARY)
    below.ok("import time")
    text = below.ok(f"%%task a\n{body}\ntime.sleep(0.05)\nopen('own.txt', 'w').write('1')")
    assert names(below, "a") == ["own.txt"]
    assert "changed outside of this folder meanwhile, and not kept: ../results/x.bin." in text
    assert "If the cell did it: --at .." in text
    text = below.ok(f"%%task a --at ..\n{body}\nopen('own.txt', 'w').write('2')")
    assert names(below, "a") == ["nb/own.txt", "results/x.bin"]
    assert "not kept" not in text


def test_what_people_edit_and_what_stands_there_since_before_is_not_named(below: Shell) -> None:
    (below.folder / "data" / "old.csv").write_text("1")
    below.ok("import os, time; from pathlib import Path")
    edits = "os.system('cd ..; echo 1 > lib.py; echo 1 > notes.md; echo 1 > data/a.ipynb')"
    assert "meanwhile" not in below.ok(f"%%task a\ntime.sleep(0.03)\n{edits}\nopen('x', 'w').write('1')")


def test_a_large_project_costs_no_look(below: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcellar.tasks.files.above.MOST_LOOKED_AT", 3)
    for number in range(5):
        (below.folder / "data" / f"{number}").touch()
    below.ok(LIBRARY)
    text = below.ok(f"%%task a\n{HIDDEN[0]}\nopen('own.txt', 'w').write('1')")
    assert names(below, "a") == ["own.txt"] and "meanwhile" not in text


def test_what_is_read_unseen_is_found_where_the_code_mentions_it(below: Shell) -> None:
    below.ok(f"{ARROW}\nROOT = Path('..').resolve()\npq.write_table(table, '../data/x.parquet')")
    below.ok("many = sorted(Path('../data').glob('*'))")
    below.ok("%%task a\npq.read_table(ROOT / 'data' / 'x.parquet').num_rows")
    below.ok("%%task b\n[pq.read_table(str(path)).num_rows for path in many]")
    assert found(below, "a") == found(below, "b") == {"data/x.parquet": InputOrigin.LITERAL}


def test_an_object_that_stands_for_a_path_is_not_asked_where_it_is(shell: Shell) -> None:
    shell.ok("class P:\n    def __fspath__(self): raise SystemExit('asked')\np = P()")
    shell.ok("%%task a\np is None")


def test_a_link_to_a_folder_leads_to_the_file_itself(below: Shell, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    below.ok(f"import os\nos.symlink('../results', 'inside')\nos.symlink({str(tmp_path / 'outside')!r}, 'outside')")
    text = below.ok("%%task a\nopen('inside/x', 'w').write('1')\nopen('outside/y', 'w').write('2')")
    assert names(below, "a") == ["project/results/x"]
    assert f"written elsewhere, not saved: {tmp_path / 'outside' / 'y'}" in text


def test_what_is_written_through_a_link_is_the_file_that_it_leads_to(below: Shell) -> None:
    below.ok("import os\nopen('../results/x', 'w').close()\nos.symlink('../results/x', 'link')")
    below.ok("%%task a\nopen('link', 'w').write('through')")
    assert names(below, "a") == ["project/results/x"]
    below.ok("%%task b\nos.symlink('../results/x', 'other')")
    assert names(below, "b") == ["other"]


NOTEBOOK_SAVED = (
    'subprocess.run([sys.executable, \'-c\', \'import os; ending = ".ip" + "ynb"; open(".~copy", "w").close(); '
    'open("tmp", "w").close(); os.replace("tmp", "Untitled" + ending)\'])'
)


def test_a_notebook_that_is_saved_meanwhile_is_nobodys_output(shell: Shell) -> None:
    """Jupyter saves the open notebook, and papermill the one that it runs, while a cell runs."""
    shell.ok("import subprocess, sys")
    text = shell.ok(f"%%task a\nopen('x', 'w').write('1')\n{NOTEBOOK_SAVED}")
    assert names(shell, "a") == ["x"]
    assert "left out, since whoever runs a notebook saves it: .~copy, Untitled.ipynb" in text
    shell.ok(f"%%task b --all\n{NOTEBOOK_SAVED}")
    assert "Untitled.ipynb" in names(shell, "b")


def test_a_notebook_that_the_code_writes_or_names_is_kept(shell: Shell) -> None:
    Path("given.txt").write_text("{}")
    shell.ok("%%task a\nopen('made.ipynb', 'w').write('{}')\n!cp given.txt named.ipynb")
    assert names(shell, "a") == ["made.ipynb", "named.ipynb"]
