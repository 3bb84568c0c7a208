import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { createCli } from '../../test/support/cli.ts'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { runPython, skipWithout } from './python.ts'

/** Why the tests of FastAPI's tutorial are skipped, or `false`. */
export const skipTutorial = skipWithout(...'fastapi uvicorn sqlalchemy sqlmodel passlib bcrypt argon2 jwt'.split(' '))
/** The page that moves the tutorial, from the root of the project. */
export const pagePath = 'docs/moving-from-fastapi.md'
const page = fileURLToPath(new URL(`../../${pagePath}`, import.meta.url))
const programs = codeBlocks(page, 'python')
/** The module that the page copies. */
const accessTokens = readFileSync(new URL('../../examples/fastapi-items/access_tokens.py', import.meta.url), 'utf8')

/** The program that makes the databases of the tutorial, and its input. */
export const tutorial = new URL('../published/tutorial.py', import.meta.url)
const application = fileURLToPath(new URL('../../bench/peers/fastapi', import.meta.url))
/** Debian's Python, which has the packages. */
export const python = '/usr/bin/python3'

export const alice = {
  username: 'alice',
  password: 'correct horse battery staple',
  email: 'alice@example.com',
  full_name: 'Alice Wonderson',
  disabled: false
}
export const zoe = {
  ...alice,
  username: 'Zoë',
  password: 'пароль 😀',
  email: 'Zoe@Example.com',
  full_name: 'Zoë Ångström'
}
export const bob = { ...alice, username: 'bob', email: 'bob@example.com', full_name: 'Bob', disabled: true }
export const johndoe = {
  ...alice,
  username: 'johndoe',
  password: 'secret',
  email: 'johndoe@example.com',
  full_name: 'John Doe'
}
export const users = [alice, zoe, bob, johndoe]

/** The hashes of johndoe in the tutorial, by pwdlib and by passlib. */
const argon2 = '$argon2id$v=19$m=65536,t=3,p=4$wagCPXjifgvUFBzq4hqe3w$CYaIb8sB+wtD+Vu/P4uod1+Qof8h+1g7bbDlBID48Rc'
const bcrypt = '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW'

/** The chapters of tutorial.py: the hash of johndoe, the file, the table, and the options of its import. */
export const chapters = {
  sqlmodel: {
    hash: argon2,
    file: 'database.db',
    table: 'user',
    options: ['--preset', 'fastapi-tutorial', '--table', 'user']
  },
  security: { hash: bcrypt, file: 'sql_app.db', table: 'users', options: ['--preset', 'fastapi-tutorial'] },
  template: { hash: argon2, file: 'app.db', table: 'user', options: ['--preset', 'fastapi-template'] }
}
export type Chapter = keyof typeof chapters

/** The tutorial as it is and as it was. */
export const versions = ['sqlmodel', 'security'] as const
export type Version = (typeof versions)[number]

/** The input of tutorial.py for a database at `path`. */
export function order(chapter: Chapter, path: string) {
  const given = users.map(user => (user === johndoe ? { ...user, hashed_password: chapters[chapter].hash } : user))
  return { chapter, path, application, users: given }
}

/** The tutorial's database with these users, and the commands; `moveIn` imports them. */
export async function createTutorial(t: Test, chapter: Chapter) {
  const cli = createCli(t)
  const { file, table, options } = chapters[chapter]
  const path = join(String(cli.env.DATABASE_URL).slice('sqlite:'.length), '..', '..', file)
  t.comment(JSON.stringify(await runPython(tutorial, order(chapter, path))))
  const contents = () => createHash('sha256').update(readFileSync(path)).digest('hex')
  const moveIn = (...more: string[]) =>
    cli.sallyport(['users', 'import', '--from', `sqlite:${path}`, ...options, ...more])
  return { ...cli, path, table, contents, moveIn }
}

/** The tutorial's application with SQLAlchemy after the move: its own code, with what the page replaces. */
export function mainWithSqlAlchemy(): string {
  const [changed] = programs.flatMap(code => /^def get_current_user.*/ms.exec(code) ?? [])
  return `
from typing import Annotated

from access_tokens import get_claims
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import Boolean, Column, Integer, String, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine("sqlite:///./sql_app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    username = Column(String, unique=True, index=True)
    email = Column(String, default="")
    full_name = Column(String, default="")
    disabled = Column(Boolean, default=False)
    sub = Column(String, unique=True)


app = FastAPI()


def get_session():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


${changed}`
}

/** Writes the programs of the page into the folder of the database, for the issuer at `url`. */
export function writePrograms(folder: string, url: string, version: Version = 'sqlmodel') {
  for (const code of [accessTokens, ...programs]) {
    const [, name] = /^# (\w+\.py)\n/.exec(code) ?? []
    if (name) writeFileSync(join(folder, name), code.replace('http://127.0.0.1:3000', url))
  }
  if (version === 'security') writeFileSync(join(folder, 'main.py'), mainWithSqlAlchemy())
}
