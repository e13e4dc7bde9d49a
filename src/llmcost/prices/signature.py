"""Who has published a table: its Ed25519 signature, held against a key that the user has pinned."""

from base64 import b64decode
from typing import TYPE_CHECKING

from llmcost.errors import LlmcostError, UsageError, install
from llmcost.messages import say

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY = 32  # bytes
SIGNATURE = 64


def checked_key(text: str) -> "Ed25519PublicKey":
    """Raises UsageError for what is no key, LlmcostError if signatures cannot be checked here."""
    key = decoded(text.encode())
    if key is None or len(key) != KEY:
        raise UsageError(
            say("no Ed25519 public key"),
            hint=say("{key} bytes in Base64, 44 characters with the `=`", key=KEY),
        )
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise LlmcostError(
            say("to check a signature takes the package `cryptography`"),
            hint=install("signed"),
        ) from None
    return Ed25519PublicKey.from_public_bytes(key)


def check_signature(content: bytes, signature: bytes, key: str) -> None:
    """`signature`: 64 bytes, or these in Base64. Raises LlmcostError if it is not of the key."""
    from cryptography.exceptions import InvalidSignature

    raw = signature if len(signature) == SIGNATURE else decoded(b"".join(signature.split()))
    try:
        checked_key(key).verify(raw or b"", content)
    except InvalidSignature:
        raise LlmcostError(
            say("the published table is not signed with the key"),
            hint=say("nothing was changed"),
        ) from None


def decoded(text: bytes) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None
