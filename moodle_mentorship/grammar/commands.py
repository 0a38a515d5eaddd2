"""Verbs of the command line: `mentorship names decline`. CSV in, CSV out."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from moodle_mentorship.grammar.cases import Case, Sex

COLUMNS = ("last", "first", "middle", "sex")
CHECK = "check"


@click.group()
def names() -> None:
    """Russian names in six cases."""


@names.command("decline")
@click.argument("table", metavar="IN.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("output", metavar="OUT.csv", type=click.Path(dir_okay=False))
def decline_(table: Path, output: str) -> None:
    """Decline the names of IN.csv (columns last, first, middle, sex: f or m) into OUT.csv.

    OUT.csv has the same columns, the whole name in each case, and check: yes where a person should look. Other columns
    of IN.csv stand behind it, as they were; lines of empty values are left out. Both files are UTF-8, comma-separated,
    with a header. When a line is wrong, nothing is written.
    """
    header, *rows = _table_of(table)
    # Written beside and moved into place, so that a full disk leaves no half of a table.
    with click.open_file(output, "w", encoding="utf-8", atomic=True) as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _table_of(table: Path) -> Iterator[Sequence[str]]:
    # Here, because pymorphy3 and its dictionary concern no other command.
    from moodle_mentorship.grammar.names import decline_name

    ours = (*COLUMNS, *Case, CHECK)
    lines = _lines(table)
    _, header = next(lines)
    # A table that has gone through once has our columns already: they are made anew.
    others = [number for number, column in enumerate(header) if column not in ours]
    yield [*ours, *(header[number] for number in others)]
    for line, values in lines:
        row = dict(zip(header, values, strict=True))
        last, first, middle, sex = (row[column] for column in COLUMNS)
        if sex.strip() not in tuple(Sex):
            raise click.ClickException(f"line {line}: sex is «{sex}», it must be f or m")
        declined = decline_name(last, first, middle, Sex(sex.strip()))
        check = "no" if declined.sure else "yes"
        yield [last, first, middle, sex, *declined.forms, check, *(values[number] for number in others)]


def _lines(table: Path) -> Iterator[tuple[int, list[str]]]:
    """The header and each line with values, as many as the header has."""
    line = 0
    try:
        # A spreadsheet may put a mark at the beginning of the file.
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check_header(header)
            yield (line := 1), header
            for values in reader:
                line = reader.line_num
                # A spreadsheet may leave «,,,» below the table.
                if not any(value.strip() for value in values):
                    continue
                if len(values) != len(header):
                    raise click.ClickException(f"line {line}: not as many values as columns")
                yield line, values
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8") from None
    except csv.Error as error:
        raise click.ClickException(f"line {line + 1}: {error}") from None


def _check_header(header: Sequence[str]) -> None:
    missing = [column for column in COLUMNS if column not in header]
    other = next((name for mark, name in ((";", "semicolons"), ("\t", "tabs")) if mark in "".join(header)), None)
    if missing and other:
        raise click.ClickException(f"line 1: the values are separated by {other}; save the table with commas")
    if missing:
        raise click.ClickException(f"line 1: no column {', '.join(missing)}")
    twice = [column for column in COLUMNS if header.count(column) > 1]
    if twice:
        raise click.ClickException(f"line 1: more than one column {', '.join(twice)}")


commands = (names,)
