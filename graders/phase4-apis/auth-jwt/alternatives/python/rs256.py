"""RSA keys from PEM, and RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), on Python's own integers."""

import base64
import hashlib
import hmac
import re

RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


class KeyFormatError(Exception):
    pass


def _elements(der):
    """The (tag, content) pairs which stand one after another in `der`."""
    found = []
    position = 0
    while position < len(der):
        tag, size = der[position], der[position + 1]
        position += 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(der[position : position + width], "big")
            position += width
        content = der[position : position + size]
        if len(content) < size:
            raise KeyFormatError("the key is cut off")
        found.append((tag, content))
        position += size
    return found


def _only(der, tag):
    ((found, content),) = _elements(der)
    if found != tag:
        raise KeyFormatError("the key is not built as expected")
    return content


def _pem(text, label):
    match = re.search(rf"-----BEGIN {label}-----([A-Za-z0-9+/=\s]+)-----END {label}-----", text)
    if not match:
        raise KeyFormatError(f"there is no PEM block {label}")
    return base64.b64decode("".join(match[1].split()), validate=True)


def _integers(der):
    return [int.from_bytes(content, "big") for _, content in _elements(_only(der, 0x30))]


def _must_be_rsa(algorithm):
    if _elements(algorithm)[0] != (0x06, RSA_ENCRYPTION):
        raise KeyFormatError("the key is not an RSA key")


def _encoded(message, size):
    """EMSA-PKCS1-v1_5: the one number that a right signature stands for."""
    digest = SHA256_PREFIX + hashlib.sha256(message).digest()
    return b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest


class PublicKey:
    def __init__(self, pem):
        try:
            (_, algorithm), (_, bits) = _elements(_only(_pem(pem, "PUBLIC KEY"), 0x30))
            _must_be_rsa(algorithm)
            # The first byte of a bit string says how many bits at its end do not count.
            self.n, self.e = _integers(bits[1:])
        except (ValueError, IndexError) as error:
            raise KeyFormatError(f"the public key cannot be read: {error}") from error
        self.size = (self.n.bit_length() + 7) // 8

    def verifies(self, message, signature):
        if len(signature) != self.size:
            return False
        number = int.from_bytes(signature, "big")
        if number >= self.n:
            return False
        opened = pow(number, self.e, self.n).to_bytes(self.size, "big")
        return hmac.compare_digest(opened, _encoded(message, self.size))


class PrivateKey:
    def __init__(self, pem):
        try:
            _, (_, algorithm), (_, key), *_ = _elements(_only(_pem(pem, "PRIVATE KEY"), 0x30))
            _must_be_rsa(algorithm)
            _, self.n, _, _, self.p, self.q, self.dp, self.dq, self.q_inverse = _integers(key)
        except (ValueError, IndexError) as error:
            raise KeyFormatError(f"the private key cannot be read: {error}") from error
        self.size = (self.n.bit_length() + 7) // 8

    def sign(self, message):
        number = int.from_bytes(_encoded(message, self.size), "big")
        # Two small powers and the Chinese remainder theorem: four times as fast as a large one.
        by_p = pow(number, self.dp, self.p)
        by_q = pow(number, self.dq, self.q)
        signature = by_q + self.q * ((by_p - by_q) * self.q_inverse % self.p)
        return signature.to_bytes(self.size, "big")
