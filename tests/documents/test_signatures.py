"""Whose certificate a detached signature names; what is none is refused."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from moodle_mentorship.documents import service
from moodle_mentorship.documents.errors import SignatureUnreadable
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.documents.signatures import LARGEST, holder_of
from tests.conftest import NOW
from tests.documents.conftest import Life
from tests.factories import BOX

OF_A_PERSON = {
    NameOID.SURNAME: "Громов",
    NameOID.GIVEN_NAME: "Андрей Николаевич",
    NameOID.COMMON_NAME: "Громов Андрей Николаевич",
    NameOID.ORGANIZATION_NAME: "МБОУ «Лицей № 7»",
}


def detached(names: dict[x509.ObjectIdentifier, str], encoding: Encoding = Encoding.DER) -> bytes:
    """A signature of a test's own key over some bytes, with its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"order").add_signer(certificate, key, hashes.SHA256())
    return builder.sign(encoding, [pkcs7.PKCS7Options.DetachedSignature])


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_the_holder_is_named(encoding: Encoding) -> None:
    assert holder_of(detached(OF_A_PERSON, encoding)) == "Громов Андрей Николаевич, МБОУ «Лицей № 7»"


def test_a_certificate_of_an_organisation_names_it_once() -> None:
    names = {NameOID.COMMON_NAME: "МБОУ «Лицей № 7»", NameOID.ORGANIZATION_NAME: "МБОУ «Лицей № 7»"}
    assert holder_of(detached(names)) == "МБОУ «Лицей № 7»"


@pytest.mark.parametrize(
    "content",
    [b"", b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", b"\x30\x82", b"PK\x03\x04", b"x" * (LARGEST + 1)],
)
def test_garbage_is_refused(content: bytes) -> None:
    with pytest.raises(SignatureUnreadable):
        holder_of(content)


def test_a_certificate_that_names_nobody_is_refused() -> None:
    with pytest.raises(SignatureUnreadable):
        holder_of(detached({NameOID.COUNTRY_NAME: "RU"}))


def test_the_signature_is_kept_as_it_came(life: Life) -> None:
    content = detached(OF_A_PERSON)
    document = life.sign(shown=Evidence(signature=content))
    assert document.signature_holder == "Громов Андрей Николаевич, МБОУ «Лицей № 7»"
    assert service.signature_of(BOX, document) == content
