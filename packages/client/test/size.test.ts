import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import t from 'tap'

t.test('The client is less than 9.1 kB, minified and gzipped', async t => {
  const { outputFiles } = await build({
    entryPoints: ['packages/client/src/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    // Nothing of Node.js can be resolved there.
    platform: 'browser',
    write: false
  })
  const bytes = outputFiles.map(({ contents }) => gzipSync(contents, { level: 9 }).length)
  t.comment(`${bytes} bytes`)
  t.ok(bytes.every(length => length < 9100))
})
