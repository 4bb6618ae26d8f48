from __future__ import annotations

import io
import random
import shutil
import threading
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.errors import NbcellarError
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.server.errand import MANY_FILES, Errand
from nbcellar.frontends.server.openapi import READING, WRITING
from nbcellar.model import JSON
from nbcellar.store import Cellar

from .conftest import Reply, Server

SAFE = ("nosniff", "default-src 'none'; sandbox; frame-ancestors 'none'")


def api(saved: Asset, rest: str) -> str:
    return f"/nbcellar/api/{saved.cellar.uuid}/{rest}"


def test_the_cellars_below_the_root_are_listed_and_the_one_of_a_file_is_named(server: Server, saved: Asset) -> None:
    found = server.ask("/nbcellar/api/cellars?path=survey/t.csv").json()
    assert found["here"] == saved.cellar.uuid
    assert found["cellars"] == [{"uuid": saved.cellar.uuid, "label": "survey", "project": "survey", "folder": "survey"}]


def test_names_versions_files_and_previews_are_read(server: Server, saved: Asset) -> None:
    assert server.ask(api(saved, "names")).json()["total"] == 1
    versions = server.ask(api(saved, "versions?project=survey&name=train&start=0&count=10")).json()
    assert versions["total"] == 1
    files = server.ask(api(saved, f"files?run={saved.run.id}&key=")).json()["rows"]
    assert isinstance(files, list)
    assert [row["name"] for row in files if isinstance(row, dict)] == ["plots", "page.html", "run.ipynb", "t.csv"]
    shown = server.ask(api(saved, f"preview?run={saved.run.id}&key={key_of(b't.csv')}")).json()
    assert (shown["view"], shown["rows"]) == ("table", [["1", "2"]])


def test_bytes_come_whole_and_in_parts(server: Server, saved: Asset) -> None:
    path = api(saved, f"bytes/{saved.run.id}/{key_of(b'plots/loss 1.txt')}")
    assert server.ask(path).body == b"0123456789"
    for header, body in {"bytes=2-4": b"234", "bytes=7-": b"789", "bytes=-3": b"789", "bytes=8-99": b"89"}.items():
        part = server.ask(path, Range=header)
        assert (part.status, part.body) == (206, body)
    assert server.ask(path, Range="bytes=2-4").headers["Content-Range"] == "bytes 2-4/10"
    assert server.ask(path, Range="bytes=10-").status == 416
    assert server.ask(path, Range="lines=1-2").status == 200


def test_a_version_and_a_folder_come_as_zip_files(server: Server, saved: Asset) -> None:
    whole = server.ask(api(saved, f"zip/{saved.run.id}"))
    assert (whole.status, whole.headers["Content-Type"]) == (200, "application/zip")
    assert "train-1.zip" in whole.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(whole.body)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["page.html", "plots/loss 1.txt", "run.ipynb", "t.csv"]
        assert archive.read("plots/loss 1.txt") == b"0123456789"
    folder = server.ask(api(saved, f"zip/{saved.run.id}/{key_of(b'plots')}"))
    with zipfile.ZipFile(io.BytesIO(folder.body)) as archive:
        assert archive.namelist() == ["plots/loss 1.txt"]
    assert server.ask(api(saved, f"zip/{saved.run.id}/{key_of(b'none')}")).status == 404
    assert server.ask(api(saved, f"zip/{'0' * 26}")).status == 404


def test_every_byte_is_inert(server: Server, saved: Asset) -> None:
    key = key_of(b"page.html")
    for path in (
        api(saved, "names"),
        api(saved, f"preview?run={saved.run.id}&key={key}"),
        api(saved, f"bytes/{saved.run.id}/{key}"),
        api(saved, f"zip/{saved.run.id}"),
        "/nbcellar/files/survey/train/@1/page.html",
        "/nbcellar/api/contents/survey/train/@1/page.html",
        "/nbcellar/api/cellars",
        api(saved, "nothing"),
    ):
        reply = server.ask(path)
        assert (reply.headers["X-Content-Type-Options"], reply.headers["Content-Security-Policy"]) == SAFE, path
        kinds = ("application/json", "application/octet-stream", "application/zip")
        assert reply.headers["Content-Type"].split(";")[0] in kinds, path
    assert server.ask(api(saved, f"bytes/{saved.run.id}/{key}")).headers["Content-Disposition"] == "attachment"


def test_a_restore_is_planned_done_and_undone_below_the_project(server: Server, saved: Asset) -> None:
    fields = {"run": saved.run.id, "key": key_of(b"t.csv"), "to": "out", "policy": "safe"}
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    assert server.ask(api(saved, f"plan?{query}")).json()["target"] == "./out"
    done = server.ask(api(saved, "restore"), method="POST", body=dict(fields))
    assert done.json() == {"files": 1, "target": "./out", "can_undo": True}
    assert (server.root / "survey" / "out" / "t.csv").read_text() == "a,b\n1,2\n"
    server.ask(api(saved, "undo"), method="POST", body={})
    assert not (server.root / "survey" / "out" / "t.csv").exists()


