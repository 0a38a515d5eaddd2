"""Kinds of files that are kept."""

import enum


class ScanKind(enum.StrEnum):
    """What a scan is, by its content."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


MEDIA_TYPES = {ScanKind.PDF: "application/pdf", ScanKind.JPEG: "image/jpeg", ScanKind.PNG: "image/png"}
EXTENSIONS = {ScanKind.PDF: (".pdf",), ScanKind.JPEG: (".jpg", ".jpeg"), ScanKind.PNG: (".png",)}
