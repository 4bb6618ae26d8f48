"""Types by name: nothing is imported that nobody allowed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from nbcellar.errors import ResourceError, UnsafeError
from nbcellar.tasks.resources.typenames import dotted_name, load_type, refusal


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package that says when it was imported."""
    folder = tmp_path / "strangepkg"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from pathlib import Path\nPath(__file__).with_name('imported').touch()\n"
        "from os import system\nfrom decimal import Decimal\n\n\nclass Own:\n    pass\n\n\nNUMBER = 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder  # type: ignore[misc]
    sys.modules.pop("strangepkg", None)


@pytest.mark.parametrize("name", ["dict", "builtins.dict", "list", "set", "bytearray", "Exception"])
def test_built_in_classes_need_no_permission(name: str) -> None:
    assert callable(load_type(name, ()))


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__", "open", "input", "builtins.eval", "getattr"])
def test_built_in_functions_could_run_anything(name: str) -> None:
    with pytest.raises(UnsafeError, match="is no class"):
        load_type(name, ())


@pytest.mark.parametrize(
    "name", ["strangepkg.Own", "strangepkg.sub.Own", "os.system", "subprocess.Popen", "builtins.x.y", "strangepkgs.Own"]
)
def test_a_type_that_nobody_allowed_is_refused_before_anything_is_imported(package: Path, name: str) -> None:
    before = set(sys.modules)
    with pytest.raises(UnsafeError, match="may not be imported"):
        load_type(name, ["strangepkg.Other", "strange.*", "*"])
    assert not (package / "imported").exists()
    assert set(sys.modules) - before <= {"importlib.metadata"} | {each for each in sys.modules if "metadata" in each}


@pytest.mark.parametrize("allowed", ["strangepkg.Own", "strangepkg.*"])
def test_an_allowed_type_is_imported(package: Path, allowed: str) -> None:
    found = load_type("strangepkg.Own", [allowed])
    assert isinstance(found, type)
    assert found.__name__ == "Own"
    assert (package / "imported").exists()


@pytest.mark.parametrize("name", ["strangepkg.system", "strangepkg.Decimal"])
def test_a_wildcard_means_what_the_package_defines(package: Path, name: str) -> None:
    with pytest.raises(UnsafeError, match="under another name"):
        load_type(name, ["strangepkg.*"])
    assert callable(load_type(name, [name]))


def test_an_entry_point_is_allowed(package: Path, tmp_path: Path) -> None:
    info = tmp_path / "strangepkg-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strangepkg\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[nbcellar.types]\nown = strangepkg:Own\n")
    importlib.invalidate_caches()
    assert refusal("strangepkg.Own", ()) == ("", "")
    assert not (package / "imported").exists()
    assert callable(load_type("strangepkg.Own", ()))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("strangepkg.Onw", "has no 'Onw'"),
        ("strangepkg.NUMBER", "is a int, which cannot be called"),
        ("strangepkg.sub.Own", "cannot be imported"),
    ],
)
def test_what_is_not_there_is_said(package: Path, name: str, message: str) -> None:
    with pytest.raises(ResourceError, match=message):
        load_type(name, ["strangepkg.*"])


def test_the_name_of_what_others_can_import() -> None:
    assert dotted_name(Path) in ("pathlib.Path", "pathlib._local.Path")
    assert dotted_name(lambda: 1) == ""

    class Inner: ...

    assert dotted_name(Inner) == ""