@pytest.mark.parametrize("to", ["..", "../..", "/etc", "x/../../..", "link"])
def test_nothing_is_written_outside_of_the_root(server: Server, saved: Asset, to: str) -> None:
    link = server.root / "survey" / "link"
    if not link.is_symlink():
        link.symlink_to("/tmp")
    body = {"run": saved.run.id, "key": "", "to": to if to != ".." else "../..", "policy": "replace"}
    reply = server.ask(api(saved, "restore"), method="POST", body=dict(body))
    assert reply.status == 403
    assert "outside" in str(reply.json()["message"])


@pytest.mark.parametrize("to", ["a\0b", "\x00\x8e\x10", "x" * 300, "x/" * 3000, "\ud800"])
def test_what_no_folder_can_be_called_is_refused(server: Server, saved: Asset, to: str) -> None:
    for verb in ("plan", "restore"):
        reply = server.ask(api(saved, verb), method="POST", body={"run": saved.run.id, "key": "", "to": to})
        assert 400 <= reply.status < 500 or reply.status == 507, (reply.status, reply.body)
        assert reply.json()["message"] != "Unhandled error"


def test_a_file_knows_the_versions_that_hold_it(server: Server, saved: Asset) -> None:
    found = server.ask("/nbcellar/api/files?path=survey/t.csv").json()
    assert isinstance(found["rows"], list)
    row = found["rows"][0]
    assert isinstance(row, dict)
    assert (row["ref"], row["name"], row["same"]) == ("train@1", "t.csv", True)
    assert (row["project"], row["series"], row["keys"], row["to"]) == ("survey", "train", [key_of(b"t.csv")], ".")


def test_a_file_in_a_folder_is_restored_to_where_it_lies(server: Server, saved: Asset) -> None:
    found = server.ask("/nbcellar/api/files?path=survey/plots/loss%201.txt").json()["rows"]
    assert isinstance(found, list)
    row = found[0]
    assert isinstance(row, dict)
    assert (row["keys"], row["to"]) == ([key_of(b"plots"), key_of(b"plots/loss 1.txt")], ".")


def test_files_are_saved_as_an_asset(server: Server, saved: Asset) -> None:
    (server.root / "survey" / "new.txt").write_text("new")
    made = server.ask("/nbcellar/api/files", method="POST", body={"paths": ["survey/new.txt"], "name": "kept"})
    assert (made.status, made.json()["ref"]) == (201, "kept@1")
    assert saved.cellar.find("kept").asset is not None


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "survey/../../x"])
def test_files_outside_of_the_root_are_refused(server: Server, saved: Asset, path: str) -> None:
    (server.root.parent / "secret").write_text("secret")
    assert server.ask(f"/nbcellar/api/files?path={path}").status in (403, 404)
    reply = server.ask("/nbcellar/api/files", method="POST", body={"paths": [path], "name": "x"})
    assert reply.status in (403, 404)


def test_errors_say_what_happened_and_what_to_do(server: Server, saved: Asset) -> None:
    reply = server.ask(api(saved, f"preview?run={saved.run.id}&key={key_of(b'no.csv')}"))
    assert (reply.status, set(reply.json())) == (404, {"message", "saved", "hint"})
    for path, status in {
        api(saved, "names?start=-1"): 400,
        api(saved, "names?count=100000"): 400,
        api(saved, "nothing"): 404,
        api(saved, "restore"): 405,
        "/nbcellar/api/00000000-0000/names": 404,
        "/nbcellar/api/files?path=survey/none.csv": 404,
    }.items():
        assert server.ask(path).status == status, path
    assert server.ask(api(saved, "names"), method="POST", body={}).status == 405
    assert server.ask(api(saved, "restore"), method="POST", body=["x"]).status == 400
    assert server.ask(api(saved, "restore"), method="POST", body={"x": "y" * 2**20}).status == 413


def test_nothing_is_answered_without_a_token_and_nothing_changed_without_a_cookie_or_token(
    server: Server, saved: Asset
) -> None:
    reads = ["/nbcellar/api/cellars", "/nbcellar/api/openapi.json", "/nbcellar/api/files?path=survey/t.csv"]
    reads += [api(saved, verb) for verb in READING] + [api(saved, f"bytes/{saved.run.id}/{key_of(b't.csv')}")]
    reads += [api(saved, f"zip/{saved.run.id}"), api(saved, f"zip/{saved.run.id}/{key_of(b'plots')}")]
    reads += ["/nbcellar/api/contents/survey", "/nbcellar/api/contents/survey/checkpoints"]
    reads += ["/nbcellar/files/survey/train/@1/t.csv"]
    writes = ["/nbcellar/api/files", *(api(saved, verb) for verb in WRITING)]
    for token in (None, "wrong"):
        for path in reads:
            assert server.ask(path, token=token).status in (403, 302), path
        for path in writes:
            assert server.ask(path, method="POST", body={}, token=token).status == 403, path
    assert saved.cellar.run(saved.run.id).removed_ns is None


