import { join } from 'node:path'
import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

const root = join(import.meta.dirname, '../../..')
const orders = /^\{"ordersOf": ?"[0-9a-f-]{36}", ?"username": ?"alice"\}/m

export const pages: PageRow[] = [
  {
    path: 'docs/apis.md',
    needs: ['fastapi', 'uvicorn', 'jwt', 'cryptography'],
    // Beside the project are the examples of a clone. The shell's `python3` is Debian's.
    before: `
python3() { /usr/bin/python3 "$@"; }
export PYTHONDONTWRITEBYTECODE=1
mkdir -p sallyport my-app
cp -r ${join(root, 'examples')} sallyport/
cp package.json my-app/
cd my-app
ln -s ../node_modules .
${serveCommand.replaceAll('node_modules/.bin', '../node_modules/.bin')}${makeAlice}`,
    // The packages are installed already.
    standIns: {
      'npm install jose': ':',
      'python3 -m venv .venv && . .venv/bin/activate': ':',
      "pip install fastapi uvicorn 'pyjwt[crypto]>=2.10'": ':'
    },
    prints: [orders, orders, orders, orders, /"active":true.*"token_type":"Bearer"/]
  }
]
