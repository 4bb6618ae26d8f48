"""Documents written as YAML: anew, or into a text that is there, of which all that did not change stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcellar.model import JSON
from nbcellar.workflow.yamltree import scalar

if TYPE_CHECKING:
    import yaml

OTHER_NAMES = {"resources": "assets"}
"""Keys that a document may call otherwise."""
WIDTH = 110
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_UNLIKE: JSON = "\0"
"""What no document can hold."""


def yaml_text(value: JSON) -> str:
    """YAML that the reader here reads back as the same value."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Without aliases, and with every text in quotes that would be read as something else."""

        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
        style = None if scalar(data) == data and not _UNPRINTABLE.search(data) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style)

    Dumper.add_representer(str, text)
    written: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return written


def rewrite(text: str, before: JSON, after: JSON) -> str:
    """A text in which what differs between two values is changed; the rest of it, comments included, stays.

    Args:
        text: YAML that the reader here reads.
        before: What it means; it may leave out keys that the text has, and have keys that it has not.
        after: What it is to mean.
    """
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return yaml_text(after)
    rewriting = _Rewriting(text)
    rewriting.node(root, before, after)
    return rewriting.applied()


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters from ``start`` to ``end`` become others."""

    start: int
    end: int
    text: str


class _Rewriting:
    """Collects the edits of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.edits: list[_Edit] = []

    def applied(self) -> str:
        text = self.text
        # from the end on; of several at one place, what belongs to an inner mapping stands before what follows it
        ordered = sorted(enumerate(self.edits), key=lambda one: (one[1].start, one[1].end, one[0]), reverse=True)
        for _, edit in ordered:
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def node(self, node: yaml.Node, before: JSON, after: JSON, key: yaml.Node | None = None) -> None:
        """Make a node mean something else; ``key`` is the one that it is the value of."""
        import yaml

        if before == after and _kinds(before) == _kinds(after):
            return
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        if (
            block
            and isinstance(node, yaml.MappingNode)
            and isinstance(before, dict)
            and isinstance(after, dict)
            and after
        ):
            self.mapping(node, before, after)
        elif block and isinstance(after, dict | list) and after:
            text = self.indented(after, node.start_mark.column)
            self.edits.append(_Edit(node.start_mark.index, self.end(node), text))
        elif block and key is not None:  # a plain value cannot stand where the first line of a block stood
            start = self.text.index(":", key.end_mark.index) + 1
            self.edits.append(_Edit(start, self.end(node), f" {_flow(after)}"))
        else:
            space = " " if self.text[node.start_mark.index - 1 : node.start_mark.index] == ":" else ""
            self.edits.append(_Edit(node.start_mark.index, self.end(node), space + _flow(after)))

    def mapping(self, node: yaml.MappingNode, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> None:
        there = {key.value: (key, value) for key, value in node.value}
        for name in [*before, *(name for name in after if name not in before)]:
            written = name if name in there else OTHER_NAMES.get(name, name)
            if written not in there:
                continue
            key, value = there[written]
            if name not in after:
                self.remove(key, value)
            elif name in before:
                self.node(value, before[name], after[name], key)
            else:  # it says what goes without saying, such as `retries: 0`
                self.node(value, _UNLIKE, after[name], key)
        added = {
            name: value
            for name, value in after.items()
            if name not in there
            and OTHER_NAMES.get(name, name) not in there
            and (name not in before or before[name] != value)
        }
        if added:
            self.add(node, added)

    def remove(self, key: yaml.Node, value: yaml.Node) -> None:
        """Take out the lines of a key and its value."""
        start = self.text.rfind("\n", 0, key.start_mark.index) + 1
        self.edits.append(_Edit(start, self.line_end(self.end(value)), ""))

    def add(self, node: yaml.MappingNode, values: Mapping[str, JSON]) -> None:
        """Put keys below the last one."""
        column = node.start_mark.column
        place = self.line_end(self.end(node))
        head = "" if self.text[place - 1 : place] == "\n" else "\n"
        self.edits.append(_Edit(place, place, f"{head}{' ' * column}{self.indented(dict(values), column)}\n"))

    def indented(self, value: JSON, column: int) -> str:
        """A value in block style, whose first line stands at a column already."""
        lines = (
            (yaml_text(value) if isinstance(value, dict | list) and value else _flow(value)).rstrip("\n").split("\n")
        )
        return ("\n" + " " * column).join(lines)

    def end(self, node: yaml.Node) -> int:
        """Where a node's last character is; comments behind it are not part of it."""
        import yaml

        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return len(self.text[: node.end_mark.index].rstrip())
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self.end(last[1] if isinstance(last, tuple) else last)

    def line_end(self, place: int) -> int:
        found = self.text.find("\n", place)
        return len(self.text) if found < 0 else found + 1


def _flow(value: JSON) -> str:
    """A value on one line: JSON, which is YAML too."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _kinds(value: JSON) -> str:
    """What tells 1, 1.0 and true apart."""
    return json.dumps(value, sort_keys=True)
