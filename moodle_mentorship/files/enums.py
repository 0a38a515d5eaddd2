"""Kinds of files that are kept, and what is wrong with one that comes as a template."""

import enum


class ScanKind(enum.StrEnum):
    """What a scan is, by its content."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


MEDIA_TYPES = {ScanKind.PDF: "application/pdf", ScanKind.JPEG: "image/jpeg", ScanKind.PNG: "image/png"}
EXTENSIONS = {ScanKind.PDF: (".pdf",), ScanKind.JPEG: (".jpg", ".jpeg"), ScanKind.PNG: (".png",)}


class Flaw(enum.StrEnum):
    """Why a Word file is no template. What each says to the curator: `files.words`."""

    # Of the file.
    LARGE = "large"
    BOMB = "bomb"
    NOT_WORD = "not_word"
    LOCKED = "locked"
    DAMAGED = "damaged"
    DTD = "dtd"
    MACROS = "macros"
    EMBEDDED = "embedded"
    CONTROL = "control"
    PICTURE = "picture"
    LINKED = "linked"
    TIED = "tied"
    CHUNK = "chunk"
    FIELD = "field"
    BOUND = "bound"
    TRACKED = "tracked"
    # Of its tags.
    UNCLOSED = "unclosed"
    UNPAIRED = "unpaired"
    SYNTAX = "syntax"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    NO_LIST = "no_list"
    WHOLE = "whole"
    LOST = "lost"
    NOT_FILLED = "not_filled"
    CUT = "cut"
    # Of what it becomes.
    UNFIT = "unfit"
    ENDLESS = "endless"


class Part(enum.StrEnum):
    """Where in a Word file a text stands."""

    BODY = "body"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTES = "footnotes"
    ENDNOTES = "endnotes"
    COMMENTS = "comments"
    ELSEWHERE = "elsewhere"
