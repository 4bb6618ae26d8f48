"""Two processes that save one environment at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from nbcellar.tasks.environments import Environment, get_or_create_env

SAVER = """
import sys
from nbcellar.errors import ConflictError
from nbcellar.tasks.environments import Environment
name = sys.argv[1]
env = Environment.load_from_file("xp1/env")
print("loaded", flush=True)
for line in sys.stdin:
    env[name] = env.get(name, 0) + 1
    try:
        env.dump()
        print("saved", flush=True)
    except ConflictError as error:
        env.reload()
        print("conflict", error.message, flush=True)
"""


class Saver:
    """A process that saves when it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, "-c", SAVER, name], text=True, bufsize=1, **pipes)

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def save(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0


def test_of_two_processes_the_second_is_told_which_one_saved_before_it(place: Path) -> None:
    get_or_create_env(True, "xp1")
    first, second = Saver("a"), Saver("b")
    assert (first.says(), second.says()) == ("loaded", "loaded")
    first.save()
    assert first.says() == "saved"
    second.save()
    assert second.says().startswith(f"conflict The environment xp1 was saved by process {first.process.pid} ")
    second.save()
    assert second.says() == "saved"
    first.end()
    second.end()
    env = Environment.load_from_file("xp1/env")
    assert (env["a"], env["b"]) == (1, 1)


def test_of_many_saves_at_once_none_is_lost_and_the_file_is_always_whole(place: Path) -> None:
    get_or_create_env(True, "xp1")
    savers = [Saver("a"), Saver("b")]
    for saver in savers:
        assert saver.says() == "loaded"
    saved = {"a": 0, "b": 0}
    for _ in range(8):
        for saver in savers:
            saver.save()
        for saver in savers:
            saved[saver.name] += saver.says() == "saved"
        Environment.load_from_file("xp1/env")
    for saver in savers:
        saver.end()
    env = Environment.load_from_file("xp1/env")
    assert {name: env.get(name, 0) for name in saved} == saved
    assert sum(saved.values()) >= 8
