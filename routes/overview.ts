import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { needs, nullable, time } from './shapes.ts'

const count = (description: string) => Type.Integer({ description, examples: [3] })
const bytes = (description: string) => Type.Integer({ description, examples: [1_048_576] })

const MailQueue = Type.Object(
  {
    waiting: count('Messages that wait to be sent'),
    oldest_at: nullable(time('When the oldest of them was queued; null without one')),
    has_smtp: Type.Boolean({ description: 'Whether `SMTP_URL` is set', examples: [true] })
  },
  { title: 'MailQueue' }
)

const SealState = Type.Object(
  {
    unsealed: count('Events of the audit trail without a seal, counted up to ten thousand'),
    newest_at: nullable(time('When the newest seal was made; null without one'))
  },
  { title: 'SealState' }
)

const SigningKeyState = Type.Object(
  {
    kid: Type.String({ description: 'The key that signs', examples: ['hs4vV1aeLtcAdFiRyw1i0i2lyCOgEuhqCP4SJdHbhvY'] }),
    created_at: time('When it was created'),
    next_signs_at: nullable(time('From when a newer key may sign, which waits for cached JWKS; null without one')),
    rotates_at: nullable(time('When the newest key is old enough to be replaced; null when `KEY_ROTATION` is 0'))
  },
  { title: 'SigningKeyState' }
)

const Node = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    host: Type.String({ description: 'The host name of the machine', examples: ['login-1'] }),
    version: Type.String({ description: 'The version of Sallyport', examples: ['0.3.0'] }),
    runtime: Type.String({ examples: ['Node.js 24.10.0'] }),
    started_at: time('When the process started'),
    seen_at: time('When the process last recorded that it runs, which it does every minute')
  },
  { title: 'Node' }
)

export type Overview = Static<typeof Overview>
const Overview = Type.Object(
  {
    version: Type.String({ description: 'The version of Sallyport', examples: ['0.3.0'] }),
    node: Type.String({ description: 'The version of Node.js', examples: ['v24.10.0'] }),
    started_at: time('When this process started'),
    accounts: count('Accounts, counted up to ten thousand'),
    sessions: count('Active logins, counted at most once a minute'),
    refreshes: count('Refresh tokens that this process has exchanged since it started'),
    hash_queue: Type.Object(
      {
        running: count('Passwords being hashed'),
        waiting: count('Passwords waiting to be hashed'),
        limit: count('How many passwords may wait')
      },
      { title: 'HashQueue', description: 'The queue of this process' }
    ),
    database: Type.Object(
      {
        dialect: Type.Unsafe<'sqlite' | 'postgres'>({
          type: 'string',
          enum: ['sqlite', 'postgres'],
          examples: ['sqlite']
        }),
        bytes: bytes('Size of the database')
      },
      { title: 'DatabaseSize' }
    ),
    volume: Type.Union(
      [
        Type.Object(
          { free: bytes('What this process may still write'), total: bytes('Size of the volume') },
          { title: 'Volume' }
        ),
        Type.Null()
      ],
      { description: 'The volume of the SQLite file; null without a file' }
    ),
    mail_queue: MailQueue,
    seals: SealState,
    webhooks: Type.Object(
      { total: count('Webhooks'), failing: count('Those whose events are not accepted, also if paused for it') },
      { title: 'WebhookCounts' }
    ),
    signing_key: Type.Union([SigningKeyState, Type.Null()], { description: 'Null while no key signs' }),
    nodes: Type.Array(Node, {
      description:
        'The processes that serve, and those that have ended without notice in the last ten minutes. After an upgrade on PostgreSQL, the host `unknown` stands for nodes of 0.2.0.'
    }),
    now: time('When this was read, by the clock that the nodes share'),
    findings: Type.Array(
      Type.Object(
        {
          check: Type.String({ description: 'The check of `sallyport doctor`', examples: ['mail'] }),
          level: Type.Unsafe<'warning' | 'error'>({
            type: 'string',
            enum: ['warning', 'error'],
            examples: ['warning']
          }),
          text: Type.String({ description: 'What was found, and what to do' })
        },
        { title: 'Finding' }
      ),
      { description: 'Settings that are not advisable; `sallyport doctor` checks more' }
    )
  },
  { title: 'Overview', description: 'The state of this server' }
)

const overview: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/overview',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'getOverview',
        summary: 'Get the state of this server',
        description:
          'With several processes, `started_at`, `refreshes` and `hash_queue` are those of the one that answers.',
        tags: ['administration'],
        security: needs('audit:read'),
        response: { 200: Overview, ...problems(400, 401, 403, 503) }
      }
    },
    async function getOverview() {
      return app.overview()
    }
  )
}

export default overview
