import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'packages/verifier/README.md',
    before: serveCommand + makeAlice,
    fromClone: true,
    // Offline, npm cannot look fastify up; the project finds it in the folder above.
    standIns: { '.tgz fastify': '.tgz' },
    prints: [/^added 3 packages in /m, /^\{"id":"[0-9a-f-]{36}"\}$/]
  }
]