def test_the_document_names_every_question(server: Server, saved: Asset) -> None:
    document = server.ask("/nbcellar/api/openapi.json").json()
    desk = Desk(Cellar.open(server.root / "survey"))
    assert set(READING) == set(desk.reading)
    assert set(WRITING) == set(desk.writing)
    paths = document["paths"]
    assert isinstance(paths, dict)
    assert f"/nbcellar/api/{{uuid}}/{next(iter(READING))}" in paths


def test_the_server_answers_others_while_it_sends_a_large_file(server: Server, saved: Asset) -> None:
    folder = server.root / "survey"
    with (folder / "large.bin").open("wb") as file:
        for block in range(300):
            file.write(block.to_bytes(4) * 2**18)
    made = asset("large.bin", at=folder, name="large", cellar=Cellar.open(folder))
    got: list[int] = []
    path = api(saved, f"bytes/{made.run.id}/{key_of(b'large.bin')}")
    thread = threading.Thread(target=lambda: got.append(len(server.ask(path).body)))
    thread.start()
    answered = 0
    while thread.is_alive():
        assert server.ask("/api/status").status == 200
        answered += not got
    thread.join()
    assert got == [300 * 2**20]
    assert answered > 1  # one alone may have been on its way before the file was


def test_a_changed_file_knows_the_versions_that_hold_it_below_the_folder_that_was_saved(
    server: Server, saved: Asset
) -> None:
    folder = server.root / "survey" / "below"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "data.txt").write_text("version 1")
    asset("deep/data.txt", at=folder, name="below", cellar=Cellar.open(folder))
    (folder / "deep" / "data.txt").write_text("saved nowhere")
    rows = server.ask("/nbcellar/api/files?path=survey/below/deep/data.txt").json()["rows"]
    assert isinstance(rows, list)
    (row,) = rows
    assert isinstance(row, dict)
    assert (row["ref"], row["name"], row["same"], row["to"]) == ("below@1", "deep/data.txt", False, "below")


@pytest.mark.timeout(600)
def test_the_server_answers_others_while_it_restores_two_gigabytes(server: Server, saved: Asset) -> None:
    """That answers come while it restores is what is asked; how quickly, is printed."""
    folder, count = server.root / "survey", 512
    (folder / "block.bin").write_bytes(random.Random(2).randbytes(4 * 2**20))
    blocks = {f"blocks/{number:03}.bin": folder / "block.bin" for number in range(count)}
    made = asset(blocks, name="two_gigabytes", cellar=Cellar.open(folder))
    fields: dict[str, JSON] = {"run": made.run.id, "key": "", "to": "two", "policy": "safe"}
    done: list[Reply] = []
    ask = partial(server.ask, api(saved, "restore"), method="POST", body=fields, patience_s=500)
    thread = threading.Thread(target=lambda: done.append(ask()))
    thread.start()
    waits: list[float] = []
    while thread.is_alive():
        begun = time.perf_counter()
        assert server.ask("/api/status", patience_s=500).status == 200
        if not done:
            waits.append(time.perf_counter() - begun)
    thread.join()
    assert done[0].json() == {"files": count, "target": "./two", "can_undo": True}
    restored = folder / "two" / "blocks"
    assert sum(file.stat().st_size for file in restored.iterdir()) == 2 * 2**30
    assert len(waits) > 1  # one alone may have been on its way before the restore was
    print(f"{len(waits)} answers while 2 GiB were restored, the slowest after {max(waits) * 1000:.0f} ms")
    shutil.rmtree(folder / "two")


def test_a_large_restore_is_planned_refused_done_and_undone_as_a_small_one(server: Server, saved: Asset) -> None:
    folder = server.root / "survey"
    (folder / "one.txt").write_text("found")
    many = {f"many/{number:04}.txt": folder / "one.txt" for number in range(MANY_FILES + 1)}
    made = asset(many, name="many", cellar=Cellar.open(folder))
    fields: dict[str, JSON] = {"run": made.run.id, "key": "", "to": "large", "policy": "safe"}
    mine = folder / "large" / "many" / "0007.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("saved nowhere")
    refused = server.ask(api(saved, "restore"), method="POST", body=fields)
    assert (refused.status, set(refused.json())) == (409, {"message", "saved", "hint"})
    assert "0007.txt" in str(refused.json()["message"])
    assert [one.name for one in mine.parent.iterdir()] == ["0007.txt"]
    done = server.ask(api(saved, "restore"), method="POST", body={**fields, "policy": "backup"})
    assert done.json() == {"files": MANY_FILES + 1, "target": "./large", "can_undo": True}
    assert mine.read_text() == "found"
    undone = server.ask(api(saved, "undo"), method="POST", body={})
    assert undone.status == 200
    assert mine.read_text() == "saved nowhere"
    for change, status in ({"policy": "some"}, 400), ({"to": "../../.."}, 403), ({"key": key_of(b"none")}, 404):
        assert server.ask(api(saved, "restore"), method="POST", body={**fields, **change}).status == status


def test_a_restore_whose_process_is_ended_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(killed))
    errand = Errand(str(tmp_path), str(tmp_path), str(tmp_path), "restore", {"run": "x"})
    with pytest.raises(NbcellarError, match="ended by signal 9") as caught:
        errand.run()
    assert caught.value.hint.startswith("Restore again")
