"""The REST API, as an OpenAPI 3.1 document made from the questions that a desk answers."""

from __future__ import annotations

from importlib.metadata import version

from nbcellar.frontends.browsing.previews.head import PAGES
from nbcellar.model import JSON

_TEXT: dict[str, JSON] = {"type": "string", "maxLength": 8192}
_ROW: dict[str, JSON] = {"type": "integer", "minimum": 0}
_COUNT: dict[str, JSON] = {"type": "integer", "minimum": 0, "maximum": 1000}
_PAGES: dict[str, JSON] = {"type": "integer", "minimum": 0, "maximum": PAGES}
_POLICY: dict[str, JSON] = {"type": "string", "enum": ["safe", "error", "keep", "replace", "backup"]}
_KIND: dict[str, JSON] = {"type": "string", "enum": ["alias", "tag", "note"]}
_PAGE: dict[str, dict[str, JSON]] = {"start": _ROW, "count": _COUNT}
_WANTED: dict[str, dict[str, JSON]] = {**_PAGE, "holding": _TEXT}
_SORT: dict[str, JSON] = {"type": "string", "enum": ["newest", "name", "size", "versions"]}
_FILTER: dict[str, dict[str, JSON]] = {"tag": _TEXT, "since": _TEXT, "notebook": _TEXT}
_CHOICE: dict[str, dict[str, JSON]] = {"run": _TEXT, "key": _TEXT, "to": _TEXT, "policy": _POLICY}

READING: dict[str, tuple[str, dict[str, dict[str, JSON]]]] = {
    "overview": ("Which cellar this is", {}),
    "names": ("Names that a filter lets pass", {**_FILTER, "search": _TEXT, "task": _TEXT, "sort": _SORT, **_WANTED}),
    "versions": ("Versions of a name, newest first", {"project": _TEXT, "name": _TEXT, **_FILTER, **_WANTED}),
    "files": ("What lies directly in a folder of a version", {"run": _TEXT, "key": _TEXT, **_WANTED}),
    "trash": ("Versions in the trash", dict(_PAGE)),
    "holder": ("Which other version has an alias", {"run": _TEXT, "key": _TEXT}),
    "about": ("Everything that is known of a version", {"run": _TEXT}),
    "preview": ("The head of a file", {"run": _TEXT, "key": _TEXT, "pages": _PAGES}),
    "tags": ("The tags in use", {}),
    "diff": ("The files in which two versions differ", {"run": _TEXT, "other": _TEXT, **_PAGE}),
    "change": ("What differs within one file", {"run": _TEXT, "other": _TEXT, "key": _TEXT}),
    "usage": ("What each name holds on disk", {}),
    "plan": ("What a restore would do to each file", _CHOICE),
}
WRITING: dict[str, tuple[str, dict[str, dict[str, JSON]]]] = {
    "restore": ("Write files: all of them or none", _CHOICE),
    "undo": ("Take the newest restore back", {}),
    "label": ("Give a version an alias, tag or note", {"run": _TEXT, "kind": _KIND, "key": _TEXT, "value": _TEXT}),
    "unlabel": ("Take a label away", {"run": _TEXT, "kind": _KIND, "key": _TEXT}),
    "remove": ("Move a version to the trash", {"run": _TEXT}),
    "put_back": ("Take a version out of the trash", {"run": _TEXT}),
}


