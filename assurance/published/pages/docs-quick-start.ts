import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { skipWithoutBrowser } from '../../../test/support/browser.ts'
import { copySqlite, type PageRow, serveCommand } from '../../support/page.ts'

const root = join(import.meta.dirname, '../../..')
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const driver = `better-sqlite3@${dependencies['better-sqlite3']}`

export const pages: PageRow[] = [
  {
    path: 'docs/quick-start.md',
    fromClone: true,
    fetched: ['react', 'react-dom', 'vite', '@vitejs/plugin-react', driver],
    skip: skipWithoutBrowser,
    standIns: {
      'npm install': 'npm install --ignore-scripts',
      'npx sallyport serve': copySqlite + serveCommand,
      // The reader opens the page in a browser.
      'npx vite --strictPort': `npx vite --strictPort > vite.log 2>&1 &
until curl -so /dev/null http://127.0.0.1:4000 && curl -so /dev/null http://localhost:5173; do sleep 0.1; done
${join(root, 'node_modules/.bin/tsx')} ${join(root, 'assurance/published/protected-page.ts')}`
    },
    prints: [
      /^added \d+ packages in /m,
      /^$/,
      /^$/,
      /"me","orders:read".*\n.*password is wrong\.\n\/orders accepts DPoP\n[\s\S]*"ordersOf":"alice"}\n$/,
      /^{"ordersOf":"alice"}\n$/
    ]
  }
]
