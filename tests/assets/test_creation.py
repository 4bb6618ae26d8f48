"""Making assets: every form, every mixture, and what is refused."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar import NotFoundError, SourceError, UsageError
from nbcellar.assets.creation import default_name
from nbcellar.store import RunQuery, current


@pytest.fixture
def files(project: Path) -> Path:
    (project / "images" / "s").mkdir(parents=True)
    (project / "a.txt").write_text("one")
    (project / "b.md").write_text("two")
    (project / ".hidden").write_text("three")
    (project / "images" / "1.jpg").write_text("jpg")
    (project / "images" / "s" / "2.png").write_text("png")
    (project / "nbcellar.toml").unlink()
    return project


def content(asset: cellar.Asset) -> dict[str, bytes]:
    return {entry.path: entry.read() for entry in asset.entries}


def stored_bytes() -> int:
    return sum(path.stat().st_size for path in (current().folder / "packs").glob("*") if path.suffix != ".idx")


def test_without_arguments_it_is_every_file_of_the_folder_hidden_ones_too(files: Path) -> None:
    made = cellar.asset()
    assert content(made) == {
        ".hidden": b"three",
        "a.txt": b"one",
        "b.md": b"two",
        "images/1.jpg": b"jpg",
        "images/s/2.png": b"png",
    }
    assert made.metadata == cellar.AssetMetadata("project", 5, 17)


def test_one_file_is_named_by_its_path_from_the_base(files: Path) -> None:
    assert list(cellar.asset("images/1.jpg")) == ["images/1.jpg"]
    assert list(cellar.asset(Path("images/1.jpg"))) == ["images/1.jpg"]
    assert list(cellar.asset(files / "images" / "1.jpg")) == ["images/1.jpg"]
    assert list(cellar.asset("1.jpg", at="images")) == ["1.jpg"]
    assert list(cellar.asset("./images/../a.txt")) == ["a.txt"]


def test_a_file_outside_the_base_is_under_its_bare_name(files: Path, tmp_path: Path) -> None:
    (tmp_path / "far.txt").write_text("far")
    assert content(cellar.asset(tmp_path / "far.txt")) == {"far.txt": b"far"}
    assert content(cellar.asset("../far.txt")) == {"far.txt": b"far"}
    assert content(cellar.asset("../a.txt", at="images")) == {"a.txt": b"one"}


def test_a_folder_is_taken_with_everything_in_it(files: Path) -> None:
    assert list(cellar.asset("images")) == ["images/1.jpg", "images/s/2.png"]
    assert list(cellar.asset(at="images")) == ["1.jpg", "s/2.png"]
    assert list(cellar.asset({"pics": "images"})) == ["pics/1.jpg", "pics/s/2.png"]
    assert list(cellar.asset({"": "images"})) == ["1.jpg", "s/2.png"]
    assert list(cellar.asset({"pics/": "images"})) == ["pics/1.jpg", "pics/s/2.png"]


def test_a_list_mixes_everything_and_later_ones_win(files: Path) -> None:
    (files / "new").mkdir()
    (files / "new" / "a.txt").write_text("later")
    first = cellar.asset("a.txt")
    made = cellar.asset(["b.md", first, first["a.txt"], "images/s", files / "a.txt"])
    assert list(made) == ["a.txt", "b.md", "images/s/2.png"]
    later = cellar.asset("a.txt", at="new")
    assert content(cellar.asset([first, later])) == {"a.txt": b"later"}
    assert content(cellar.asset([later, first])) == {"a.txt": b"one"}


def test_match_is_held_against_paths_in_the_asset_in_every_form(files: Path) -> None:
    assert list(cellar.asset(match="**/*.{jpg,png}")) == ["images/1.jpg", "images/s/2.png"]
    assert list(cellar.asset(at="images", match="*")) == ["1.jpg"]
    assert list(cellar.asset(["a.txt", "b.md"], match="*.md")) == ["b.md"]
    assert list(cellar.asset({"x/a.md": "a.txt", "b": "b.md"}, match="**/*.md")) == ["x/a.md"]
    assert list(cellar.asset({"pics": "images"}, match=["pics/*.jpg", "nothing"])) == ["pics/1.jpg"]


def test_dict_paths_start_from_the_current_folder_and_name_the_entries(files: Path) -> None:
    made = cellar.asset({"img/1.jpg": "images/1.jpg", "img/copy.jpg": Path("images/1.jpg"), "deep/er/a": "a.txt"})
    assert content(made) == {"deep/er/a": b"one", "img/1.jpg": b"jpg", "img/copy.jpg": b"jpg"}


def test_assets_are_filtered_combined_and_picked_from_without_a_byte_copied(files: Path) -> None:
    first, second = cellar.asset(name="first"), cellar.asset("images", name="second")
    (files / "a.txt").unlink()
    before = stored_bytes()
    filtered = cellar.asset(first, match="*.md")
    combined = cellar.asset({"1": first, "2": second})
    picked = cellar.asset({"x.jpg": second["images/1.jpg"], "a": first["a.txt"], "all": first})
    assert list(filtered) == ["b.md"]
    assert set(combined) == {f"1/{path}" for path in first} | {f"2/{path}" for path in second}
    assert picked["a"].read() == b"one"
    assert picked["x.jpg"].digest == second["images/1.jpg"].digest
    new = stored_bytes() - before
    assert new < 3 * 1000, "three lists of entries, no content"
    assert {one.path for one in picked.inputs} == {"first@1", "second@1"}
    assert [run.ref for run in second.used_by] == [picked.run.ref, combined.run.ref]


def test_references_name_stored_assets(files: Path) -> None:
    cellar.asset(name="first")
    assert list(cellar.asset("cellar:first")) == list(cellar.asset())
    assert list(cellar.asset("cellar:first@1/a.txt")) == ["a.txt"]
    assert list(cellar.asset({"x": "cellar:first/images"}, match="**")) == ["x/images/1.jpg", "x/images/s/2.png"]
    assert list(cellar.asset({"x": "cellar:first/a.txt"})) == ["x"]


def test_the_same_files_are_the_same_asset_whatever_they_are_called(files: Path) -> None:
    assert cellar.asset("a.txt", name="one") == cellar.asset("a.txt", name="other")
    assert cellar.asset("a.txt").id == cellar.asset({"a.txt": "a.txt"}).id


def test_names_follow_what_is_kept(files: Path) -> None:
    assert default_name(None, Path("/x/my project")) == "my-project"
    assert default_name("images/1.jpg", files) == "asset-1"
    assert default_name("model.final.npz", files) == "model"
    assert default_name(".hidden", files) == "hidden"
    assert default_name("images/", files) == "images"
    assert default_name(["a.txt", "b.md"], files) == "asset"
    assert default_name(cellar.asset("a.txt", name="mine"), files) == "mine-part"
    assert default_name("ünïcode", files) == "n-code"
    assert default_name("x" * 300, files) == "x" * 128


def test_a_named_link_means_its_target_and_one_in_a_folder_is_a_link(files: Path) -> None:
    os.symlink("a.txt", files / "images" / "link")
    os.symlink("../a.txt", files / "images" / "up")
    assert content(cellar.asset("images/up")) == {"images/up": b"one"}
    kinds = {entry.path: entry.entry.kind.value for entry in cellar.asset("images").entries}
    assert kinds["images/up"] == "link"


def test_names_are_bytes(files: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (files / name).write_text("latin")
    assert cellar.asset(match="caf*")[name].read() == b"latin"
    assert cellar.asset({name: "a.txt"})[name].read() == b"one"


def test_credentials_in_a_folder_are_left_out_unless_asked_for(files: Path) -> None:
    (files / ".env").write_text("TOKEN=x")
    assert ".env" not in cellar.asset()
    assert ".env" in cellar.asset(include_secrets=True)
    assert ".env" in cellar.asset(".env")


def test_missing_ones_can_be_skipped(files: Path) -> None:
    assert list(cellar.asset(["a.txt", "gone.txt"], missing="skip")) == ["a.txt"]
    with pytest.raises(NotFoundError, match="No file was found"):
        cellar.asset("gone.txt", missing="skip")


BAD: list[tuple[str, Callable[[], object], type[Exception], str]] = [
    (
        "missing= mistyped",
        lambda: cellar.asset("a.txt", missing="skp"),
        UsageError,
        "'skp' is not known.*Did you mean 'skip'",
    ),
    ("a missing file", lambda: cellar.asset("a.tx"), NotFoundError, "There is no file 'a.tx'.*Did you mean 'a.txt'"),
    ("a missing one in a dict", lambda: cellar.asset({"x": "gone"}), NotFoundError, "no file 'gone'"),
    ("a pattern as a path", lambda: cellar.asset("*.txt"), NotFoundError, r"use match='\*.txt'"),
    ("a URL", lambda: cellar.asset("https://x.org/a.csv"), NotFoundError, "Only files of this machine"),
    ("a pattern that fits nothing", lambda: cellar.asset(match="*.none"), NotFoundError, r"matches \*.none"),
    ("at with a dict", lambda: cellar.asset({"x": "a.txt"}, at="images"), UsageError, "at= cannot be given"),
    ("at with an asset", lambda: cellar.asset(cellar.asset("a.txt"), at="."), UsageError, "at= cannot be given"),
    ("a key that leaves", lambda: cellar.asset({"../x": "a.txt"}), UsageError, "segment '..'"),
    ("an absolute key", lambda: cellar.asset({"/x": "a.txt"}), UsageError, "an absolute path"),
    ("a key with NUL", lambda: cellar.asset({"a\0b": "a.txt"}), UsageError, "NUL byte"),
    ("a key with a dot segment", lambda: cellar.asset({"a/./b": "a.txt"}), UsageError, "segment '.'"),
    ("a file without a path", lambda: cellar.asset({"": "a.txt"}), UsageError, "needs a path in the asset"),
    ("a number", lambda: cellar.asset(3), UsageError, "cannot be made of int"),  # type: ignore[arg-type]
    ("a number in a list", lambda: cellar.asset(["a.txt", 3]), UsageError, "made of int"),  # type: ignore[list-item]
    ("a number in a dict", lambda: cellar.asset({"a": 3}), UsageError, "made of int"),  # type: ignore[dict-item]
    ("a key that is no text", lambda: cellar.asset({3: "a.txt"}), UsageError, "made of int"),  # type: ignore[dict-item]
    ("a name that is none", lambda: cellar.asset("a.txt", name="a b"), UsageError, "not a usable name"),
    (
        "a file and a folder of one name",
        lambda: cellar.asset({"a": "a.txt", "a/b": "b.md"}),
        UsageError,
        "file and a fold",
    ),
    ("an unknown reference", lambda: cellar.asset("cellar:none"), NotFoundError, "Nothing is called 'none'"),
    ("a reference to a file that is not in it", lambda: _reference_without_file(), NotFoundError, "no file 'nope'"),
    ("a pipe", lambda: _pipe(), SourceError, "no file and no folder"),
    ("a socket", lambda: _socket(), SourceError, "no file and no folder"),
    (
        "a file that is made while it is read",
        lambda: _made_while_read(),
        SourceError,
        "says that it is empty and is not",
    ),
    ("bytes", lambda: _bytes(), UsageError, "made of bytes"),
    ("a dangling link", lambda: _dangling(), NotFoundError, "a link to something that is not there"),
]


def _reference_without_file() -> object:
    cellar.asset("a.txt", name="first")
    return cellar.asset("cellar:first/nope")


def _pipe() -> object:
    os.mkfifo("pipe")
    return cellar.asset("pipe")


def _socket() -> object:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("sock")
        return cellar.asset("sock")


def _made_while_read() -> object:
    return cellar.asset("/proc/self/status")


def _bytes() -> object:
    return cellar.asset(b"a.txt")  # type: ignore[arg-type]


def _dangling() -> object:
    os.symlink("nowhere", "dangling")
    return cellar.asset("dangling")


@pytest.mark.parametrize(("what", "make", "kind", "words"), BAD, ids=[case[0] for case in BAD])
def test_what_cannot_be_kept_is_refused_and_says_why(
    files: Path, what: str, make: Callable[[], object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        make()
    assert all(run.status.value != "running" for run in current().runs(RunQuery()))


def test_a_save_that_fails_half_way_leaves_a_failed_run_and_no_asset(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_MAX_FILE_BYTES", "2")
    with pytest.raises(SourceError):
        cellar.asset("a.txt", name="big")
    (run,) = current().runs(RunQuery(name="big"))
    assert run.status.value == "failed"
    assert run.asset is None
    assert "a.txt" in run.error


def test_an_asset_made_inside_a_run_is_its_child(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCELLAR_RUN", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert cellar.asset("a.txt").run.parent == "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def test_what_belongs_to_the_store_is_no_asset_but_folders_of_tasks_and_rescued_files_are(files: Path) -> None:
    cellar.asset("a.txt")
    store = current().folder
    for path in (store / "packs", store / "catalogue.db", store / "work"):
        with pytest.raises(UsageError, match="belongs to the store"):
            cellar.asset(path)
        with pytest.raises(UsageError, match="belongs to the store"):
            cellar.asset({"mine": path})
    with pytest.raises(UsageError, match="belongs to the store"):
        cellar.asset(at=store / "packs")
    for part in ("work", "rescue"):
        (store / part / "there").mkdir(parents=True)
        (store / part / "there" / "f").write_text(part)
        assert content(cellar.asset(at=store / part / "there")) == {"f": part.encode()}
