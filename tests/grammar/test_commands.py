"""`mentorship names decline`: CSV in, CSV out, and refusals that name the line."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moodle_mentorship.cli import cli

HEADER = "last,first,middle,sex\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "in.csv"


def decline(table: Path) -> Result:
    return CliRunner().invoke(cli, ["names", "decline", str(table), str(table.with_name("out.csv"))])


def rows_out(table: Path) -> list[dict[str, str]]:
    with table.with_name("out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_columns_and_the_name_in_each_case(table: Path) -> None:
    table.write_text(f"{HEADER}Ткач,Пётр,Ильич,m\nЗаяц,Олег,,m\nЦой,Вера,Ильинична,f\n", encoding="utf-8")
    assert decline(table).exit_code == 0
    first, second, third = rows_out(table)
    assert first == {
        "last": "Ткач",
        "first": "Пётр",
        "middle": "Ильич",
        "sex": "m",
        "nominative": "Ткач Пётр Ильич",
        "genitive": "Ткача Петра Ильича",
        "dative": "Ткачу Петру Ильичу",
        "accusative": "Ткача Петра Ильича",
        "instrumental": "Ткачом Петром Ильичом",
        "prepositional": "Ткаче Петре Ильиче",
        "check": "no",
    }
    assert (second["nominative"], second["check"]) == ("Заяц Олег", "yes")
    assert third["dative"] == "Цой Вере Ильиничне"


def test_no_names(table: Path) -> None:
    table.write_text(HEADER, encoding="utf-8")
    assert decline(table).exit_code == 0
    assert rows_out(table) == []


def test_a_mark_of_a_spreadsheet_is_no_part_of_the_header(table: Path) -> None:
    table.write_text(f"{HEADER}Ким,Вера,,f\n", encoding="utf-8-sig")
    assert decline(table).exit_code == 0
    assert rows_out(table)[0]["genitive"] == "Ким Веры"


def test_other_columns_stand_behind_ours_as_they_were(table: Path) -> None:
    table.write_text('№,last,first,middle,sex,note,\n7,Ким,Вера,,f,"а, б",\n', encoding="utf-8")
    assert decline(table).exit_code == 0
    out = table.with_name("out.csv")
    header, line = out.read_text(encoding="utf-8").splitlines()
    assert header == f"{HEADER.strip()},nominative,genitive,dative,accusative,instrumental,prepositional,check,№,note,"
    assert line.endswith(',no,7,"а, б",')
    # What has gone through once goes through again.
    first = out.read_bytes()
    out.rename(table)
    assert decline(table).exit_code == 0
    assert out.read_bytes() == first


def test_lines_of_nothing_are_left_out(table: Path) -> None:
    table.write_text(f"{HEADER}Ким,Вера,,f\n\n,,,\nКим,Олег,, m\n , ,,\n,,,,,\n", encoding="utf-8")
    assert decline(table).exit_code == 0
    assert [row["genitive"] for row in rows_out(table)] == ["Ким Веры", "Кима Олега"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"last,first,middle\n", "line 1: no column sex"),
        (b"", "line 1: no column last, first, middle, sex"),
        (f"{HEADER}Ким,Вера,,f\n".replace(",", ";").encode(), "line 1: the values are separated by semicolons"),
        (f"{HEADER}Ким,Вера,,f\n".replace(",", "\t").encode(), "line 1: the values are separated by tabs"),
        (f"last,{HEADER}".encode(), "line 1: more than one column last"),
        (f"{HEADER}Ким,Вера,,f\n,,,\nКим,Вера,,ж\n".encode(), "line 4: sex is «ж»"),
        (f"{HEADER}Ким,Вера\n".encode(), "line 2: not as many values"),
        (f"{HEADER}Ким,Вера,,f,x\n".encode(), "line 2: not as many values"),
        (f"{HEADER}Ким,Вера,,f\n".encode("cp1251"), "not UTF-8"),
        (f'{HEADER}"Ким"а,Вера,,f\n'.encode(), "line 2:"),
    ],
)
def test_a_refusal_names_the_line_and_writes_nothing(table: Path, content: bytes, message: str) -> None:
    table.write_bytes(content)
    table.with_name("out.csv").write_text("earlier", encoding="utf-8")
    result = decline(table)
    assert result.exit_code == 1
    assert message in result.output
    assert table.with_name("out.csv").read_text(encoding="utf-8") == "earlier"
