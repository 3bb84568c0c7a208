import bcrypt from 'bcrypt'
import express from 'express'
import jwt from 'jsonwebtoken'
import Database from '../sqlite.js'

const { PORT, DATABASE, SECRET } = process.env

const db = new Database(DATABASE)
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  full_name TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT NOT NULL
)`)
const insert = db.prepare('INSERT INTO users (username, email, full_name, password_hash) VALUES (?, ?, ?, ?)')
const byName = db.prepare('SELECT * FROM users WHERE username = ?')
const byId = db.prepare('SELECT * FROM users WHERE id = ?')

const describe = ({ id, username, email, full_name, disabled }) => {
  return { id, username, email, full_name, disabled: disabled === 1 }
}

function authenticate(req, res, next) {
  const [scheme, token] = (req.get('authorization') ?? '').split(' ')
  if (scheme !== 'Bearer' || !token) return res.status(401).json({ error: 'A token is needed' })
  try {
    const { sub } = jwt.verify(token, SECRET, { algorithms: ['HS256'] })
    req.user = byId.get(Number(sub))
  } catch {
    return res.status(401).json({ error: 'The token is not valid' })
  }
  if (!req.user || req.user.disabled) return res.status(401).json({ error: 'There is no such account' })
  next()
}

const app = express()
app.use(express.json())
app.use(express.urlencoded({ extended: false }))

app.post('/users', async (req, res) => {
  const { username, password, email, full_name } = req.body
  const { lastInsertRowid } = insert.run(username, email, full_name, await bcrypt.hash(password, 12))
  res.status(201).json(describe(byId.get(lastInsertRowid)))
})

app.post('/token', async (req, res) => {
  const { username, password } = req.body
  const user = byName.get(username)
  if (!user || !(await bcrypt.compare(password, user.password_hash))) {
    return res.status(401).json({ error: 'The username or the password is wrong' })
  }
  const token = jwt.sign({}, SECRET, { algorithm: 'HS256', subject: String(user.id), expiresIn: '1h' })
  res.json({ access_token: token, token_type: 'Bearer' })
})

app.get('/users/me', authenticate, (req, res) => {
  res.json(describe(req.user))
})

app.listen(Number(PORT), '127.0.0.1')
