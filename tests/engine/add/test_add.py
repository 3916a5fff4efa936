"""Adding a folder: what the metadata says is kept, what is wrong with it is said before anything is stored."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from engine.add import COLUMNS, AddError, AddReport, add_folder
from store import Home
from tests.photographs import photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, one of them in a folder below."""
    root = tmp_path / "grit"
    (root / "below").mkdir(parents=True)
    Image.new("RGB", (30, 20), "red").save(root / "a.jpg")
    Image.new("RGB", (30, 20), "blue").save(root / "below" / "b.PNG")
    return root


def write(folder: Path, *rows: dict) -> None:
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")


def stored(home: Home) -> list[dict]:
    return [dict(row) for row in photographs(home)]


def refusal(home: Home, folder: Path) -> str:
    with pytest.raises(AddError) as refused:
        add_folder(home, folder)
    assert stored(home) == []
    assert not any(path.is_file() for path in home.images.rglob("*"))
    return str(refused.value)


def test_a_folder_without_metadata_is_added_with_what_its_names_say(home: Home, folder: Path) -> None:
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.jpg").write_bytes((folder / "a.jpg").read_bytes())
    assert add_folder(home, folder) == AddReport(2, 0, [])
    rows = stored(home)
    assert [(row["title"], row["collection"], row["caption"], row["kind"]) for row in rows] == [
        ("a", "grit", "", "photograph"), ("b", "grit", "", "photograph")
    ]  # fmt: skip
    assert not any(row["conventional"] for row in rows)


CSV = """\
file_name,kind,title,caption,wide_prompt,dimensions,author,license,license_url,url,collection,conventional,mood\r
a.jpg,artwork,Rot,"a cat, asleep",Murky.,"muted_faded, light_leak",Ann,CC0-1.0,https://l,https://u,Walls,no,sad\r
below/b.PNG,,,a dog,,,,,,,,TRUE,\r
"""


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_a_csv_says_is_kept(home: Home, folder: Path, mark: str) -> None:
    (folder / "metadata.csv").write_text(mark + CSV, "utf-8", newline="")
    report = add_folder(home, folder)
    assert (report.added, report.unknown_columns) == (2, ("mood",))
    first, second = stored(home)
    facts = (*COLUMNS[1:10], "conventional", "status")
    assert [first[name] for name in facts] == [
        "artwork", "Rot", "a cat, asleep", "Murky.", "Ann", "CC0-1.0", "https://l", "https://u", "Walls", 0, "candidate"
    ]  # fmt: skip
    assert set(first["dimensions"].split(",")) == {"muted_faded", "light_leak"}
    assert [second[name] for name in ("caption", "collection", "conventional")] == ["a dog", "grit", 1]


def test_json_lines_hold_lists_and_truths(home: Home, folder: Path) -> None:
    write(folder, {"file_name": "a.jpg", "dimensions": ["light_leak", "light_leak"], "conventional": True})
    add_folder(home, folder)
    assert (stored(home)[0]["dimensions"], stored(home)[0]["conventional"]) == ("light_leak", 1)


def test_the_same_folder_again_adds_nothing_and_changes_nothing(home: Home, folder: Path) -> None:
    write(folder, {"file_name": "a.jpg", "caption": "first"})
    add_folder(home, folder)
    (folder / "copy.jpg").write_bytes((folder / "a.jpg").read_bytes())
    write(folder, {"file_name": "a.jpg", "caption": "second"})
    before = stored(home)
    assert add_folder(home, folder) == AddReport(0, 3, [])
    assert stored(home) == before


def test_a_broken_image_is_refused_alone(home: Home, folder: Path) -> None:
    (folder / "broken.jpg").write_bytes((folder / "a.jpg").read_bytes()[:200])
    (folder / "text.png").write_text("this is no image")
    (folder / "dangling.png").symlink_to(folder / "nowhere.png")
    report = add_folder(home, folder)
    assert report.added == 2
    refused = dict(report.refused)
    assert refused.keys() == {"broken.jpg", "text.png", "dangling.png"}
    assert "not a readable image" in refused["broken.jpg"]
    assert "not an image of a known kind" in refused["text.png"]


