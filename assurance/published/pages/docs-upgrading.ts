import { type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/upgrading.md',
    before: serveCommand,
    standIns: {
      // The tests hash at a cost that doctor refuses.
      'npx sallyport doctor': 'BCRYPT_COST=12 npx sallyport doctor'
    },
    prints: [/^file {6}before-upgrade\.db\n/, /^The database is up to date\.\nlevel +check/m]
  }
]
