"""Documents written as YAML: anew, or into a text that is there, of which all that did not change stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.workflow.loading.yamltree import scalar

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
    return _Source(text).rewritten(root, before, after)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters from ``start`` to ``end`` become others."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Source:
    """The text, and what becomes of its parts: the edit of a mapping is made of the edits of what it holds."""

    text: str

    def rewritten(self, root: yaml.Node, before: JSON, after: JSON) -> str:
        edit = self.node(root, before, after)
        return self.text if edit is None else self.text[: edit.start] + edit.text + self.text[edit.end :]

    def node(
        self, node: yaml.Node, before: JSON, after: JSON, key: yaml.Node | None = None, column: int = -1
    ) -> _Edit | None:
        """What makes a node mean something else; it is the value of ``key`` in a mapping at ``column``."""
        import yaml

        if before == after and _kinds(before) == _kinds(after):
            return None
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        if isinstance(node, yaml.MappingNode) and block and self.begins_line(node):
            match before, after:
                case dict(), dict() if after:
                    return self.mapping(node, before, after)
        if block and isinstance(after, dict | list) and after:
            deeper = 0 if node.start_mark.column > column else 2  # a list may stand as far left as its key
            text = " " * deeper + self.indented(after, node.start_mark.column + deeper)
            return _Edit(node.start_mark.index, self.end(node), text)
        if block and key is not None:  # a plain value cannot stand where the first line of a block stood
            start = self.text.index(":", key.end_mark.index) + 1
            return _Edit(start, self.end(node), f" {_flow(after)}")
        space = " " if self.text[node.start_mark.index - 1 : node.start_mark.index] == ":" else ""
        return _Edit(node.start_mark.index, self.end(node), space + _flow(after))

    def mapping(self, node: yaml.MappingNode, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> _Edit:
        """The lines of a mapping: each key's as they are, as they become, or without them; below them the new ones."""
        start = place = self.line_start(node.start_mark.index)
        end = self.line_end(self.end(node))
        parts, there = [], set()
        for key, value in node.value:
            there.add(name := _name(key.value, before, after))
            edit = None
            if name in after:  # where `before` lacks it, the text says what goes without saying, as `retries: 0`
                edit = self.node(value, before.get(name, _UNLIKE), after[name], key, node.start_mark.column)
            elif name in before:
                edit = _Edit(self.line_start(key.start_mark.index), self.line_end(self.end(value)), "")
            if edit:
                parts += [self.text[place : edit.start], edit.text]
                place = edit.end
        parts.append(self.text[place:end])
        added = {
            name: value
            for name, value in after.items()
            if name not in there and (name not in before or before[name] != value)
        }
        return _Edit(start, end, self.with_keys("".join(parts), added, node.start_mark.column))

    def with_keys(self, lines: str, values: Mapping[str, JSON], column: int) -> str:
        """Lines, and below them further keys."""
        if not values:
            return lines
        head = "" if lines.endswith("\n") or not lines else "\n"
        return f"{lines}{head}{' ' * column}{self.indented(dict(values), column)}\n"

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

    def begins_line(self, node: yaml.Node) -> bool:
        """Whether nothing stands before it in its first line, as does the colon of a key with a question mark."""
        return not self.text[self.line_start(node.start_mark.index) : node.start_mark.index].strip()

    def line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def line_end(self, place: int) -> int:
        found = self.text.find("\n", place)
        return len(self.text) if found < 0 else found + 1


def _name(written: str, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> str:
    """What the document calls a key of the text."""
    if written in before or written in after:
        return written
    return next((name for name, other in OTHER_NAMES.items() if other == written), written)


def _flow(value: JSON) -> str:
    """A value on one line: JSON, which is YAML too."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _kinds(value: JSON) -> str:
    """What tells 1, 1.0 and true apart."""
    return json.dumps(value, sort_keys=True)
