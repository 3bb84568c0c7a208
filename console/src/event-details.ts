/**
 * The details of an event as names and texts. A personal access token is named while it exists: its owner does not know
 * its id.
 */
export const detailsOf = (detail: Record<string, unknown>, tokens: { id: string; name: string }[] = []) =>
  Object.entries(detail).map(([name, value]) => {
    const token = name === 'token' ? tokens.find(({ id }) => id === value) : undefined
    return `${name}: ${token?.name ?? value}`
  })
