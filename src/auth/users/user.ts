/** A user as it goes over the wire; times are ISO 8601 in UTC. The password hash is not in it. */
export type User = {
  /** Never changes; the `sub` of the access tokens. */
  id: string
  username: string
  email: string | null
  email_verified: boolean
  full_name: string | null
  disabled: boolean
  /** The scopes that the account may be granted. */
  scopes: string[]
  created_at: string
  updated_at: string
}

/** What is needed to make an account; `scopes` is what an operator grants at once. */
export interface Registration {
  username: string
  password: string
  email?: string | null
  full_name?: string | null
  scopes?: string[]
}
