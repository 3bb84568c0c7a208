/**
 * Measures every name once per round. The order rotates by one from round to round, so that no entrant is always first
 * or always after the same one. Resolves to the measurements of each name, in the order of the rounds. Several rounds
 * follow one, number -1, whose measurements are dropped: servers that answer few requests a second have not compiled
 * their code before.
 */
export async function inRounds<T>(
  names: string[],
  rounds: number,
  measure: (name: string, round: number) => Promise<T>
): Promise<Record<string, T[]>> {
  const measured: Record<string, T[]> = Object.fromEntries(names.map(name => [name, []]))
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    for (const name of turned(names, round)) {
      const result = await measure(name, round)
      if (round >= 0) measured[name]?.push(result)
    }
  }
  return measured
}

const turned = (names: string[], by: number) =>
  names.map((_, i) => names[(i + by + names.length) % names.length] as string)
