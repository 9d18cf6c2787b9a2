"""A machine whose power is cut: its disk has what was flushed, and of all else whatever chance left there."""

from __future__ import annotations

import _sqlite3
import asyncio
import ctypes
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_void_p, cast, pointer
from pathlib import Path

SECTOR = 512
"""Bytes that a disk writes in one go: of what was not flushed, it may have any of them and lack any other."""

_SHARES = (0.0, 0.5, 1.0)
"""How much of what was not flushed the disk has all the same."""

_OK, _BY_DEFAULT = 0, 1
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)


def draws(seed: str) -> Callable[[], float]:
    """Return a function that returns numbers from 0 to 1 by chance, the same ones in each run."""
    digests = (hashlib.blake2b(f"{seed}/{n}".encode(), digest_size=4).digest() for n in itertools.count())
    return lambda: int.from_bytes(next(digests), "big") / 2**32


class _Methods(Structure):
    """What can be done with an open file: https://www.sqlite.org/c3ref/io_methods.html."""

    _fields_ = (("version", c_int), ("before", c_void_p * 4), ("sync", c_void_p), ("after", c_void_p * 13))


class _FileSystem(Structure):
    """How files are opened: https://www.sqlite.org/c3ref/vfs.html."""

    _fields_ = (
        ("version", c_int),
        ("size_of_file", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("own", c_void_p),
        ("open", c_void_p),
        ("others", c_void_p * 15),
    )


class Machine:
    """A machine with files in a folder. It goes `moments` on, then its power is cut; flushing is at once, by its word.

    What is written once `is_off` changes nothing of what `restart` finds.
    """

    def __init__(self, folder: Path, chance: Callable[[], float]) -> None:
        self.folder = folder
        self.is_off = False
        self._chance = chance
        self._lock = threading.Lock()
        self._moments: float = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._off = asyncio.Event()
        self._flushed = {file.name: file.read_bytes() for file in folder.iterdir()}
        self._left: dict[str, bytes] = {}

    def start(self, moments: float) -> None:
        """Let it go on for so many moments, in the running loop."""
        self._loop, self._off, self.is_off = asyncio.get_running_loop(), asyncio.Event(), False
        self._moments = moments

    async def wait_until_off(self) -> None:
        """Return once the power is cut."""
        await self._off.wait()

    def moment(self) -> None:
        """Let a moment pass at which it matters whether there is power; on any thread."""
        with self._lock:
            self._moments -= 1
            if self.is_off or self._moments > 0 or self._loop is None:
                return
            self._left = {name: self._remains(name) for name in self._names()}
            self.is_off = True
            self._loop.call_soon_threadsafe(self._off.set)

    def flush(self, file: Path) -> None:
        """Make sure of a file."""
        self.moment()
        if not self.is_off:
            self._flushed[file.name] = file.read_bytes()
        self.moment()

    def restart(self) -> None:
        """Put back what the disk had when the power was cut."""
        for file in self.folder.iterdir():
            file.unlink()
        for name, content in self._left.items():
            (self.folder / name).write_bytes(content)
        self._flushed = dict(self._left)

    def _names(self) -> list[str]:
        # The index of the log is memory that processes share, and is made anew.
        return [file.name for file in self.folder.iterdir() if not file.name.endswith("-shm")]

    def _remains(self, name: str) -> bytes:
        """Return what was flushed, overwritten with some of what was written since."""
        written, flushed = (self.folder / name).read_bytes(), self._flushed.get(name, b"")
        share = _SHARES[int(self._chance() * len(_SHARES))]
        left = bytearray(flushed.ljust(len(written), b"\0"))
        for at in range(0, len(written), SECTOR):
            if self._chance() < share:
                left[at : at + SECTOR] = written[at : at + SECTOR]
        return bytes(left)


@contextmanager
def powering(machine: Machine) -> Iterator[Machine]:
    """Let SQLite open its files on a machine."""
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = POINTER(_FileSystem)
    usual = library.sqlite3_vfs_find(None)
    usual_open = _OPEN(usual.contents.open)
    methods: dict[int, _Methods] = {}
    names: dict[int, Path] = {}

    @_SYNC
    def sync(file: int, flags: int) -> int:
        del flags
        machine.flush(names[file])
        return _OK

    @_OPEN
    def open_file(_: int, name: int | None, file: int, flags: int, found: int) -> int:
        # The name is passed on as an address: the open file keeps that, and not a copy.
        code = usual_open(cast(usual, c_void_p), name, file, flags, found)
        if code == _OK and name and (path := Path(ctypes.string_at(name).decode())).parent == machine.folder:
            its = cast(file, POINTER(c_void_p)).contents
            usual_methods = int(its.value or 0)
            if usual_methods not in methods:
                methods[usual_methods] = _Methods.from_buffer_copy(cast(usual_methods, POINTER(_Methods)).contents)
                methods[usual_methods].sync = cast(sync, c_void_p)
            names[file] = path
            its.value = ctypes.addressof(methods[usual_methods])
        return code

    powered = _FileSystem.from_buffer_copy(usual.contents)
    powered.name, powered.open = b"powered", cast(open_file, c_void_p)
    library.sqlite3_vfs_register(pointer(powered), _BY_DEFAULT)
    try:
        yield machine
    finally:
        library.sqlite3_vfs_unregister(pointer(powered))
        library.sqlite3_vfs_register(usual, _BY_DEFAULT)
