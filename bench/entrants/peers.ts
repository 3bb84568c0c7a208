import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { startServer } from '../processes.ts'
import { getJson, type HttpRequest, postForm, postJson } from '../request.ts'
import { account, type Entrant, type Place, secret } from './entrant.ts'
import { peerFolder } from './packages.ts'

const { username, password, email, full_name } = account
const form = { grant_type: 'password', username, password }

/** Starts a peer from its own folder, with its own database. */
async function startPeer(name: string, command: (port: number) => string[], { folder, cores, env }: Place) {
  const port = await freePort()
  mkdirSync(join(folder, name), { recursive: true })
  return startServer({
    command: command(port),
    cwd: peerFolder(name),
    port,
    cores,
    readyPath: '/',
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      SECRET: secret,
      DATABASE: join(folder, name, 'bench.db'),
      PYTHONDONTWRITEBYTECODE: '1',
      ...env
    }
  })
}

/** Starts a peer that runs on Node.js. */
export const startNode = (name: string) => (place: Place) =>
  startPeer(name, () => [process.execPath, 'server.js'], place)

const pythons = ['/usr/bin/python3', 'python3']
const modules = 'import fastapi, uvicorn, sqlalchemy, passlib, bcrypt, jwt'
const findPython = () => pythons.find(python => spawnSync(python, ['-c', modules]).status === 0)

const fastapi: Entrant = {
  name: 'fastapi',
  title: 'FastAPI',
  async prepare() {
    if (!findPython()) throw new Error('Python lacks one of FastAPI, uvicorn, SQLAlchemy, passlib, bcrypt and PyJWT')
  },
  start: place =>
    startPeer(
      'fastapi',
      port => [
        findPython() ?? 'python3',
        ...['-m', 'uvicorn', 'main:app', '--port', String(port), '--no-access-log', '--log-level', 'warning']
      ],
      place
    ),
  register: postJson('/users', account),
  logIn: postForm('/token', form),
  tokenOf: ({ json }) => String(json.access_token),
  me: token => getJson('/users/me', token)
}

const express: Entrant = {
  name: 'express',
  title: 'Express',
  start: startNode('express'),
  register: postJson('/users', account),
  logIn: postForm('/token', form),
  tokenOf: ({ json }) => String(json.access_token),
  me: token => getJson('/users/me', token)
}

/** Browsers send the origin of the page, which better-auth requires. */
function fromPage({ headers, ...request }: HttpRequest): HttpRequest {
  return { ...request, headers: { ...headers, origin: 'http://app.example.com' } }
}

const betterAuth: Entrant = {
  name: 'better-auth',
  title: 'better-auth',
  start: startNode('better-auth'),
  register: fromPage(postJson('/api/auth/sign-up/email', { email, password, name: full_name })),
  logIn: fromPage(postJson('/api/auth/sign-in/email', { email, password })),
  tokenOf: ({ json }) => String(json.token),
  me: token => getJson('/api/auth/get-session', token)
}

/** Servers with accounts. */
export const peers: Entrant[] = [fastapi, express, betterAuth]
