"""
The monthly archive of data.police.uk, a zip of many months and forces, read without unpacking it.

Nothing is written to the disk. An archive is judged as a whole before any member is read: a path that climbs out, an
encrypted member, an archive inside the archive, or one that swells beyond the limits stated here refuses all of it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from domain.errors import Fault, SourceError
from sources.files import FileLike, check_path, stamp
from sources.monthly_files import MonthlyKind, MonthlyName
from sources.tables import join_faults

__all__ = [
    "MOST_MEMBERS",
    "MOST_MEMBER_BYTES",
    "MOST_RATIO",
    "ArchiveMember",
    "expand_archives",
    "is_archive",
    "list_archive",
    "list_names",
    "read_members",
    "unsafe_members",
]

#: Most members of an archive; all forces and three years make about 5,000.
MOST_MEMBERS = 50_000

#: Largest member, unpacked, in bytes; the largest month of a force is about 40 MiB.
MOST_MEMBER_BYTES = 2 << 30

#: Largest ratio of unpacked to packed bytes of a member; street files have about 10, a bomb about 1,000.
MOST_RATIO = 200

_MAGIC = b"PK\x03\x04"
_SMALL = 1 << 20
_ENCRYPTED = 0x1
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz")
_DRIVE = re.compile(r"[A-Za-z]:")
_REMEDY = "Download the archive again from data.police.uk; do not load one from elsewhere."


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """
    One monthly file inside an archive.

    Parameters
    ----------
    archive
        The archive on the disk.
    path
        The member's path inside it.
    position
        Its place in the archive's list, from 0: two members can have one path.
    told
        What its name says.
    size
        Unpacked bytes, as the archive states them; more are never read.
    """

    archive: Path
    path: str
    position: int
    told: MonthlyName
    size: int

    @property
    def name(self) -> str:
        """Name without folders."""
        return PurePosixPath(self.path).name

    def stamp(self) -> tuple[int, int]:
        """Return size and time of change of the archive."""
        return stamp(self.archive)

    @contextmanager
    def open_stream(self) -> Iterator[io.BufferedIOBase]:
        """
        Open the unpacked bytes.

        Raises
        ------
        SourceError
            If the member is empty, damaged, or packed in a way that cannot be read.
        """
        try:
            with _opened(self.archive) as archive, archive.open(archive.infolist()[self.position]) as stream:
                if not self.size:
                    raise SourceError.at("the member of the archive is empty", file=self.name, remedy=_REMEDY)
                yield cast("io.BufferedIOBase", stream)
        except IndexError as error:
            raise SourceError.at("the archive changed while it was read", file=self.archive.name) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise SourceError.at(
                f"the member of {self.archive.name} is damaged ({error})", file=self.name, remedy=_REMEDY
            ) from error


def is_archive(path: Path) -> bool:
    """
    Return whether a file begins as a zip does; a workbook does too, so its name must not be one's.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SourceError
        If it is not an ordinary file on this machine.
    """
    check_path(path)
    if path.suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".ods"}:
        return False
    try:
        with path.open("rb") as stream:
            return path.suffix.lower() == ".zip" or stream.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise SourceError.at(f"the file cannot be read ({error.strerror})", file=path.name) from error


def expand_archives(
    files: Iterable[Path], *, kinds: Collection[MonthlyKind], forces: Collection[str] = ()
) -> list[FileLike]:
    """
    Return the files with each archive replaced by its monthly files; every archive is judged before any is read.

    Parameters
    ----------
    files
        Archives and other files.
    kinds, forces
        What to take from archives, as in `list_archive`.

    Raises
    ------
    SourceError
        As `list_archive`.
    """
    expanded: list[FileLike] = []
    for path in files:
        expanded += list_archive(path, kinds=kinds, forces=forces) if is_archive(path) else [path]
    return expanded


def list_archive(
    path: Path, *, kinds: Collection[MonthlyKind], forces: Collection[str] = ()
) -> tuple[ArchiveMember, ...]:
    """
    List the monthly files of an archive, in order of month, force and kind.

    Parameters
    ----------
    path
        The archive.
    kinds
        Which kinds of files to list; others are left alone.
    forces
        Forces as file names write them, such as `cheshire`; all if empty.

    Raises
    ------
    SourceError
        If the archive is damaged or unsafe (every fault is named), holds no such file, or not one of the forces.
    """
    check_path(path)
    with _opened(path) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise SourceError.at(f"the archive holds more than {MOST_MEMBERS:,} members", file=path.name, remedy=_REMEDY)
    if faults := unsafe_members(path, members):
        raise join_faults(faults, what=f"{path.name} is not safe to read", hint=_REMEDY)
    found = [member for member in _monthly(path, members) if member.told.kind in kinds]
    if not found:
        called = " or ".join(sorted(kinds))
        raise SourceError.at(f"the archive holds no {called} file", file=path.name, remedy=_REMEDY)
    return _of_forces(path, found, {force.strip().lower() for force in forces})


def unsafe_members(path: Path, members: Iterable[zipfile.ZipInfo]) -> list[Fault]:
    """
    Return what makes the members of an archive unsafe to read.

    Parameters
    ----------
    path
        The archive.
    members
        Its members.
    """
    return [
        Fault(f"{member.filename[:120]!r} {fault}", file=path.name) for member in members for fault in _faults(member)
    ]


def read_members(
    path: Path, *, endings: tuple[str, ...], most_bytes: int = MOST_MEMBER_BYTES, remedy: str = _REMEDY
) -> Iterator[tuple[str, bytes]]:
    """
    Yield name and bytes of the members of a zip with one of these endings, in order of their names.

    Parameters
    ----------
    path
        The zip.
    endings
        Endings of names, in lower case.
    most_bytes
        Most bytes of one member.
    remedy
        What to do about a zip that cannot be read.

    Raises
    ------
    SourceError
        If the zip is damaged, or any member is unsafe or too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise SourceError.at(
                    f"the archive holds more than {MOST_MEMBERS:,} files", file=path.name, remedy=remedy
                )
            if faults := unsafe_members(path, members):
                raise join_faults(faults, what=f"{path.name} is not safe to read", hint=remedy)
            for member in sorted(members, key=lambda member: member.filename):
                if member.filename.lower().endswith(endings) and not member.is_dir():
                    with archive.open(member) as stream:
                        data = stream.read(most_bytes + 1)
                    if len(data) > most_bytes:
                        raise SourceError.at("the file is too large", file=member.filename, remedy=remedy)
                    yield member.filename, data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise SourceError.at(f"the zip archive is damaged ({error})", file=path.name, remedy=remedy) from error


