"""nbcellar: notebook cells that keep what they write. ``import nbcellar as cellar``.

Every public name is imported when it is first used, so that importing this costs little.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcellar.assets.asset import Asset
    from nbcellar.tasks.context.current import TaskContext

_PUBLIC = {
    "nbcellar.assets.asset": "Asset AssetMetadata",
    "nbcellar.assets.assetentry": "AssetEntry",
    "nbcellar.assets.creation": "asset",
    "nbcellar.assets.filetype": "FileType",
    "nbcellar.assets.filetypes": "dump load register_type",
    "nbcellar.assets.lookup": "get",
    "nbcellar.frontends.commands.autoloading": "autoload",
    "nbcellar.frontends.commands.comparison": "diff",
    "nbcellar.frontends.commands.configuration": "config",
    "nbcellar.frontends.commands.content": "cat",
    "nbcellar.frontends.commands.details": "show",
    "nbcellar.frontends.commands.diagnosis": "doctor",
    "nbcellar.frontends.commands.history": "log",
    "nbcellar.frontends.commands.integrity": "check repair",
    "nbcellar.frontends.commands.labelling": "alias note tag",
    "nbcellar.frontends.commands.lineage": "graph whence",
    "nbcellar.frontends.commands.listing": "ls",
    "nbcellar.frontends.commands.recordings": "records",
    "nbcellar.frontends.commands.removal": "rm trash",
    "nbcellar.frontends.commands.restoring": "restore undo",
    "nbcellar.frontends.commands.running": "run",
    "nbcellar.frontends.commands.opening": "open_",
    "nbcellar.frontends.commands.runlogs": "logs",
    "nbcellar.frontends.commands.runstatus": "cancel runs status",
    "nbcellar.frontends.commands.saving": "save",
    "nbcellar.frontends.commands.space": "empty_trash free gc",
    "nbcellar.frontends.commands.transfer": "backup export import_",
    "nbcellar.frontends.commands.usage": "du",
    "nbcellar.frontends.widgets": "browse form picker",
    "nbcellar.frontends.widgets.assetbrowser": "AssetBrowser",
    "nbcellar.frontends.widgets.assetpicker": "AssetPicker",
    "nbcellar.frontends.widgets.diffview": "DiffView",
    "nbcellar.frontends.widgets.restorepanel": "RestorePanel",
    "nbcellar.workflow.making.workflow": "Workflow",
    "nbcellar.workflow.resources.liveobjects": "object",
    "nbcellar.workflow.documents.mapped": (
        "DBMappedParameter FileMappedParameter MappedParameter ObjectMappedParameter RawMappedParameter db file raw"
    ),
    "nbcellar.workflow.making.passes": "Runner",
    "nbcellar.tasks.resources.resource": "Resource",
    "nbcellar.tasks.resources.session": "next_pass resource",
    "nbcellar.tasks.resources.specification": "ResourceScope ResourceSpecification",
    "nbcellar.tasks.codecs": "codec",
    "nbcellar.tasks.environments": "Environment env_task get_or_create_env",
    "nbcellar.tasks.cache.caching": "Cache",
    "nbcellar.tasks.calls.definition": "task",
    "nbcellar.tasks.context.recording": "record result",
    "nbcellar.tasks.taskline.retries": "Retries",
    "nbcellar.tasks.calls.submission": "Execution",
    "nbcellar.errors": (
        "NbcellarError NotFoundError UsageError ConflictError SourceError EncodingError TaskError TaskTimeout RunError "
        "ExecutionError ExecutionTerminated "
        "ResourceError StorageError StoreFull Unreachable CredentialsRefused CorruptDataError UnsafeError "
        "FormatTooNewError InvalidWorkflow ParameterNotInFlow ParentFlowNotInFlows TaskNotInFlow FlowFailed "
        "TaskNotCompleted EmptyResult"
    ),
}
"""Module to the public names that it defines. ``__init__.pyi`` tells type checkers the same; a test compares them."""

_HOME = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = sorted([*_HOME, "__version__", "current", "last"])


class _Cellar(ModuleType):
    """This module's class, so that ``cellar["train"]`` works on ``import nbcellar as cellar``."""

    def __getitem__(self, ref: str) -> Asset:
        """The asset that a reference means.

        Raises:
            NotFoundError: There is none; it is also a KeyError.
        """
        from nbcellar.assets.lookup import get

        return get(ref)

    @property
    def current(self) -> TaskContext | None:
        """The task that runs now; None outside of tasks."""
        from nbcellar.tasks.context.current import running

        return running()

    @property
    def last(self) -> Asset | None:
        """What the last task of this session made; else the newest asset of the project; None where there is none."""
        from nbcellar.tasks.context.current import last_asset

        made = last_asset()
        if made is not None:
            return made
        from nbcellar.assets.lookup import newest

        return newest()

    @property
    def __version__(self) -> str:
        """The version of the installed package."""
        from nbcellar.release import installed_version

        return installed_version()

    def __getattr__(self, name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'nbcellar' has no attribute {name!r}")
        value: object = getattr(import_module(_HOME[name]), name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


def load_ipython_extension(shell: object) -> None:
    """What ``%load_ext nbcellar`` calls."""
    magics = import_module("nbcellar.frontends.magics")
    magics.load_ipython_extension(shell)


def unload_ipython_extension(shell: object) -> None:
    """What ``%unload_ext nbcellar`` calls."""
    magics = import_module("nbcellar.frontends.magics")
    magics.unload_ipython_extension(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """What ``jupyter-builder develop`` asks: where the built extension lies."""
    return [{"src": "labextension", "dest": "nbcellar"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What jupyter_server asks when it starts: which module to load."""
    return [{"module": "nbcellar.frontends.server"}]


sys.modules[__name__].__class__ = _Cellar
