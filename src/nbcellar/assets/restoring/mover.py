"""Moves what was built under temporary names to its places, and everything back if one of the moves fails."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Collection, Sequence

from nbcellar.assets.restoring.debris import OLD_SUFFIX
from nbcellar.assets.restoring.newfile import target_error, target_errors
from nbcellar.assets.restoring.plan import Action, Planned, Present
from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.scanning.folders import Folders
from nbcellar.errors import ConflictError
from nbcellar.lightclasses import dataclass

PART = ".part"
"""Behind the name of a kept file: it is still being copied, and its original is in its place."""

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


@dataclass(slots=True)
class Place:
    """Something that is built under a temporary name in the folder that it is meant for.

    Attributes:
        name: Where it goes, below the site's base.
        temporary: Where it is built; in the same folder.
        folder: Whether it is a folder, with everything below it.
        item: The one entry that it is; None for a folder of entries.
        kept: Under which name of the record's folder the file is kept that stands there.
        backup: The name that the file which stands there is going to have.
    """

    name: bytes
    temporary: bytes
    folder: bool
    item: Planned | None
    kept: str = ""
    backup: bytes = b""

    @property
    def action(self) -> Action:
        """What happens at this place."""
        return self.item.action if self.item else Action.CREATE


class Mover:
    """Moves places of one site into being.

    Args:
        folders: The site's base.

    Attributes:
        places: What is moved, in this order.
    """

    def __init__(self, folders: Folders, places: Sequence[Place]) -> None:
        self._folders = folders
        self.places = places
        self._back: list[Callable[[], None]] = []

    def choose_backups(self) -> None:
        """Find names that nothing has for the files that are going to be renamed.

        Raises:
            ConflictError: There are too many backups of one file.
            StorageError: A folder cannot be read.
        """
        taken: set[bytes] = set()
        for place in self.places:
            if place.action is Action.BACKUP:
                with target_errors(place.name):
                    place.backup = self._free_name(place, taken)
                taken.add(place.backup)

    def move_all(self, keep: int | None) -> None:
        """Put every place where it belongs.

        Args:
            keep: Descriptor of the folder where replaced files are kept; None where none is to be.

        Raises:
            ConflictError: Something else stands there than the plan saw; everything is moved back.
            StorageError: The file system refused; everything is moved back.
        """
        place = None
        try:
            for place in self.places:
                self._move(place, keep)
            self._back.clear()
            self._drop_old()
        except BaseException as error:
            self._move_back()
            if isinstance(error, OSError) and not isinstance(error, ConflictError) and place is not None:
                raise target_error(error, place.name) from error
            raise

    def clear(self) -> None:
        """Remove what is still under temporary names."""
        for place in self.places:
            parent, _, base = place.temporary.rpartition(b"/")
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                folder = self._folders.open(parent)
                if place.folder:
                    import shutil  # it loads the compressors, which few restores need

                    self._folders.forget(place.temporary)
                    shutil.rmtree(os.fsdecode(base), dir_fd=folder)
                else:
                    os.unlink(base, dir_fd=folder)

    def _move(self, place: Place, keep: int | None) -> None:
        parent, _, base = place.name.rpartition(b"/")
        folder = self._folders.open(parent)
        new = place.temporary.rpartition(b"/")[2]
        if place.action is Action.CREATE:
            self._create(place, folder, new, base)
            return
        assert place.item is not None
        _check(place, folder, base, place.item.present)
        if place.action is Action.BACKUP:
            self._set_aside(place, folder, base)
        else:
            self._keep(place, folder, base, keep)
        os.rename(new, base, src_dir_fd=folder, dst_dir_fd=folder)

    def _create(self, place: Place, folder: int, new: bytes, base: bytes) -> None:
        if place.folder:
            _check(place, folder, base, None)
            self._folders.forget(place.temporary)
            os.rename(new, base, src_dir_fd=folder, dst_dir_fd=folder)
            self._back.append(lambda: self._rename_in(place, base, new))
            return
        try:
            # Unlike a rename it never takes the place of something that came into being meanwhile.
            os.link(new, base, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise _changed(place) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _check(place, folder, base, None)
            os.rename(new, base, src_dir_fd=folder, dst_dir_fd=folder)
            new = b""
        self._back.append(lambda: os.unlink(base, dir_fd=self._folder_of(place)))
        if new:
            os.unlink(new, dir_fd=folder)

    def _free_name(self, place: Place, taken: Collection[bytes]) -> bytes:
        base = place.name.rpartition(b"/")[2]
        above = place.name[: len(place.name) - len(base)]
        for number in range(1, 10_000):
            name = backup_name(base, number)
            if above + name not in taken and not _exists(name, self._folder_of(place)):
                return above + name
        raise ConflictError(f"There are too many backups of {printable(place.name)!r}.")

    def _set_aside(self, place: Place, folder: int, base: bytes) -> None:
        """Give the file that is there its other name, unless something has that by now."""
        name = place.backup.rpartition(b"/")[2]
        try:
            os.link(base, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise _changed(place) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if _exists(name, folder):
                raise _changed(place) from None
            os.rename(base, name, src_dir_fd=folder, dst_dir_fd=folder)
        self._back.append(lambda: self._rename_in(place, name, base))

    def _keep(self, place: Place, folder: int, base: bytes, keep: int | None) -> None:
        if keep is None or not place.kept:
            self._keep_beside(place, folder, base)
            return
        try:
            os.link(base, place.kept, src_dir_fd=folder, dst_dir_fd=keep, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS | {errno.EXDEV}:
                raise
            copy_file(base, folder, place.kept + PART, keep)
            os.rename(place.kept + PART, place.kept, src_dir_fd=keep, dst_dir_fd=keep)
            os.fsync(keep)  # two file systems: nothing else orders this before the rename in the target
        self._back.append(lambda: bring_back(place.kept, keep, base, self._folder_of(place)))

    def _keep_beside(self, place: Place, folder: int, base: bytes) -> None:
        """The store has what is replaced, so it stays only until all moves are done."""
        old = _old(place)
        try:
            os.link(base, old, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.rename(base, old, src_dir_fd=folder, dst_dir_fd=folder)
        self._back.append(lambda: self._rename_in(place, old, base))

    def _drop_old(self) -> None:
        for place in self.places:
            if place.action is Action.REPLACE and not place.kept:
                with contextlib.suppress(OSError):  # everything is in place: a name that stays undoes nothing
                    os.unlink(_old(place), dir_fd=self._folder_of(place))

    def _move_back(self) -> None:
        while self._back:
            self._back.pop()()

    def _folder_of(self, place: Place) -> int:
        return self._folders.open(place.name.rpartition(b"/")[0])

    def _rename_in(self, place: Place, old: bytes, new: bytes) -> None:
        folder = self._folder_of(place)
        os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)
        with contextlib.suppress(FileNotFoundError):  # two links to one file: a rename leaves both
            os.unlink(old, dir_fd=folder)


def backup_name(base: bytes, number: int) -> bytes:
    """``x (before restore).csv``, then ``x (before restore 2).csv``."""
    stem, dot, ending = base.rpartition(b".")
    if not stem:
        stem, dot, ending = base, b"", b""
    note = b" (before restore)" if number == 1 else b" (before restore %d)" % number
    room = 255 - len(note) - len(dot + ending)  # of most file systems
    return stem[: max(room, 1)] + note + dot + ending


def copy_file(base: bytes, folder: int, copy: str | bytes, to: int) -> None:
    """Copy a file or link, with mode and times, to another file system; durable when it returns."""
    import shutil

    if stat.S_ISLNK(os.stat(base, dir_fd=folder, follow_symlinks=False).st_mode):
        os.symlink(os.readlink(base, dir_fd=folder), os.fsencode(copy), dir_fd=to)
        return
    source = os.open(base, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with open(source, "rb") as reader:
        seen = os.fstat(source)
        new = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, seen.st_mode & 0o777, dir_fd=to)
        with open(new, "wb") as writer:
            shutil.copyfileobj(reader, writer, 2**20)
            writer.flush()
            os.utime(new, ns=(seen.st_atime_ns, seen.st_mtime_ns))
            os.fsync(new)


def bring_back(kept: str, keep: int, base: bytes, folder: int) -> None:
    """Put a kept file where it was, over what is there."""
    try:
        os.rename(kept, base, src_dir_fd=keep, dst_dir_fd=folder)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = b".nbcellar-tmp-back-" + os.urandom(8).hex().encode()
        copy_file(os.fsencode(kept), keep, beside, folder)
        os.rename(beside, base, src_dir_fd=folder, dst_dir_fd=folder)
        os.unlink(kept, dir_fd=keep)


def _old(place: Place) -> bytes:
    return place.temporary.rpartition(b"/")[2] + OLD_SUFFIX


def _check(place: Place, folder: int, base: bytes, present: Present | None) -> None:
    try:
        seen = os.stat(base, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        if present is not None:
            raise _changed(place) from None
        return
    if present != Present(seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino):
        raise _changed(place)


def _changed(place: Place) -> ConflictError:
    return ConflictError(
        f"{printable(place.name)!r} changed while the restore was under way.",
        saved="Nothing was restored; the target is as it was.",
        hint="Try again when nobody writes to it.",
    )


def _exists(base: bytes, folder: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        os.stat(base, dir_fd=folder, follow_symlinks=False)
        return True
    return False
