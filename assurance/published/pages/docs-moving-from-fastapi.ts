import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PageRow, serveCommand } from '../../support/page.ts'
import {
  chapters,
  mainWithSqlAlchemy,
  order,
  pagePath,
  python,
  tutorial,
  type Version
} from '../../support/tutorial.ts'

const root = join(import.meta.dirname, '../../..')
const { version: packed } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * The state in which the page begins: a clone, and beside it the tutorial's project with a database. The shell's
 * `python3` is Debian's.
 */
const before = (version: Version) => `
mkdir sallyport my-app
cp -r ${join(root, 'examples')} sallyport/
git init -q my-app
python3() { ${python} "$@"; }
export PYTHONDONTWRITEBYTECODE=1
python3 -P ${tutorial.pathname} > /dev/null <<'END'
${JSON.stringify(order(version, `my-app/${chapters[version].file}`))}
END
cat > with-sqlalchemy.py <<'END'
${mainWithSqlAlchemy()}
END
cd sallyport
`

/** The steps that the page has for one of the versions only. */
const otherwise: Record<Version, Record<string, string>> = {
  sqlmodel: {},
  security: {
    'sqlite:../database.db --table user': 'sqlite:../sql_app.db',
    'cp database.db database.db.before': 'cp sql_app.db sql_app.db.before',
    'prepare.py database.db user': 'prepare.py sql_app.db users',
    'python3 -m uvicorn': 'cp ../with-sqlalchemy.py main.py\npython3 -m uvicorn'
  }
}

const ask = 'curl -s http://127.0.0.1:8000/whoami -H "Authorization: Bearer $TOKEN"'

const row = (version: Version, how: string): PageRow => ({
  path: pagePath,
  how,
  needs: 'fastapi uvicorn sqlalchemy sqlmodel passlib bcrypt argon2 jwt'.split(' '),
  before: before(version),
  standIns: {
    // assurance/packages/package.test.ts packs, installs and starts the package.
    'npm pack --silent --pack-destination ../my-app/login': ':',
    [`npm install ./sallyport-${packed}.tgz`]: 'ln -s ~/node_modules .',
    'REGISTRATION=closed npx sallyport serve': `export REGISTRATION=closed\n${serveCommand}`,
    [ask]: `${ask}\necho\ngit status --porcelain`,
    ...otherwise[version]
  },
  prints: [
    /^Wrote to .*\/my-app\/login\/package\.json:/,
    /^$/,
    /^4 account\(s\) created, 0 unchanged, 0 row\(s\) skipped\.\n0 of 4 address\(es\) are verified, .*\n$/,
    /^$/,
    /^$/,
    (t, output) => {
      t.match(output, /^{"id":4,"username":"johndoe"}$/m)
      const untracked = output.match(/(?<=^\?\? ).*/gm) ?? []
      const programs = ['.gitignore', 'access_tokens.py', 'main.py', 'prepare.py']
      t.strictSame(untracked, [...programs, chapters[version].file].sort(), 'git stores nothing that has a hash')
    }
  ]
})

export const pages: PageRow[] = [row('sqlmodel', 'with SQLModel'), row('security', 'with SQLAlchemy')]
