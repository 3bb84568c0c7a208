/** The roles among the claims of a token (RFC 9068 §2.2.3.1): none unless `roles` is an array of strings. */
export const rolesOf = ({ roles }: { roles?: unknown }): string[] =>
  Array.isArray(roles) && roles.every(role => typeof role === 'string') ? roles : []

/** The first of the `required` roles that these claims lack; `undefined` when they have all of them. */
export const missingRole = (required: readonly string[], claims: Record<string, unknown>): string | undefined =>
  required.find(role => !rolesOf(claims).includes(role))

/** The reason why a caller without `role` is refused, for people. */
export const roleDescription = (role: string) => `This request needs the role ${role}.`
