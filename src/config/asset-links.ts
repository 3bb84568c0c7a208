import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'

const Statements = Type.Array(Type.Object({}))
/** The statement with which an Android app gets the passkeys of a site; others are about links or other sites. */
const App = Type.Object({
  relation: Type.Array(Type.String(), { contains: Type.Literal('delegate_permission/common.get_login_creds') }),
  target: Type.Object({ namespace: Type.Literal('android_app') })
})
const Fingerprints = Type.Object({
  target: Type.Object({
    sha256_cert_fingerprints: Type.Array(Type.String({ pattern: '^[0-9A-F]{2}(:[0-9A-F]{2}){31}$' }), { minItems: 1 })
  })
})

/**
 * The origins of the apps that may use the passkeys, by the SHA-256 of their certificates in a parsed
 * `assetlinks.json`. Throws an Error whose message is a clause without a subject.
 */
export function originsOfApps(statements: unknown): string[] {
  if (!Check(Statements, statements)) throw new Error('is not a list of statements: expected a JSON array of objects')
  const origins = statements
    .filter(one => Check(App, one))
    .flatMap(app => {
      if (!Check(Fingerprints, app))
        throw new Error(
          `has an Android app without valid sha256_cert_fingerprints: expected 32 bytes in capitals, such as 14:6D:E9:…`
        )
      return app.target.sha256_cert_fingerprints.map(
        hex => `android:apk-key-hash:${Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url')}`
      )
    })
  return [...new Set(origins)]
}
