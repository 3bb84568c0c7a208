"""Creates the tutorial's database for tutorial.test.ts, by running the tutorial.

`security` is the application of the chapter on OAuth2 and JWT, with its users in SQLite, as it runs in the benchmark:
each user is made, and logs in, over HTTP, and then gets an item in a second table. `sql` is the chapter on SQL databases:
`models.py` and `crud.py`, whose users have an address and no name. Prints the versions of the libraries.
"""

import json
import os
import socket
import sys
import threading
import urllib.parse
import urllib.request

import fastapi
import passlib
import sqlalchemy
from passlib.context import CryptContext
from sqlalchemy import Boolean, Column, Integer, String, create_engine, text
from sqlalchemy.orm import declarative_base, sessionmaker

given = json.load(sys.stdin)


def post(url, body, content_type):
    request = urllib.request.Request(url, data=body.encode(), headers={"Content-Type": content_type})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def make_security(path, users):
    import uvicorn

    os.environ.update(DATABASE=path, SECRET="a secret of the tutorial, 32 bytes long")
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
            disabled = user.pop("disabled")
            post(f"{url}/users", json.dumps(user), "application/json")
            form = urllib.parse.urlencode({"username": user["username"], "password": user["password"]})
            assert post(f"{url}/token", form, "application/x-www-form-urlencoded")["access_token"]
            if disabled:
                with main.LocalSession() as db:
                    main.find_user(db, user["username"]).disabled = True
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


def make_sql(path, users):
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    Base = declarative_base()

    class User(Base):
        __tablename__ = "users"

        id = Column(Integer, primary_key=True, index=True)
        email = Column(String, unique=True, index=True)
        hashed_password = Column(String)
        is_active = Column(Boolean, default=True)

    Base.metadata.create_all(bind=engine)
    crypt = CryptContext(schemes=["bcrypt"], deprecated="auto", bcrypt__rounds=4)
    with sessionmaker(autocommit=False, autoflush=False, bind=engine)() as db:
        for user in users:
            hashed_password = crypt.hash(user["password"])
            db.add(User(email=user["email"], hashed_password=hashed_password, is_active=not user["disabled"]))
            db.commit()


{"security": make_security, "sql": make_sql}[given["chapter"]](given["path"], given["users"])
versions = {module.__name__: module.__version__ for module in (fastapi, sqlalchemy, passlib)}
json.dump({"versions": versions}, sys.stdout)
