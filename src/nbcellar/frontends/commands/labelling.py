"""``alias``, ``tag`` and ``note``: the labels on a run."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.assets.aliases import alias_holder
from nbcellar.assets.asset import add_note
from nbcellar.assets.facts import label_facts
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import find_whole, here
from nbcellar.frontends.commands.runtable import labels_text, short_ref
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Label, LabelKind, Run
from nbcellar.store import Cellar


@dataclass(frozen=True, repr=False)
class Labelled(Answer):
    """A run with its labels as they are now.

    Attributes:
        holder: The run that had the alias before.
    """

    verb: ClassVar[str] = "label"
    cellar: Cellar
    run: Run
    labels: tuple[Label, ...]
    holder: Run | None = None
    notes: tuple[str, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        holder = short_ref(self.cellar, self.holder) if self.holder else None
        facts: dict[str, JSON] = {"ref": short_ref(self.cellar, self.run), "id": self.run.id}
        return {**facts, **label_facts(self.labels), "holder_before": holder}

    def _blocks(self) -> list[Block]:
        said = f"{short_ref(self.cellar, self.run)} {labels_text(self.labels)}".rstrip()
        return [f"{said}; {short_ref(self.cellar, self.holder)} had it before" if self.holder else said]


def alias(ref: str, name: str, *, remove: bool = False, cellar: Cellar | None = None) -> Labelled:
    """Let ``NAME@alias`` mean this run; the run of the series that had the alias loses it.

    Raises:
        NotFoundError: There is no such run, or it has no such alias to remove.
        UsageError: The alias cannot be one.
    """
    place = here(cellar)
    run = find_whole(place, ref, "No label was changed.")
    holder = None if remove else alias_holder(place, run, name)
    labelled = _set(place, ref, LabelKind.ALIAS, {name: ""}, remove)
    bare = run.asset is None and not remove
    note = f"{short_ref(place, run)} has no files: this alias leads to its result, parameters and inputs alone."
    return replace(labelled, holder=holder, notes=(note,) if bare else ())


def tag(ref: str, tags: Mapping[str, str], *, remove: bool = False, cellar: Cellar | None = None) -> Labelled:
    """Set tags, or take them away.

    Raises:
        NotFoundError: There is no such run, or it has no such tag to remove.
        UsageError: A key cannot be one.
    """
    return _set(cellar, ref, LabelKind.TAG, tags, remove)


def note(ref: str, text: str, *, remove: bool = False, cellar: Cellar | None = None) -> Labelled:
    """Add a note, or take it away.

    Raises:
        NotFoundError: There is no such run, or it has no such note to remove.
        UsageError: The note is empty or too long.
    """
    place = here(cellar)
    run = find_whole(place, ref, "No label was changed.")
    if remove:
        notes = [one for one in place.labels([run.id]) if one.kind is LabelKind.NOTE]
        for key in {one.key for one in notes if one.value == text} or {text}:
            place.unlabel(run, LabelKind.NOTE, key)
    else:
        add_note(place, run, text)
    return Labelled(place, run, tuple(place.labels([run.id])))


def _set(cellar: Cellar | None, ref: str, kind: LabelKind, values: Mapping[str, str], remove: bool) -> Labelled:
    place = here(cellar)
    run = find_whole(place, ref, "No label was changed.")
    for key, value in values.items():
        if remove:
            place.unlabel(run, kind, key)
        else:
            place.label(run, kind, key, value)
    return Labelled(place, run, tuple(place.labels([run.id])))


def _alias(given: Given) -> Answer:
    return alias(given.text("ref"), given.text("name"), remove=given.flag("remove"), cellar=given.cellar)


def _tag(given: Given) -> Answer:
    return tag(given.text("ref"), given.pairs("k=v"), remove=given.flag("remove"), cellar=given.cellar)


REF = Argument("REF", "a reference", Count.ONE, kind="ref")

COMMANDS = (
    Command(
        "alias",
        "Give a run a second name: `train@prod`.",
        (
            ("alias train@4 prod", "`train@prod` means run 4 from now on"),
            ("alias train@prod prod --remove", "no longer"),
        ),
        (REF, Argument("NAME", "the alias", Count.ONE), Argument("--remove", "take it away", Count.FLAG)),
        _alias,
        'cellar["train@4"].alias("prod")',
        slips={"": "One alias at a time: `nbcellar alias {0} {1}`."},
    ),
    Command(
        "tag",
        "Set tags on a run.",
        (("tag train stage=final checked", "two tags"), ("tag train@4 stage --remove", "take one away")),
        (REF, Argument("K=V", "tags", Count.SOME), Argument("--remove", "take them away", Count.FLAG)),
        _tag,
        'cellar["train"].tag(stage="final")',
    ),
    Command(
        "note",
        "Add a note to a run.",
        (
            ('note train "used in the talk"', "a note on the newest success"),
            ('note train@4 "used in the talk" --remove', "take it away"),
        ),
        (REF, Argument("TEXT", "the note", Count.ONE), Argument("--remove", "take it away", Count.FLAG)),
        lambda given: note(given.text("ref"), given.text("text"), remove=given.flag("remove"), cellar=given.cellar),
        'cellar["train"].note("used in the talk")',
        slips={"": 'Put the text into quotes: `nbcellar note {0} "…"`.'},
    ),
)
