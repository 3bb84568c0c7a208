import t from 'tap'
import { makeAlice, runPage, serveCommand, skipPages } from '../support/page.ts'

t.test('the programs of the page about DPoP work as documented', { skip: skipPages }, async t => {
  const [script, library, ...others] = await runPage(t, {
    path: 'docs/dpop.md',
    before: serveCommand + makeAlice,
    // The package is installed already.
    standIns: { 'npm install oauth4webapi': ':' }
  })
  t.equal(script, 'DPoP alice\n')
  t.equal(library, 'dpop alice\n')
  t.same(others, [])
})
