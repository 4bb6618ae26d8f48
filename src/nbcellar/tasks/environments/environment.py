"""Named values that live between tasks: a dict with a folder, saved whole or not at all, each save a version."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from nbcellar.assets.display import count_text, html_text
from nbcellar.errors import ConflictError, CorruptDataError, NotFoundError, StorageError, UsageError
from nbcellar.model import JSON, Digest
from nbcellar.store import current as current_cellar
from nbcellar.store.objects.local import write_durably
from nbcellar.store.objects.ulid import is_ulid, new_ulid
from nbcellar.tasks.environments.changes import EnvironmentDiff, compare
from nbcellar.tasks.environments.configfile import read_config
from nbcellar.tasks.environments.draft import Draft, draft
from nbcellar.tasks.environments.envfile import EnvFile, digest_of, parse
from nbcellar.tasks.environments.foreign import is_pickle, read_pickle
from nbcellar.tasks.environments.lock import LOCK_FILE, locked
from nbcellar.tasks.environments.present import Present
from nbcellar.tasks.environments.values import SealableValues
from nbcellar.tasks.environments.versions import (
    EnvironmentLog,
    is_kept,
    read_version,
    save_version,
    series_of,
    versions,
)

ENV_FILE = "env"


class Environment(SealableValues):
    """A dict that is kept in a folder, in the file ``env``.

    It begins with ``resultdir`` (its folder), ``config_file``, ``config`` and ``config_type``.

    Attributes:
        env_name: Its folder.
        version: Reference of the version that was saved last; empty before.
    """

    def __init__(self, env_name: str | os.PathLike[str]) -> None:
        """An environment with nothing but its first keys; its folder is made where it is missing.

        Raises:
            ConflictError: There is a file where the folder should be.
            StorageError: The folder cannot be made.
        """
        super().__init__()
        self.env_name = Path(env_name).resolve()
        _make_folder(self.env_name)
        self._file = EnvFile(new_ulid(), series_of(self.env_name))
        self._stamp: Digest | None = None
        self.version = ""
        self.data = {"resultdir": self.env_name, "config_file": None, "config": {}, "config_type": "yaml"}

    @classmethod
    def load_from_file(cls, env_file: str | os.PathLike[str]) -> Environment:
        """The environment that a file holds, wherever its folder is now. EnOSlib's pickled files are read too.

        Its folder is the one of the file; ``resultdir`` stays what it was. A value that cannot be read here raises when
        it is asked for, and is kept as it is by `dump`.

        Raises:
            NotFoundError: There is no such file.
            UnsafeError: It is a pickle that asks for more than plain values.
            CorruptDataError: It is damaged, or no environment.
            FormatTooNewError: A newer version wrote it.
        """
        path = Path(env_file)
        path = path.parent.resolve() / path.name  # ./current may point elsewhere when this is saved
        if not path.is_file():
            raise NotFoundError(
                f"{path} doesn't exist, not reloading.",
                saved="Nothing was run.",
                hint="Make it first: new=True, or --new on the task line.",
            )
        env = cls(path.parent)
        try:
            env._take(path.read_bytes(), str(path))
        except CorruptDataError as error:
            again = f"`nbcellar restore {series_of(path.parent)} --to {path.parent} --overwrite backup`"
            hint = f"{again} brings back what was saved last, if this cellar has it."
            raise CorruptDataError(error.message, saved=error.saved, hint=hint) from error.__cause__
        return env

    @property
    def resultdir(self) -> Path:
        """The folder for what belongs to it; ``env["resultdir"]`` is the same."""
        return Path(str(self["resultdir"]))

    @property
    def config(self) -> dict[object, object]:
        """The configuration; ``env["config"]`` is the same.

        Raises:
            UsageError: That is no dict any more.
        """
        config = self["config"]
        if not isinstance(config, dict):
            raise UsageError(f"env['config'] is a {type(config).__name__}, no dict.")
        return config

    @property
    def file(self) -> Path:
        """Where `dump` writes."""
        return self.env_name / ENV_FILE

    @property
    def own_files(self) -> set[str]:
        """The files that saving writes."""
        return {str(self.file), str(self.env_name / LOCK_FILE)}

    # saving

    def dumps(self) -> bytes:
        """The bytes that `dump` would write.

        Raises:
            EncodingError: A value cannot be kept; the message names it.
        """
        drafted = self._draft({})
        if drafted.problems:
            raise drafted.refusal()
        return drafted.file.to_bytes()

    def dump(self, *, overwrite: bool = False) -> None:
        """Save it, whole or not at all, and as a version in the cellar.

        Args:
            overwrite: Also over what another process saved since this was loaded; that stays a version.

        Raises:
            EncodingError: A value cannot be kept. All others are saved, and of that one what was stored before.
            ConflictError: Another process is saving it, or has saved it since this was loaded.
            StorageError: The folder or the cellar cannot be written.
        """
        _make_folder(self.env_name)
        with locked(self.env_name) as previous:
            present = Present.read(self.file)
            if self._stamp is None and present.file is not None:  # a fresh one goes on with the history of the folder
                self._file = present.file
            drafted = self._draft({} if self._stamp is None else present.values)
            data = drafted.file.to_bytes()
            if data != present.data:
                if not overwrite and self._is_changed(present):
                    raise self._conflict(previous, data)
                self._keep(present)
                self._write(data)
            self._file, self._stamp = drafted.file, digest_of(data)
            self.version = save_version(current_cellar(), drafted.file, data, self.env_name).ref
        if drafted.problems:
            raise drafted.refusal()

    def _draft(self, older: Mapping[bytes, bytes]) -> Draft:
        return draft(self._file, self.data, self._sealed.values(), older)

    def _is_changed(self, present: Present) -> bool:
        """Whether the file is not what was loaded; a file that somebody removed holds nothing that could be lost."""
        return bool(self._stamp is not None and present.data and digest_of(present.data) != self._stamp)

    def _conflict(self, previous: str, data: bytes) -> ConflictError:
        note = "not written: the folder had changed"
        run = save_version(current_cellar(), self._file, data, self.env_name, note)
        return ConflictError(
            f"The environment {self.env_name.name} was saved by {previous}, since you loaded it.",
            saved=f"Your values are kept as {run.ref}, and not written to the folder.",
            hint="Call env.reload() to go on with those, or env.dump(overwrite=True) to put yours in their place.",
        )

    def _keep(self, present: Present) -> None:
        """What is about to be replaced becomes a version, if nothing holds it yet."""
        cellar = current_cellar()
        if present.data and not is_kept(cellar, present.data):
            save_version(cellar, self._file, present.data, self.env_name, "found in the folder")

    def _write(self, data: bytes) -> None:
        for left in self.env_name.glob(f".{ENV_FILE}.*"):
            if is_ulid(left.name.rpartition(".")[2]):  # a save that was killed
                left.unlink(missing_ok=True)
        try:
            write_durably(self.file, data)
        except OSError as error:
            raise StorageError(
                f"The environment {self.file} cannot be written: {error.strerror}.",
                saved="What was saved before stays.",
            ) from error

    # loading

    def reload(self) -> None:
        """Take what is in the folder now; what was changed here and not saved is gone.

        Raises:
            NotFoundError, UnsafeError, CorruptDataError, FormatTooNewError: As for `load_from_file`.
        """
        fresh = type(self).load_from_file(self.file)
        self.data, self._sealed, self._file, self._stamp = fresh.data, fresh._sealed, fresh._file, fresh._stamp

    def reload_config(self, *, missing: Literal["skip", "error"] = "skip") -> None:
        """Read ``config_file`` again into ``config``; keys that are gone from the file stay.

        Args:
            missing: Whether a file that is set and not there is an error.

        Raises:
            NotFoundError: It is not there, and that was to be an error.
            UsageError: It is no YAML, or no mapping.
        """
        name = self["config_file"]
        if name is None:
            return
        path = Path(str(name))
        if path.is_file():
            self.config.update(read_config(path))
        elif missing == "error":
            raise NotFoundError(f"The configuration {path} of the environment {self.env_name.name} doesn't exist.")

    def _take(self, data: bytes, place: str) -> None:
        if is_pickle(data):
            self.data, self._sealed = read_pickle(data, place), {}
            self._stamp = digest_of(data)
            return
        file = parse(data, place)
        self._fill(file.values)
        self._file, self._stamp = file, digest_of(data)

    # versions

    def log(self) -> EnvironmentLog:
        """Every save, newest first."""
        return versions(current_cellar(), self._file)

    def diff(self, before: int, after: int | None = None) -> EnvironmentDiff:
        """Which values are new, changed, same and gone.

        Args:
            before: A version's number.
            after: Another one; None for the values as they are now.

        Raises:
            NotFoundError: There is no such version.
            EncodingError: A present value cannot be kept, hence not compared.
        """
        cellar = current_cellar()
        older, _ = read_version(cellar, self._file, before)
        if after is None:
            drafted = self._draft({})
            if drafted.problems:
                raise drafted.refusal()
            newer = drafted.file
        else:
            newer, _ = read_version(cellar, self._file, after)
        return compare(older.values, newer.values)

    def checkout(self, number: int) -> None:
        """Go back to a version: its values are in the dict and in the folder. What is not saved yet is saved first.

        Raises:
            NotFoundError: There is no such version.
            EncodingError, ConflictError, StorageError: As for `dump`; then nothing was changed.
        """
        file, _ = read_version(current_cellar(), self._file, number)
        self.dump()
        self._fill(file.values)
        self.dump()

    def __repr__(self) -> str:
        sealed = f", {len(self._sealed)} not readable here" if self._sealed else ""
        return f"<Environment {self.env_name.name}: {count_text(len(self.data), 'value')}{sealed}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, JSON]:
        lines = [repr(self), *(f"{key}: {value!r:.100}" for key, value in self.data.items())]
        rows = "".join(
            f"<tr><th>{html_text(str(key))}</th><td>{html_text(f'{value!r:.100}')}</td></tr>"
            for key, value in self.data.items()
        )
        head = f"<p><b>{html_text(self.env_name.name)}</b></p>"
        html = f'<div class="nbcellar-environment">{head}<table>{rows}</table></div>'
        return {"text/plain": "\n".join(lines), "text/html": html}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ConflictError(
            f"Already existing {folder}, not overwriting: it is no folder.", saved="It is unchanged."
        ) from error
    except OSError as error:
        raise StorageError(f"The folder {folder} of an environment cannot be made: {error.strerror}.") from error
