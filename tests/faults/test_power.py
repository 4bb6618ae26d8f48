"""What was acknowledged survives a power cut; what was not is not there at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.model import LabelKind
from nbcellar.store import Cellar, CheckLevel
from nbcellar.store.objects.local import write_durably
from tests.conftest import Counted

from .harness import SCRIPTS
from .power import Disk

pytestmark = [pytest.mark.slow, pytest.mark.root]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Mounting must be permitted here: where it is not, this fails."""
    made = Disk.make(tmp_path / "power")
    yield made
    made.unmount()


def test_the_disk_really_loses_what_was_not_made_durable(disk: Disk) -> None:
    write_durably(disk.mount_point / "durable", b"kept" * 999)
    (disk.mount_point / "lost.tmp").write_bytes(b"lost" * 999)
    (disk.mount_point / "lost.tmp").rename(disk.mount_point / "lost")
    disk.cut_power()
    assert (disk.mount_point / "durable").read_bytes() == b"kept" * 999
    lost = disk.mount_point / "lost"
    assert not lost.exists() or lost.read_bytes() != b"lost" * 999


@pytest.mark.parametrize("cuts", [6, pytest.param(100, marks=pytest.mark.long)])
def test_every_asset_and_label_that_was_acknowledged_is_there_after_a_power_cut(
    disk: Disk, cuts: int, counted: Counted
) -> None:
    project = disk.mount_point / "project"
    project.mkdir()
    acknowledged: dict[str, tuple[str, str]] = {}
    for cut in range(cuts):
        process = subprocess.Popen(
            [sys.executable, str(SCRIPTS / "acknowledge.py"), str(project)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        for _ in range(1 + cut * 7 % 5):
            ref, digest, number = process.stdout.readline().split()
            acknowledged[ref] = (digest, number)
        process.kill()  # at any moment of the next save
        process.stdout.close()
        process.wait()
        disk.cut_power()
        assert_acknowledged(project, acknowledged)
    counted("power cuts", cuts)
    counted("assets acknowledged before a power cut, none lost", len(acknowledged))


def assert_acknowledged(project: Path, acknowledged: dict[str, tuple[str, str]]) -> None:
    cellar = Cellar.open(project)
    report = cellar.check(CheckLevel.READ_DATA)
    assert report.sound, report.damages
    for ref, (digest, number) in acknowledged.items():
        run = cellar.find(ref)
        assert run.asset and run.asset.digest.hex() == digest
        contents = [cellar.read_file(entry) for entry in cellar.manifest(run.asset)]
        assert contents == [f"{number} {place}".encode() * 3000 for place in range(3)]
        assert [(label.kind, label.value) for label in cellar.labels([run.id])] == [(LabelKind.TAG, number)]
    assert len(cellar.runs()) >= len(acknowledged)
    cellar.close()
