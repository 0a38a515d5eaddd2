"""Secrets at rest: keys are exchanged by putting the new one in front."""

import pytest
from cryptography.fernet import Fernet

from moodle_mentorship.core.secrets import SealUnreadable, SecretBox, handle_hash, new_handle, same

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_the_first_key_seals_and_all_of_them_open() -> None:
    sealed_before = SecretBox([OLD]).seal("token")
    both = SecretBox([NEW, OLD])
    assert both.open(sealed_before) == "token"
    assert SecretBox([NEW]).open(both.seal("token")) == "token"
    with pytest.raises(SealUnreadable):
        SecretBox([OLD]).open(both.seal("token"))
    with pytest.raises(SealUnreadable):
        SecretBox([NEW]).open(sealed_before)


def test_handles_are_long_random_and_stored_as_their_hash() -> None:
    handles = {new_handle() for _ in range(100)}
    assert len(handles) == 100
    assert {len(handle) for handle in handles} == {43}
    assert handle_hash("x") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert (same("a", "a"), same("a", "b"), same("", "ключ")) == (True, False, False)
