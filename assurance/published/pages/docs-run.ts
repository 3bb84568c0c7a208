import type { PageRow } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/run.md',
    standIns: {
      // The tests hash at a cost that doctor refuses.
      'npx sallyport doctor': 'BCRYPT_COST=12 npx sallyport doctor',
      // assurance/published/postgres-backup.test.ts runs these.
      'sudo -u postgres': ':'
    },
    prints: [/^Wrote \S+\/\.env, which only its owner can read\.[\s\S]*^ok +issuer /m, /^$/]
  }
]
