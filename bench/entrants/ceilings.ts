import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { startServer } from '../processes.ts'
import type { Place } from './entrant.ts'
import { peerFolder, rootFolder } from './packages.ts'

/** The response bodies of a ceiling: Sallyport's own, byte for byte. */
export interface Answers {
  account?: object
  tokens?: object
  introspection?: object
  jwks?: object
  /** The headers of `GET /verify`. */
  verified?: object
}

async function startCeiling(name: string, { cores, env = {} }: Place) {
  const port = await freePort()
  return startServer({
    command: [process.execPath, join(peerFolder(name), 'server.js')],
    cwd: rootFolder,
    port,
    cores,
    readyPath: '/',
    env: { NODE_ENV: 'production', PORT: String(port), ...env }
  })
}

/** Fastify with routes that only answer. Load it at once: a server that is idle before its first load stays slower. */
export async function startBareFastify(place: Place, answers: Answers) {
  const file = join(place.folder, 'answers.json')
  writeFileSync(file, JSON.stringify(answers))
  return startCeiling('bare-fastify', { ...place, env: { ANSWERS: file } })
}

/** Fastify and one prepared query that reads the user from Sallyport's table. */
export const startBareFastifyPg = (place: Place, databaseUrl: string, userId: string) =>
  startCeiling('bare-fastify-pg', { ...place, env: { DATABASE_URL: databaseUrl, USER_ID: userId } })