def list_names(path: Path, *, endings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the members of a zip with one of these endings; none, if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(name for name in archive.namelist() if name.lower().endswith(endings))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return ()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, OSError) as error:
        raise SourceError.at(f"the zip archive is damaged ({error})", file=path.name, remedy=_REMEDY) from error
    with archive:
        yield archive


def _faults(member: zipfile.ZipInfo) -> Iterator[str]:
    """Yield what makes a member unsafe."""
    # orig_filename is what the archive says; zipfile has already softened filename
    written = member.orig_filename.replace("\\", "/")
    if written.startswith("/") or _DRIVE.match(written) or ".." in written.split("/") or "\0" in written:
        yield "is a path that leads out of the archive"
    if member.flag_bits & _ENCRYPTED:
        yield "is encrypted"
    if written.lower().endswith(_ARCHIVES):
        yield "is an archive inside the archive"
    if member.file_size > MOST_MEMBER_BYTES:
        yield f"unpacks to more than {MOST_MEMBER_BYTES >> 30} GiB"
    elif member.file_size > max(_SMALL, MOST_RATIO * member.compress_size):
        yield f"unpacks to more than {MOST_RATIO} times its size"


def _monthly(path: Path, members: list[zipfile.ZipInfo]) -> Iterator[ArchiveMember]:
    for position, member in enumerate(members):
        told = None if member.is_dir() else MonthlyName.parse(PurePosixPath(member.filename).name)
        if told is not None:
            yield ArchiveMember(path, member.filename, position, told, member.file_size)


def _of_forces(path: Path, found: list[ArchiveMember], forces: set[str]) -> tuple[ArchiveMember, ...]:
    there = sorted({member.told.force for member in found})
    if missing := sorted(forces - set(there)):
        raise SourceError.at(
            f"the archive holds nothing of {', '.join(missing)}",
            file=path.name,
            remedy=f"It holds: {', '.join(there[:60])}.",
        )
    kept = [member for member in found if not forces or member.told.force in forces]
    seen: dict[MonthlyName, str] = {}
    for member in kept:
        if (other := seen.setdefault(member.told, member.path)) is not member.path:
            raise SourceError.at(
                f"the archive holds {member.name} twice ({other} and {member.path})", file=path.name, remedy=_REMEDY
            )
    return tuple(sorted(kept, key=lambda member: (member.told.month, member.told.force, member.told.kind)))