def document(base_url: str = "/") -> JSON:
    """The whole document.

    Args:
        base_url: Where the server's addresses begin: ``/user/ada/`` behind a hub.
    """
    paths: dict[str, JSON] = {
        f"/nbcellar/api/{{uuid}}/{verb}": {"get": _reading(text, fields)} for verb, (text, fields) in READING.items()
    }
    for verb, (text, fields) in WRITING.items():
        paths[f"/nbcellar/api/{{uuid}}/{verb}"] = {"post": _writing(text, fields)}
    paths["/nbcellar/api/{uuid}/bytes/{run}/{key}"] = {"get": _bytes()}
    for path in ("zip/{run}", "zip/{run}/{key}"):
        paths[f"/nbcellar/api/{{uuid}}/{path}"] = {"get": _zip(keyed=path.endswith("{key}"))}
    paths["/nbcellar/api/cellars"] = {"get": _operation("The cellars of this server", [_query("path", _TEXT)])}
    paths["/nbcellar/api/files"] = {
        "get": _operation("The versions that hold a file", [_query("path", _TEXT, required=True)]),
        "post": _operation(
            "Save files as an asset", [], _body({"name": _TEXT, "paths": {"type": "array", "items": _TEXT}})
        ),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "nbcellar", "version": version("nbcellar")},
        "servers": [{"url": base_url.rstrip("/") or "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": {"Error": _error()},
        },
        "security": [{"token": []}],
    }


def _reading(text: str, fields: dict[str, dict[str, JSON]]) -> JSON:
    return _operation(text, [_uuid(), *(_query(name, schema) for name, schema in fields.items())])


def _writing(text: str, fields: dict[str, dict[str, JSON]]) -> JSON:
    return _operation(text, [_uuid()], _body(fields))


def _bytes() -> JSON:
    parameters = [_uuid(), _path("run", "[0-9A-Z]{26}"), _path("key", "[0-9A-Za-z_-]{1,16384}")]
    return {
        "summary": "A file's bytes, whole or in part",
        "parameters": [*parameters, {"name": "Range", "in": "header", "schema": _TEXT}],
        "responses": {
            "200": {"description": "All of it", "content": {"application/octet-stream": {}}},
            "206": {"description": "A part", "content": {"application/octet-stream": {}}},
            "416": {"description": "Nothing of the file lies in the range"},
            **_errors(),
        },
    }


def _zip(*, keyed: bool) -> JSON:
    parameters = [_uuid(), _path("run", "[0-9A-Z]{26}")]
    if keyed:
        parameters.append(_path("key", "[0-9A-Za-z_-]{1,16384}"))
    return {
        "summary": "A folder of a version as a zip file" if keyed else "A version as a zip file",
        "parameters": parameters,
        "responses": {"200": {"description": "The file", "content": {"application/zip": {}}}, **_errors()},
    }


def _operation(text: str, parameters: list[JSON], body: JSON = None) -> JSON:
    operation: dict[str, JSON] = {
        "summary": text,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Answered", "content": {"application/json": {"schema": {"type": "object"}}}},
            "201": {"description": "Made", "content": {"application/json": {"schema": {"type": "object"}}}},
            **_errors(),
        },
    }
    if body is not None:
        operation["requestBody"] = body
    return operation


def _errors() -> dict[str, JSON]:
    said = {
        "400": "The question is wrong",
        "403": "Not logged in, not authorised, or unsafe",
        "404": "There is no such thing",
        "405": "The other method",
        "409": "It would overwrite what is saved nowhere",
        "413": "Too large",
        "415": "Not JSON",
        "422": "A file cannot be read",
        "500": "Stored bytes are damaged",
        "501": "The store is of a newer format",
        "503": "The store does not answer",
        "507": "The store is full",
    }
    schema: JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {code: {"description": text, "content": schema} for code, text in said.items()}


def _error() -> JSON:
    fields: dict[str, JSON] = {name: {"type": ["string", "null"]} for name in ("message", "saved", "hint", "reason")}
    return {"type": "object", "properties": fields, "required": ["message"]}


def _uuid() -> JSON:
    return _path("uuid", "[0-9A-Za-z-]{8,64}")


def _path(name: str, pattern: str) -> JSON:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}


def _query(name: str, schema: dict[str, JSON], *, required: bool = False) -> JSON:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _body(fields: dict[str, dict[str, JSON]]) -> JSON:
    schema: JSON = {"type": "object", "properties": dict(fields)}
    return {"required": True, "content": {"application/json": {"schema": schema}}}
