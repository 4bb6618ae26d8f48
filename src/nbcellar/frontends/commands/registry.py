"""Which verbs there are, and the module that defines each: only the one that is typed is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.frontends.commands.command import Command

VERBS: Mapping[str, str] = {
    "browse": "browsing",
    "ls": "listing",
    "show": "details",
    "cat": "content",
    "diff": "comparison",
    "log": "history",
    "graph": "lineage",
    "whence": "lineage",
    "save": "saving",
    "restore": "restoring",
    "undo": "restoring",
    "alias": "labelling",
    "tag": "labelling",
    "note": "labelling",
    "rm": "removal",
    "trash": "removal",
    "du": "usage",
    "free": "space",
    "gc": "space",
    "run": "running",
    "runs": "runstatus",
    "status": "runstatus",
    "logs": "runlogs",
    "open": "opening",
    "cancel": "runstatus",
    "records": "recordings",
    "check": "integrity",
    "repair": "integrity",
    "export": "transfer",
    "import": "transfer",
    "backup": "transfer",
    "doctor": "diagnosis",
    "config": "configuration",
    "autoload": "autoloading",
}
"""Verb to module, in the order in which help lists them."""


OF_OTHERS: Mapping[str, str] = {
    "checkout": "restore",
    "commit": "save",
    "add": "save",
    "snapshot": "save",
    "delete": "rm",
    "remove": "rm",
    "get": "restore",
    "download": "restore",
    "find": "whence",
    "fsck": "check",
    "verify": "check",
    "history": "log",
    "prune": "gc",
    "clean": "gc",
    "list": "ls",
    "inspect": "show",
    "empty": "trash",
}
"""What other tools call a verb of ours."""


def command(verb: str) -> Command:
    """The definition of a verb.

    Raises:
        UsageError: There is no such verb.
    """
    if verb not in VERBS:
        raise UsageError(
            f"There is no verb {verb!r}.",
            hint=_meant(verb) or did_you_mean(verb, VERBS) or "`nbcellar --help` lists them.",
        )
    module = import_module(f"nbcellar.frontends.commands.{VERBS[verb]}")
    commands: tuple[Command, ...] = module.COMMANDS
    return next(one for one in commands if one.name == verb)


def _meant(verb: str) -> str:
    ours = OF_OTHERS.get(verb)
    return f"Here it is `nbcellar {ours}`: see `nbcellar {ours} --help`." if ours else ""
