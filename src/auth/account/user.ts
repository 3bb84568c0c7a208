import type { User as UserShape } from '../../../routes/shapes.ts'
import type { Registration as RegistrationForm } from '../../../routes/users.ts'

/** A user as the API returns it, without the password hash. Times are ISO 8601 in UTC. */
export type User = UserShape

/** The fields for a new account. `scopes` are the scopes that an operator grants at creation. */
export interface Registration extends RegistrationForm {
  scopes?: string[]
}
