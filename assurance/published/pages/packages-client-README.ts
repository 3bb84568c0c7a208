import { enrolAlice, makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'packages/client/README.md',
    before: serveCommand + makeAlice,
    fromClone: true,
    standIns: {
      // The question comes some time after the start, and a line before it is lost.
      'node second-factor.js': `${enrolAlice}CODE=$(node -p 'require("./recovery.json").recovery_codes[0]')
{ trap '' PIPE; while echo "$CODE" 2> /dev/null; do sleep 1; done; true; } | node second-factor.js`
    },
    prints: [
      /^added 1 package in /m,
      /^Nobody is signed in\ninvalid_grant 400 The username or the password is wrong\.\nHello alice\nalice\nNobody is signed in\n$/,
      /^200\n$/
    ]
  }
]
