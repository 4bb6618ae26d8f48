"""``config``: every setting with where it comes from, and the files that are looked for."""

from __future__ import annotations

from pathlib import Path

from nbcellar.assets.display import Table
from nbcellar.errors import UsageError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Given
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON
from nbcellar.settings import Setting, config_files, explain, project_folder


@dataclass(frozen=True, repr=False)
class SettingsShown(Answer):
    """Every setting."""

    verb: ClassVar[str] = "config"
    settings: tuple[Setting, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        return {"settings": list(self._items())}

    def _items(self) -> list[JSON]:
        return [{"name": one.name, "value": _plain(one), "source": one.source} for one in self.settings]

    def _blocks(self) -> list[Block]:
        rows = [(one.name, _shown(one), one.source) for one in self.settings]
        return [Table(("Setting", "Value", "From"), rows)]


@dataclass(frozen=True, repr=False)
class FilesShown(Answer):
    """The files that are looked for, highest first."""

    verb: ClassVar[str] = "config"
    files: tuple[Path, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        return {"files": list(self._items())}

    def _items(self) -> list[JSON]:
        return [{"path": str(path), "exists": path.is_file()} for path in self.files]

    def _blocks(self) -> list[Block]:
        rows = [(str(path), "yes" if path.is_file() else "no") for path in self.files]
        return [Table(("File", "There"), rows)]


@dataclass(frozen=True, repr=False)
class SchemaShown(Answer):
    """Where the JSON schema of workflow files lies."""

    verb: ClassVar[str] = "config"
    file: Path = Path()

    def _facts(self) -> dict[str, JSON]:
        return {"workflow_schema": str(self.file)}

    def _items(self) -> list[JSON]:
        return [self._facts()]

    def _blocks(self) -> list[Block]:
        return [str(self.file)]


def config(what: str = "show", *, folder: Path | None = None) -> SettingsShown | FilesShown | SchemaShown:
    """Every setting with its source (``show``), or the files that are looked for (``path``).

    ``schema`` is where the JSON schema of workflow files lies, for editors.

    Raises:
        UsageError: ``what`` is none of these, or a file or variable holds what no setting can be.
    """
    home = project_folder(folder or Path.cwd())
    match what:
        case "show":
            return SettingsShown(tuple(explain(home)))
        case "path":
            return FilesShown(tuple(config_files(home)))
        case "schema":
            from nbcellar.workflow.loading.schema import PATH  # no other command needs documents

            return SchemaShown(PATH)
        case _:
            hint = "Write `config show`, `config path` or `config schema`."
            raise UsageError(f"config {what!r} is not known.", hint=hint)


def _plain(one: Setting) -> JSON:
    return list(one.value) if isinstance(one.value, tuple) else one.value


def _shown(one: Setting) -> str:
    return " ".join(one.value) if isinstance(one.value, tuple) else str(one.value)


def _call(given: Given) -> Answer:
    return config(given.text("what") or "show", folder=given.folder)


COMMANDS = (
    Command(
        "config",
        "Every setting, its value, and where that comes from.",
        (
            ("config show", "what holds here"),
            ("config path", "the files that are looked for, highest first"),
            ("config schema", "the JSON schema of workflow files, for editors"),
        ),
        (Argument("WHAT", "show, path or schema"),),
        _call,
        "cellar.config()",
    ),
)
