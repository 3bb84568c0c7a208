/** The lifetime of a personal access token that names none, in seconds: 90 days. */
export const defaultSeconds = 7_776_000

/**
 * The longest lifetime of a personal access token, in seconds: a year, so that a forgotten script does not keep its
 * access for ever.
 */
export const longestSeconds = 31_536_000
