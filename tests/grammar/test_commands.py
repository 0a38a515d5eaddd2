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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"last,first,middle\n", "line 1: no column sex"),
        (b"", "line 1: no column last, first, middle, sex"),
        (f"{HEADER}Ким,Вера,,f\nКим,Вера,,ж\n".encode(), "line 3: sex is «ж»"),
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
