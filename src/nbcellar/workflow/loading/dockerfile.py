"""A Dockerfile for a workflow, for people who run it elsewhere; building the image is their command."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nbcellar.errors import ConflictError, UsageError
from nbcellar.settings import project_folder
from nbcellar.workflow.documents.document import Source
from nbcellar.workflow.notebooks.saving import replace_file

IMAGE = "python:3.12-slim"


def dockerfile_text(source: Source, image: str = IMAGE) -> str:
    """The Dockerfile's text: the project with its requirements, and ``nbcellar run`` as what it does.

    Raises:
        UsageError: The workflow is in no file of the project, so no command could name it; or the image is no name.
    """
    if not image or any(character.isspace() for character in image):
        raise UsageError(f"{image!r} is no image.", hint=f"Write a name and a tag: {IMAGE}.")
    if not source.file:
        raise UsageError(f"The workflow {source.document.name!r} is in no file.", hint="Write it with to_yaml first.")
    home = project_folder(source.document.folder)
    path = os.path.relpath(source.document.folder / source.file, home)
    installs = ["nbcellar"]
    if (home / "requirements.txt").is_file():
        installs.append("-r requirements.txt")
    lines = [
        f"# Runs the workflow {source.document.name}. In the project's folder: docker build --tag {_tag(source)} .",
        "# Assets and records are in the volume; keep .cellar out of the image by a line in .dockerignore.",
        f"FROM {image}",
        "WORKDIR /project",
        "COPY . .",
        f"RUN pip install --no-cache-dir {' '.join(installs)}",
        "VOLUME /project/.cellar",
        f"ENTRYPOINT {json.dumps(['nbcellar', 'run', path])}",
    ]
    return "\n".join(lines) + "\n"


def write_dockerfile(source: Source, path: Path, image: str = IMAGE) -> None:
    """Write it.

    Raises:
        ConflictError: The file exists and holds something else.
        UsageError: As `dockerfile_text`.
    """
    content = dockerfile_text(source, image).encode()
    if path.exists() and path.read_bytes() != content:
        raise ConflictError(f"{path} exists and holds something else.", hint="Give another path, or remove it.")
    replace_file(path, content)


def _tag(source: Source) -> str:
    return source.document.name.lower()
