"""Verbs of the command line: `mentorship names decline`. CSV in, CSV out."""

import csv
from collections.abc import Iterator
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

    OUT.csv has the same columns, the whole name in each case, and check: yes where a person should look. Both files
    are UTF-8 with a header. When a line is wrong, nothing is written.
    """
    rows = list(_declined(table))
    # Written beside and moved into place, so that a full disk leaves no half of a table.
    with click.open_file(output, "w", encoding="utf-8", atomic=True) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*COLUMNS, *Case, CHECK))
        writer.writerows(rows)


def _declined(table: Path) -> Iterator[tuple[str, ...]]:
    # Here, because pymorphy3 and its dictionary concern no other command.
    from moodle_mentorship.grammar.names import decline_name

    for line, row in _rows(table):
        last, first, middle, sex = (row[column] for column in COLUMNS)
        if sex.strip() not in tuple(Sex):
            raise click.ClickException(f"line {line}: sex is «{sex}», it must be f or m")
        declined = decline_name(last, first, middle, Sex(sex.strip()))
        yield last, first, middle, sex, *declined.forms, "no" if declined.sure else "yes"


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    line = 1
    try:
        # A spreadsheet may put a mark at the beginning of the file.
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise click.ClickException(f"line 1: no column {', '.join(missing)}")
            for row in reader:
                line = reader.line_num
                if None in row or None in row.values():
                    raise click.ClickException(f"line {line}: not as many values as columns")
                yield line, row
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8") from None
    except csv.Error as error:
        raise click.ClickException(f"line {line + 1}: {error}") from None


commands = (names,)
