import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** Wrong passwords, for an account and for a name that none has. */
const guess = `
for name in alice bob; do
  curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=$name -d password=wrong > refused.json
done
`

export const pages: PageRow[] = [
  {
    path: 'docs/limits.md',
    before: serveCommand + makeAlice + guess,
    needs: ['sqlite3'],
    standIns: {
      "sqlite3 data/sallyport.db 'DELETE FROM throttle'":
        "sqlite3 data/sallyport.db 'SELECT COUNT(*) > 2 FROM throttle; DELETE FROM throttle; SELECT COUNT(*) FROM throttle'"
    },
    prints: [/^1\n0\n$/]
  }
]
