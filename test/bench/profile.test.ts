import { readdirSync } from 'node:fs'
import t from 'tap'
import { parts } from '../../bench/figures/refresh-part-names.ts'
import { type Profile, shares } from '../../bench/profile.ts'

const node = (id: number, functionName: string, children: number[] = []) => {
  return { id, children, callFrame: { functionName, url: '', lineNumber: 0, columnNumber: 0 } }
}

/** The root calls a route, which calls the store and a helper; the store calls a helper too. */
const profile: Profile = {
  nodes: [
    node(1, '(root)', [2]),
    node(2, 'route', [3, 5]),
    node(3, 'store', [4]),
    node(4, 'helper'),
    node(5, 'helper')
  ],
  samples: [1, 2, 3, 4, 4, 4, 5, 5]
}
const nameOf = ({ functionName }: { functionName: string }) => functionName

t.test('a sample belongs to the innermost part', async t => {
  const share = shares(profile, nameOf, [
    { key: 'rest', begins: /root/ },
    { key: 'route', begins: /route/ },
    { key: 'store', begins: /store/ }
  ])
  t.equal(share('rest'), 1 / 8)
  t.equal(share('route'), 3 / 8)
  t.equal(share('store'), 4 / 8)
})

t.test('of two parts that a function begins, the later one has its samples', async t => {
  const share = shares(profile, nameOf, [
    { key: 'all', begins: /./ },
    { key: 'helper', begins: /helper/ }
  ])
  t.equal(share('all'), 3 / 8)
  t.equal(share('helper'), 5 / 8)
})

t.test('a refresh is divided by functions of sources that exist', async t => {
  const paths = ['src', 'plugins'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => `${folder}/${path}`)
  )
  const partOf = (name: string) => parts.findLast(({ begins }) => begins.test(name))?.key
  const named = parts.flatMap(({ begins }) => begins.source.match(/[\w-]+\\\.ts/g) ?? [])
  const sources = named.map(name => name.replace('\\', ''))
  t.ok(sources.length > 10)
  for (const source of sources)
    t.ok(
      paths.some(path => path.endsWith(`/${source}`)),
      source
    )
  t.equal(partOf('src/store/engine/sqlite.ts version'), 'read')
  t.equal(partOf('src/store/engine/sqlite.ts run'), 'update')
  t.equal(partOf('src/store/engine/sqlite.ts together'), 'commit')
  t.equal(partOf('plugins/http/form.ts parseForm'), 'form')
  t.equal(partOf('plugins/oauth.ts requestContext'), 'rules')
  t.equal(partOf('node_modules/fastify/lib/reply.js Reply.send'), 'answer')
  t.equal(partOf('node_modules/fastify/lib/reply.js serialize'), 'serialize')
  t.equal(partOf('node:events emit'), undefined)
})
