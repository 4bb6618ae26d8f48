"""``cellar.object``: in a module of its own, since the name hides a built-in."""

from __future__ import annotations

import builtins

from nbcellar.workflow.documents.mapped import ObjectMappedParameter


def object(step: builtins.object, name: str) -> ObjectMappedParameter:  # noqa: A001 - beside raw, file and db
    """Take the live object ``name`` that a function step emits, itself; only between functions of one run."""
    return ObjectMappedParameter(str(step), name)
