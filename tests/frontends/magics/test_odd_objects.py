"""Objects that raise when somebody looks at them: a cell that only hands them on works as without its marker."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from nbcellar.tasks.files.loaded import note_imported
from tests.frontends.magics.conftest import Shell

OBJECTS = {
    "a dead weak reference": "import weakref\nclass T: pass\nodd = weakref.proxy(T())",
    "settings that are not made yet": (
        "class Lazy:\n    def __getattribute__(self, name): raise RuntimeError('not configured')\nodd = Lazy()"
    ),
    "a class of its own making": (
        "class Odd:\n    __class__ = property(lambda self: 1 / 0)\n    __dict__ = property(lambda self: 1 / 0)\n"
        "odd = Odd()"
    ),
    "no attribute at all": (
        "class Closed:\n    def __getattr__(self, name): raise OSError(name)\n    def __repr__(self): return 'closed'\n"
        "odd = Closed()"
    ),
}


@pytest.mark.parametrize("what", OBJECTS)
def test_an_object_that_raises_when_it_is_looked_at_is_handed_on(shell: Shell, what: str) -> None:
    shell.ok(f"{OBJECTS[what]}\ndef use(): return odd and 1 or open")
    text = shell.ok("%%task a\nother = odd\nboth = [odd]\nwith open('x.txt', 'w') as f:\n    f.write('1')\nuse")
    assert "✓ a · a@1" in text


def test_the_extension_loads_beside_a_module_that_cannot_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise ImportError(name)

    monkeypatch.setitem(sys.modules, "lazy", Lazy("lazy"))
    note_imported()


def test_a_value_that_raises_when_it_is_looked_at_is_a_result(shell: Shell) -> None:
    shell.ok(OBJECTS["no attribute at all"])
    text = shell.ok("%%task a\nodd")
    assert "closed" in text and "✓ a · a@1" in text
    run = shell.cellar.find("a")
    assert (run.result, run.result_repr) == (None, "Closed: closed")


def test_a_number_too_long_to_print_fails_once_as_without_the_marker(shell: Shell) -> None:
    result, text = shell.run("%%task a\n10**5000;")
    assert result.success, text
    assert shell.cellar.find("a").result_repr == "int"
