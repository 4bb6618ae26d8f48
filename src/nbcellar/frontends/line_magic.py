"""``%cellar VERB``: the verbs of the command line, answered in the notebook."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from traitlets.config import Configurable

from nbcellar.assets.asset import Asset
from nbcellar.errors import NbcellarError
from nbcellar.frontends.commands.answer import Answer
from nbcellar.frontends.commands.parser import parse
from nbcellar.frontends.configurable import Cellar
from nbcellar.frontends.guard import short
from nbcellar.tasks.taskline.words import Word, split_words

HELP = """Ask the cellar.

    %cellar ls                       the names that are kept
    %cellar show train@3             everything that is known of a run
    %cellar restore train --to out   its files
    %cellar --help                   every verb

$name and ${expression} stand for values; an asset stands for its reference.
"""


@magics_class
class CellarMagic(Magics):
    """``%cellar``."""

    @no_var_expand  # IPython's own expansion would read *.{jpg,png} as Python
    @line_magic
    def cellar(self, line: str) -> Answer | None:
        """Ask the cellar (the text is replaced below)."""
        assert self.shell is not None
        try:
            return answer(line, self.shell)
        except NbcellarError as error:
            raise short(error) from error.__cause__


CellarMagic.cellar.__doc__ = HELP


def register(shell: InteractiveShell) -> None:
    """Give a shell the line magic, its completion, and the settings of ``%config Cellar``."""
    shell.register_magics(CellarMagic)
    configurables: list[Configurable] = list(shell.configurables)
    if not any(type(one) is Cellar for one in configurables):
        shell.configurables[:] = [*configurables, Cellar(parent=shell)]  # type: ignore[list-item]  # IPython's slip
    shell.set_hook("complete_command", complete, str_key="%cellar")  # type: ignore[no-untyped-call]


def answer(line: str, shell: InteractiveShell) -> Answer | None:
    """Answer one line; help is printed.

    Raises:
        NbcellarError: As the verb does; the cell fails, as it should under Run All and papermill.
    """

    def lookup(expression: str) -> object:
        return eval(expression, shell.user_global_ns, shell.user_ns)  # the user's own expression, in their own kernel

    understood = parse([_text(word) for word in split_words(line, lookup)])
    if understood.help or understood.command is None:
        from nbcellar.frontends.commands.manual import overview, page

        print(page(understood.command) if understood.command else overview())  # noqa: T201
        return None
    return understood.command.call(understood.given)


def _text(word: Word) -> str:
    match word.value:
        case Asset() as asset:
            return asset.ref
        case _:
            return word.text


def complete(shell: InteractiveShell, event: object) -> list[str]:
    """What can follow on a ``%cellar`` line; the shape is IPython's."""
    from nbcellar.frontends.commands.completion import completions

    typed = str(getattr(event, "text_until_cursor", ""))
    words = typed.partition("%cellar")[2].split()
    words = [*words, ""] if typed.endswith(" ") or not words else words
    # IPython replaces only what follows its last delimiter, and `@` is one.
    kept = len(words[-1]) - len(str(getattr(event, "symbol", "")))
    return [found[kept:] for found in completions(words)]
