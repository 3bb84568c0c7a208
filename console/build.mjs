import { readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import esbuild from 'esbuild'
import { licensesOf } from '../scripts/licenses.mjs'
import { renew } from '../scripts/renew.mjs'

// Builds the console into `dist/console`; with `--watch`, again after every change, with pages that reload themselves.
// In JavaScript, because `npm start` runs it without a TypeScript runner.

const to = join('dist', 'console')
const isWatching = process.argv.includes('--watch')

/** Writes every asset, also compressed for browsers that accept it, and then the page that loads the bundle. */
function finish({ inputs, outputs }, assets) {
  const page = readFileSync('console/index.html', 'utf8').replaceAll(/src\/(\w+)\.\w+/g, (_, name) => {
    const output = Object.keys(outputs).find(path => basename(path).startsWith(`${name}-`))
    return `assets/${basename(output)}`
  })
  const files = assets.flatMap(({ path, contents }) => [
    [path, contents],
    [`${path}.br`, brotliCompressSync(contents)],
    [`${path}.gz`, gzipSync(contents, { level: 9 })]
  ])
  renew(to, [
    ...files.map(([path, contents]) => [relative('.', path), contents]),
    [join(to, 'licenses.txt'), licensesOf(Object.keys(inputs))],
    // Last, because a server reads the assets again when the page has changed.
    [join(to, 'index.html'), page]
  ])
}

const context = await esbuild.context({
  entryPoints: ['console/src/main.tsx', 'console/src/style.css'],
  outdir: join(to, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: !isWatching,
  sourcemap: isWatching && 'inline',
  legalComments: 'none',
  tsconfig: 'console/tsconfig.json',
  define: { IS_WATCHED: String(isWatching) },
  metafile: true,
  write: false,
  logLevel: 'warning',
  plugins: [
    {
      name: 'finish',
      setup: build => build.onEnd(({ metafile, outputFiles }) => metafile && finish(metafile, outputFiles))
    }
  ]
})
if (isWatching) {
  await context.watch()
  // Otherwise the program of esbuild goes on watching.
  process.once('SIGTERM', async () => {
    await esbuild.stop()
    process.exit()
  })
} else {
  await context.rebuild()
  await context.dispose()
}
