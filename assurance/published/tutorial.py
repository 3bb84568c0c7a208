"""Creates the database of FastAPI's tutorial for tutorial.test.ts, by running the tutorial.

- `sqlmodel`: the tutorial of today. Its users are a dict, and its chapter on SQL databases uses SQLModel; here that
  chapter has the users of the dict. Debian has SQLModel, but not pwdlib, which calls argon2-cffi. Debian's argon2-cffi
  has older defaults, so the hashes are made with those of argon2-cffi 23.1, the oldest that pwdlib accepts; they are
  also the parameters of the hash in the tutorial, which pwdlib made.
- `security`: the tutorial with passlib, and its users in SQLAlchemy, as it runs in the benchmark: each user is made, and
  logs in, over HTTP.
- `template`: the model of the full-stack template.

In the first two, each user has an item. johndoe has the hash of the tutorial's page. Prints the versions of the libraries.
"""

import json
import os
import socket
import sys
import threading
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone

import argon2
import fastapi
import passlib
import sqlalchemy
import sqlmodel
from sqlalchemy import DateTime, text
from sqlmodel import Field, Session, SQLModel, create_engine

given = json.load(sys.stdin)
engine = create_engine(f"sqlite:///{given['path']}", connect_args={"check_same_thread": False})
argon2_hash = argon2.PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4).hash


def post(url, body, content_type):
    request = urllib.request.Request(url, data=body.encode(), headers={"Content-Type": content_type})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def hashed(user, make):
    return user.get("hashed_password") or make(user["password"])


def make_sqlmodel(users):
    class User(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        username: str = Field(unique=True, index=True)
        email: str | None = Field(default=None, unique=True)
        full_name: str | None = Field(default=None, index=True)
        hashed_password: str
        disabled: bool = False

    class Item(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        title: str
        owner_id: int = Field(foreign_key="user.id")

    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for user in users:
            row = User(**{**user, "hashed_password": hashed(user, argon2_hash)})
            session.add(row)
            session.commit()
            session.add(Item(title=f"a lamp of {row.username}", owner_id=row.id))
            session.commit()


def make_security(users):
    import uvicorn

    os.environ.update(DATABASE=given["path"], SECRET="a secret of the tutorial, 32 bytes long")
    sys.path.insert(0, given["application"])
    import main

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(main.app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        for user in users:
            post(f"{url}/users", json.dumps(user), "application/json")
            form = urllib.parse.urlencode({"username": user["username"], "password": user["password"]})
            assert post(f"{url}/token", form, "application/x-www-form-urlencoded")["access_token"]
            with main.LocalSession() as db:
                row = main.find_user(db, user["username"])
                row.disabled = user["disabled"]
                row.hashed_password = user.get("hashed_password", row.hashed_password)
                db.commit()
        with main.engine.begin() as db:
            db.execute(
                text(
                    "CREATE TABLE items (id INTEGER PRIMARY KEY, title VARCHAR, owner_id INTEGER REFERENCES users (id))"
                )
            )
            db.execute(text("INSERT INTO items (title, owner_id) SELECT 'a lamp of ' || username, id FROM users"))
    finally:
        server.should_exit = True
        thread.join()


def make_template(users):
    class User(SQLModel, table=True):
        email: str = Field(unique=True, index=True, max_length=255)
        is_active: bool = True
        is_superuser: bool = False
        full_name: str | None = Field(default=None, max_length=255)
        id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
        hashed_password: str
        created_at: datetime | None = Field(
            default_factory=lambda: datetime.now(timezone.utc), sa_type=DateTime(timezone=True)
        )

    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for user in users:
            members = {"email": user["email"], "full_name": user["full_name"], "is_active": not user["disabled"]}
            session.add(User(**members, hashed_password=hashed(user, argon2_hash)))
        session.commit()


makers = {"sqlmodel": make_sqlmodel, "security": make_security, "template": make_template}
makers[given["chapter"]](given["users"])
versions = {module.__name__: module.__version__ for module in (fastapi, sqlmodel, sqlalchemy, argon2, passlib)}
json.dump({"versions": versions}, sys.stdout)
