import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import esbuild from 'esbuild'
import { licensesOf } from './licenses.mjs'
import { renew } from './renew.mjs'

// Bundles the program and the packages that it loads at startup into `dist/bin`, because Node.js takes longer to find
// and compile a thousand files than to run them. In JavaScript, because `npm start` runs it without a TypeScript
// runner.

const to = join('dist', 'bin')
const program = join(to, 'cli.cjs')

/** Binaries, packages that find their own files or that few processes load, and those that others can do without. */
const external = [
  '@node-rs/*',
  '@fastify/otel',
  '@fastify/swagger-ui',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-node',
  '@simplewebauthn/server',
  'nodemailer',
  'pg-native'
]

/**
 * Leaves out modules that the program does not use: the YAML of @fastify/swagger, the colors of its debug output, and
 * the driver of Drizzle, which gets databases that are open.
 */
const unused = {
  name: 'unused packages',
  setup(build) {
    build.onResolve({ filter: /^(better-sqlite3|supports-color|yaml)$/ }, ({ path }) => ({ path, namespace: 'unused' }))
    build.onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: '' }))
  }
}

/**
 * Maps every position in a package to the beginning of its file. Whole maps would be as large as the bundle, and the
 * first stack trace would wait until they are read.
 */
const shortMaps = {
  name: 'short maps',
  setup(build) {
    build.onLoad({ filter: /node_modules.*\.[cm]?js$/ }, ({ path }) => {
      const map = JSON.stringify({ version: 3, sources: [basename(path)], mappings: 'AAAA' })
      const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`
      return { contents: `${readFileSync(path, 'utf8')}\n${comment}`, loader: 'default' }
    })
  }
}

const { metafile, outputFiles } = await esbuild.build({
  entryPoints: ['src/cli.ts'],
  outfile: program,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  external,
  // V8 has no function for `import()` in code that it reads from bin/kept-code.cjs.
  supported: { 'dynamic-import': false },
  // Names stay, for stack traces and for packages that read them.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  define: { 'import.meta.dirname': '__dirname', 'import.meta.url': '__filename' },
  metafile: true,
  write: false,
  logLevel: 'warning',
  plugins: [unused, shortMaps]
})
const files = outputFiles.map(({ path, contents }) => [relative('.', path), contents])
const [, code] = files.find(([path]) => path === program)
// With one other character, V8 keeps the program in two bytes for each, which is 3.5 MB in every process.
if (code.some(byte => byte > 0x7f)) throw new Error(`${program} has a character that is not ASCII`)
// bin/kept-code.cjs calls the function. To put it around the text there would cost every process a copy of it.
const hash = createHash('sha256').update(code).digest('hex')
renew(to, [
  [join(to, 'licenses.txt'), licensesOf(Object.keys(metafile.inputs))],
  [join(to, 'common-passwords.json'), readFileSync('src/auth/passwords/common-passwords.json')],
  ...files.filter(([path]) => path !== program),
  [program, `(function (exports, require, module, __filename, __dirname) {\n${Buffer.from(code)}\n})\n//${hash}`]
])
