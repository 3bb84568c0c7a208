import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')

interface Import {
  /** A package by name, a file of this project by path from the root. */
  name: string
  kind: 'now' | 'later' | 'type'
}

const known = new Map<string, Import[]>()

/** Every import of a file. Several rules ask for those of each file. */
function allImportsOf(file: string): Import[] {
  const found = known.get(file) ?? findImports(file)
  known.set(file, found)
  return found
}

function findImports(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, kind: Import['kind']) => {
    const name = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)'
    found.push({ name: name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name, kind })
  }
  const isTypeOnly = ({ importClause }: ts.ImportDeclaration) =>
    importClause?.isTypeOnly === true ||
    (importClause?.name === undefined &&
      importClause?.namedBindings !== undefined &&
      ts.isNamedImports(importClause.namedBindings) &&
      importClause.namedBindings.elements.every(element => element.isTypeOnly))
  const isCreateRequire = ({ expression }: ts.CallExpression) =>
    ts.isIdentifier(expression) && expression.text === 'createRequire'
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node) ? 'type' : 'now')
    if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'now')
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'type')
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'later')
    // createRequire(import.meta.url)('…')
    if (ts.isCallExpression(node) && ts.isCallExpression(node.expression) && isCreateRequire(node.expression))
      add(node.arguments[0], 'later')
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The names of what a file imports at run time, or with types. */
const importsOf = (file: string, { andTypes = false, andLater = true } = {}): string[] =>
  allImportsOf(file)
    .filter(({ kind }) => (andTypes || kind !== 'type') && (andLater || kind !== 'later'))
    .map(({ name }) => name)

const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name))
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
  'src/bcrypt.ts': /^@node-rs\/bcrypt$/,
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
    name: 'src/services.ts and what composes beside it',
    holds: /^src\/(services|open-services|oauth|password-hashing|load-config)\.ts$/,
    mayImport: [/^@node-rs\/argon2$/, /^uuid$/, /^src\/((auth|config|store)\/|(services|bcrypt|password-hashing)\.ts$)/]
  },
  {
    name: 'src/app.ts, and what embeds and runs it',
    holds: /^src\/((app|index|testing|cli)\.ts$|(embedding|process)\/)/,
    mayImport: [/./]
  },
  {
    name: 'src/store/**',
    holds: /^src\/store\//,
    mayImport: [
      node,
      /^drizzle-orm(\/|$)/,
      /^better-sqlite3$/,
      /^pg$/,
      /^src\/(errors|package|private-file)\.ts$/,
      /^src\/store\//
    ]
  },
  {
    name: 'src/verifier.ts, the face for other APIs',
    holds: /^src\/verifier\.ts$/,
    mayImport: [/^fastify-plugin$/, /^src\/resource-server\//]
  },
  {
    name: 'src/resource-server/**',
    holds: /^src\/resource-server\//,
    mayImport: [
      node,
      /^jose$/,
      /^src\/auth\/(tokens\/authorization|scopes|dpop\/.+)\.ts$/,
      /^src\/errors\.ts$/,
      /^src\/resource-server\//
    ]
  },
  {
    name: 'the rest of src/**',
    holds: /^src\//,
    mayImport: [
      node,
      typebox,
      /^src\/(?!(store|client|embedding|process)\/|(client|app|index|testing|cli|services|bcrypt|open-services|oauth|password-hashing|load-config)\.ts$)/
    ]
  },
  {
    name: 'plugins/**',
    holds: /^plugins\//,
    mayImport: [
      node,
      /^fastify-plugin$/,
      /^@fastify\//,
      /^src\/(?!(embedding|process)\/|(app|index|testing|cli|open-services|load-config)\.ts$)/
    ]
  },
  {
    name: 'routes/**',
    holds: /^routes\//,
    mayImport: [typebox, /^@fastify\/type-provider-typebox$/, /^src\/errors\.ts$/, /^routes\/(shapes|refusals)\.ts$/]
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
  const isFace = (file: string) => /^src\/((app|index|testing|cli|verifier)\.ts$|(embedding|process)\/)/.test(file)
  t.strictSame(
    files.filter(file => !isFace(file) && importsOf(file).some(isFace)),
    []
  )
})

t.test('Folders of src/auth do not import each other, not even types', async t => {
  const folderOf = (file: string) => /^src\/auth\/([^/]+)\//.exec(file)?.[1]
  const edges = new Set<string>()
  for (const file of files)
    for (const name of importsOf(file, { andTypes: true })) {
      const [from, to] = [folderOf(file), folderOf(name)]
      if (from && to && from !== to) edges.add(`${from} ${to}`)
    }
  t.ok(edges.has('tokens sessions'))
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

t.test('Only src/store/engine/internals.ts reaches into private parts of drizzle and pg', async t => {
  const casts = /\bas (unknown as|never|any)\b/
  t.strictSame(
    filesIn('src/store').filter(file => casts.test(readFileSync(join(root, file), 'utf8'))),
    ['src/store/engine/internals.ts']
  )
})

t.test('sallyport/verifier and its types reach only fastify, fastify-plugin, jose and what reads proofs', async t => {
  const reached = new Set(['src/verifier.ts'])
  for (const file of reached) {
    if (!file.startsWith('src/')) continue
    for (const name of importsOf(file, { andTypes: true })) reached.add(name)
  }
  t.strictSame([...reached].filter(name => !/^src\/(verifier\.ts$|resource-server\/)/.test(name)).sort(), [
    'fastify',
    'fastify-plugin',
    'jose',
    'node:crypto',
    'src/auth/dpop/binding.ts',
    'src/auth/dpop/dpop-refusal.ts',
    'src/auth/dpop/htu.ts',
    'src/auth/dpop/nonces.ts',
    'src/auth/dpop/proof-key.ts',
    'src/auth/dpop/proof.ts',
    'src/auth/jws-parts.ts',
    'src/auth/keys/jwk.ts',
    'src/auth/keys/sealing.ts',
    'src/auth/keys/secrets.ts',
    'src/auth/keys/verified-cache.ts',
    'src/auth/scopes.ts',
    'src/auth/tokens/authorization.ts',
    'src/errors.ts',
    'src/strict-json.ts'
  ])
})

t.test('The client and the server import nothing of each other, not even types', async t => {
  const client = filesIn('packages/client/src')
  t.ok(client.length > 20)
  t.strictSame(
    client.filter(file => importsOf(file, { andTypes: true }).some(name => !client.includes(name))),
    []
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
  t.ok(loaded.includes('src/services.ts'))
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
    const own = readdirSync(join(root, 'console/src'), { recursive: true, encoding: 'utf8' })
      .filter(name => /(?<!\.d)\.tsx?$/.test(name))
      .map(name => join('console/src', name))
    t.ok(own.length > 20)
    const allowed =
      /^(preact(\/hooks)?|@preact\/signals|wouter-preact|openapi-fetch|@sallyport\/client|console\/src\/.*)$/
    t.strictSame(
      own.filter(file => importsOf(file, { andTypes: true }).some(name => !allowed.test(name))),
      []
    )
  }
)
