"""Every single object of a store flipped, cut or removed in turn: the check names it and every file that needs it."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.model import Digest, Run
from nbcellar.store import Cellar, CheckLevel, RunQuery
from nbcellar.store.journal.layout import FORMAT_FILE
from nbcellar.store.objects.local import LocalObjects
from nbcellar.store.packs.pack import read_index
from nbcellar.store.upkeep.checker import Checker
from tests.conftest import Counted

from .conftest import save_into

File = tuple[str, bytes]
Hurt = Callable[[Path], int]
"""Damages a file; from which byte on it is no longer what it was."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    cellar = Cellar.open(folder)
    for number in range(3):
        files = {b"shared": b"shared by all" * 50, b"own-%d" % number: b"%d" % number * 3000, b"z": b"last %d" % number}
        save_into(cellar, "data", files)
    save_into(cellar, "big", {b"big": bytes(range(256)) * 65536 + b"tail"})
    cellar.remove(cellar.find("data@2"))
    cellar.record("score", {"a": 1}, {"b": 2})
    cellar.close()
    return folder


def flip(path: Path) -> int:
    data = bytearray(path.read_bytes())
    place = len(data) // 2
    data[place] ^= 1
    replace_with(path, bytes(data))
    return place


def cut(path: Path) -> int:
    data = path.read_bytes()
    replace_with(path, data[: len(data) // 2])
    return len(data) // 2


def remove(path: Path) -> int:
    path.unlink()
    return 0


def replace_with(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def every_file(cellar: Cellar) -> dict[File, tuple[Digest, ...]]:
    """The blobs that each file of each asset needs, without its manifest's."""
    return {
        (run.ref, entry.name): entry.chunks or (entry.digest,)
        for run in cellar.runs(RunQuery(removed=None))
        if run.asset
        for entry in cellar.manifest(run.asset)
    }


def manifests(cellar: Cellar) -> dict[str, set[Digest]]:
    """The blobs of each asset's own manifest."""
    return {run.ref: set(cellar.manifest(run.asset).own_blobs()) for run in all_runs(cellar) if run.asset}


def all_runs(cellar: Cellar) -> list[Run]:
    return cellar.runs(RunQuery(removed=None))


def lost_blobs(cellar: Cellar, pack: str, hurt: Hurt, start: int) -> set[Digest]:
    """The blobs of a pack that the damage touches."""
    index = read_index(LocalObjects(cellar.folder), pack)
    if hurt is flip:
        return {digest for digest, offset, length in index.blobs() if offset <= start < offset + length}
    return {digest for digest, offset, length in index.blobs() if offset + length > start}


@pytest.mark.parametrize("hurt", [flip, cut, remove])
def test_each_damaged_object_is_named_with_every_file_that_needs_it(
    template: Path, tmp_path: Path, hurt: Hurt, counted: Counted
) -> None:
    sound = Cellar.open(template)
    files, own = every_file(sound), manifests(sound)
    objects = sorted(path.relative_to(template) for path in template.glob(".cellar/[pj]*/*"))
    assert len(objects) > 14
    for number, name in enumerate(objects):
        folder = tmp_path / str(number)
        shutil.copytree(template, folder)
        start = hurt(folder / name)
        cellar = Cellar.open(folder)
        report = cellar.check(CheckLevel.READ_DATA)
        key = f"{name.parent.name}/{name.name}"
        assert [damage.object for damage in report.damages] == [key]
        (damage,) = report.damages
        assert damage.advice
        if name.parent.name == "packs" and name.suffix != ".idx":
            lost = lost_blobs(sound, name.name, hurt, start)
            unreadable = {run for run, blobs in own.items() if blobs & lost}
            expected = {file for file, blobs in files.items() if lost.intersection(blobs) and file[0] not in unreadable}
            named = {(need.run.ref, need.name) for need in damage.needs}
            assert named >= expected
            assert {run for run, name in named if name is None} == unreadable
            assert_others_are_whole(cellar, sound, {*expected, *((run, None) for run in unreadable)})
        cellar.close()
        shutil.rmtree(folder)
    sound.close()
    counted(f"objects hurt one by one ({hurt.__name__}), each named by check", len(objects))


def assert_others_are_whole(damaged: Cellar, sound: Cellar, lost: set[tuple[str, bytes | None]]) -> None:
    """No wrong byte is ever given out, and what is not lost is given out whole."""
    for run in all_runs(sound):
        for entry in sound.manifest(run.asset) if run.asset else ():
            if (run.ref, None) in lost or (run.ref, entry.name) in lost:
                with pytest.raises(CorruptDataError):
                    assert run.asset
                    damaged.manifest(run.asset)[entry.name]
                    damaged.read_file(entry)
            else:
                assert damaged.read_file(entry) == sound.read_file(entry)


def listing(folder: Path) -> str:
    """Everything that a store says, with the content of every file."""
    cellar = Cellar.open(folder)
    try:
        runs = all_runs(cellar)
        files = [
            (run.ref, entry, cellar.read_file(entry))
            for run in runs
            if run.asset
            for entry in cellar.manifest(run.asset)
        ]
        said = (runs, cellar.labels([run.id for run in runs]), cellar.records(), cellar.series(), files)
        return repr(said)
    finally:
        cellar.close()


SHARES = 80


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        pytest.param(slice(30), id="sampled"),
        *[
            pytest.param(slice(number, 4000, SHARES), marks=pytest.mark.long, id=f"{number + 1} of {SHARES}")
            for number in range(SHARES)
        ],
    ],
)
def test_a_flipped_byte_of_the_catalogue_is_named_where_it_says_anything_else_and_repaired(
    template: Path, tmp_path: Path, part: slice, counted: Counted
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(template, folder)
    before = listing(folder)
    path = folder / ".cellar" / "catalogue.db"
    data = path.read_bytes()
    places = [place for place in range(len(data)) if data[place]]
    named = 0
    chosen = Random(30).sample(places, len(places))[part]
    for place in chosen:
        for file in path.parent.glob("catalogue.db*"):
            file.unlink()
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            said = listing(folder)
        except NbcellarError:
            said = ""
        cellar = Cellar.open(folder)
        try:
            sound = cellar.check(CheckLevel.READ_DATA).sound
        except NbcellarError:
            sound = False
        assert said == before or not sound, f"byte {place}"
        named += not sound
        if not sound:
            cellar.repair_catalogue()
            cellar.close()
            assert listing(folder) == before, f"byte {place}"
            assert Cellar.open(folder).check(CheckLevel.READ_DATA).sound
        cellar.close()
    assert named > len(chosen) // 4
    counted("flipped bytes of a catalogue that said something else, each named and repaired", named)


def test_a_quick_check_finds_what_is_gone_or_cut_without_reading(template: Path, tmp_path: Path) -> None:
    for number, hurt in enumerate((cut, remove)):
        folder = tmp_path / str(number)
        shutil.copytree(template, folder)
        pack = next(path for path in sorted(folder.glob(".cellar/packs/*")) if not path.suffix)
        hurt(pack)
        report = Cellar.open(folder).check(CheckLevel.QUICK)
        assert [damage.object for damage in report.damages] == [f"packs/{pack.name}"]
        assert report.read_bytes == 0


@pytest.mark.parametrize("hurt", [flip, cut])
def test_a_damaged_format_file_is_refused_by_name(template: Path, tmp_path: Path, hurt: Hurt) -> None:
    folder = tmp_path / "project"
    shutil.copytree(template, folder)
    cellar = Cellar.open(folder)
    hurt(folder / ".cellar" / FORMAT_FILE)
    assert [damage.object for damage in cellar.check().damages] == [FORMAT_FILE]
    with pytest.raises(NbcellarError, match=FORMAT_FILE):
        Cellar.open(folder)


@pytest.mark.parametrize("left", ["packs", "journal"])
def test_a_store_that_lost_its_format_file_is_no_empty_one(template: Path, tmp_path: Path, left: str) -> None:
    folder = tmp_path / "project"
    shutil.copytree(template, folder)
    store = folder / ".cellar"
    (store / FORMAT_FILE).unlink()
    shutil.rmtree(store / ("journal" if left == "packs" else "packs"))
    with pytest.raises(CorruptDataError, match=f"{FORMAT_FILE}.* is gone, and its folder {left}"):
        Cellar.open(folder)
    shutil.copy(template / ".cellar" / FORMAT_FILE, store)
    assert Cellar.open(folder).exists


def test_a_sound_store_is_counted(template: Path) -> None:
    report = Cellar.open(template).check(CheckLevel.READ_DATA)
    assert report.sound
    assert (report.asset_count, report.debris_count, report.resume) == (4, 0, "")
    assert report.read_bytes > 16 * 2**20


def test_a_check_can_be_done_in_parts_and_be_resumed(template: Path) -> None:
    cellar = Cellar.open(template)
    whole = cellar.check(CheckLevel.READ_DATA)
    parts = [cellar.check(CheckLevel.READ_DATA, part=(number, 3)) for number in (1, 2, 3)]
    assert sum(part.read_bytes for part in parts) == whole.read_bytes
    read, resume = 0, ""
    for _ in range(whole.pack_count + 1):
        report = cellar.check(CheckLevel.READ_DATA, resume=resume, most_bytes=1)
        read, resume = read + report.read_bytes, report.resume
        if not resume:
            break
    assert read == whole.read_bytes


class _Interrupted(LocalObjects):
    """Somebody presses Ctrl-C at one of the reads."""

    def __init__(self, root: Path, at: int = 0) -> None:
        super().__init__(root)
        self.count = 0
        self._at = at

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        self.count += 1
        if self.count == self._at:
            signal.raise_signal(signal.SIGINT)
        return super().read(key, offset, length)


def test_an_interrupted_check_says_what_it_found_and_where_to_go_on(template: Path) -> None:
    with closing(Cellar.open(template)) as cellar:
        catalogue = cellar._reading()
        objects = _Interrupted(cellar.folder)
        whole = Checker(catalogue, objects, CheckLevel.READ_DATA).check()
        with pytest.raises(KeyboardInterrupt) as caught:
            Checker(catalogue, _Interrupted(cellar.folder, objects.count), CheckLevel.READ_DATA).check()
        (note,) = caught.value.__notes__
        found, place = note.removesuffix("`.").split("\nGo on with `nbcellar check --read-data --resume ")
        assert found == "No damage so far."
        rest = cellar.check(CheckLevel.READ_DATA, resume=place)
        assert 0 < rest.read_bytes < whole.read_bytes


def test_the_check_changes_nothing_and_runs_beside_a_writer(local: Cellar) -> None:
    save_into(local, "data", {b"a": b"1" * 100})
    with local.stage() as stage:
        stage.put(b"unpublished" * 100)
        stage.seal()
        assert local.check(CheckLevel.READ_DATA).sound
        assert local.check().debris_count == 0
