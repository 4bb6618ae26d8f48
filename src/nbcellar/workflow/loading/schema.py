"""The JSON schema of workflow files, from which editors complete and check while somebody types.

The file beside this module is what `document_schema` says; a test compares them. Draft 7, which editors know best.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbcellar.model import JSON, NAME
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.workflow.documents.document import VERSION
from nbcellar.workflow.documents.secretreferences import KEY, SCHEME
from nbcellar.workflow.loading.reading import MAX_COUNT

PATH = Path(__file__).with_name("workflow.schema.json")

_NAME = f"^{NAME.pattern}$"
_STEP_NAME = rf"^{NAME.pattern}(\.{NAME.pattern})*$"
_PARAMETER = r"^[^\s\d!-/:-@\[-^`{-~][^\s!-/:-@\[-^`{-~]*$"
"""An identifier, near enough: no space and of ASCII's marks only the underscore, in the dialects of all editors."""


def document_schema() -> dict[str, JSON]:
    """The schema of a whole workflow file: of ours, or of LUME's FlowOfFlows."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Workflow of nbcellar",
        "oneOf": [_ref("document"), _ref("flows")],
        "definitions": {
            "document": _document(required=["cellar", "name", "steps"]),
            "flows": _flows(),
            "parameter": _parameter(),
            "resource": ResourceSpecification.json_schema(),
            "step": {"oneOf": [_ref("notebookStep"), _ref("functionStep"), _ref("workflowStep")]},
            "notebookStep": _step({"notebook": _text("A notebook, relative to this file."), "kernel": _KERNEL}),
            "functionStep": _step(
                {
                    "function": _text("package.module.function, called with keyword arguments."),
                    "folder": _text("Where its module is looked for first, relative to this file."),
                }
            ),
            "workflowStep": _workflow_step(),
            "mapped": _mapped(),
            "condition": _condition(),
            "duration": _DURATION,
            "cache": _CACHE,
            "texts": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        },
    }


_DURATION: dict[str, JSON] = {
    "description": "Seconds, or 10s, 30m, 2h, 7d.",
    "oneOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.]+\s*[a-zµ]*$"}],
}
_CACHE: dict[str, JSON] = {
    "description": "Whether an earlier run may be taken: auto, false, or for how long.",
    "oneOf": [{"type": "boolean"}, {"const": "auto"}, {"$ref": "#/definitions/duration"}],
}
_KERNEL: dict[str, JSON] = {
    "type": "string",
    "description": "A kernel's name; the notebook's own where it is left out.",
}
_RETRIES: dict[str, JSON] = {
    "type": "integer",
    "minimum": 0,
    "maximum": MAX_COUNT,
    "description": "How often it is tried again after a failure.",
}


def _document(required: list[JSON]) -> JSON:
    resources: JSON = {
        "description": "Live objects that steps use: a list, or a mapping from their ids.",
        "oneOf": [
            {"type": "array", "items": _ref("resource")},
            {"type": "object", "additionalProperties": _ref("resource")},
        ],
    }
    return _object(
        {
            "cellar": {"const": VERSION, "description": "The version of this format."},
            "name": {"type": "string", "pattern": _NAME, "description": "What its runs are called."},
            "description": _text("For people."),
            "parameters": {
                "type": "object",
                "description": "What a run may be given.",
                "propertyNames": {"pattern": _NAME},
                "additionalProperties": {"oneOf": [_ref("parameter"), _secret(), {"not": {"type": "object"}}]},
            },
            "defaults": _defaults(),
            "resources": resources,
            "assets": resources,
            "steps": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": _STEP_NAME},
                "additionalProperties": _ref("step"),
            },
            "publish": {
                "type": "object",
                "description": "Copies for people: from STEP/path to a path beside the project.",
                "propertyNames": {"pattern": "/"},
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "notebooks_to": _text("The folder that executed notebooks are copied to."),
            "on_failure": _text("A command for the shell, run where the workflow failed."),
        },
        required,
    )


def _defaults() -> JSON:
    values: dict[str, JSON] = {
        "retries": _RETRIES,
        "timeout": _ref("duration"),
        "cell_timeout": _ref("duration"),
        "cache": _ref("cache"),
        "kernel": _KERNEL,
        "depends_on_env": _ref("texts"),
    }
    return {**_object(values, []), "description": "Of each notebook and function that says nothing else."}


def _parameter() -> JSON:
    return _object(
        {
            "type": _text("As an annotation: int, float, str, bool, list, dict, `int | None`, Literal['a', 'b']."),
            "default": {"description": "Without it a run must give the parameter."},
            "required": {"type": "boolean"},
            "description": _text("For people."),
        },
        [],
    )


def _secret() -> JSON:
    return _object({KEY: {"type": "string", "pattern": f"^{SCHEME}", "description": "env:NAME"}}, [KEY])


def _values(pattern: str) -> JSON:
    return {
        "type": "object",
        "description": 'JSON values, "${parameters.NAME}", or {secret: "env:NAME"}.',
        "propertyNames": {"pattern": pattern},
    }


def _common(pattern: str = _PARAMETER) -> dict[str, JSON]:
    return {
        "description": _text("For people."),
        "parameters": _values(pattern),
        "mapped_parameters": {
            "type": "object",
            "description": "What comes from other steps, or from records.",
            "propertyNames": {"pattern": pattern},
            "additionalProperties": _ref("mapped"),
        },
        "needs": _described("texts", "Steps that must be done before, beyond those that values come from."),
        "when": _ref("condition"),
        "depends_on_env": _described("texts", "Environment variables whose values count as input."),
        "cache": _ref("cache"),
    }


def _step(body: Mapping[str, JSON]) -> JSON:
    many: dict[str, JSON] = {
        "type": "object",
        "description": "One parameter, and the list that it goes through.",
        "maxProperties": 1,
        "propertyNames": {"pattern": _PARAMETER},
        "additionalProperties": {"oneOf": [_ref("mapped"), {"type": ["array", "string"]}]},
    }
    use: dict[str, JSON] = {
        "description": "Resources by their ids, or {name: id}.",
        "oneOf": [_ref("texts"), {"type": "object", "additionalProperties": {"type": "string"}}],
    }
    values: dict[str, JSON] = {
        **body,
        **_common(),
        "for_each": many,
        "inputs": _described("texts", "Globs of files that it reads, relative to this file."),
        "retries": _RETRIES,
        "timeout": _ref("duration"),
        "cell_timeout": _ref("duration"),
        "use": use,
        "emits": _described("texts", "Names of what it gives to other steps."),
    }
    return _object(values, [next(iter(body))])


def _workflow_step() -> JSON:
    inner: JSON = {"oneOf": [{"type": "string", "minLength": 1}, _document(required=["name", "steps"]), _ref("flows")]}
    return _object({"workflow": inner, **_common(_NAME)}, ["workflow"])


def _mapped() -> JSON:
    origin: dict[str, JSON] = {
        "from": {"type": "string", "pattern": r"^[^.]+(\.[^.]+)+$", "description": "STEP.NAME"},
        "parent_flow_name": _text("The step, as LUME calls it."),
        "parent_task_name": _text("The name in that step, as LUME calls it."),
        "parent_project_name": _text("LUME's; not looked at."),
    }
    index: JSON = {"type": ["string", "integer"]}
    record: dict[str, JSON] = {
        "record": _text("The newest record of the project that is called so."),
        "attribute": {"enum": ["inputs", "outputs"]},
        "attribute_index": {"oneOf": [index, {"type": "array", "items": index}]},
    }
    path: dict[str, JSON] = {
        "path": _text("A file of the asset, or a glob that one file fits; the whole folder where it is left out."),
        "as": {"enum": ["path", "asset"], "description": "Whether a path is passed, or a reference to the asset."},
    }
    kinds: list[JSON] = [
        _object({"map_type": {"const": "raw"}, **origin}, []),
        _object({"map_type": {"const": "file"}, **origin, **path}, ["map_type"]),
        _object({"map_type": {"const": "db"}, **origin, **record}, ["map_type"]),
        _object({"map_type": {"const": "object"}, **origin}, ["map_type"]),
    ]
    return {"oneOf": kinds}


def _condition() -> JSON:
    bound = _object({"if": {"type": "string"}, "with": {"type": "object"}}, ["if"])
    one: list[JSON] = [{"type": ["string", "boolean"]}, bound]
    words = "Conditions that must hold: parameters.year > 2020 and steps.clean.tidy.rows > 0"
    return {"description": words, "oneOf": [*one, {"type": "array", "items": {"oneOf": one}}]}


def _flows() -> JSON:
    labels: dict[str, JSON] = {"project_name": _text("LUME's; not looked at."), "labels": {}, "image": {}}
    mapped: JSON = {"type": "object", "additionalProperties": _ref("mapped")}
    flow = _object({"name": _text("Its notebook's or workflow's."), "mapped_parameters": mapped, **labels}, ["name"])
    flows: JSON = {"type": "array", "minItems": 1, "items": flow}
    values = {"name": _text("What its runs are called."), "description": _text("For people."), **labels}
    return _object({**values, "composing_flows": flows}, ["name", "composing_flows"])


def _object(properties: Mapping[str, JSON], required: list[JSON]) -> dict[str, JSON]:
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": dict(properties),
    }


def _text(description: str) -> JSON:
    return {"type": "string", "description": description}


def _ref(name: str) -> dict[str, JSON]:
    return {"$ref": f"#/definitions/{name}"}


def _described(name: str, description: str) -> JSON:
    return {"allOf": [_ref(name)], "description": description}