def test_a_link_out_of_the_folder_is_refused(home: Home, folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "outside").mkdir()
    Image.new("RGB", (9, 9), "green").save(tmp_path / "outside" / "c.png")
    (folder / "linked").symlink_to(tmp_path / "outside")
    report = add_folder(home, folder)
    assert report.added == 2
    assert report.refused == [("link.png", "a link that leads out of the folder")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"file_name": "gone.jpg"}, "there is no file gone.jpg"),
        ({"file_name": "../secret.png"}, "leads out of the folder"),
        ({"file_name": "/etc/hostname"}, "leads out of the folder"),
        ({"caption": "whose?"}, "no file_name"),
        ({"file_name": "a.jpg", "dimensions": "muted_fadet"}, "muted_faded"),
        ({"file_name": "a.jpg", "dimensions": 3}, "dimensions must be a list"),
        ({"file_name": "a.jpg", "kind": "sculpture"}, "kind is photograph or artwork"),
        ({"file_name": "a.jpg", "caption": 5}, "caption must be text"),
        ({"file_name": "a.jpg", "caption": "x" * 20_000}, "caption is over the limit"),
        ({"file_name": "a.jpg", "conventional": "perhaps"}, "conventional is true or false"),
    ],
)
def test_a_problem_in_one_row_stores_nothing_and_names_file_and_line(
    home: Home, folder: Path, row: dict, problem: str
) -> None:
    (folder.parent / "secret.png").touch()
    write(folder, {"file_name": "below/b.PNG"}, row)
    told = refusal(home, folder)
    assert told.startswith("metadata.jsonl, line 2: ")
    assert problem in told


def test_every_problem_is_told_at_once(home: Home, folder: Path) -> None:
    write(folder, {"file_name": "a.jpg"}, {"file_name": "./a.jpg"}, *({"file_name": f"{n}.jpg"} for n in range(20)))
    told = refusal(home, folder)
    assert "line 2: a.jpg has a row already" in told
    assert told.endswith("and 11 more")


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("metadata.csv", b"file_name,caption\na.jpg,caf\xe9\n", "line 2: not UTF-8 (byte 0xe9)"),
        ("metadata.csv", b"image,caption\na.jpg,x\n", "line 1: no column file_name"),
        ("metadata.csv", b"", "line 1: no column file_name"),
        ("metadata.csv", b"file_name,caption\na.jpg,x,y\n", "line 2: more fields"),
        ("metadata.csv", b'file_name,caption\na.jpg,"x\n', "unexpected end of data"),
        ("metadata.jsonl", b'{"file_name": "a.jpg"\n', "line 1: not JSON"),
        ("metadata.jsonl", b'\n["a.jpg"]\n', "line 2: not an object"),
        ("metadata.jsonl", b"[" * 100_000, "line 1: not JSON"),
    ],
)
def test_a_metadata_file_that_is_damaged_is_refused(
    home: Home, folder: Path, name: str, data: bytes, problem: str
) -> None:
    (folder / name).write_bytes(data)
    told = refusal(home, folder)
    assert told.startswith(name)
    assert problem in told


def test_two_metadata_files_are_one_too_many(home: Home, folder: Path) -> None:
    (folder / "metadata.csv").write_text("file_name\na.jpg\n")
    write(folder, {"file_name": "a.jpg"})
    assert "keep one" in refusal(home, folder)


