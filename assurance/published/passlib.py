"""Hashes and verifies for passlib.test.ts, with passlib: the passwords and hashes come as JSON on stdin.

passlib 1.7.4 works with Debian 13's bcrypt 4.2, because Debian's passlib does not need the removed `__about__` of
bcrypt. (bcrypt 5 raises on passwords over 72 bytes, as in passlib's own self-test.)
"""

import json
import sys

import bcrypt
import passlib
from passlib.context import CryptContext

given = json.load(sys.stdin)
sha256 = CryptContext(["bcrypt_sha256"], bcrypt_sha256__default_rounds=given["cost"])

json.dump(
    {
        "versions": {"passlib": passlib.__version__, "bcrypt": bcrypt.__version__},
        "sha256": [sha256.hash(password) for password in given["passwords"]],
        "verified": [sha256.verify(password, hash) for password, hash in given["pairs"]],
        "needsUpdate": [sha256.needs_update(hash) for _, hash in given["pairs"]],
    },
    sys.stdout,
)
