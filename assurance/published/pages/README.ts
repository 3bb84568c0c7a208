import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PageRow, serveCommand } from '../../support/page.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))

export const pages: PageRow[] = [
  {
    path: 'README.md',
    // .ci/run runs `npm ci`, `npm start` and `npm test` on a fresh clone; assurance/packages/package.test.ts packs and
    // installs the package.
    standIns: {
      'npm ci && npm start': serveCommand,
      [`npm pack --silent --pack-destination ../my-app\ncd ../my-app\nnpm init -y\nnpm pkg set type=module\nnpm install ./sallyport-${version}.tgz`]:
        ':',
      'npm ci && npm test': ':'
    },
    prints: [/^$/, /^{"id":.*"username":"alice".*\n{"id":.*"username":"alice".*\n$/, /"status":401/, /^$/, /^$/]
  }
]
