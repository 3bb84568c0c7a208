"""Creates hash-forms.json: hashes as other applications store them, created by their own libraries.

It was run once, with Debian 13's python3-django, python3-passlib, python3-bcrypt and python3-argon2:

    /usr/bin/python3 -P test/auth/passwords/hash-forms.py > test/auth/passwords/hash-forms.json
"""

import json
import sys

import argon2
import bcrypt
import django
import passlib
from django.conf import settings
from django.contrib.auth import hashers
from passlib import hash as passlib_hash

settings.configure()


def from_django(hasher, **costs):
    cheap = type(hasher.__name__, (hasher,), costs)()
    return lambda password: cheap.encode(password, cheap.salt())


def from_argon2(kind, **costs):
    return argon2.PasswordHasher(type=kind, **costs).hash


# Costs are low, unless they are the default of the library.
makers = {
    "passlib bcrypt": passlib_hash.bcrypt.using(rounds=4).hash,
    "passlib bcrypt 2a": passlib_hash.bcrypt.using(rounds=4, ident="2a").hash,
    "passlib bcrypt 2y": passlib_hash.bcrypt.using(rounds=4, ident="2y").hash,
    "passlib bcrypt_sha256 v2": passlib_hash.bcrypt_sha256.using(rounds=4).hash,
    "passlib bcrypt_sha256 v1": passlib_hash.bcrypt_sha256.using(rounds=4, version=1).hash,
    "passlib bcrypt_sha256 v1 2a": passlib_hash.bcrypt_sha256.using(rounds=4, version=1, ident="2a").hash,
    "passlib pbkdf2_sha256": passlib_hash.pbkdf2_sha256.using(rounds=1000).hash,
    "passlib pbkdf2_sha256, default": passlib_hash.pbkdf2_sha256.hash,
    "django bcrypt": from_django(hashers.BCryptPasswordHasher, rounds=4),
    "django bcrypt_sha256": from_django(hashers.BCryptSHA256PasswordHasher, rounds=4),
    "django pbkdf2_sha256": from_django(hashers.PBKDF2PasswordHasher, iterations=1000),
    "django pbkdf2_sha256, default": from_django(hashers.PBKDF2PasswordHasher),
    "django argon2": from_django(hashers.Argon2PasswordHasher, memory_cost=512, time_cost=2, parallelism=2),
    "django argon2, default": from_django(hashers.Argon2PasswordHasher),
    "argon2id": from_argon2(argon2.Type.ID, memory_cost=512, time_cost=1, parallelism=1),
    "argon2id, 64 bytes": from_argon2(
        argon2.Type.ID, memory_cost=512, time_cost=3, parallelism=16, hash_len=64, salt_len=8
    ),
    "argon2i": from_argon2(argon2.Type.I, memory_cost=512, time_cost=2, parallelism=2),
}

# Each with a password that does not match. The second is over bcrypt's 72 bytes, where a plain bcrypt hash ends.
passwords = [
    ["correct horse battery staple", "correct horse battery stapler"],
    ["80 bytes ".ljust(80, "d"), "80 bytes ".ljust(72, "d") + "e" * 8],
    ["pass\U0001f600word pass\U0001f600word", "pass\U0001f601word pass\U0001f601word"],
    ["cr\u00e8me br\u00fbl\u00e9e, compos\u00e9e", "creme brulee, composee"],
    ["cre\u0300me bru\u0302le\u0301e, de\u0301compose\u0301e", "creme brulee, decomposee"],
]

json.dump(
    {
        "versions": {
            "django": django.get_version(),
            "passlib": passlib.__version__,
            "bcrypt": bcrypt.__version__,
            "argon2-cffi": argon2.__version__,
        },
        "passwords": passwords,
        # A hash of each password; the defaults are expensive, and the first password is enough.
        "hashes": {
            name: [make(password) for password, _ in passwords[: 1 if "default" in name else None]]
            for name, make in makers.items()
        },
    },
    sys.stdout,
    indent=2,
)
print()
