import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Problem } from '../src/errors.ts'
import { problems } from './refusals.ts'

const WebOrigins = Type.Object(
  { origins: Type.Array(Type.String({ examples: ['https://app.example.com'] })) },
  { title: 'WebOrigins', description: 'The origins whose pages may use the passkeys (WebAuthn Level 3 §5.11)' }
)
const AssetLinks = Type.Array(
  Type.Object(
    {
      relation: Type.Array(Type.String()),
      target: Type.Object(
        {
          namespace: Type.Literal('android_app'),
          package_name: Type.String(),
          sha256_cert_fingerprints: Type.Array(Type.String())
        },
        { title: 'AndroidApp' }
      )
    },
    { title: 'AssetLink' }
  ),
  { description: 'The Android apps that may use the passkeys (Digital Asset Links)' }
)
const AppleAppSite = Type.Object(
  {
    webcredentials: Type.Object({ apps: Type.Array(Type.String()) }, { title: 'AppleWebCredentials' })
  },
  { title: 'AppleAppSite', description: 'The Apple apps that may use the passkeys' }
)

/** `rpOrigins` may have origins of apps. An entry of `androidApps` is a package name and fingerprints. */
const passkeyDocuments: FastifyPluginAsyncTypebox<{
  rpOrigins: string[]
  androidApps: string[]
  appleApps: string[]
}> = async (app, { rpOrigins, androidApps, appleApps }) => {
  const discovery = { tags: ['discovery'], security: [] }

  app.get(
    '/.well-known/webauthn',
    {
      schema: {
        ...discovery,
        operationId: 'getWebOrigins',
        summary: 'Get the origins that may use the passkeys',
        description: 'WebAuthn Level 3 §5.11. Browsers read it at the RP ID, for pages of other domains.',
        response: { 200: WebOrigins, ...problems(400) }
      }
    },
    async function getWebOrigins() {
      return { origins: rpOrigins.filter(origin => origin.startsWith('http')) }
    }
  )

  app.get(
    '/.well-known/assetlinks.json',
    {
      schema: {
        ...discovery,
        operationId: 'getAssetLinks',
        summary: 'Get the Android apps that may use the passkeys',
        description: 'Digital Asset Links. Android reads it at the RP ID. 404 when the server has no such app.',
        response: { 200: AssetLinks, ...problems(400, 404) }
      }
    },
    async function getAssetLinks() {
      if (androidApps.length === 0) throw new Problem('not_found', 'This server has no Android apps.')
      return androidApps.map(entry => {
        const [package_name = '', ...sha256_cert_fingerprints] = entry.split(' ')
        return {
          relation: ['delegate_permission/common.get_login_creds', 'delegate_permission/common.handle_all_urls'],
          target: { namespace: 'android_app' as const, package_name, sha256_cert_fingerprints }
        }
      })
    }
  )

  app.get(
    '/.well-known/apple-app-site-association',
    {
      schema: {
        ...discovery,
        operationId: 'getAppleAppSite',
        summary: 'Get the Apple apps that may use the passkeys',
        description: 'Apple reads it at the RP ID. 404 when the server has no such app.',
        response: { 200: AppleAppSite, ...problems(400, 404) }
      }
    },
    async function getAppleAppSite() {
      if (appleApps.length === 0) throw new Problem('not_found', 'This server has no Apple apps.')
      return { webcredentials: { apps: appleApps } }
    }
  )
}

export default passkeyDocuments
