"""The tutorial "OAuth2 with Password (and hashing), Bearer with JWT tokens", on SQLite through SQLAlchemy."""

import os
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import parse_qs

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from passlib.context import CryptContext
from pydantic import BaseModel, ConfigDict
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SECRET_KEY = os.environ["SECRET"]
ALGORITHM = "HS256"
TOKEN_LIFE = timedelta(minutes=60)

engine = create_engine(f"sqlite:///{os.environ['DATABASE']}", connect_args={"check_same_thread": False})
LocalSession = sessionmaker(bind=engine, autoflush=False)
crypt = CryptContext(schemes=["bcrypt"], deprecated="auto", bcrypt__rounds=12)
bearer = OAuth2PasswordBearer(tokenUrl="token")


class PlainForm:
    """What the login reads of the form, where FastAPI has no python-multipart to read it with."""

    def __init__(self, username: str, password: str):
        self.username = username
        self.password = password


async def read_plain_form(request: Request):
    fields = parse_qs((await request.body()).decode())
    return PlainForm(fields["username"][0], fields["password"][0])


if find_spec("python_multipart"):
    Form = Annotated[OAuth2PasswordRequestForm, Depends()]
else:
    Form = Annotated[PlainForm, Depends(read_plain_form)]


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String, unique=True, index=True)
    email: Mapped[str] = mapped_column(String)
    full_name: Mapped[str] = mapped_column(String)
    disabled: Mapped[bool] = mapped_column(default=False)
    hashed_password: Mapped[str] = mapped_column(String)


class NewUser(BaseModel):
    username: str
    password: str
    email: str
    full_name: str


class Account(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    username: str
    email: str
    full_name: str
    disabled: bool


class Token(BaseModel):
    access_token: str
    token_type: str


Base.metadata.create_all(engine)
app = FastAPI()


def get_db():
    db = LocalSession()
    try:
        yield db
    finally:
        db.close()


Database = Annotated[Session, Depends(get_db)]


def find_user(db: Session, username: str):
    return db.scalars(select(User).where(User.username == username)).first()


def get_current_user(token: Annotated[str, Depends(bearer)], db: Database):
    refusal = HTTPException(
        status.HTTP_401_UNAUTHORIZED, "Could not validate credentials", headers={"WWW-Authenticate": "Bearer"}
    )
    try:
        username = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM]).get("sub")
    except jwt.InvalidTokenError:
        raise refusal
    user = find_user(db, username) if username else None
    if user is None:
        raise refusal
    return user


def get_active_user(user: Annotated[User, Depends(get_current_user)]):
    if user.disabled:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Inactive user")
    return user


@app.post("/users", status_code=201, response_model=Account)
def register(new: NewUser, db: Database):
    user = User(
        username=new.username,
        email=new.email,
        full_name=new.full_name,
        hashed_password=crypt.hash(new.password),
    )
    db.add(user)
    db.commit()
    db.refresh(user)
    return user


@app.post("/token", response_model=Token)
def log_in(form: Form, db: Database):
    user = find_user(db, form.username)
    if user is None or not crypt.verify(form.password, user.hashed_password):
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Incorrect username or password", headers={"WWW-Authenticate": "Bearer"}
        )
    claims = {"sub": user.username, "exp": datetime.now(timezone.utc) + TOKEN_LIFE}
    return Token(access_token=jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM), token_type="bearer")


@app.get("/users/me", response_model=Account)
def read_me(user: Annotated[User, Depends(get_active_user)]):
    return user
