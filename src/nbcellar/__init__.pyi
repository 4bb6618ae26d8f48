import builtins

from nbcellar.assets.asset import Asset as Asset
from nbcellar.assets.asset import AssetEntry as AssetEntry
from nbcellar.assets.asset import AssetMetadata as AssetMetadata
from nbcellar.assets.creation import asset as asset
from nbcellar.assets.filetypes import FileType as FileType
from nbcellar.assets.filetypes import dump as dump
from nbcellar.assets.filetypes import load as load
from nbcellar.assets.filetypes import register_type as register_type
from nbcellar.assets.lookup import get as get
from nbcellar.errors import ConflictError as ConflictError
from nbcellar.errors import CorruptDataError as CorruptDataError
from nbcellar.errors import CredentialsRefused as CredentialsRefused
from nbcellar.errors import EmptyResult as EmptyResult
from nbcellar.errors import EncodingError as EncodingError
from nbcellar.errors import ExecutionError as ExecutionError
from nbcellar.errors import ExecutionTerminated as ExecutionTerminated
from nbcellar.errors import FlowFailed as FlowFailed
from nbcellar.errors import FormatTooNewError as FormatTooNewError
from nbcellar.errors import InvalidWorkflow as InvalidWorkflow
from nbcellar.errors import NbcellarError as NbcellarError
from nbcellar.errors import NotFoundError as NotFoundError
from nbcellar.errors import ParameterNotInFlow as ParameterNotInFlow
from nbcellar.errors import ParentFlowNotInFlows as ParentFlowNotInFlows
from nbcellar.errors import ResourceError as ResourceError
from nbcellar.errors import RunError as RunError
from nbcellar.errors import SourceError as SourceError
from nbcellar.errors import StorageError as StorageError
from nbcellar.errors import StoreFull as StoreFull
from nbcellar.errors import TaskError as TaskError
from nbcellar.errors import TaskNotCompleted as TaskNotCompleted
from nbcellar.errors import TaskNotInFlow as TaskNotInFlow
from nbcellar.errors import TaskTimeout as TaskTimeout
from nbcellar.errors import Unreachable as Unreachable
from nbcellar.errors import UnsafeError as UnsafeError
from nbcellar.errors import UsageError as UsageError
from nbcellar.frontends.commands.autoloading import autoload as autoload
from nbcellar.frontends.commands.comparison import diff as diff
from nbcellar.frontends.commands.configuration import config as config
from nbcellar.frontends.commands.content import cat as cat
from nbcellar.frontends.commands.details import show as show
from nbcellar.frontends.commands.diagnosis import doctor as doctor
from nbcellar.frontends.commands.history import log as log
from nbcellar.frontends.commands.integrity import check as check
from nbcellar.frontends.commands.integrity import repair as repair
from nbcellar.frontends.commands.labelling import alias as alias
from nbcellar.frontends.commands.labelling import note as note
from nbcellar.frontends.commands.labelling import tag as tag
from nbcellar.frontends.commands.lineage import graph as graph
from nbcellar.frontends.commands.lineage import whence as whence
from nbcellar.frontends.commands.listing import ls as ls
from nbcellar.frontends.commands.recordings import records as records
from nbcellar.frontends.commands.removal import rm as rm
from nbcellar.frontends.commands.removal import trash as trash
from nbcellar.frontends.commands.restoring import restore as restore
from nbcellar.frontends.commands.restoring import undo as undo
from nbcellar.frontends.commands.running import run as run
from nbcellar.frontends.commands.runstatus import cancel as cancel
from nbcellar.frontends.commands.runstatus import logs as logs
from nbcellar.frontends.commands.runstatus import runs as runs
from nbcellar.frontends.commands.runstatus import status as status
from nbcellar.frontends.commands.saving import save as save
from nbcellar.frontends.commands.space import free as free
from nbcellar.frontends.commands.space import gc as gc
from nbcellar.frontends.commands.transfer import backup as backup
from nbcellar.frontends.commands.transfer import export as export
from nbcellar.frontends.commands.transfer import import_ as import_
from nbcellar.frontends.commands.usage import du as du
from nbcellar.frontends.widgets import browse as browse
from nbcellar.frontends.widgets import picker as picker
from nbcellar.frontends.widgets.assetbrowser import AssetBrowser as AssetBrowser
from nbcellar.frontends.widgets.assetpicker import AssetPicker as AssetPicker
from nbcellar.frontends.widgets.diffview import DiffView as DiffView
from nbcellar.frontends.widgets.restorepanel import RestorePanel as RestorePanel
from nbcellar.tasks.caching import Cache as Cache
from nbcellar.tasks.codecs import codec as codec
from nbcellar.tasks.context import TaskContext
from nbcellar.tasks.definition import task as task
from nbcellar.tasks.environments import Environment as Environment
from nbcellar.tasks.environments import env_task as env_task
from nbcellar.tasks.environments import get_or_create_env as get_or_create_env
from nbcellar.tasks.recording import record as record
from nbcellar.tasks.recording import result as result
from nbcellar.tasks.resources.resource import Resource as Resource
from nbcellar.tasks.resources.specification import ResourceScope as ResourceScope
from nbcellar.tasks.resources.specification import ResourceSpecification as ResourceSpecification
from nbcellar.tasks.retries import Retries as Retries
from nbcellar.tasks.submission import Execution as Execution
from nbcellar.workflow.building import Workflow as Workflow
from nbcellar.workflow.liveobjects import object as object  # noqa: A004  beside raw, file and db
from nbcellar.workflow.mapped import DBMappedParameter as DBMappedParameter
from nbcellar.workflow.mapped import FileMappedParameter as FileMappedParameter
from nbcellar.workflow.mapped import MappedParameter as MappedParameter
from nbcellar.workflow.mapped import ObjectMappedParameter as ObjectMappedParameter
from nbcellar.workflow.mapped import RawMappedParameter as RawMappedParameter
from nbcellar.workflow.mapped import db as db
from nbcellar.workflow.mapped import file as file
from nbcellar.workflow.mapped import raw as raw
from nbcellar.workflow.passes import Runner as Runner

__version__: str
current: TaskContext | None
last: Asset | None

def __getitem__(ref: str) -> Asset: ...  # noqa: N807  what the module's class has
def load_ipython_extension(shell: builtins.object) -> None: ...
def unload_ipython_extension(shell: builtins.object) -> None: ...
