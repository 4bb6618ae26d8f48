from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.frontends.server.drive import MOST
from nbcellar.store import Cellar

from .conftest import Server

DRIVE = "/nbcellar/api/contents"


def names(server: Server, path: str) -> list[str]:
    content = server.ask(f"{DRIVE}/{quote(path)}").json()["content"]
    assert isinstance(content, list)
    return [str(row["name"]) for row in content if isinstance(row, dict)]


def test_cellars_names_versions_and_files_are_folders(server: Server, saved: Asset) -> None:
    assert names(server, "") == ["survey"]
    assert names(server, "survey") == ["train"]
    assert names(server, "survey/train") == ["@1"]
    assert names(server, "survey/train/@1") == ["plots", "page.html", "run.ipynb", "t.csv"]
    assert names(server, "survey/train/@1/plots") == ["loss 1.txt"]


def test_a_file_is_text_and_comes_with_its_hash(server: Server, saved: Asset) -> None:
    model = server.ask(f"{DRIVE}/survey/train/@1/t.csv?hash=1").json()
    assert (model["content"], model["format"], model["writable"]) == ("a,b\n1,2\n", "text", False)
    assert (model["hash"], model["hash_algorithm"]) == (saved["t.csv"].digest, "blake3")


def test_a_notebook_has_lost_what_it_said_of_its_trust(server: Server, saved: Asset) -> None:
    model = server.ask(f"{DRIVE}/survey/train/@1/run.ipynb?type=notebook").json()
    assert '"trusted"' not in str(model["content"])
    assert model["type"] == "notebook"


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_nothing_on_the_drive_can_be_changed(server: Server, saved: Asset, method: str) -> None:
    body = {"path": "x", "type": "file", "format": "text", "content": "x"}
    for path in ("survey/train/@1/t.csv", "survey/train/@1", "survey"):
        assert server.ask(f"{DRIVE}/{path}", method=method, body=dict(body)).status in (400, 403)
    assert server.ask(f"{DRIVE}/survey/train/@1/t.csv").json()["content"] == "a,b\n1,2\n"


@pytest.mark.parametrize(
    "path",
    ["none", "survey/none", "survey/train/@9", "survey/train/prod", "survey/train/@1/../x", "survey/train/@1/t.csv/x"],
)
def test_what_is_not_there_is_not_found(server: Server, saved: Asset, path: str) -> None:
    assert server.ask(f"{DRIVE}/{path}").status == 404
    assert server.ask(f"/nbcellar/files/{path}").status == 404


def test_a_large_folder_is_listed_in_folders_of_ranges(server: Server, saved: Asset) -> None:
    folder = server.root / "survey" / "many"
    folder.mkdir()
    for number in range(2 * MOST + 5):
        os.close(os.open(folder / f"f{number:05}", os.O_CREAT | os.O_WRONLY))
    asset(at=folder, name="many", cellar=Cellar.open(server.root / "survey"))
    ranges = names(server, "survey/many/@1")
    assert ranges == ["000001-002000", "002001-004000", "004001-004005"]
    assert names(server, f"survey/many/@1/{ranges[2]}") == [f"f{number:05}" for number in range(4000, 4005)]
    assert server.ask(f"{DRIVE}/survey/many/@1/{ranges[1]}/f02500").json()["size"] == 0


def test_downloads_are_streams_with_ranges(server: Server, saved: Asset) -> None:
    path = "/nbcellar/files/survey/train/@1/plots/loss%201.txt"
    assert server.ask(path).body == b"0123456789"
    assert server.ask(path, Range="bytes=0-0").body == b"0"


def test_two_projects_of_one_name_have_labels_of_their_own(server: Server, saved: Asset) -> None:
    other: Path = server.root / "other"
    other.mkdir()
    (other / "nbcellar.toml").write_text('project = "survey"\n')
    (other / "a.txt").write_text("1")
    asset("a.txt", at=other, name="apart", cellar=Cellar.open(other))
    assert names(server, "") == ["survey", "survey (2)"]
    assert names(server, "survey (2)") == ["apart"]
