import type { PageRow } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/commands.md',
    standIns: {
      'create alice --admin': 'create alice --admin --password-stdin <<< "correct horse battery staple"',
      // The tests hash at a cost that doctor refuses.
      'npx sallyport doctor': 'BCRYPT_COST=12 npx sallyport doctor'
    },
    prints: [/users:write[\s\S]*^level +check[\s\S]*Usage: sallyport users /m, /client_secret/]
  }
]
