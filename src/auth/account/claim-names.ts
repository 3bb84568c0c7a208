import { hasInvisible } from '../../base/invisible-characters.ts'

/**
 * Claims that nothing but the server sets: the subject, its name, audience and lifetime of the token (RFC 7519 §4.1,
 * RFC 9068 §2.2, OIDC Core §5.1), and claims that tell a resource server how, and on whose behalf, the user logged in
 * (RFC 8693 §4, RFC 7800 §3.1).
 */
export const reservedClaims = new Set(
  'iss sub preferred_username aud exp nbf iat jti client_id scope auth_time acr amr sid act may_act cnf azp nonce'.split(
    ' '
  )
)

/** The members of introspection that are not claims (RFC 7662 §2.2, draft-ietf-oauth-refresh-token-expiration §7). */
export const introspectionMembers = [
  'active',
  'username',
  'token_type',
  'refresh_token_timeout',
  'authorization_expires_in'
]

/**
 * Claims that are registered for another purpose than to describe a person (IANA registry "JSON Web Token Claims"), and
 * those of OIDC Core §5.1 that repeat a member of the account, which would soon differ.
 */
const registeredClaims = new Set(
  `name email email_verified updated_at
  at_hash c_hash s_hash sub_jwk sub_id token_introspection authorization_details verified_claims status status_list
  _claim_names _claim_sources vc vp vct _sd _sd_alg sd_hash ... events toe txn vot vtm crit htm htu ath atc at_use_nbr
  jwks metadata metadata_policy metadata_policy_crit constraints ref delegation logo_uri authority_hints
  trust_anchor_hints trust_marks trust_mark_issuers trust_mark_owners source_endpoint keys
  sip_from_tag sip_date sip_callid sip_cseq_num sip_via_branch orig dest mky rph attest origid jcard div opt sph msgi
  rcd rcdi crn ace_profile cnonce exi cmw eat_nonce ueid sueids oemid hwmodel hwversion oemboot dbgstat location
  eat_profile submods uptime bootcount bootseed dloas swname swversion manifests measurements measres intuse geohash
  cdniv cdnicrit cdniip cdniuc cdniets cdnistt cdnistd sig_val_claims rdap_allowed_purposes rdap_dnt_allowed
  consumerPlmnId consumerSnpnId producerPlmnId producerSnpnId producerSnssaiList producerNsiList producerNfSetId
  producerNfServiceSetId sourceNfInstanceId analyticsIdList resOwnerId`.split(/\s+/)
)

/** The claims that are arrays of strings (RFC 9068 §2.2.3.1). */
export const claimLists = ['roles', 'groups', 'entitlements']

const isTaken = (name: string) =>
  reservedClaims.has(name) || introspectionMembers.includes(name) || registeredClaims.has(name)

/**
 * Why an administrator must not set a claim of this name; `undefined` for a name that is free. Some JSON libraries
 * compare names without regard to case, and people do not see blanks and invisible characters.
 */
export function nameProblem(name: string): string | undefined {
  const read = name.normalize('NFKC').toLowerCase().trim()
  if (isTaken(read)) return 'is a claim with another purpose; choose another name'
  if (claimLists.includes(read) && read !== name) return `must be written ${read}`
  if (read === '' || name !== name.trim() || /\p{C}/u.test(name) || hasInvisible(name))
    return 'has a name that is empty, or has invisible characters or blanks around it'
  return undefined
}
