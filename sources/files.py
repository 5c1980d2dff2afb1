"""
Opening a file of the outside world safely, and knowing its fingerprint before a single row is believed.

Nothing is fetched: URLs and GDAL's virtual paths are refused, so that a load reads only the file that it names. Text
is read in bounded memory, whatever its size; gzip is recognised by its first bytes.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from domain.errors import SourceError

__all__ = [
    "LINE_LIMIT",
    "WHOLE_FILE_LIMIT",
    "FileLike",
    "Member",
    "TextFile",
    "check_path",
    "open_binary",
    "read_whole",
    "scan_text",
    "stamp",
    "stem",
]

#: Longest line of a text file, in bytes.
LINE_LIMIT = 1 << 20

#: Largest file (decompressed) that is read whole into memory, in bytes.
WHOLE_FILE_LIMIT = 1 << 30

_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_PARQUET_MAGIC = b"PAR1"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# a URL has two letters or more before the colon, so that the drive of a Windows path is not taken for a scheme
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/|[/\\]+vsi", re.IGNORECASE)


class Member(Protocol):
    """A file inside an archive, read where it lies."""

    @property
    def name(self) -> str:
        """Name without folders."""

    def open_stream(self) -> AbstractContextManager[io.BufferedIOBase]:
        """Open its decompressed bytes; what is wrong with them is raised as `SourceError`."""

    def stamp(self) -> tuple[int, int]:
        """Return size and time of change of the archive on the disk."""


#: A file on the disk, or one inside an archive.
FileLike: TypeAlias = Path | Member


@dataclass(frozen=True, slots=True)
class TextFile:
    """
    What one pass over a text file found out.

    Parameters
    ----------
    path
        Where it is.
    sha256
        Fingerprint of the decompressed bytes, hexadecimal.
    size
        Decompressed bytes.
    lines
        Line ends met.
    encoding
        Python's name of the encoding that the bytes fit.
    ends_with_newline
        Whether the last line is closed.
    stamp
        Size and time of change on the disk, to notice a file that is still being written.
    notes
        What a reader of the load report should know, for example that another encoding was used.
    """

    path: FileLike
    sha256: str
    size: int
    lines: int
    encoding: str
    ends_with_newline: bool
    stamp: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name without folders."""
        return self.path.name


def stem(path: Path) -> str:
    """
    Return the name of a file without its folders and without endings such as `.csv.gz`.

    Examples
    --------
    >>> stem(Path("logs/2025 q1.csv.gz"))
    '2025 q1'
    """
    name = path.name.removesuffix(".gz")
    return name.rsplit(".", 1)[0] or name


def stamp(path: FileLike) -> tuple[int, int]:
    """Return size and time of the last change of a file on the disk."""
    if not isinstance(path, Path):
        return path.stamp()
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def check_path(path: Path) -> Path:
    """
    Return `path` if it is an ordinary file on this machine.

    Raises
    ------
    SourceError
        For a URL, a `/vsi...` path, a folder, a device or a file that is not there.
    """
    text = str(path)
    if _ADDRESS.match(text):
        raise SourceError.at(
            "this is an address, not a file, and nothing is fetched",
            file=text,
            remedy="Save it here, then name it.",
        )
    try:
        if path.is_dir():
            raise SourceError.at(
                "this is a folder, not a file", file=text, remedy=f"Name the files in it, such as {text}/*.csv."
            )
        if not path.exists():
            raise SourceError.at("there is no such file", file=text, remedy="Check the name and the folder.")
        if not path.is_file():
            raise SourceError.at("this is not an ordinary file", file=text, remedy="Copy its contents to a file.")
    except (OSError, ValueError) as error:
        raise SourceError.at(f"the file cannot be reached ({error})", file=text[:200]) from error
    return path


@contextmanager
def open_binary(path: FileLike) -> Iterator[io.BufferedIOBase]:
    """
    Open a plain or gzipped file, or a member of an archive, for reading its decompressed bytes.

    Raises
    ------
    SourceError
        If the file cannot be opened, or is not what its name says, or breaks off inside its gzip while it is read.
    """
    if not isinstance(path, Path):
        with path.open_stream() as member:
            yield member
        return
    check_path(path)
    try:
        with path.open("rb") as raw:
            magic = raw.read(4)
            raw.seek(0)
            _refuse_containers(path, magic)
            if magic.startswith(_GZIP_MAGIC):
                with gzip.GzipFile(fileobj=raw) as unzipped:
                    yield unzipped
            else:
                yield raw
    except EOFError as error:
        raise _cut_off(path) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceError.at(
            f"the gzip is damaged ({error})", file=path.name, remedy="Fetch or export the file again."
        ) from error
    except OSError as error:
        raise SourceError.at(
            f"the file cannot be read ({error.strerror or error})",
            file=path.name,
            remedy="Check its rights and disk.",
        ) from error


def _cut_off(path: FileLike, row: int | None = None) -> SourceError:
    return SourceError.at(
        "the gzip breaks off before its end", file=path.name, row=row, remedy="Fetch or export the file again."
    )


