const challengesOf = ({ headers }: Response) => headers.get('WWW-Authenticate') ?? ''

/** The error code in the challenge of a 401 (RFC 6750 §3, RFC 9449 §7.1). */
export function challengeError(answer: Response): string | undefined {
  if (answer.status !== 401) return undefined
  // The text of another quoted string, such as a description, may contain `error=` too.
  const found = challengesOf(answer).matchAll(/\berror="?(\w+)|"(?:[^"\\]|\\.)*"/g)
  return [...found].find(([, code]) => code)?.[1]
}

/** Whether the answer asks for the scheme DPoP, alone or among others (RFC 9449 §7.1). */
export const asksForDpop = (answer: Response): boolean =>
  /(^|,)\s*DPoP(\s|,|$)/i.test(challengesOf(answer).replace(/"(?:[^"\\]|\\.)*"/g, ''))
