import { openStore } from '../../src/store/open.ts'

// A store in its own process: migrates the given database, reports that, and then answers a username with the id of
// that user.
const store = await openStore(String(process.argv[2]), () => {})
await store.migrate()
process.on('message', async username => {
  process.send?.((await store.users.byUsername(String(username)))?.id ?? 'unknown')
})
process.send?.('migrated')
