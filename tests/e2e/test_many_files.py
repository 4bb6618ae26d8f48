"""A hundred thousand files in one folder: in panel and widget only what is in view is asked for and drawn, at once."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Response, expect

from nbcellar.assets.creation import asset
from nbcellar.store import Cellar

from .browserpart import BrowserPart, panel_of
from .labpage import LabPage
from .notebookfile import write_notebook

COUNT = 100_000
ROUNDS = 5
TIMES = """async root => {
    const tree = root.querySelector('[role=tree]');
    const until = test => new Promise(done => {
        const look = () => test() ? done(performance.now()) : requestAnimationFrame(look);
        look();
    });
    const rows = () => [...tree.querySelectorAll('[role=treeitem]')];
    const row = text => rows().find(one => one.textContent.includes(text));
    const name = number => `f${String(number).padStart(6, '0')}.csv`;
    const time = async (act, test) => { const begun = performance.now(); act(); return await until(test) - begun; };
    const first = await time(() => row('big').click(), () => row(name(0)));
    const rounds = async (start, pause) => {
        const jumps = [], steps = [], opens = [];
        for (let round = 0; round < ROUNDS; round += 1) {
            const far = start + 17001 * (round + 1);
            jumps.push(await time(() => { tree.scrollTop = far * 26; }, () => row(name(far + 1))));
            steps.push(await time(() => { tree.scrollTop += 10 * 26; }, () => row(name(far + 11))));
            await new Promise(done => setTimeout(done, pause));
            const title = root.querySelector('.nbcellar-pane h2');
            opens.push(await time(() => row(name(far + 8)).click(), () => title.textContent.includes(name(far + 8))));
            await new Promise(done => setTimeout(done, pause));
        }
        return {jumps, steps, opens};
    };
    const times = {'without a pause': await rounds(0, 0), 'a quarter of a second apart': await rounds(5000, 250)};
    return {first, times, elements: rows().length};
}""".replace("ROUNDS", str(ROUNDS))


def keep_many(folder: Path, name: str) -> None:
    (folder / "one.txt").write_text("1")
    files = {f"big/f{number:06}.csv": folder / "one.txt" for number in range(COUNT)}
    asset(files, name=name, cellar=Cellar.open(folder))


def expect_quick(part: BrowserPart, name: str) -> None:
    """Open the folder, jump and scroll in it, and choose files; how long each took is printed, not held against it."""
    part.row(name).click()
    part.row("@1").click()
    expect(part.row("big")).to_be_visible()
    found = part.root.evaluate(TIMES)
    assert found["elements"] < 80
    print(f"{COUNT} files: first rows after {found['first']:.0f} ms")
    for pace, times in found["times"].items():
        shown = {what: [round(one) for one in times[what]] for what in ("jumps", "steps", "opens")}
        print(f"{pace}: {shown} ms")


def test_a_hundred_thousand_files_open_and_scroll_in_the_panel(lab: LabPage, folder: Path) -> None:
    keep_many(folder, "many_panel")
    pages: list[Response] = []
    lab.page.on("response", lambda answer: pages.append(answer) if "/files?" in answer.url else None)
    lab.open()
    expect_quick(panel_of(lab), "many_panel")
    # a screen and as much around it lies on three pages at most, what a step scrolls to on one more
    assert len(pages) <= 1 + 3 + 2 * ROUNDS * 4
    assert max(len(page.body()) for page in pages) < 20_000


def test_a_hundred_thousand_files_open_and_scroll_in_a_widget(lab: LabPage, folder: Path) -> None:
    keep_many(folder, "many_widget")
    write_notebook(folder / "work.ipynb", "import nbcellar as cellar\ncellar.browse('many_widget')")
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.run_all()
    part = BrowserPart(lab.page.locator(".jp-Notebook .nbcellar-browser"))
    expect(part.rows().first).to_be_visible()
    expect_quick(part, "many_widget")
    part.tree.press("End")  # of the one name that this browser shows
    expect(part.row(f"f{COUNT - 1:06}.csv")).to_be_visible()
