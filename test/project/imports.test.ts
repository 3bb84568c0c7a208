import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { filesIn as filesBelow, findImports, type Import } from '../../scripts/imports.ts'

const root = join(import.meta.dirname, '../..')

const known = new Map<string, Import[]>()

/** Every import of a file. Several rules ask for those of each file. */
function allImportsOf(file: string): Import[] {
  const found = known.get(file) ?? findImports(root, file)
  known.set(file, found)
  return found
}

/** The names of what a file imports at run time, or with types. */
const importsOf = (file: string, { andTypes = false, andLater = true } = {}): string[] =>
  allImportsOf(file)
    .filter(({ kind }) => (andTypes || kind !== 'type') && (andLater || kind !== 'later'))
    .map(({ name }) => name)

const filesIn = (folder: string) => filesBelow(root, folder)
const files = ['src', 'plugins', 'routes'].flatMap(filesIn)

interface Layer {
  name: string
  holds: RegExp
  mayImport: RegExp[]
}

const node = /^node:/
const typebox = /^@sinclair\/typebox(\/|$)/
/** The packages that only one file may import. */
const ownLibrary: Record<string, RegExp> = {
  'src/wiring/bcrypt.ts': /^@node-rs\/bcrypt$/,
  'plugins/mail.ts': /^nodemailer$/,
  'plugins/metrics.ts': /^prom-client$/,
  'src/auth/identities/signature.ts': /^jose$/,
  'src/auth/passkeys/webauthn.ts': /^@simplewebauthn\/server(\/helpers)?$/,
  'plugins/http/docs.ts': /^fastify$/,
  'plugins/http/serialization.ts': /^fast-json-stringify$/,
  'plugins/http/validation.ts': /^ajv(-formats)?$/,
  'src/config/data-schema.ts': /^ajv(\/dist\/2020\.js|-formats)?$/,
  'src/auth/second-factor/totp.ts': /^(otpauth|uqr)$/
}