def test_a_folder_that_is_not_there_or_empty_is_refused(home: Home, tmp_path: Path) -> None:
    assert "no such folder" in refusal(home, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "no image in it" in refusal(home, tmp_path / "empty")


def test_control_characters_in_texts_become_spaces(home: Home, folder: Path) -> None:
    write(folder, {"file_name": "a.jpg", "caption": "red\x1b[31m\nalert\ud800 [b]bold[/b]", "author": "\x07Ann\t"})
    add_folder(home, folder)
    assert (stored(home)[0]["caption"], stored(home)[0]["author"]) == ("red [31m alert [b]bold[/b]", "Ann")


def test_a_file_name_that_is_no_text_is_added_all_the_same(home: Home, folder: Path) -> None:
    os.rename(folder / "a.jpg", os.fsencode(folder) + b"/caf\xe9.jpg")  # noqa: PTH104 - pathlib takes no bytes
    assert add_folder(home, folder).added == 2
    assert sorted(row["title"] for row in stored(home)) == ["b", "caf"]


def test_progress_names_each_file_and_comes_to_the_end(home: Home, folder: Path) -> None:
    told: list[tuple[int, int, str]] = []
    add_folder(home, folder, lambda *said: told.append(said))
    assert told == [(0, 2, "a.jpg"), (1, 2, "below/b.PNG"), (2, 2, "")]


def test_a_pipe_with_the_name_of_an_image_is_refused_and_never_waited_for(home: Home, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "pipe.jpg")
    assert add_folder(home, tmp_path / "folder").refused == [("pipe.jpg", "not a file")]


def test_a_pipe_with_the_name_of_the_metadata_is_an_error_and_never_waited_for(home: Home, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "metadata.csv")
    with pytest.raises(AddError, match=r"metadata\.csv: not a file"):
        add_folder(home, tmp_path / "folder")


def test_a_link_to_itself_is_refused_and_the_rest_is_added(home: Home, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "loop.jpg").symlink_to("loop.jpg")
    Image.new("RGB", (4, 4), "grey").save(tmp_path / "folder" / "plain.png")
    found = add_folder(home, tmp_path / "folder")
    assert (found.added, found.refused) == (1, [("loop.jpg", "not a file")])


def test_a_file_name_that_no_file_can_have_is_a_problem_of_its_line(home: Home, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "metadata.csv").write_text(f"file_name\n{'x' * 300}.jpg\n")
    with pytest.raises(AddError, match="line 2: there is no file"):
        add_folder(home, tmp_path / "folder")


def test_names_of_columns_are_read_without_the_blanks_around_them(home: Home, folder: Path) -> None:
    (folder / "metadata.csv").write_text("file_name, caption \na.jpg, a cat\n")
    assert add_folder(home, folder) == AddReport(2, 0, [])
    assert [row["caption"] for row in stored(home)] == ["a cat", ""]


def test_a_column_that_stands_twice_is_an_error(home: Home, folder: Path) -> None:
    (folder / "metadata.csv").write_text("file_name,caption, caption\na.jpg,a cat,a dog\n")
    assert "line 1: more than one column caption" in refusal(home, folder)


def test_a_line_that_is_no_csv_is_named_by_its_number(home: Home, folder: Path) -> None:
    (folder / "metadata.csv").write_text('file_name,caption\na.jpg,ok\nbelow/b.PNG,"a dog" there\n')
    assert "metadata.csv, line 3" in refusal(home, folder)


def test_what_a_home_keeps_is_not_added_to_it_again(folder: Path) -> None:
    with Home(folder / "home") as home:
        assert add_folder(home, folder) == AddReport(2, 0, [])
        assert add_folder(home, folder) == AddReport(0, 2, [])
    with Home(folder) as home:
        assert add_folder(home, folder) == AddReport(2, 0, [])
        assert add_folder(home, folder) == AddReport(0, 2, [])


@pytest.mark.parametrize("kept", ["images", "thumbnails"])
def test_the_folders_that_a_home_keeps_are_not_added_by_themselves_either(home: Home, kept: str) -> None:
    assert "a home keeps" in refusal(home, home.folder / kept)
