import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** A login and a failed one, and the seal of their events. */
const logIn = `
for password in wrong 'correct horse battery staple'; do
  curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice --data-urlencode "password=$password"
done > tokens.json
until npx sallyport audit verify | grep -q '[0-9]:[0-9a-f]'; do sleep 0.1; done
`
const newestSeal = 'npx sallyport audit verify | grep -oE "[0-9]+:[0-9a-f]{64}"'
const session = 'npx sallyport sessions list alice --json | node -p "JSON.parse(fs.readFileSync(0))[0].id"'

export const pages: PageRow[] = [
  {
    path: 'docs/audit.md',
    before: serveCommand + makeAlice + logIn,
    standIns: {
      'end NAME SESSION': `end NAME "$(${session})"`,
      NAME: 'alice',
      'NUMBER:HASH': `"$(${newestSeal})"`
    },
    prints: [
      /login\.succeeded[\s\S]*\n.*login\.failed.*alice/,
      /Ended 1 login\(s\) of alice\.\n$/,
      /^$/,
      /intact/,
      /intact/,
      /^$/,
      /^/
    ]
  }
]
