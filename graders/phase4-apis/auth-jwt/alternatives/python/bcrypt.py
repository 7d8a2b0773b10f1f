"""Checks bcrypt hashes: with the system's crypt(3) where that knows bcrypt, else by itself.

The second way is right but slow: some seconds for a hash of cost 10.
"""

import ctypes
import ctypes.util
import hmac
import struct
import threading

ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ROUNDS = 16


def matches(password, hashed):
    raw = password.encode()
    # bcrypt reads no more than 72 bytes, and crypt(3) none after a NUL: what is cut must not match.
    if len(raw) > 72 or b"\0" in raw:
        return False
    again = _system_crypt(raw, hashed) or _own_crypt(raw, hashed)
    return hmac.compare_digest(again.encode(), hashed.encode())


# ---- the system's

_one_at_a_time = threading.Lock()  # crypt(3) keeps its result in a place of its own


def _load_crypt():
    try:
        crypt = ctypes.CDLL(ctypes.util.find_library("crypt")).crypt
    except (OSError, AttributeError):
        return None
    crypt.restype = ctypes.c_char_p
    crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    return crypt


_crypt = _load_crypt()


def _system_crypt(raw, hashed):
    if not _crypt:
        return None
    with _one_at_a_time:
        result = _crypt(raw, hashed.encode())
    # A system without bcrypt answers with nothing, or with a hash of another sort.
    return result.decode() if result and len(result) == 60 and result.startswith(b"$2") else None


# ---- our own


def _own_crypt(raw, hashed):
    setting = hashed[:29]  # $2b$10$ and 22 letters of salt
    cost, salt = int(setting[4:6]), _decode(setting[7:])
    key = _words(raw + b"\0", ROUNDS + 2)
    salt_key = _words(salt, ROUNDS + 2)
    state = _pi_words()
    p, s = state[:18], [state[18 + box * 256 : 18 + (box + 1) * 256] for box in range(4)]
    _expand(p, s, key, _words(salt, 4))
    for _ in range(1 << cost):
        _expand(p, s, key, (0, 0, 0, 0))
        _expand(p, s, salt_key, (0, 0, 0, 0))
    text = list(struct.unpack("!6I", b"OrpheanBeholderScryDoubt"))
    for _ in range(64):
        for i in (0, 2, 4):
            text[i], text[i + 1] = _encipher(p, s, text[i], text[i + 1])
    return setting + _encode(struct.pack("!6I", *text)[:23])


def _decode(text):
    number = 0
    for letter in text:
        number = number << 6 | ALPHABET.index(letter)
    return (number >> 4).to_bytes(16, "big")


def _encode(raw):
    number = int.from_bytes(raw, "big") << 2  # 23 bytes are 184 bits; 31 letters hold 186
    return "".join(ALPHABET[number >> 6 * place & 63] for place in reversed(range(31)))


def _words(raw, count):
    """`count` 32-bit words from bytes that begin again when they are at their end."""
    repeated = raw * (4 * count // len(raw) + 1)
    return struct.unpack(f"!{count}I", repeated[: 4 * count])


def _pi_words():
    """Blowfish begins with the first 1042 words of the binary fraction of pi (Machin's formula)."""
    places = 1042 * 32
    one = 1 << places + 64

    def arctan_of_inverse(x):
        total = term = one // x
        divisor, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // divisor)
            divisor, sign = divisor + 2, -sign
        return total

    pi = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))
    fraction = (pi % one) >> 64
    return list(struct.unpack("!1042I", fraction.to_bytes(places // 8, "big")))


def _encipher(p, s, left, right):
    s0, s1, s2, s3 = s
    for i in range(0, ROUNDS, 2):
        left ^= p[i]
        right ^= (
            (s0[left >> 24] + s1[left >> 16 & 255] ^ s2[left >> 8 & 255]) + s3[left & 255]
        ) & 0xFFFFFFFF
        right ^= p[i + 1]
        left ^= (
            (s0[right >> 24] + s1[right >> 16 & 255] ^ s2[right >> 8 & 255]) + s3[right & 255]
        ) & 0xFFFFFFFF
    return right ^ p[17], left ^ p[16]


def _expand(p, s, key, salt):
    for i in range(18):
        p[i] ^= key[i]
    left = right = 0
    turn = 0
    for table in (p, *s):
        for i in range(0, len(table), 2):
            left, right = _encipher(p, s, left ^ salt[turn], right ^ salt[turn + 1])
            table[i], table[i + 1] = left, right
            turn ^= 2
