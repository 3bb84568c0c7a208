import { createPost } from '../../src/auth/webhooks/post.ts'
import { createReceiverRules } from '../../src/auth/webhooks/receiver-address.ts'
import { createWebhookSender } from '../../src/auth/webhooks/sender.ts'
import { every } from '../../src/base/recurring.ts'
import { configFrom } from '../../src/wiring/load-config.ts'
import { openServices } from '../../src/wiring/open-services.ts'

// A process that seals events and sends them to webhooks until it is killed. Unlike a server, it tries again within
// milliseconds, so that a receiver can refuse many. DATABASE_URL and SECRET are in the environment.
const config = configFrom({
  databaseUrl: String(process.env.DATABASE_URL),
  secret: String(process.env.SECRET),
  insecure: 'allow'
})
const services = await openServices(config)
const { db, audit, mail, auditEvents, databaseClock, clock } = services
const { post } = createPost(createReceiverRules({ hosts: [], loopback: true }))
const fail = (error: unknown) => console.error(error)
const sender = createWebhookSender({
  ...{ config, store: db.webhooks, audit: db.audit, users: db.users, mail, auditEvents, sign: audit.sign, post },
  ...{ owner: clock.newId(), now: databaseClock.now, onOutcome: () => {}, onFailure: fail, waitsMs: [5] }
})
every(1000, audit.seal, fail)
every(20, sender.look, fail)
setInterval(() => {}, 1000)
console.log('sends')
