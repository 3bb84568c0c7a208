import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Application } from '@curveball/core'
import bcrypt from 'bcrypt'

const { PORT, DATABASE, API_SECRET } = process.env

/** The key that the command of the package makes at its first start. */
function privateKey() {
  const file = `${DATABASE}.pem`
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 })
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  }
  return readFileSync(file, 'utf8')
}

process.env.PUBLIC_URI = `http://127.0.0.1:${PORT}/`
process.env.DB_DRIVER = 'sqlite'
process.env.DB_FILENAME = DATABASE
process.env.JWT_PRIVATE_KEY = privateKey()

// Its settings are read when it is imported. It does not export its services by name.
const { init, mainMw } = await import('@curveball/a12n-server')
const dist = './node_modules/@curveball/a12n-server/dist'
const database = await import(`${dist}/database.js`)
const services = await import(`${dist}/services.js`)

await database.init()
await init()

/** For the benchmark only: an administrator creates these in its pages. */
async function setUp() {
  const principals = new services.principal.PrincipalService('insecure')
  const times = { createdAt: new Date(), modifiedAt: new Date(), active: true }
  const user = await principals.save({ type: 'user', nickname: 'alice', ...times })
  const app = await principals.save({ type: 'app', nickname: 'api', ...times })
  const allowedGrantTypes = ['client_credentials', 'password', 'refresh_token']
  const clientSecret = await bcrypt.hash(API_SECRET, 12)
  await services.appClient.create({ clientId: 'api', clientSecret, app, allowedGrantTypes, requirePkce: false }, [])
  return user
}

/** For the benchmark only: the refresh token of a password grant, without the password. */
async function logIn(user) {
  const client = await services.appClient.findByClientId('api')
  const { refreshToken } = await services.oauth2.generateTokenPassword({ client, principal: user, scope: ['me'] })
  return { refresh_token: refreshToken }
}

let user
const app = new Application()
app.use(async (ctx, next) => {
  if (ctx.path !== '/bench/login') return next()
  user ??= await setUp()
  ctx.response.type = 'application/json'
  ctx.response.body = await logIn(user)
})
app.use(mainMw())
app.listen(Number(PORT), '127.0.0.1')
