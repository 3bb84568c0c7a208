import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import esbuild from 'esbuild'
import { licensesOf } from '../scripts/licenses.mjs'

// Builds the console into `dist/console`; with `--watch`, again after every change, with pages that reload themselves.
// In JavaScript, because `npm start` runs it without a TypeScript runner.

const to = join('dist', 'console')
const isWatching = process.argv.includes('--watch')

/** Writes the page that loads the bundle, and compresses every asset for browsers that accept it. */
function finish({ inputs, outputs }) {
  const page = readFileSync('console/index.html', 'utf8').replaceAll(/src\/(\w+)\.\w+/g, (_, name) => {
    const output = Object.keys(outputs).find(path => basename(path).startsWith(`${name}-`))
    return `assets/${basename(output)}`
  })
  writeFileSync(join(to, 'index.html'), page)
  writeFileSync(join(to, 'licenses.txt'), licensesOf(Object.keys(inputs)))
  for (const path of Object.keys(outputs)) {
    const text = readFileSync(path)
    writeFileSync(`${path}.br`, brotliCompressSync(text))
    writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }))
  }
}

if (existsSync(to)) rmSync(to, { recursive: true })
mkdirSync(to, { recursive: true })
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
  logLevel: 'warning',
  plugins: [{ name: 'finish', setup: build => build.onEnd(({ metafile }) => metafile && finish(metafile)) }]
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
