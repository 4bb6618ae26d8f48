"""A file system that can lose its power: ext4 on a loop device, shut down without writing what was not fsynced."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_WITHOUT_LOG_FLUSH = 2


@dataclass(frozen=True)
class Disk:
    """One image and where it is mounted."""

    image: Path
    mount_point: Path

    @staticmethod
    def make(folder: Path, size_mib: int = 96) -> Disk:
        """A new file system, mounted."""
        folder.mkdir(exist_ok=True)
        disk = Disk(folder / "image", folder / "disk")
        disk.mount_point.mkdir()
        with disk.image.open("wb") as image:
            image.truncate(size_mib * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", disk.image], check=True)
        disk.mount()
        return disk

    def mount(self) -> None:
        """Mount it; its journal is replayed."""
        subprocess.run(["mount", "-o", "loop", self.image, self.mount_point], check=True)

    def unmount(self) -> None:
        """Take it away, as it is."""
        subprocess.run(["umount", self.mount_point], check=True)

    def cut_power(self) -> None:
        """What was not made durable is gone."""
        fd = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, _SHUTDOWN, struct.pack("I", _WITHOUT_LOG_FLUSH))
        finally:
            os.close(fd)
        self.unmount()
        self.mount()
