import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/dpop.md',
    before: serveCommand + makeAlice,
    // The package is installed already.
    standIns: { 'npm install oauth4webapi': ':' },
    prints: [/^dpop alice\n$/]
  }
]
