import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { install, link, pack, packageProblems, tryPrograms } from '../support/installed-package.ts'
import { programs } from '../support/programs.ts'

const root = join(import.meta.dirname, '../..')
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const main = manifestOf(root)

/** Each small package: its name, the faces of `sallyport` with the same exports, and what npm installs with it. */
const packages = [
  { name: '@sallyport/client', path: 'packages/client', faces: ['./client', './client/react'], dependencies: [] },
  {
    name: '@sallyport/verifier',
    path: 'packages/verifier',
    faces: ['./verifier'],
    dependencies: ['fastify-plugin', 'jose']
  }
]

for (const { name, path, faces, dependencies } of packages) {
  t.test(`${name} works without the server`, async t => {
    const { tarball, files } = pack(t, path)
    const project = install(t, tarball)
    const installed = join(project, 'node_modules', name)
    const manifest = manifestOf(installed)

    t.test('Contains modules and types, and nothing else', async t => {
      const expected = /^(LICENSE|README\.md|package\.json|dist\/(?!test\/)[\w/-]+(\.js|\.d\.ts))$/
      t.strictSame(
        files.filter(path => !expected.test(path)),
        []
      )
    })

    t.test('Publint and the check of its types report nothing', async t => {
      t.strictSame(packageProblems(tarball), [])
    })

    t.test('Npm installs only its dependencies, which have neither install scripts nor native code', async t => {
      const lock = JSON.parse(readFileSync(join(project, 'node_modules/.package-lock.json'), 'utf8'))
      t.strictSame(
        Object.keys(lock.packages).sort(),
        [name, ...dependencies].map(name => `node_modules/${name}`)
      )
      t.strictSame(
        Object.values<{ hasInstallScript?: boolean }>(lock.packages).filter(({ hasInstallScript }) => hasInstallScript),
        []
      )
      const all = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' })
      t.strictSame(
        all.filter(path => /\.node$|binding\.gyp$/.test(path)),
        []
      )
      execFileSync(process.execPath, ['--eval', `import('${name}')`], { cwd: project })
    })

    t.test('Works with a server, under a strict compiler and in Node.js', async t => {
      // The program needs a server, that of the verifier an app to protect, and the hook React.
      const [fastify, react] = ['fastify', 'react'].map(name => join(root, 'node_modules', name))
      link(project, { sallyport: root, fastify, react } as Record<string, string>)
      const own = faces.map(face => String(programs[face]).replaceAll(`'sallyport${faces[0]?.slice(1)}`, `'${name}`))
      for (const program of own) t.match(program, `'${name}`)
      tryPrograms(t, project, own)
    })

    t.test('Has the version, the licence and the engines of sallyport, and ranges that sallyport has too', async t => {
      for (const member of ['version', 'license', 'type', 'engines', 'sideEffects', 'publishConfig'])
        t.strictSame(manifest[member], main[member], member)
      for (const [dependency, range] of Object.entries(manifest.dependencies ?? {}))
        t.equal(range, main.dependencies[dependency], dependency)
      t.equal(manifest.repository?.url, main.repository?.url)
    })
  })
}

t.test('Sallyport itself does not depend on the small packages, whose names others could register', async t => {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = main
  const all = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies, ...devDependencies })
  t.strictSame(
    all.filter(name => name.startsWith('@sallyport/')),
    []
  )
})
