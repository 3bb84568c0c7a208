import { Injectable } from '@nestjs/common'
import bcrypt from 'bcrypt'
import Database from 'better-sqlite3'

export interface User {
  id: number
  username: string
  email: string
  full_name: string
  disabled: number
  password_hash: string
}

export interface NewUser {
  username: string
  password: string
  email: string
  full_name: string
}

@Injectable()
export class UsersService {
  private readonly db = open(String(process.env.DATABASE))
  private readonly insert = this.db.prepare(
    'INSERT INTO users (username, email, full_name, password_hash) VALUES (?, ?, ?, ?)'
  )
  private readonly byName = this.db.prepare<[string], User>('SELECT * FROM users WHERE username = ?')
  private readonly byId = this.db.prepare<[number], User>('SELECT * FROM users WHERE id = ?')

  async create({ username, password, email, full_name }: NewUser) {
    this.insert.run(username, email, full_name, await bcrypt.hash(password, 12))
    return this.findOne(username)
  }

  async findOne(username: string) {
    return this.byName.get(username)
  }

  async findById(id: number) {
    return this.byId.get(id)
  }
}

function open(path: string) {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.exec(`CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    full_name TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    password_hash TEXT NOT NULL
  )`)
  return db
}
