/** The known state of a login. */
export interface Login {
  access: string
  refresh: string
  /** The refresh token of two refreshes before; the one in between may still be repeated. */
  older?: string | undefined
  previous?: string
  /** A request that got no answer or 503: whether it took effect is unknown. */
  unclear?: 'refresh' | 'end' | undefined
  isEnded: boolean
}

/** The known state of an account. */
export interface Account {
  name: string
  /** The address of its client. */
  from: string
  password: string
  oldPassword?: string
  /** A request that got no answer or 503: the registration, the deletion, or a new password. */
  unclear?: 'registration' | 'deletion' | { password: string } | undefined
  logins: Login[]
  isDeleted: boolean
  /** Whether it was written to since it was last verified. */
  isTouched: boolean
  /** How often it was written to. */
  writes: number
  /** Passwords that were sent and may count as wrong. */
  failures: number
}

/** An account whose registration is not acknowledged yet. */
export const newAccount = (name: string, from: string, password: string): Account => ({
  name,
  from,
  password,
  unclear: 'registration',
  logins: [],
  isDeleted: false,
  isTouched: true,
  writes: 0,
  failures: 0
})

/** The login of an answer with tokens. */
export const loginOf = ({ json }: { json: Record<string, unknown> }): Login => ({
  access: String(json.access_token),
  refresh: String(json.refresh_token),
  isEnded: false
})

/** The logins that have not ended, as far as is known. */
export const live = ({ logins }: Account) => logins.filter(({ isEnded, unclear }) => !isEnded && !unclear)

function endAll({ logins }: Account) {
  for (const login of logins) Object.assign(login, { isEnded: true, unclear: undefined })
}

/** Takes note that the account has a new password, which has ended its logins. */
export function passwordChanged(account: Account, password: string) {
  Object.assign(account, { oldPassword: account.password, password, unclear: undefined })
  endAll(account)
}

/** Takes note that the account is deleted. */
export function deleted(account: Account) {
  Object.assign(account, { isDeleted: true, unclear: undefined })
  endAll(account)
}

/** Takes note of the next tokens of a login. */
export function refreshed(login: Login, answer: { json: Record<string, unknown> }) {
  const { refresh: previous, previous: older } = login
  Object.assign(login, loginOf(answer), { previous, older, unclear: undefined })
}

/**
 * Whether the account is far enough from the ten failures after which it has to wait. A right password counts as one
 * too if its request gets no answer, or 503.
 */
export const mayFail = ({ failures }: Account) => failures < 4

/** Whether the account can be used for more than looking at it. */
export const isUsable = (account: Account) => mayFail(account) || live(account).length > 0
