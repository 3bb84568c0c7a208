import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/clients.md',
    // Debian's Python, which finds Debian's requests.
    before: `${serveCommand}${makeAlice}python3() { /usr/bin/python3 "$@"; }\n`,
    needs: ['requests'],
    // The package is installed already.
    standIns: { 'npm install openid-client': ':' },
    prints: [
      /^$/,
      /"scope":"me"/,
      /"scope":"users:read introspect"/,
      /^alice\n$/,
      /^alice\n$/,
      /^alice\n$/,
      /^alice\n$/
    ]
  }
]
