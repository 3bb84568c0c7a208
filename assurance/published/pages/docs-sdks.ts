import { fileURLToPath } from 'node:url'
import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

const tools = fileURLToPath(new URL('../../../tools/published/node_modules', import.meta.url))

/**
 * Commands that add claims to the end of a program, where its variables are known, so that the compiler checks them.
 * Two types are equal here only when each can replace the other everywhere, which `any` and `unknown` cannot.
 */
const claim = (program: string, sdk: string, claims: string) => `cat >> ${program} <<'END'
import type * as Sdk from '${sdk}'
type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_Claim extends true>() => {}
holds<Is<typeof tokens, Sdk.TokenResponse>>()
holds<Is<typeof me.data, Sdk.User | undefined>>()
holds<Is<NonNullable<typeof me.data>['claims'], Record<string, unknown>>>()
holds<Is<Sdk.ProfileChange['data'], Record<string, unknown> | null | undefined>>()
${claims}
// @ts-expect-error: any is no user
holds<Is<any, Sdk.User | undefined>>()
// @ts-expect-error: there is no such grant
;({ grant_type: 'refresh-token' }) satisfies Sdk.TokenRequest
// @ts-expect-error: claims are an object
;({ claims: ['editor'] }) satisfies Sdk.AccountChange
END
`

const fetching = claim(
  'fetching.ts',
  './sallyport.js',
  `holds<Is<typeof refused.error, Sdk.Problem | undefined>>()
holds<Is<typeof ended.error, Sdk.OAuthError | Sdk.AuthorizationRequired | undefined>>()
holds<Is<Sdk.operations['createToken']['responses'][403]['content']['application/json'], Sdk.AuthorizationRequired>>()
// @ts-expect-error: there is no such error
ended.error?.error === 'invalid_password'`
)

const functions = claim(
  'functions.ts',
  './sallyport/index.js',
  `holds<Is<typeof after.error, Sdk.Problem | undefined>>()
holds<Is<Sdk.CreateTokenErrors[403], Sdk.AuthorizationRequired>>()`
)

export const pages: PageRow[] = [
  {
    path: 'docs/sdks.md',
    before: serveCommand + makeAlice,
    // The packages are installed already.
    standIns: {
      'npm install --save-dev typescript@~5.9 @types/node@20': ':',
      'npm install openapi-fetch@~0.17': fetching,
      'npm install --save-dev openapi-typescript@7': ':',
      'npm install --save-dev @hey-api/openapi-ts@~0.95': `ln -s ${tools}/@hey-api node_modules/
ln -s ${tools}/.bin/openapi-ts node_modules/.bin/
${functions}`
    },
    prints: [/^$/m, /^alice\n400 \/email\ninvalid_grant\n$/m, /^alice\nUnauthorized\n$/m]
  }
]
