import { ask, type NextUrl } from '../support/writer/requests.ts'

/** A stranger who guesses passwords of a name that no account has, and soon has to wait. */
export const createGuesser = (next: NextUrl) =>
  async function guess(): Promise<boolean> {
    const form = { grant_type: 'password', username: 'guessed', password: 'a guess' }
    const { status, headers, text } = await ask(`${next()}/token`, { form, from: '198.51.100.7' })
    if (status !== 400 && !(status === 429 && headers.has('retry-after'))) throw new Error(`A guess: ${status} ${text}`)
    return false
  }
