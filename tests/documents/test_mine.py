"""A registered document for those whom it names, and for nobody else."""

import pytest
from sqlalchemy.orm import Session

from tests.conftest import SignIn
from tests.documents.conftest import Life
from tests.factories import TestSchool

FORMS = ("", "/document.docx", "/document.pdf")


@pytest.mark.parametrize("form", FORMS)
def test_who_is_named_reads_it(
    form: str, session: Session, life: Life, school: TestSchool, other_school: TestSchool, sign_in: SignIn
) -> None:
    document = life.register()
    session.commit()
    address = f"/documents/mine/{document.id}{form}"
    named = sign_in(school, school.teachers[0]).get(address)
    assert named.status_code == 200
    beginnings = {"": b"<!doctype", "/document.docx": b"PK", "/document.pdf": b"%PDF"}
    assert named.data.lstrip().startswith(beginnings[form])
    assert sign_in(school, school.teachers[2]).get(address).status_code == 404
    assert sign_in(other_school, other_school.teachers[0]).get(address).status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_before_it_has_its_number_nobody_reads_it_there(
    form: str, session: Session, life: Life, school: TestSchool, sign_in: SignIn
) -> None:
    document = life.lay()
    session.commit()
    answer = sign_in(school, school.teachers[0]).get(f"/documents/mine/{document.id}{form}")
    assert answer.status_code == 404
