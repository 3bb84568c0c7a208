const challengesOf = ({ headers }: Response) => headers.get('WWW-Authenticate') ?? ''

/** The error code in the challenge of a 401 (RFC 6750 §3, RFC 9449 §7.1). */
export const challengeError = (answer: Response): string | undefined =>
  answer.status === 401 ? /\berror="?(\w+)/.exec(challengesOf(answer))?.[1] : undefined

/** Whether the answer asks for the scheme DPoP, alone or among others (RFC 9449 §7.1). */
export const asksForDpop = (answer: Response): boolean =>
  /(^|,)\s*DPoP(\s|,|$)/i.test(challengesOf(answer).replace(/"[^"]*"/g, ''))
