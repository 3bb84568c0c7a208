import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/browser.md',
    before: `export CORS_ORIGINS=http://127.0.0.1:5173\n${serveCommand}${makeAlice}`,
    fromClone: true,
    standIns: {
      'CORS_ORIGINS=http://127.0.0.1:5173 npm start': ':',
      // assurance/published/client-browser.test.ts uses the page in a browser.
      'python3 -m http.server 5173 --bind 127.0.0.1': `python3 -m http.server 5173 --bind 127.0.0.1 2> site.log &
page=http://127.0.0.1:5173
until curl -so /dev/null $page; do sleep 0.1; done
curl -s $page/page.js | tail -1
curl -s $page/node_modules/@sallyport/client/dist/index.js | grep -o 'export function createClient'
curl -si http://127.0.0.1:3000/users/me -H "Origin: $page" | grep -i '^access-control-allow-origin'`
    },
    prints: [
      /^$/,
      /^sallyport-client-.*\.tgz\n\nadded 1 package in /m,
      /^leave\.addEventListener.*\nexport function createClient\naccess-control-allow-origin: http:\/\/127\.0\.0\.1:5173/i
    ]
  }
]
