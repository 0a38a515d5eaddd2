"""Files that people attach to their answers: what is taken, and the sealed rows in which they are kept.

The answer names its row, so a file is replaced, corrected and dropped as any answer is; a row that no answer names any
more is deleted.
"""

import base64
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import storable
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.files.errors import (
    DocumentDamaged,
    DocumentRefused,
    ScanDamaged,
    ScanMisnamed,
    ScanRefused,
)
from moodle_mentorship.files.reading import paragraphs_of
from moodle_mentorship.files.scans import LARGEST, kind_of
from moodle_mentorship.surveys import answers, queries
from moodle_mentorship.surveys.answers import Unfit, Value
from moodle_mentorship.surveys.content import Content
from moodle_mentorship.surveys.models import AttachedFile, Response

#: Characters of a file's name.
LONGEST_NAME = 200
MEGABYTES = LARGEST // (1024 * 1024)
#: Bytes of the form that brings it, with all other answers.
LARGEST_REQUEST = LARGEST + 2 * 1024 * 1024

NO_FILE = N_("Choose a file first")
EMPTY = N_("This file is empty")
TOO_LARGE = N_("The file is larger than 5 MB")
UNUSUAL_NAME = N_("The name of the file is too long or has unusual signs. Rename the file and attach it once more")
ANOTHER_KIND = N_(
    "By its content this is no PDF, no Word document (.docx) and no picture (JPEG, PNG). "
    "Save it as one of these and attach it once more"
)
MISNAMED = N_("The ending of the file's name does not fit its content. Save the file anew and attach it once more")
DAMAGED = N_("The file is damaged or incomplete. Save it anew and attach it once more")


def checked(content: bytes, name: str) -> str:
    """The file's own name, without folders, once its content is what the name says. Raises `Unfit`."""
    own = name.replace("\\", "/").rpartition("/")[2].strip()
    if not own:
        raise Unfit(NO_FILE)
    if not content:
        raise Unfit(EMPTY)
    if len(content) > LARGEST:
        raise Unfit(TOO_LARGE)
    if len(own) > LONGEST_NAME or not storable(own):
        raise Unfit(UNUSUAL_NAME)
    try:
        if content.startswith(b"PK\x03\x04"):
            paragraphs_of(content)
            if not own.lower().endswith(".docx"):
                raise Unfit(MISNAMED)
        else:
            kind_of(content, own)
    except ScanMisnamed as error:
        raise Unfit(MISNAMED) from error
    except (ScanDamaged, DocumentDamaged) as error:
        raise Unfit(DAMAGED) from error
    except (ScanRefused, DocumentRefused) as error:
        raise Unfit(ANOTHER_KIND) from error
    return own


def put(session: Session, box: SecretBox, response: Response, content: bytes, name: str, now: datetime) -> Value:
    """Keep a checked file; the answer that names it."""
    kept = AttachedFile(
        school_id=response.school_id,
        response_id=response.id,
        size=len(content),
        sealed_content=box.seal(base64.b64encode(content).decode()),
        attached_at=now,
    )
    session.add(kept)
    session.flush()
    return {"file": kept.id, "name": name, "size": kept.size}


def content_of(session: Session, box: SecretBox, response: Response, file_id: int) -> bytes:
    """What is in a file of this response. Raises `NotFound`."""
    sealed = session.scalar(
        select(AttachedFile.sealed_content).where(
            AttachedFile.school_id == response.school_id,
            AttachedFile.response_id == response.id,
            AttachedFile.id == file_id,
        )
    )
    if sealed is None:
        raise NotFound(f"file {file_id}")
    return base64.b64decode(box.open(sealed))


def drop_unnamed(session: Session, box: SecretBox, response: Response, asks: Content) -> None:
    """Delete what neither the answers nor their correction name any more."""
    named = [
        answer["file"]
        for values in (queries.values_of(response, box), queries.typed_of(response, box))
        for answer in answers.files(asks, values).values()
    ]
    session.execute(
        delete(AttachedFile).where(
            AttachedFile.school_id == response.school_id,
            AttachedFile.response_id == response.id,
            AttachedFile.id.not_in(named),
        )
    )


def drop_all(session: Session, school_id: int, responses: Sequence[Response]) -> None:
    """Delete the files of these responses, before the responses themselves."""
    session.execute(
        delete(AttachedFile).where(
            AttachedFile.school_id == school_id, AttachedFile.response_id.in_([one.id for one in responses])
        )
    )
