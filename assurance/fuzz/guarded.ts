export type Fuzz = (data: Buffer) => void | Promise<void>

/** The target, which fails as well when it leaves a property on the prototype of every object or list. */
export const guarded = (fuzz: Fuzz): Fuzz => {
  return data => {
    const pending = fuzz(data)
    return pending ? pending.then(assertUnpolluted) : assertUnpolluted()
  }
}

function assertUnpolluted() {
  for (const name in []) throw new Error(`a prototype has the property ${name}`)
}
