"""The main job in one command: copy the example project, run its workflow, say what came out and how to look at it.

Needs the standard library alone, and the ``nbcellar`` that is installed beside its own interpreter. A second time it
runs in the same folder, so that only what was edited in between runs again.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "notebooks" / "penguins"
MADE_BY_A_RUN = shutil.ignore_patterns(
    ".cellar", "__pycache__", ".ipynb_checkpoints", "reports", "plots", "*.npy", "clean.csv", "*.html"
)
BIN = Path(sys.executable).parent


def say(*lines: str) -> None:
    """Print lines at once, so that they stand before what a child prints."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def copy_example(project: Path) -> None:
    """Put the example into ``project``, whole or not at all."""
    project.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.parent) as folder:
        copy = shutil.copytree(EXAMPLE, Path(folder) / project.name, ignore=MADE_BY_A_RUN)
        (copy / ".cellar").mkdir(mode=0o700)  # this project's own store, also where a folder above has one
        copy.rename(project)


def nbcellar(project: Path, *words: str) -> int:
    """Show and run one nbcellar command in the project; its exit code."""
    say("", f"$ nbcellar {shlex.join(words)}")
    return subprocess.run([str(BIN / "nbcellar"), *words], cwd=project, check=False).returncode


def shown(path: Path) -> str:
    """The path as someone types it from where they stand."""
    return shlex.quote(os.path.relpath(path))


def how_to_look(project: Path) -> list[str]:
    """What to type next."""
    prefix = "" if shutil.which("nbcellar") == str(BIN / "nbcellar") else f"{shown(BIN)}/"
    lines = [
        "",
        "The report:      " + shown(project / "reports" / "2009.html"),
        f"Look around:     cd {shown(project)}, then",
    ]
    if prefix:
        lines.append(f'                 PATH="{BIN}:$PATH"')
    lines += [
        "                 nbcellar show report            what is in the newest asset of the task `report`",
        "                 nbcellar cat fit/model.json     one file of one asset",
        "                 nbcellar restore tidy --to out  its files, back on disk",
        "                 nbcellar log fit                every run of it",
    ]
    if (BIN / "jupyter-lab").exists():
        lines.append(
            "                 jupyter lab 01_clean.ipynb      the notebooks, and the asset browser beside them"
        )
    return [
        *lines,
        "Change something: one value in data/penguins-raw.csv, one line in survey/cleaning.py, the text of a notebook;",
        "                 then `make demo` again. What depends on it runs again and says why; nothing else does.",
        f"Begin anew:      rm -r {shown(project)}",
    ]


def main() -> int:
    """Run the demo; the exit code."""
    project = ROOT / "demo" / "penguins"
    if project.exists():
        say(f"The example project is in {shown(project)}, as you left it.")
    else:
        copy_example(project)
        say(f"Copied the example project to {shown(project)}.")
    code = nbcellar(project, "run", "survey.yaml")
    if code == 0:
        code = nbcellar(project, "ls")
    if code == 0:
        say(*how_to_look(project))
    return code


if __name__ == "__main__":
    raise SystemExit(main())
