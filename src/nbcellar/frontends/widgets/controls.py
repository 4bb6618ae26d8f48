"""Controls of ipywidgets for the parameters of a workflow, each by its type and default."""

from __future__ import annotations

import json

from ipywidgets import Checkbox, Dropdown, FloatText, IntText, Text, Textarea, ValueWidget

from nbcellar.assets.display import visible
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import Document, ParameterDeclaration
from nbcellar.workflow.documents.secretreferences import variable_of
from nbcellar.workflow.documents.valuetypes import ValueType, parse_type
from nbcellar.workflow.loading.typedtext import value_of_text

_STYLE = {"description_width": "10em"}
_LAYOUT = {"width": "32em"}
_EXACT = 2**53  # a browser's numbers are not exact from here on


class Control:
    """What sets one parameter.

    Args:
        document: Of the workflow.
        declaration: Of the parameter.

    Attributes:
        widget: Shows and takes its value.
    """

    def __init__(self, document: Document, declaration: ParameterDeclaration) -> None:
        self._document = document
        self._declaration = declaration
        self.widget = _widget(declaration)
        self._typed = isinstance(self.widget, Text | Textarea)

    @property
    def given(self) -> bool:
        """Whether a run is given it: a secret comes from its variable alone, and what nobody wrote is not there."""
        if isinstance(self.widget, Dropdown):
            return self.widget.index is not None
        unwritten = self._declaration.required and self._typed and self.widget.value == ""
        return not unwritten and not variable_of(self._declaration.default)

    def read(self) -> JSON:
        """The value as it is set; what is typed is read as on the command line."""
        value: JSON = self.widget.value
        if not self._typed or not isinstance(value, str):
            return value
        return value_of_text(self._document, self._declaration.name, value)


def _widget(declaration: ParameterDeclaration) -> ValueWidget:
    kind, default = parse_type(declaration.type) if declaration.type else None, declaration.default
    common = {"description": visible(declaration.name), "style": _STYLE, "layout": _LAYOUT}
    if variable := variable_of(default):
        return Text(f"secret: {variable}", disabled=True, **common)
    if kind is not None and kind.literals and not kind.kinds:
        options = [(str(each), each) for each in kind.literals]
        fits = not declaration.required and kind.fits(default)
        return Dropdown(options=options, index=kind.literals.index(default) if fits else None, **common)
    match default:
        case bool() if _only(kind, "bool"):
            return Checkbox(default, indent=True, **common)
        case int() if not isinstance(default, bool) and abs(default) < _EXACT and _only(kind, "int"):
            return IntText(default, **common)
        case int() | float() if not isinstance(default, bool) and abs(default) < _EXACT and _only(kind, "float"):
            return FloatText(float(default), **common)
        case str() if "\n" in default:
            return Textarea(default, **common)
    text = default if isinstance(default, str) else "" if declaration.required else json.dumps(default)
    return Text(text, placeholder=declaration.type or "a value", continuous_update=False, **common)


def _only(kind: ValueType | None, name: str) -> bool:
    """Whether a type allows nothing else; one that says nothing is as its default."""
    return kind is None or kind.anything or kind.kinds == {name} or (name == "float" and kind.kinds == {"int", "float"})
