"""A cell that clears its output shows in the end what it shows without its marker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frontends.magics.kernels import Kernel

pytestmark = pytest.mark.slow

BODIES = {
    "at the end of a loop": "for i in range(3):\n    display(i)\n    clear_output(wait=True)",
    "at the end of a loop that prints": "for i in range(3):\n    print(i)\n    clear_output(wait=True)",
    "at the beginning of a loop": "for i in range(3):\n    clear_output(wait=True)\n    display(i)",
    "before a value": "print(1)\nclear_output(wait=True)\n5",
    "before nothing": "print(1)\nclear_output(wait=True)",
    "at once": "print(1)\nclear_output()",
    "waiting, then at once": "print(1)\nclear_output(wait=True)\nclear_output()",
    "before an error": "print(1)\nclear_output(wait=True)\n1/0",
    "before an update": "shown = display(1, display_id=True)\nclear_output(wait=True)\nshown.update(2)",
    "before a figure": (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "for i in range(2):\n    plt.plot([i])\n    print(i)\n    clear_output(wait=True)"
    ),
    "in a widget": (
        "import ipywidgets\nwidget = ipywidgets.Output()\nprint('before')\n"
        "with widget:\n    print('inside')\n    clear_output(wait=True)\nprint('after')"
    ),
}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    started = Kernel.start(tmp_path_factory.mktemp("clearing"))
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def place(kernel: Kernel, tmp_path: Path) -> None:
    kernel.begin(tmp_path / "project")
    kernel.run("from IPython.display import clear_output, display")


@pytest.mark.parametrize("what", BODIES)
def test_what_stands_below_a_cell_is_what_stands_there_without_the_marker(kernel: Kernel, what: str) -> None:
    plain = kernel.run(BODIES[what])
    marked = kernel.run(f"%%task a\n{BODIES[what]}")
    kinds = [kind for kind, _ in plain.outputs]
    assert [kind for kind, _ in marked.outputs] == kinds
    if "figure" not in what and "widget" not in what:  # two figures and two widgets differ in their ids
        assert marked.outputs == plain.outputs
    assert len(marked.cards) == 1 and marked.status == plain.status


def test_a_figure_stands_above_the_card(kernel: Kernel) -> None:
    said = kernel.run("%%task a\n%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1])\n3")
    assert [kind for kind, _ in said.outputs] == ["execute_result", "display_data"]
    assert said.order == ["execute_result", "display_data", "card"]


@pytest.mark.parametrize("what", ["at the end of a loop", "at the beginning of a loop", "before a value", "at once"])
def test_a_hit_shows_what_the_run_left_and_nothing_that_it_cleared(kernel: Kernel, what: str) -> None:
    run = kernel.run(f"%%task a --cache\n{BODIES[what]}")
    hit = kernel.run(f"%%task a --cache\n{BODIES[what]}")
    assert "cached: a@1" in hit.cards[0]
    assert hit.outputs == run.outputs


def test_nothing_of_it_stays_after_the_cell(kernel: Kernel) -> None:
    kernel.run(f"%%task a --cache\n{BODIES['at the end of a loop']}")
    said = kernel.run(
        "import sys\nshell = get_ipython()\n"
        "owners = (shell.display_pub, shell.displayhook, sys.stdout, sys.stderr)\n"
        "[held for owner in owners for held in vars(owner).values() if 'nbcellar' in getattr(held, '__module__', '')]"
    )
    assert said.outputs == [("execute_result", "[('text/plain', '[]')]")]
