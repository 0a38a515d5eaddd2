"""Why a file can't be read. Every class says what to do instead."""

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.i18n import N_


class FileRefused(DomainError):
    """The file as a whole: nothing of it was taken."""

    code = "file_refused"
    status = 422
    title = N_("This file can't be read")
    advice = N_("Save the list as an Excel workbook (.xlsx) or as CSV, then choose it again.")


class FileMissing(FileRefused):
    """The form came without a file."""

    code = "file_missing"
    title = N_("No file was chosen")
    advice = N_("Choose an .xlsx or .csv file with the staff list.")


class FileEmpty(FileRefused):
    """No byte, or no row with anything in it."""

    code = "file_empty"
    title = N_("The file is empty")
    advice = N_("Export the list once more and look into the file before you choose it.")


class FileTooLarge(FileRefused):
    """More bytes than we take, packed or unpacked."""

    code = "file_too_large"
    status = 413
    title = N_("The file is larger than %(megabytes)s MB")
    advice = N_("Leave only the staff list in it, without pictures and other sheets.")


class FileOfAnotherKind(FileRefused):
    """A picture, a text document, a page: whatever its name ends in."""

    code = "file_kind"
    title = N_("This is not a table")
    advice = N_("Its content is: %(kind)s. Save the list as an Excel workbook (.xlsx) or as CSV.")


class OldWorkbook(FileRefused):
    """The binary .xls of Excel 97–2003, or a workbook behind a password: both are the same kind of container."""

    code = "file_old_workbook"
    title = N_("This is an old workbook (.xls), or one with a password")
    advice = N_("Open it in Excel or LibreOffice, take the password away and save it as .xlsx.")


class FileDamaged(FileRefused):
    """It begins like a table and doesn't go on like one."""

    code = "file_damaged"
    title = N_("The file is damaged")
    advice = N_("Export the list once more.")


class EncodingUnknown(FileRefused):
    """The letters would come out as other letters."""

    code = "file_encoding"
    title = N_("The file's letters can't be read")
    advice = N_("Save the file in the encoding UTF-8 or Windows-1251, or as an Excel workbook (.xlsx).")


class QuotesOpen(FileRefused):
    """A quotation mark opens a cell and nothing closes it: the rest of the file would vanish inside the cell."""

    code = "file_quotes"
    title = N_("A quotation mark in line %(line)s is not closed")
    advice = N_("Correct that line, or save the list as an Excel workbook (.xlsx).")


class HeaderMissing(FileRefused):
    """There is nothing below the headings, or no row that could be the headings."""

    code = "file_header"
    title = N_("No table was found in the file")
    advice = N_("Put headings above the columns, such as “ФИО” and “Должность”, and the people below them.")


class TooManyRows(FileRefused):
    """More people than any school has."""

    code = "file_rows"
    title = N_("The table has more than %(rows)s rows")
    advice = N_("Leave only the people of this school in it.")


class TooManyColumns(FileRefused):
    """More columns than any staff list has."""

    code = "file_columns"
    title = N_("The table has more than %(columns)s columns")
    advice = N_("Leave only the columns that are to be read.")
