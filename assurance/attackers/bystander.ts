import { setTimeout as sleep } from 'node:timers/promises'
import { password } from '../../test/support/app.ts'
import { type Answer, call, logInAt } from '../../test/support/faults.ts'
import { ofCarol, type World } from './world.ts'

/** A client of carol, at her address, that logs in, refreshes and reads at a steady pace until `stop`. */
export async function startBystander({ next }: World) {
  let { access_token: token, refresh_token } = await logInAt(next(), 'carol', password, ofCarol)
  const answers: Answer[] = []
  let isStopped = false

  async function once(turn: number): Promise<Answer> {
    const [from, url] = [ofCarol, next()]
    if (turn % 5 < 2) {
      const logIn = { grant_type: 'password', username: 'carol', password }
      const form = turn % 5 === 0 ? logIn : { grant_type: 'refresh_token', refresh_token }
      const answer = await call(`${url}/token`, { form, from })
      if (answer.status === 200) {
        token = String(answer.json.access_token)
        refresh_token = String(answer.json.refresh_token)
      }
      return answer
    }
    return await call(`${url}${turn % 5 === 2 ? '/users/me/sessions' : '/users/me'}`, { token, from })
  }

  const working = (async () => {
    for (let turn = 0; !isStopped; turn++) {
      answers.push(await once(turn))
      await sleep(50)
    }
  })()
  return {
    async stop() {
      isStopped = true
      await working
      return answers
    }
  }
}
