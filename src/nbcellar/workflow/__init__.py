"""Notebooks: documents, mapped parameters and the runner. The only room that knows papermill."""

from __future__ import annotations

from importlib import import_module

_PUBLIC = {
    "nbcellar.workflow.making.workflow": "Workflow",
    "nbcellar.workflow.documents.document": "Document ParameterDeclaration Step",
    "nbcellar.workflow.runs.history": "find_run workflow_runs workflow_status",
    "nbcellar.workflow.loading.document": "load_document",
    "nbcellar.workflow.documents.mapped": (
        "DBMappedParameter FileMappedParameter RawMappedParameter MappedParameter db file raw"
    ),
    "nbcellar.workflow.runs.planning": "Plan plan_workflow",
    "nbcellar.workflow.runs.runner": "run_workflow start_workflow",
    "nbcellar.workflow.making.steps": "StepHandle",
    "nbcellar.workflow.runs.steprun": "StepRun",
    "nbcellar.workflow.runs.workflowrun": "WorkflowRun",
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
