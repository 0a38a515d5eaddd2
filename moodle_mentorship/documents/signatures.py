"""Whose certificate stands in a detached electronic signature (CMS, RFC 5652; .sig, .p7s).

The signature is kept and its holder shown. Whether it holds is for a certified tool to say: the algorithms of
ГОСТ Р 34.10 are in none of ours, and a page of ours is no legal check.
"""

from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import NameOID

from moodle_mentorship.documents.errors import SignatureUnreadable

#: Bytes of a detached signature with a chain of certificates.
LARGEST = 256 * 1024


def holder_of(content: bytes) -> str:
    """«Громов Андрей Николаевич, МБОУ „Лицей № 7“»: the first certificate's surname, names and organisation, or its
    common name. PEM and DER. Raises `SignatureUnreadable`."""
    if len(content) > LARGEST:
        raise SignatureUnreadable("too large")
    pem = content.lstrip().startswith(b"-----")
    try:
        certificates = pkcs7.load_pem_pkcs7_certificates(content) if pem else pkcs7.load_der_pkcs7_certificates(content)
    except ValueError as error:
        raise SignatureUnreadable(type(error).__name__) from error
    if not certificates:
        raise SignatureUnreadable("no certificate")
    subject = certificates[0].subject

    def told(*names: ObjectIdentifier) -> list[str]:
        values = (subject.get_attributes_for_oid(name) for name in names)
        return [str(found[0].value) for found in values if found]

    person = " ".join(told(NameOID.SURNAME, NameOID.GIVEN_NAME)) or " ".join(told(NameOID.COMMON_NAME))
    if not person:
        raise SignatureUnreadable("the certificate names nobody")
    return ", ".join(dict.fromkeys([person, *told(NameOID.ORGANIZATION_NAME)]))[:500]
