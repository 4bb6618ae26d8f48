"""What could do harm is refused before the first byte is written, and what is only odd is kept."""

from __future__ import annotations

import base64
import json
import os
import zipfile
from pathlib import Path

import pytest

from nbcellar.assets.restoring.inputs import materialise
from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.selection import Glob
from nbcellar.errors import CorruptDataError, NbcellarError, UnsafeError, UsageError
from nbcellar.frontends.cli import main
from nbcellar.model import Entry, Kind, Run
from nbcellar.settings import Settings
from nbcellar.store import Cellar
from nbcellar.store.catalogue.documents import dump
from nbcellar.store.objects.address import complete
from nbcellar.store.transfer.bundle import LIST
from nbcellar.store.transfer.exporter import export_runs
from tests.assets.saving import save
from tests.conftest import Counted
from tests.store.conftest import save_into

from .hostile import entry, hostile_manifests, odd_names


def everything_below(folder: Path) -> dict[str, tuple[int, ...]]:
    """What a write would change; not when it was read, which looking at it may change."""

    def seen(path: Path) -> tuple[int, ...]:
        found = path.lstat()
        return (found.st_mode, found.st_ino, found.st_nlink, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    return {str(path.relative_to(folder)): seen(path) for path in folder.rglob("*")}


@pytest.fixture
def cellar(tmp_path: Path) -> Cellar:
    return Cellar.open(tmp_path, address=complete(str(tmp_path / "store")), settings=Settings())


def test_hostile_manifests_are_refused_before_the_first_byte(cellar: Cellar, tmp_path: Path, counted: Counted) -> None:
    """By a restore under every policy, by inputs at stable paths, and by the import of an exported file."""
    save_into(cellar, "data", {b"0good": b"owned"})
    target = tmp_path / "home/a/b/target"
    target.mkdir(parents=True)
    (target / "mine").write_text("mine")
    before = everything_below(tmp_path / "home")
    refused = 0
    for number, (why, entries) in enumerate(hostile_manifests()):
        policy = list(Policy)[number % len(Policy)]
        with pytest.raises(UnsafeError, match="cannot be restored safely") as caught:
            execute(cellar, plan(cellar, entries, target, policy=policy))
        assert "Nothing was restored" in str(caught.value), why
        with pytest.raises(UnsafeError):
            plan(cellar, [entry(b"0good"), *entries], tmp_path / "home/new", match=Glob.of("0good").matches)
        for one in entries[1:] if entries[-1].kind is Kind.FILE and len(entries[0].name) == 5 else ():
            with pytest.raises((UnsafeError, UsageError)):
                materialise(cellar, one)
        refused += 1
    assert everything_below(tmp_path / "home") == before
    assert refused >= 500
    counted("hostile manifests refused before the first byte", refused)


def test_hostile_manifests_are_not_imported(cellar: Cellar, tmp_path: Path, counted: Counted) -> None:
    run = save_into(cellar, "data", {b"0good": b"owned", b"1": b"owned"})
    export_runs(cellar._content(), [run], tmp_path / "good.zip", overwrite=False)
    with zipfile.ZipFile(tmp_path / "good.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    other = Cellar.open(tmp_path, address=complete(str(tmp_path / "other")), settings=Settings())
    save_into(other, "mine", {b"mine": b"mine"})
    before = {path.name for path in (tmp_path / "other/packs").iterdir()}
    refused = 0
    for why, entries in hostile_manifests():
        if any(one.chunks for one in entries):
            continue  # an exported file lists none
        content = json.loads(members[LIST])
        rows = content["runs"][0]["entries"]
        content["runs"][0]["entries"] = [_row(rows[0], one) for one in entries]
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            for name, data in (members | {LIST: dump(content).encode()}).items():
                archive.writestr(name, data)
        try:
            other.import_file(tmp_path / "bad.zip")
        except NbcellarError as error:
            assert isinstance(error, UnsafeError | CorruptDataError), why
        else:
            pytest.fail(f"{why} was imported")
        refused += 1
    assert [one.name for one in other.runs()] == ["mine"]
    assert {path.name for path in (tmp_path / "other/packs").iterdir()} == before
    assert refused >= 500
    other.close()
    counted("hostile exported files refused", refused)


def _row(good: dict[str, object], one: Entry) -> dict[str, object]:
    facts: dict[str, object] = {"name": base64.b64encode(one.name).decode(), "kind": one.kind.value}
    facts |= {"size_bytes": one.size_bytes, "digest": one.digest.hex()}
    return {**good, **facts, "member": "" if one.kind is Kind.FOLDER else good["member"]}


@pytest.fixture
def odd(cellar: Cellar, tmp_path: Path) -> tuple[Run, Path]:
    """A folder of odd names, saved."""
    tree = tmp_path / "tree"
    for name in odd_names():
        path = Path(os.fsdecode(os.fsencode(tree) + b"/x/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"holds " + name)
    return save(cellar, tree)[0], tree


def test_odd_names_are_kept_found_listed_and_come_back(
    cellar: Cellar, odd: tuple[Run, Path], tmp_path: Path, counted: Counted, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    run, _ = odd
    names = [b"x/" + name for name in odd_names()]
    assert len(names) >= 500
    assert run.asset
    manifest = cellar.manifest(run.asset)
    assert [one.name for one in manifest] == sorted(names)
    for name in names:
        assert cellar.read_file(manifest[name]) == b"holds " + name[2:]
    execute(cellar, plan(cellar, run.asset, tmp_path / "out"))
    found = {os.fsencode(path.name): path.read_bytes() for path in (tmp_path / "out/x").iterdir()}
    assert found == {name[2:]: b"holds " + name[2:] for name in names}

    assert main(["--store", str(tmp_path / "store"), "--json", "ls", f"{run.project}:w@1"]) == 0
    listed = json.loads(capsysbinary.readouterr().out)["files"]
    said = {base64.b64decode(one["path_b64"]) if "path_b64" in one else one["path"].encode() for one in listed}
    assert said == set(names)
    assert main(["--store", str(tmp_path / "store"), "ls", f"{run.project}:w@1"]) == 0
    shown = capsysbinary.readouterr().out
    assert b"\x1b" not in shown and b"\x07" not in shown and b"\r" not in shown
    counted("odd but legal names kept", len(names))


def test_odd_names_travel_to_another_store(cellar: Cellar, odd: tuple[Run, Path], tmp_path: Path) -> None:
    run, _ = odd
    cellar.export([run], tmp_path / "odd.zip")
    other = Cellar.open(tmp_path, address=complete(str(tmp_path / "other")), settings=Settings())
    (imported,) = other.import_file(tmp_path / "odd.zip")
    assert imported.asset and run.asset and imported.asset.digest == run.asset.digest
    other.close()