def _refuse_containers(path: Path, magic: bytes) -> None:
    """Refuse what is not text or plain gzip, by its first bytes."""
    if not magic:
        raise SourceError.at("the file is empty", file=path.name, remedy="Fetch or export the file again.")
    if path.name.lower().endswith(".gz") and not magic.startswith(_GZIP_MAGIC):
        raise SourceError.at(
            "the name ends in .gz but the file is not gzip", file=path.name, remedy="Fetch it again, or rename it."
        )
    if magic.startswith(_PARQUET_MAGIC):
        raise SourceError.at("this is a Parquet file", file=path.name, remedy="Export it as CSV UTF-8, gzipped or not.")
    if magic.startswith((_ZIP_MAGIC, _OLE_MAGIC)):
        raise SourceError.at(
            "this is a zip archive or a workbook", file=path.name, remedy="Unpack it, or save the sheet as CSV UTF-8."
        )


def read_whole(path: Path, *, limit: int = WHOLE_FILE_LIMIT) -> tuple[bytes, str]:
    """
    Return the decompressed bytes of a file and their sha256.

    Parameters
    ----------
    path
        A plain or gzipped file.
    limit
        Most bytes that are read; a gzip that grows beyond it is refused.

    Raises
    ------
    SourceError
        If the file is empty, damaged or larger than `limit`.
    """
    with open_binary(path) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise SourceError.at(
            f"the file holds more than {limit // (1 << 20)} MiB", file=path.name, remedy="Cut it to the area you need."
        )
    if not data:
        raise SourceError.at("the file is empty", file=path.name, remedy="Fetch or export the file again.")
    return data, hashlib.sha256(data).hexdigest()


def scan_text(path: FileLike, *, encoding: str = "utf-8") -> TextFile:
    """
    Read a text file once, in bounded memory, for its fingerprint and for every fault of the file as a whole.

    Parameters
    ----------
    path
        A plain or gzipped text file, or a member of an archive.
    encoding
        `utf-8` (a byte-order mark is allowed), or another encoding that a mapping states, such as `cp1252`.

    Raises
    ------
    SourceError
        If the file is empty, breaks off inside its gzip, holds NUL bytes, has a line over 1 MiB, or is not in the
        encoding.
    """
    with open_binary(path) as stream:
        scan = _Scan(path, encoding)
        try:
            # read1 hands on what there is before a gzip breaks off, so that the row can be named
            while chunk := stream.read1(_CHUNK):
                scan.take(chunk)
        except EOFError as error:
            raise _cut_off(path, row=scan.lines + 1) from error
    return scan.finish()


class _Scan:
    """The running state of one pass over a text file."""

    def __init__(self, path: FileLike, encoding: str) -> None:
        self.path = path
        self.lines = 0
        self._size = 0
        self._open_line = 0
        self._hash = hashlib.sha256()
        self._stamp = stamp(path)
        self._encoding = (
            "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"} else encoding
        )
        try:
            self._decoder = codecs.getincrementaldecoder(self._encoding)()
        except LookupError as error:
            raise SourceError(f"{encoding!r} is not an encoding", hint="Write utf-8 or cp1252.") from error

    def take(self, chunk: bytes) -> None:
        """Fingerprint and check the next bytes."""
        if not self._size and chunk.startswith(_UTF16_MARKS):
            raise self._fault("the file is Unicode text (UTF-16)", "Save it as CSV UTF-8.", row=1)
        if (at := chunk.find(b"\0")) >= 0:
            row = self.lines + chunk.count(b"\n", 0, at) + 1
            raise self._fault("the file holds NUL bytes", "Export it again as plain text.", row=row)
        self._check_lines(chunk)
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            row = self.lines + error.object.count(b"\n", 0, error.start) + 1
            name = "UTF-8" if self._encoding == "utf-8-sig" else self._encoding
            remedy = 'Save it as CSV UTF-8, or state encoding = "cp1252" in the mapping if that is what it is.'
            raise self._fault(f"the text is not {name}", remedy, row=row) from error
        self._hash.update(chunk)
        self._size += len(chunk)
        self.lines += chunk.count(b"\n")

    def _check_lines(self, chunk: bytes) -> None:
        # a chunk is no longer than the limit, so only a line that crosses its edge can be too long
        first = chunk.find(b"\n")
        if self._open_line + (first if first >= 0 else len(chunk)) > LINE_LIMIT:
            raise self._fault("a line is longer than 1 MiB", "Check that this is a text table.", row=self.lines + 1)
        self._open_line = len(chunk) - chunk.rfind(b"\n") - 1 if first >= 0 else self._open_line + len(chunk)

    def _fault(self, message: str, remedy: str, *, row: int) -> SourceError:
        return SourceError.at(message, file=self.path.name, row=row, remedy=remedy)

    def finish(self) -> TextFile:
        """Return what was found, once every byte was taken."""
        if not self._size:
            raise SourceError.at("the file is empty", file=self.path.name, remedy="Fetch or export the file again.")
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self._fault(
                "the file ends in the middle of a character", "Fetch or export it again.", row=self.lines + 1
            ) from error
        note = () if self._encoding == "utf-8-sig" else (f"read as {self._encoding}, as the mapping states",)
        return TextFile(
            path=self.path,
            sha256=self._hash.hexdigest(),
            size=self._size,
            lines=self.lines,
            encoding=self._encoding,
            ends_with_newline=self._open_line == 0,
            stamp=self._stamp,
            notes=note,
        )
