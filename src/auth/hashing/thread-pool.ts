/** Threads for the syncs of SQLite and for files, which would otherwise wait for hashes. */
const otherThreads = 2

/**
 * How many passwords are hashed at once in a pool of `threads`: at least one, at most `hashConcurrency`, and on SQLite
 * so few that two threads stay free. `complaint` says what to set when that is fewer than `hashConcurrency`.
 */
export function hashesAtOnce(
  { hashConcurrency, databaseUrl }: { hashConcurrency: number; databaseUrl: string },
  threads: number
): { atOnce: number; complaint?: string } {
  const free = databaseUrl.startsWith('sqlite:') ? threads - otherThreads : threads
  const atOnce = Math.max(1, Math.min(hashConcurrency, free))
  if (atOnce === hashConcurrency) return { atOnce }
  const complaint = `Passwords are hashed ${atOnce} at a time instead of ${hashConcurrency}, because the process has ${threads} threads for hashes and files. Start it with UV_THREADPOOL_SIZE=${hashConcurrency + otherThreads} in its environment.`
  return { atOnce, complaint }
}
