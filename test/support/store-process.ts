import { openStore } from '../../src/store/open.ts'

// A store in a process of its own: migrates the database that it is given, says so, and then answers a username with
// the id of that user.
const store = await openStore(String(process.argv[2]), () => {})
await store.migrate()
process.on('message', async username => {
  process.send?.((await store.users.byUsername(String(username)))?.id ?? 'nobody')
})
process.send?.('migrated')
