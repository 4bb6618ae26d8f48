"""Runs a task: ``for attempt in task: with attempt: <body>``.

The engine knows no IPython. Cells, decorated functions and with-blocks drive it, and a listener shows what it does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbcellar.assets.asset import Asset
from nbcellar.assets.saving.origin import origin
from nbcellar.assets.scanning.digests import digest_file
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.errors import NbcellarError, NotFoundError, UsageError
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.tasks.attempts.attempt import UNSET, Attempt, Opening
from nbcellar.tasks.attempts.outcome import Listener, Outcome, Rehearsal, Silent
from nbcellar.tasks.attempts.outputs import NoOutputs, Outputs
from nbcellar.tasks.attempts.params import read_params, unset_words
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.cache.caching import Cache, Hit, Lookup, Miss
from nbcellar.tasks.cache.goingon import KEY, implied
from nbcellar.tasks.cache.key import CacheKey, KeySource, cache_key
from nbcellar.tasks.cache.taking import MISSING, put_back, record_taken
from nbcellar.tasks.context.current import keep_last, running
from nbcellar.tasks.files.loaded import edited_since, loaded_word
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.tracer import untraced
from nbcellar.tasks.reads.declared import declared_digest, resolve
from nbcellar.tasks.taskline.options import CacheOption, TaskOptions
from nbcellar.tasks.taskline.words import NOT_RUN

UNUSED = UsageError("An attempt of a task was not used.", hint="Write `with attempt:` in the loop.")


@dataclass(slots=True)
class Task:
    """A task that is about to run. Iterate it once: it yields attempts until one succeeds or none is left.

    Attributes:
        namespace: Where parameters are read, and the asset is bound.
        cellar: None for the one of the current folder.
        kind: What the run is recorded as.
        reads: Where the body's free names are looked up for the key; None for the namespace.
        source_file: The module that the body is from, which counts as a whole.
        value_needed: A hit needs the value of the body itself, however it looks.
    """

    options: TaskOptions
    code: Code = field(default_factory=lambda: Code("", ""))
    namespace: MutableMapping[str, object] = field(default_factory=dict)
    listener: Listener = field(default_factory=Silent)
    cellar: Cellar = field(default_factory=current_cellar)
    kind: RunKind = RunKind.TASK
    given_params: Mapping[str, JSON] = field(default_factory=dict)
    here: Path = field(default_factory=Path.cwd)
    outputs: Outputs = field(default_factory=NoOutputs)
    cache: Cache = field(default_factory=Cache)
    reads: Mapping[str, object] | None = None
    source_file: str = ""
    value_needed: bool = False
    value: object = UNSET
    hidden_error: BaseException | None = None
    outcome: Outcome | None = None
    left_out: tuple[str, ...] = ()
    remembers: CacheOption | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[Attempt]:
        with untraced():
            opening = self._prepare()
            verdict = self._verdict(opening)
            if self.options.dry_run:
                self.listener.rehearsed(self._rehearsal(opening, verdict))
                return
            if isinstance(verdict, Hit):
                verdict = self._take(verdict, opening)
            if self.outcome is not None:
                return
            opening = self._open(opening, verdict)
        number = 0
        while self.outcome is None:
            number += 1
            attempt = Attempt(self, opening, number)
            try:
                yield attempt
            finally:  # also when the loop is left
                if not attempt.entered:
                    attempt.give_up(UNUSED)
            if not attempt.entered:
                raise UNUSED

    def _prepare(self) -> Opening:
        """Find everything that the line names; no number is taken yet."""
        if self.options.use:
            self._check_use()
        if self.options.environment is not None and self.options.cache is not None:
            raise UsageError(
                "--env and --cache do not go together: the body changes the environment, and a hit would not.",
                saved=NOT_RUN,
                hint="Drop one of them.",
            )
        self._check_rules()
        root = self._root()
        places = Places.of(self.cellar.home, root, self.cellar.folder)
        inputs = resolve(self.options.inputs, self.cellar, places, self.here)
        params = {**self.given_params, **read_params(self.options.params, self.namespace)}
        run = Run("", self.kind, self.cellar.project, self.options.name, 0, RunStatus.RUNNING, 0, params=params)
        opening = Opening(run, places, tuple(inputs), root)
        self.remembers = self.options.cache
        if self.in_notebook and running() is None:
            self.remembers = self.options.cache or implied(self.options, self.code, self.namespace)
        if self.remembers is None:
            return opening
        try:
            return replace(opening, key=cache_key(self._key_source(opening)))
        except Exception:  # a foreign object may raise anything; nobody asked for a key
            if self.options.cache is not None:
                raise
            self.remembers = None
            return opening

    def _check_use(self) -> None:
        """See that the live resources are known, before a number is taken."""
        from nbcellar.tasks.resources.session import SESSION  # few tasks use live objects

        if self.options.cache is not None:
            raise UsageError(
                "--use and --cache do not go together: a live object is in no key, and a hit would not touch it.",
                saved=NOT_RUN,
                hint="Drop one of them.",
            )
        try:
            SESSION.check(self.options.use)
        except NotFoundError as error:
            raise NotFoundError(error.message, saved=NOT_RUN, hint=error.hint) from None

    def _check_rules(self) -> None:
        """Whether ``--exclude`` can be read, before a number is taken."""
        try:
            IgnoreRules().with_lines(self.options.exclude)
        except UsageError as error:
            raise UsageError(
                f"--exclude cannot be read. {error.message}", saved=NOT_RUN, hint="It is a rule of a `.gitignore`."
            ) from error

    def _key_source(self, opening: Opening) -> KeySource:
        options = self.options
        return KeySource(
            space=self.cache.namespace or f"{self.cellar.project}:{options.name}",
            code=self.code,
            params=opening.run.params,
            inputs=self._input_digests(opening),
            options={
                "match": list(options.match),
                "exclude": list(options.exclude),
                "at": options.at,
                "all": options.whole_folder,
                "fresh": self.fresh,
                **({"store-in": True} if options.store_inputs else {}),
            },
            namespace=self.names,
            variables=self.cache.depends_on_env,
            left_out=frozenset(opening.run.params) | {options.variable},
            version=self.cache.version,
        )

    def _input_digests(self, opening: Opening) -> dict[str, str | None]:
        found = {one.record.alias or one.record.path: declared_digest(self.cellar, one) for one in opening.inputs}
        if self.source_file:
            edited = edited_since(self.source_file)
            module = None if edited else digest_file(self.cellar, Path(self.source_file))
            word = loaded_word(self.source_file) if edited else None
            found[os.path.basename(self.source_file)] = module.digest.hex() if module else word
        return found

    def _verdict(self, opening: Opening) -> Hit | Miss | None:
        if self.remembers is None or opening.key is None:
            return None
        shared = bool(self.cache.namespace)
        return Lookup(self.cellar, self.options.name, self.code, self.remembers, opening.key, shared).verdict()

    def _rehearsal(self, opening: Opening, verdict: Hit | Miss | None) -> Rehearsal:
        inputs = tuple(one.record for one in opening.inputs)
        reason: tuple[str, ...] = ()
        if opening.key is not None and verdict is not None:
            word = f"hit: {verdict.run.ref} would be taken" if isinstance(verdict, Hit) else f"MISS: {verdict.reason}"
            reason = (f"key {opening.key.digest[:12]}", f"cache {word}", *_unknown(opening.key))
        return Rehearsal(self.options.name, inputs, opening.run.params, reason)

    def _take(self, hit: Hit, opening: Opening) -> Hit | Miss:
        """Use an earlier run; where that fails, the task runs."""
        try:
            taken = put_back(hit, self.cellar, opening.places, self.code, self.namespace, files=not self.fresh)
        except (NbcellarError, OSError) as error:
            return Miss(f"{hit.run.ref} could not be taken: {error}")
        assert opening.key is not None
        self.outputs.replay(hit.kept.outputs, taken.value, taken.value is not MISSING)
        self.value = UNSET if taken.value is MISSING else taken.value
        self.left_out = taken.left_out
        parent = self._parent()
        run = record_taken(hit, self.cellar, parent) if parent else replace(hit.run, status=RunStatus.CACHED)
        self.outcome = Outcome(
            run=run,
            seconds=0.0,
            previous=hit.run,
            inputs=hit.run.inputs,
            reason=(hit.reason, *self._unknown(opening.key)),
            store=self.cellar.uuid,
            summary="off" if self.options.quiet else self.cellar.settings.summary,
        )
        self.bind(hit.run)
        self.listener.finished(self.outcome)
        return hit

    def _parent(self) -> str | None:
        outer = running()
        return outer.run.id if outer else os.environ.get("NBCELLAR_RUN")

    def _open(self, opening: Opening, verdict: Hit | Miss | None) -> Opening:
        """Take a number."""
        run = self.cellar.open_run(
            self.kind,
            self.options.name,
            parent=self._parent(),
            params=opening.run.params,
            code=self.code.text,
            origin=origin(),
            detail=[("use", [*self.options.use])] if self.options.use else (),
        )
        unset = unset_words(self.options.params, self.namespace)
        if opening.key is None or self.remembers is None:
            return replace(opening, run=run, reason=unset)
        why = verdict.reason if isinstance(verdict, Miss) else ""
        if self.remembers.goes_on_from is not None:
            run = replace(run, detail={**run.detail, KEY: opening.key.digest, **({"runs_again": why} if why else {})})
            return replace(opening, run=run, reason=(f"runs again: {why}", *unset) if why else unset)
        run = replace(run, key=opening.key.digest, key_parts=opening.key.parts)
        reason = (f"cache MISS: {why}",) if why else ()
        return replace(opening, run=run, reason=(*reason, *self._unknown(opening.key), *unset))

    def _unknown(self, key: CacheKey) -> tuple[str, ...]:
        return () if self.options.cache is None else _unknown(key)

    @property
    def in_notebook(self) -> bool:
        """Whether it is a cell, whose outputs can be shown again."""
        return not isinstance(self.outputs, NoOutputs)

    def bind(self, run: Run) -> None:
        """Give the asset to whoever asked for it."""
        if run.asset is None:
            return
        asset = Asset(self.cellar, run)
        keep_last(asset)
        if self.options.variable:
            self.namespace[self.options.variable] = asset

    def _root(self) -> Path:
        root = self.here / os.path.expanduser(self.options.at) if self.options.at else self.here
        if not root.is_dir():
            raise UsageError(f"--at {self.options.at}: there is no such folder.", saved=NOT_RUN)
        return root.resolve()

    @property
    def names(self) -> Mapping[str, object]:
        """Where the body's free names are looked up."""
        return self.namespace if self.reads is None else self.reads

    @property
    def fresh(self) -> bool:
        """Whether it runs in a folder of its own; not where it says which folder to look at."""
        if self.options.fresh is None:
            return self.cellar.settings.workdir == "fresh" and not self.options.at
        return self.options.fresh


def _unknown(key: CacheKey) -> tuple[str, ...]:
    names = ", ".join(f"{name} ({reason})" for name, reason in key.unknown.items())
    return (f"not in the key: {names}. Add --param, or --in for what it came from",) if names else ()
