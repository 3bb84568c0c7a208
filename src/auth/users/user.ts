import type { User as UserShape } from '../../../routes/shapes.ts'
import type { Registration as RegistrationForm } from '../../../routes/users.ts'

/** A user as it goes over the wire; times are ISO 8601 in UTC. The password hash is not in it. */
export type User = UserShape

/** What is needed to make an account; `scopes` is what an operator grants at once. */
export interface Registration extends RegistrationForm {
  scopes?: string[]
}