// The table of CONTRIBUTING.md. The first entry that matches a file is its layer.
const layers: Layer[] = [
  {
    name: 'src/wiring/**',
    holds: /^src\/wiring\//,
    mayImport: [node, /^@node-rs\/argon2$/, /^uuid$/, /^src\/(auth|base|config|store|wire|wiring)\//]
  },
  {
    name: 'src/app.ts, and what embeds and runs it',
    holds: /^src\/((app|index|testing|cli)\.ts$|(embedding|logging|process)\/)/,
    mayImport: [/./]
  },
  {
    name: 'src/store/**',
    holds: /^src\/store\//,
    mayImport: [node, /^drizzle-orm(\/|$)/, /^better-sqlite3$/, /^pg$/, /^src\/(base|store)\//]
  },
  {
    name: 'src/verifier.ts, the face for other APIs',
    holds: /^src\/verifier\.ts$/,
    mayImport: [/^fastify-plugin$/, /^src\/(resource-server|wire)\//]
  },
  {
    name: 'src/resource-server/**',
    holds: /^src\/resource-server\//,
    mayImport: [node, /^jose$/, /^src\/(base|wire|resource-server)\//]
  },
  {
    name: 'src/wire/**',
    holds: /^src\/wire\//,
    mayImport: [node, /^jose$/, /^src\/(base|wire)\//]
  },
  {
    name: 'src/base/**',
    holds: /^src\/base\//,
    mayImport: [node, /^src\/base\//]
  },
  {
    name: 'the rest of src/**',
    holds: /^src\//,
    mayImport: [
      node,
      typebox,
      /^src\/(?!(store|client|embedding|logging|process|resource-server|wiring)\/|(client|app|index|testing|cli|verifier)\.ts$)/
    ]
  },
  {
    name: 'plugins/**',
    holds: /^plugins\//,
    mayImport: [
      node,
      /^fastify-plugin$/,
      /^@fastify\//,
      /^src\/(?!(embedding|logging|process)\/|(app|index|testing|cli|wiring\/(open-services|load-config))\.ts$)/
    ]
  },
  {
    name: 'routes/**',
    holds: /^routes\//,
    mayImport: [
      typebox,
      /^@fastify\/type-provider-typebox$/,
      /^src\/base\/errors\.ts$/,
      /^routes\/(shapes|refusals)\.ts$/
    ]
  }
]

t.test('Each layer imports only what CONTRIBUTING.md allows', async t => {
  const used = new Set<string>()
  const forbidden = files.flatMap(file => {
    const { name = '', mayImport = [] } = layers.find(({ holds }) => holds.test(file)) ?? {}
    used.add(name)
    const allowed = [...mayImport, ...(ownLibrary[file] ? [ownLibrary[file]] : [])]
    const wrong = importsOf(file).filter(name => !allowed.some(pattern => pattern.test(name)))
    return wrong.map(imported => `${file} of ${name}: ${imported}`)
  })
  t.strictSame(forbidden, [])
  t.equal(used.size, layers.length, 'every layer has files')
})

t.test('Only the composition root and the process import each other and the commands', async t => {
  const isFace = (file: string) =>
    /^src\/((app|index|testing|cli|verifier)\.ts$|(embedding|logging|process)\/)/.test(file)
  t.strictSame(
    files.filter(file => !isFace(file) && importsOf(file).some(isFace)),
    []
  )
})

/** The room of a file: the folder or the file in src, and the folder in src/auth and src/store. */
const roomsOf = (file: string) => [/^src\/[^/]+/.exec(file)?.[0], /^src\/(auth|store)\/[^/]+(?=\/)/.exec(file)?.[0]]

t.test('No two rooms of src, of src/auth or of src/store import each other, not even types', async t => {
  const edges = new Set<string>()
  for (const file of files)
    for (const name of importsOf(file, { andTypes: true })) {
      const to = roomsOf(name)
      for (const [i, from] of roomsOf(file).entries())
        if (from && to[i] && from !== to[i]) edges.add(`${from} ${to[i]}`)
    }
  t.ok(edges.has('src/auth/tokens src/auth/sessions') && edges.has('src/embedding src/app.ts'))
  t.strictSame(
    [...edges].filter(edge => edges.has(edge.split(' ').reverse().join(' '))),
    []
  )
})

t.test('No files import each other in a circle, not even types', async t => {
  const own = new Set(
    [...files, ...['assurance', 'bench', 'packages/client', 'scripts'].flatMap(filesIn)].filter(
      file => !/node_modules/.test(file)
    )
  )
  const isOpen = new Map<string, boolean>()
  const circles: string[] = []
  const follow = (file: string, path: string[]): void => {
    if (isOpen.get(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (isOpen.has(file)) return
    isOpen.set(file, true)
    for (const name of importsOf(file, { andTypes: true })) if (own.has(name)) follow(name, [...path, file])
    isOpen.set(file, false)
  }
  for (const file of own) follow(file, [])
  t.ok(isOpen.size > files.length)
  t.strictSame(circles, [])
})

t.test('Two files of the store reach into private parts of drizzle and pg', async t => {
  const casts = /\bas (unknown as|never|any)\b/
  t.strictSame(
    filesIn('src/store').filter(file => casts.test(readFileSync(join(root, file), 'utf8'))),
    ['src/store/engine/internals.ts', 'src/store/schema/as-postgres.ts']
  )
})

t.test('sallyport/verifier and its types reach what they need of the protocol, and of no rule', async t => {
  const reached = new Set(['src/verifier.ts'])
  for (const file of reached) {
    if (!file.startsWith('src/')) continue
    for (const name of importsOf(file, { andTypes: true })) reached.add(name)
  }
  t.strictSame([...reached].filter(name => !/^src\/(verifier\.ts$|(resource-server|wire|base)\/)/.test(name)).sort(), [
    'fastify',
    'fastify-plugin',
    'jose',
    'node:crypto'
  ])
})

t.test('The client and the server import nothing of each other, not even types', async t => {
  const client = filesIn('packages/client/src')
  t.ok(client.length > 20)
  t.strictSame(
    client.flatMap(file => importsOf(file, { andTypes: true }).filter(name => !client.includes(name))),
    ['react'],
    'in react.ts'
  )
  t.strictSame(
    files.filter(file => importsOf(file, { andTypes: true }).some(name => /^(@sallyport|packages)\//.test(name))),
    []
  )
})

/** The files and packages that are loaded together with this file. */
function loadedWith(entry: string) {
  const loaded = new Set([entry])
  for (const file of loaded)
    if (files.includes(file)) for (const name of importsOf(file, { andLater: false })) loaded.add(name)
  return [...loaded]
}

t.test('A command loads neither Fastify nor Swagger before it serves', async t => {
  const loaded = loadedWith('src/cli.ts')
  t.ok(loaded.includes('src/wiring/services.ts'))
  t.strictSame(
    loaded.filter(name => /fastify|^plugins\/|^routes\/|^src\/app\.ts$/.test(name)),
    []
  )
})

t.test('A server loads what few servers need when it needs it', async t => {
  const loaded = [...loadedWith('src/process/server.ts'), ...loadedWith('src/process/workers.ts')]
  t.ok(loaded.includes('fastify') && loaded.includes('plugins/metrics.ts'))
  t.strictSame(
    loaded.filter(name => /^(jose|node:http|nodemailer|pg|prom-client|@simplewebauthn\/.*|@node-rs\/.*)$/.test(name)),
    []
  )
})

t.test('Only src/config/config.ts reads the environment', async t => {
  const readers = files.filter(file => /\bprocess\s*\.\s*env\b/.test(readFileSync(join(root, file), 'utf8')))
  t.strictSame(
    readers.filter(file => file !== 'src/config/config.ts'),
    []
  )
})

t.test(
  'The console imports its few packages, the client and itself, and of the server nothing, not even types',
  async t => {
    const own = filesIn('console/src').filter(file => !file.endsWith('.d.ts'))
    t.ok(own.length > 20)
    const allowed =
      /^(preact(\/hooks)?|@preact\/signals|wouter-preact|openapi-fetch|@sallyport\/client|console\/src\/.*)$/
    t.strictSame(
      own.filter(file => importsOf(file, { andTypes: true }).some(name => !allowed.test(name))),
      []
    )
  }
)
