import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { startServer } from '../processes.ts'
import type { Place } from './entrant.ts'
import { peerFolder, rootFolder } from './packages.ts'

/** The response bodies of bare Fastify: Sallyport's own, byte for byte. */
export interface Answers {
  account?: object
  tokens?: object
  introspection?: object
}

/** Fastify with routes that only answer. Load it at once: a server that is idle before its first load stays slower. */
export async function startBareFastify({ folder, cores }: Place, answers: Answers) {
  const [port, file] = [await freePort(), join(folder, 'answers.json')]
  writeFileSync(file, JSON.stringify(answers))
  return startServer({
    command: [process.execPath, join(peerFolder('bare-fastify'), 'server.js')],
    cwd: rootFolder,
    port,
    cores,
    readyPath: '/',
    env: { NODE_ENV: 'production', PORT: String(port), ANSWERS: file }
  })
}
