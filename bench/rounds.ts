/**
 * Measures every name once per round. The order rotates by one from round to round, so that no entrant is always first
 * or always after the same one. Resolves to the measurements of each name, in the order of the rounds.
 */
export async function inRounds<T>(
  names: string[],
  rounds: number,
  measure: (name: string, round: number) => Promise<T>
): Promise<Record<string, T[]>> {
  const measured: Record<string, T[]> = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of turned(names, round)) measured[name]?.push(await measure(name, round))
  }
  return measured
}

const turned = (names: string[], by: number) => names.map((_, i) => names[(i + by) % names.length] as string)

/** How many times as long as the others the first round is: the rate of better-auth doubles in a few seconds. */
const warmUpLength = 2

/**
 * The same after a longer round, number -1, whose measurements are dropped: a server that answers few requests a second
 * has not compiled its code before. A single round is not dropped.
 */
export async function inWarmRounds<T>(...[names, rounds, measure]: Parameters<typeof inRounds<T>>) {
  if (rounds > 1) await inRounds(names, 1, name => measure(name, -1))
  return inRounds(names, rounds, measure)
}

/** How long to measure in this round of `inWarmRounds`. */
export const secondsIn = (round: number, seconds: number) => (round < 0 ? warmUpLength * seconds : seconds)
