import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { builtAlone, type Command } from './built.ts'

/** Settings of a server for fault tests; a test adds the database. */
export const faultEnv = (settings: Record<string, string>): Record<string, string> => ({
  SECRET: 'a secret of the tests, 32 bytes or more',
  ISSUER: 'https://auth.example.com',
  PORT: '0',
  BCRYPT_COST: '4',
  LIMITS: 'registration=1000000,login=1000000,refresh=1000000',
  // Every account of a test comes from its own address.
  TRUST_PROXY: '127.0.0.1',
  LOG_LEVEL: 'warn',
  ...settings
})

/**
 * `sallyport serve`, or another command, in its own process, killed when the test ends, or what else has a teardown.
 */
export function startProgram(
  t: Pick<Test, 'teardown'>,
  env: Record<string, string>,
  args = ['serve'],
  program: Command = builtAlone
) {
  const begun = performance.now()
  const [file, ...first] = program
  const child = spawn(file, [...first, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let out = ''
  const listens = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk
        const [, url] = /Sallyport listens on ([^\s"]+)/.exec(out) ?? []
        if (url) resolve(url)
      })
    }
    exit.then(([code, signal]) => reject(new Error(`The server ended with ${code ?? signal}:\n${out}`)))
  })
  // A test may use a server that never listens.
  listens.catch(() => {})
  return { child, exit, listens, output: () => out, sinceStart: () => performance.now() - begun }
}

export type Program = ReturnType<typeof startProgram>

/** A complete answer; `ms` is the time until its end. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
  ms: number
}

/** Sends one request and reads the complete answer. Rejects when the connection is lost before its end. */
export async function call(
  url: string,
  request: {
    method?: string
    form?: Record<string, string>
    json?: unknown
    token?: string | undefined
    from?: string | undefined
  } = {}
): Promise<Answer> {
  const { form, json, token, from } = request
  const begun = performance.now()
  const answer = await fetch(url, {
    method: request.method ?? (form || json ? 'POST' : 'GET'),
    headers: {
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(from ? { 'x-forwarded-for': from } : {})
    },
    ...(form ? { body: new URLSearchParams(form) } : json ? { body: JSON.stringify(json) } : {})
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json')
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: isJson ? JSON.parse(text) : {},
    ms: performance.now() - begun
  }
}

/** The tokens of a password login. Rejects when it is refused. */
export async function logInAt(url: string, username: string, password: string, from?: string) {
  const answer = await call(`${url}/token`, { form: { grant_type: 'password', username, password }, from })
  if (answer.status !== 200) throw new Error(`The login was answered with ${answer.status}: ${answer.text}`)
  return answer.json as { access_token: string; refresh_token: string }
}

/** Milliseconds until `claim` holds, polled repeatedly. Rejects when it does not hold within `limitMs`. */
export async function timeUntil(claim: () => Promise<boolean>, limitMs = 60_000): Promise<number> {
  const begun = performance.now()
  while (!(await claim().catch(() => false))) {
    if (performance.now() - begun > limitMs) throw new Error(`It has not recovered within ${limitMs} ms`)
    await sleep(20)
  }
  return performance.now() - begun
}

/** Random numbers that a seed reproduces: mulberry32. `FAULT_SEED` sets the seed of every test. */
export function createRandom(seed = Number(process.env.FAULT_SEED ?? 20260131)) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, below: (limit: number) => Math.floor(next() * limit) }
}

/** One line of the table: the action and its count, the losses, and the time to recover. */
export const figures = (t: Test, fault: string, rounds: string | number, lost: string | number, recovery: string) =>
  t.comment(`| ${fault} | ${rounds} | ${lost} | ${recovery} |`)

const dataPage = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8')

/**
 * Prints a row of the table in docs/data.md, and asserts that nothing acknowledged was lost and that the table
 * has a row for this fault and engine. `refused` counts the answers with 503, and `longestMs` is the longest time
 * without an acknowledged write, in milliseconds.
 */
export function durability(
  t: Test,
  row: { fault: string; engine: string; acknowledged: number; lost: number; refused: number; longestMs: number }
) {
  const { fault, engine, acknowledged, lost, refused, longestMs } = row
  t.equal(lost, 0, `${fault}, ${engine}: nothing acknowledged is lost`)
  t.ok(acknowledged > 0, `${fault}, ${engine}: something was acknowledged`)
  t.match(dataPage.replace(/ +\|/g, ' |'), `| ${fault} | ${engine} |`, 'docs/data.md has the row')
  t.comment(`| ${fault} | ${engine} | ${refused} | ${Math.round(longestMs)} ms |`)
}

/** The median and the maximum, in whole milliseconds. */
export function spread(values: number[]) {
  const ordered = values.toSorted((a, b) => a - b)
  const at = (index: number) => Math.round(ordered[index] ?? 0)
  return `median ${at(ordered.length >> 1)} ms, longest ${at(ordered.length - 1)} ms`
}
