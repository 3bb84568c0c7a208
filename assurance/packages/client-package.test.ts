import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import t from 'tap'

const root = join(import.meta.dirname, '..', '..')
const entry = join(root, 'src', 'client.ts')

t.test('The client is less than 9 kB, minified and gzipped, without dependencies', async t => {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    // Nothing of Node.js can be resolved there.
    platform: 'browser',
    write: false,
    metafile: true
  })
  const [{ contents }] = outputFiles as [(typeof outputFiles)[number]]
  const { length } = gzipSync(contents, { level: 9 })
  t.comment(`${length} bytes`)
  t.ok(length < 9000)
  t.strictSame(
    Object.keys(metafile.inputs).filter(file => !/^src\/client(\.ts$|\/)/.test(file)),
    []
  )
})
