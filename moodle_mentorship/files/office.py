"""A DOCX as PDF by LibreOffice, where it is installed: it draws whatever a school has put into its own template."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from threading import Lock

#: Seconds; a first start on a slow machine takes some ten of them.
PATIENCE = 60

# One at a time: each takes some hundred megabytes.
_ONE = Lock()


def installed() -> bool:
    return shutil.which("soffice") is not None


def converted(content: bytes) -> bytes | None:
    """The PDF; None where LibreOffice is not installed, or doesn't manage it in time.

    `content` is a filled template that `files.checking` has passed: without macros, links and fields that fetch.
    LibreOffice starts with a profile of its own, which knows no macros either.
    """
    program = shutil.which("soffice")
    if program is None:
        return None
    with _ONE, tempfile.TemporaryDirectory(prefix="mentorship-office-") as folder:
        source = Path(folder) / "document.docx"
        source.write_bytes(content)
        command = [
            *(program, f"-env:UserInstallation=file://{folder}/profile"),
            *("--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
            *("--convert-to", "pdf:writer_pdf_Export", "--outdir", folder, str(source)),
        ]
        started = subprocess.Popen(  # noqa: S603  # what stands in it is ours
            command,
            env={"HOME": folder, "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            started.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # The program that was started is only the parent of the one that works.
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
        made = source.with_suffix(".pdf")
        return made.read_bytes() if made.exists() else None
