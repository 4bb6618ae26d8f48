"""From a YAML file to a document, gathering every problem on the way."""

from __future__ import annotations

from pathlib import Path

from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.workflow.documents.document import Source
from nbcellar.workflow.documents.documentpath import document_path
from nbcellar.workflow.documents.problems import Problem, refuse, reject
from nbcellar.workflow.loading.documentkeys import document_of
from nbcellar.workflow.loading.treecache import TreeCache
from nbcellar.workflow.loading.yamltree import MAX_BYTES, read_tree

MOST_LISTED = 5
"""So many files are named where none of the name is there."""


def load_document(path: Path | str) -> Source:
    """Read a workflow file.

    Raises:
        NotFoundError: There is no such file.
        InvalidWorkflow: It cannot be read as a workflow; every problem is listed.
    """
    source = read_document(path)
    refuse(source.file, source.problems)
    return source


def read_document(path: Path | str, file: str = "", caches: Path | None = None) -> Source:
    """Read a workflow file; what is wrong with its keys and values is in the source's ``problems``.

    Args:
        path: Where it is.
        file: How problems name it; its name where it is empty.
        caches: Where it may be remembered what the file says; None for nowhere.

    Raises:
        NotFoundError: There is no such file.
        InvalidWorkflow: It is no text, or not even YAML.
        UsageError: It cannot be a file.
    """
    path = document_path(path)
    name, file = file or str(path), file or path.name
    try:
        if not path.is_file():  # a pipe would be waited for
            raise _missing(path, name)
        with path.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        text = content.decode() if len(content) <= MAX_BYTES else "x" * (MAX_BYTES + 1)
    except UnicodeDecodeError as error:
        reject(file, [Problem("document", f"it is not UTF-8 text (byte {error.start}).", file=file)])
    except (OSError, ValueError) as error:
        reject(file, [Problem("document", f"it cannot be read: {error}.", file=file)])
    tree = read_tree(text, file) if caches is None else TreeCache(caches, path).read(text, file)
    return document_of(tree, text, path.parent.resolve(), file)


def _missing(path: Path, name: str) -> NotFoundError:
    """What is said of what is no file or is not there, and which file somebody may have meant."""
    folder = path if path.is_dir() else path.parent
    there = sorted(each.name for ending in ("*.yaml", "*.yml") for each in folder.glob(ending) if each.is_file())
    listed = f"There are {', '.join(map(repr, there[:MOST_LISTED]))}." if there else ""
    if folder is path:
        hint = listed or "No workflow file lies in it."
        return NotFoundError(f"{name!r} is a folder, and a workflow is a file.", hint=hint)
    if path.exists():
        return NotFoundError(f"{name!r} is a pipe or a device, and a workflow is a file.", hint="Write it into a file.")
    if path.is_symlink():
        return NotFoundError(f"{name!r} is a link to {str(path.readlink())!r}, where no file is.")
    return NotFoundError(f"There is no workflow file {name!r}.", hint=did_you_mean(path.name, there) or listed)


def parse_document(text: str, folder: Path, file: str = "workflow.yaml") -> Source:
    """Read a workflow from its text, as ``read_document`` does.

    Args:
        text: YAML or JSON.
        folder: What its relative paths start from.
        file: How problems name it.

    Raises:
        InvalidWorkflow: It is not YAML.
    """
    return document_of(read_tree(text, file), text, folder, file)
