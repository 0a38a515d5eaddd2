"""The installation's own keys, which platforms read from /lti/jwks."""

from datetime import datetime
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.lti.models import ToolKey


def ensure_tool_key(session: Session, box: SecretBox, now: datetime) -> ToolKey:
    """The key that signs: the newest one, made (RSA, 2048 bits) when there is none.

    Two processes may make one each at the same moment; both are published then, the newer one signs.
    """
    key = session.scalars(select(ToolKey).order_by(ToolKey.id.desc()).limit(1)).one_or_none()
    if key is None:
        private = RSAKey.generate_key(2048)
        key = ToolKey(
            kid=private.thumbprint(), sealed_private_key=box.seal(private.as_pem(private=True).decode()), created_at=now
        )
        session.add(key)
        session.flush()
    return key


def public_keys(session: Session, box: SecretBox) -> list[dict[str, Any]]:
    """The public halves of all keys, newest first, as JSON Web Keys."""
    keys = session.scalars(select(ToolKey).order_by(ToolKey.id.desc())).all()
    return [
        RSAKey.import_key(box.open(key.sealed_private_key)).as_dict(private=False)
        | {"kid": key.kid, "alg": "RS256", "use": "sig"}
        for key in keys
    ]
