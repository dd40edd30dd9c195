"""Close's ids: prefix and base62, 43 or 22 characters long (1.5)."""

from hashlib import blake2b

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TO_BASE62 = bytes(_ALPHABET[byte % 62] for byte in range(256))


class Ids:
    """The same seed gives the same ids in the same order."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._counters: dict[str, int] = {}

    def make(self, prefix: str, length: int = 43) -> str:
        number = self._counters.get(prefix, 0)
        self._counters[prefix] = number + 1
        digest = blake2b(f"{self._seed}:{prefix}:{number}".encode(), digest_size=length).digest()
        return prefix + digest.translate(_TO_BASE62).decode()
